// How each database changes many rows fast.
#pragma once

#include "engine/db/bulk.hpp"

#include <string_view>

namespace vm::dialect {

/// By the name of a dialect; "mysql" and "mariadb" are one.
db::BulkPath const& bulk_path_for(std::string_view dialect);

} // namespace vm::dialect
