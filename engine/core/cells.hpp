// Many values side by side in two blocks of memory, for rows that come and go by the thousand: what a backfill reads
// and writes. Laid out so that the loop of a row function can read and fill it without a call for each value.
#pragma once

#include "engine/core/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vm {

enum class CellKind : std::int32_t {
  null,
  boolean, ///< `integer` is 0 or 1
  integer,
  real,
  text,    ///< `offset` and `length` in the bytes; UTF-8
  decimal, ///< likewise, an exact NUMERIC as text
  bytes,
  other,  ///< `offset` counts in the values that fit nowhere else (arrays)
  absent, ///< in a change: this column is left as it is
  row,    ///< in changes: opens a row; `integer` is its number in the slice, `length` how many cells follow
};

struct Cell {
  CellKind kind = CellKind::null;
  std::uint32_t length = 0;
  union {
    std::int64_t integer = 0;
    double real;
    std::uint32_t offset;
  };
};
static_assert(sizeof(Cell) == 16);

/// Cells and what they point at. Memory is kept by clear().
class Cells {
 public:
  void clear();

  void add(Value const& value);
  void add_null() { cells_.emplace_back(); }
  void add_boolean(bool value);
  void add_integer(std::int64_t value);
  void add_real(double value);
  /// Text, a decimal or bytes. Throws std::length_error beyond 4 GiB in one batch.
  void add_text(std::string_view text, CellKind kind = CellKind::text);

  std::size_t size() const { return cells_.size(); }
  std::size_t byte_count() const { return bytes_.size(); }
  Cell const& operator[](std::size_t index) const { return cells_[index]; }
  /// What a cell of kind text, decimal or bytes holds.
  std::string_view text(Cell const& cell) const { return {bytes_.data() + cell.offset, cell.length}; }
  Value value(Cell const& cell) const;
  Value value(std::size_t index) const { return value(cells_[index]); }

  // For those who fill or read it in place; sizes are theirs to keep true.
  std::vector<Cell>& cells() { return cells_; }
  std::string& bytes() { return bytes_; }
  std::vector<Value>& others() { return others_; }

 private:
  std::vector<Cell> cells_;
  std::string bytes_;
  std::vector<Value> others_;
};

} // namespace vm
