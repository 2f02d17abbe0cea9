#include "engine/db/bulk.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::db {

void check_changed_column(BulkTable const& table, std::string const& column) {
  if (std::ranges::find(table.key_names, column) != table.key_names.end())
    throw UsageError{fmt::format("the row function sets '{}', which is the key the backfill goes along", column),
                     Hint{"go along another unique key: key = …"}};
  std::vector<std::string> names;
  for (auto const& each : table.table.columns) {
    names.push_back(each.name.text());
    if (each.name.text() == column) return;
  }
  UsageError error{fmt::format("the row function sets '{}', which table '{}' does not have", column,
                               schema::to_string(table.table.name))};
  if (auto const near = nearest_name(column, names)) error.add_hint({fmt::format("did you mean '{}'?", *near)});
  throw error;
}

std::vector<bool> columns_of_bytes(BulkTable const& table, std::vector<std::string> const& columns) {
  std::vector<bool> result;
  for (auto const& name : columns) {
    auto const* const column = table.table.find_column(schema::Identifier{name});
    result.push_back(column != nullptr && std::holds_alternative<schema::Binary>(column->type));
  }
  return result;
}

} // namespace vm::db
