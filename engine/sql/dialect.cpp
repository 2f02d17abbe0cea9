#include "engine/sql/dialect.hpp"

namespace vm::sql {

std::string Dialect::quote(schema::TableName const& table) const {
  return table.schema ? quote(*table.schema) + "." + quote(table.name) : quote(table.name);
}

} // namespace vm::sql
