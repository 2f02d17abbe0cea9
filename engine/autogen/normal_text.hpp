// SQL fragments brought to one form, so that white space, letter case of words and outer parentheses make no
// difference.
#pragma once

#include <string>
#include <string_view>

namespace vm::autogen {

/// `( Price  >0 )`, `"price" > 0` and `price > 0` become the same; strings and names that need their quotes are left as
/// they are. For comparing only.
std::string normal_text(std::string_view sql);
/// The same for a condition, where a cast to text makes no difference.
std::string normal_condition(std::string_view sql);

/// Whether `word` stands in `sql` as a word of its own, outside string literals; quoted identifiers count.
bool mentions(std::string_view sql, std::string_view word);

/// `sql` with the identifier `from` replaced by `to` wherever it stands as a word of its own, outside string literals.
std::string with_renamed(std::string_view sql, std::string_view from, std::string_view to);

} // namespace vm::autogen
