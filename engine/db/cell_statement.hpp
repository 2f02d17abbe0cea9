// A statement prepared once and run with the values of many rows.
#pragma once

#include "engine/core/cells.hpp"

#include <cstdint>
#include <span>

namespace vm::db {

/// One value for a CellStatement: a cell and the cells that hold its text.
struct CellParameter {
  Cells const* owner;
  Cell const* cell;
};

/// Made by Session::prepare_cells(); must not outlive its session.
class CellStatement {
 public:
  virtual ~CellStatement() = default;
  /// Returns the rows affected. Values are read, not copied, and only until it returns.
  virtual std::int64_t run(std::span<CellParameter const> parameters) = 0;
};

} // namespace vm::db
