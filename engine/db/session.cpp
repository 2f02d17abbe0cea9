#include "engine/db/session.hpp"

#include "engine/core/cells.hpp"
#include "engine/db/cell_statement.hpp"

namespace vm::db {

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

std::size_t Session::read_cells(std::string_view statement, Cells& cells) {
  std::size_t count = 0;
  for (auto const& row : all(statement)) {
    for (auto const& value : row) cells.add(value);
    ++count;
  }
  return count;
}

std::unique_ptr<CellStatement> Session::prepare_cells(std::string_view statement) {
  return std::make_unique<PlainCellStatement>(*this, statement);
}

std::vector<std::vector<Value>> Session::all(std::string_view statement, std::span<Value const> parameters) {
  std::vector<std::vector<Value>> rows;
  auto const cursor = query_buffered(statement, parameters);
  std::vector<Value> row;
  while (cursor->next(row)) rows.push_back(std::move(row));
  return rows;
}

std::optional<Value> Session::scalar(std::string_view statement, std::span<Value const> parameters) {
  auto const cursor = query_buffered(statement, parameters);
  std::vector<Value> row;
  if (!cursor->next(row) || row.empty()) return std::nullopt;
  return std::move(row.front());
}

} // namespace vm::db
