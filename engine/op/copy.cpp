#include "engine/op/copy.hpp"

#include "engine/op/target.hpp"

#include <utility>

namespace vm::op {

namespace {

constexpr std::size_t rows_at_once = 500;
constexpr std::size_t bytes_at_once = std::size_t{1} << 20;

std::size_t size_of(std::vector<Value> const& row) {
  std::size_t size = 0;
  for (auto const& value : row) {
    size += 8;
    if (auto const* text = std::get_if<std::string>(&value)) size += text->size();
    if (auto const* bytes = std::get_if<Bytes>(&value)) size += bytes->data.size();
  }
  return size;
}

std::vector<Cell> cells_of(std::vector<Value> row) {
  return {std::make_move_iterator(row.begin()), std::make_move_iterator(row.end())};
}

/// Whether a row may be to blame, rather than the connection or somebody else's lock.
bool blames_a_row(DatabaseErrorKind kind) {
  return kind == DatabaseErrorKind::constraint || kind == DatabaseErrorKind::syntax || kind == DatabaseErrorKind::other;
}

} // namespace

std::int64_t copy_by_inserts(Target& target, CopyRows const& copy, RowSource& rows, Location const& where) {
  std::int64_t affected = 0;
  BulkInsert batch{.table = copy.table, .columns = copy.columns};
  std::vector<std::string> places;
  std::size_t size = 0;

  auto const send_each = [&] {
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
      BulkInsert one{.table = copy.table, .columns = copy.columns};
      one.rows.push_back(batch.rows[i]);
      try {
        affected += target.apply(one, where).rows_affected;
      } catch (DatabaseError& error) {
        error.add_note({"row", places[i]});
        throw;
      }
    }
  };
  auto const send = [&] {
    try {
      affected += target.apply(batch, where).rows_affected;
    } catch (DatabaseError& error) {
      if (!blames_a_row(error.kind)) throw;
      // The refused statement left nothing behind. Alone, the bad row says itself which it is.
      send_each();
    }
    batch.rows.clear();
    places.clear();
    size = 0;
  };

  std::vector<Value> row;
  while (rows.next(row)) {
    size += size_of(row);
    batch.rows.push_back(cells_of(std::exchange(row, {})));
    places.push_back(rows.place());
    if (batch.rows.size() >= rows_at_once || size >= bytes_at_once) send();
  }
  if (!batch.rows.empty()) send();
  return affected;
}

} // namespace vm::op
