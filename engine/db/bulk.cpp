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

namespace {

/// Any session can: through execute() and its values.
class PlainCellStatement final : public CellStatement {
 public:
  PlainCellStatement(Session& session, std::string_view text) : session_{session}, text_{text} {}
  std::int64_t run(std::span<CellParameter const> parameters) override {
    values_.clear();
    for (auto const& each : parameters) values_.push_back(each.owner->value(*each.cell));
    return session_.execute(text_, values_);
  }

 private:
  Session& session_;
  std::string text_;
  std::vector<Value> values_;
};

} // namespace

std::unique_ptr<CellStatement> CellSession::prepare_cells(std::string_view /*statement*/) {
  return nullptr;
}

std::size_t read_cells(Session& session, std::string_view statement, Cells& cells) {
  if (auto* const fast = dynamic_cast<CellSession*>(&session)) return fast->read_cells(statement, cells);
  std::size_t count = 0;
  for (auto const& row : session.all(statement)) {
    for (auto const& value : row) cells.add(value);
    ++count;
  }
  return count;
}

std::unique_ptr<CellStatement> prepare_cells(Session& session, std::string_view statement) {
  if (auto* const fast = dynamic_cast<CellSession*>(&session))
    if (auto prepared = fast->prepare_cells(statement)) return prepared;
  return std::make_unique<PlainCellStatement>(session, statement);
}

} // namespace vm::db
