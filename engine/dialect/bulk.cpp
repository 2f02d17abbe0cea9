#include "engine/dialect/bulk.hpp"

#include "engine/core/error.hpp"
#include "engine/dialect/mysql/bulk.hpp"
#include "engine/dialect/postgresql/bulk.hpp"
#include "engine/dialect/sqlite/bulk.hpp"

#include <fmt/format.h>

namespace vm::dialect {

db::BulkPath const& bulk_path_for(std::string_view dialect) {
  if (dialect == "sqlite") return sqlite::bulk_path();
  if (dialect == "postgresql") return postgresql::bulk_path();
  if (dialect == "mysql" || dialect == "mariadb") return mysql::bulk_path();
  throw ConfigError{fmt::format("unknown dialect '{}'", dialect)};
}

} // namespace vm::dialect
