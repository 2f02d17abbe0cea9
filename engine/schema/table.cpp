#include "engine/schema/table.hpp"

#include <algorithm>

namespace vm::schema {

Column const* Table::find_column(Identifier const& column) const {
  auto const found = std::ranges::find(columns, column, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

} // namespace vm::schema
