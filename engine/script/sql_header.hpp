// The grammar of a `.sql` migration's first lines, for those who write one; reading is in directory.hpp.
#pragma once

#include <string_view>

namespace vm::script {

/// Whether `-- comment` would be taken for a field (or a misspelt one) or for `-- upgrade` or `-- downgrade`.
bool reads_as_header(std::string_view comment);

} // namespace vm::script
