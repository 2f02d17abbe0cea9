// Many rows on their way into one table, read one at a time from where they come from. What op.copy_from_csv hands to a
// target.
#pragma once

#include "engine/core/error.hpp"
#include "engine/core/value.hpp"
#include "engine/op/operation.hpp"

#include <string>
#include <vector>

namespace vm::op {

class Target;

/// Rows read once, front to back; a source holds no more than the row it reads.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// Fills `row`, one value for each column asked for; false at the end. Throws what is wrong with the row, with its
  /// place.
  virtual bool next(std::vector<Value>& row) = 0;
  /// Where the last row stands, for people: "data/people.csv:17".
  virtual std::string place() const = 0;
};

struct CopyRows {
  TableName table;
  std::vector<Identifier> columns;
};

/// Applies the rows as BulkInsert operations of a few hundred rows each: what a target does that has no faster way.
/// When the database refuses some, they are sent again one by one, so that the error names the place of the first bad
/// row. Returns the rows affected.
std::int64_t copy_by_inserts(Target& target, CopyRows const& copy, RowSource& rows, Location const& where);

} // namespace vm::op
