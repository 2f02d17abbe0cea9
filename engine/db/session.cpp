#include "engine/db/session.hpp"

namespace vm::db {

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
