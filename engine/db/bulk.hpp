// How one database changes many rows fast: what a backfill needs to know of it, and the writer of a batch. Each dialect
// has one; the order of batches, checkpoints and threads are backfill's.
#pragma once

#include "engine/db/cell_statement.hpp"
#include "engine/db/replicas.hpp"
#include "engine/db/session.hpp"
#include "engine/op/backfill.hpp"
#include "engine/schema/table.hpp"
#include "engine/sql/dialect.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vm::db {

/// The table of a backfill, as the database has it.
struct BulkTable {
  std::string name;                   ///< quoted
  std::vector<std::string> keys;      ///< quoted
  std::vector<std::string> key_names; ///< as they are
  schema::Table table;
  bool filtered = false; ///< rows between those of a batch may be no part of it
};

/// What became of a batch.
struct Written {
  std::int64_t rows = 0; ///< whose values changed
  bool conflict = false; ///< somebody else changed a row since it was read: roll back and read the batch again
};

/// A condition on the key, for columns that stand behind a prefix such as "t.".
using RangeText = std::function<std::string(std::string_view prefix)>;

/// Writes the changes of one batch after the other; used inside the batch's transaction.
class ChangeWriter {
 public:
  virtual ~ChangeWriter() = default;
  /// Before the batch's transaction begins.
  virtual void begin() {}
  /// `rows` hold `width` cells a row, the key's first; where the path has a guard, its cell is the last.
  virtual void stage(Cells const& rows, std::size_t width, op::Changes const& changes) = 0;
  /// Whatever is not written yet is written now; `range` covers all rows of the batch.
  virtual Written finish(RangeText const& range) = 0;
  /// After a rollback.
  virtual void reset() = 0;
};

class BulkPath {
 public:
  virtual ~BulkPath() = default;

  /// The database lives in this process: one writer, nobody to share with.
  virtual bool is_in_process() const { return false; }
  /// Whether only `main` reaches this database (one in memory).
  virtual bool needs(Session& /*main*/) const { return false; }
  /// A column that changes whenever its row does, so that a batch can be read before its transaction; empty: there is
  /// none and rows are locked while they are read.
  virtual std::string guard() const { return {}; }
  /// What a SELECT ends with to keep others from changing its rows.
  virtual std::string_view lock_rows() const { return " FOR UPDATE"; }
  /// Whether claims can be taken that others step over; from the server's version.
  virtual bool can_skip_locked(ServerInfo const& server) const = 0;
  /// `(a, b) > (1, 2)` is answered by an index.
  virtual bool row_values_use_index() const { return true; }
  /// Run first on each session of a backfill, so that it sees what `main` sees.
  virtual std::vector<std::string> settings(Session& /*main*/) const { return {}; }
  /// A number of rows, cheap to get; empty: count them.
  virtual std::string estimate(sql::Dialect const& dialect, schema::TableName const& table) const = 0;
  /// Whether column `column` of the table differs from the expression.
  virtual std::string differs(std::string const& column, std::string const& expression) const = 0;
  /// Why a column of this type cannot be part of a key; empty: it can.
  virtual std::string key_problem(schema::Type const& /*type*/) const { return {}; }
  /// The replicas of a server that is written to. Throws UsageError where there can be none.
  virtual std::unique_ptr<Replicas> replicas(ConnectTo connect_to) const = 0;

  virtual std::unique_ptr<ChangeWriter> writer(Session& session, sql::Dialect const& dialect,
                                               BulkTable const& table) const = 0;
};

/// Gives each changed row to `visit`: its first cell in `rows`, and its own cells (`width` of them).
template<typename Visit>
void each_change(op::Changes const& changes, Visit&& visit) {
  for (std::size_t at = 0; at < changes.cells.size();) {
    auto const& head = changes.cells[at];
    visit(static_cast<std::size_t>(head.integer), at + 1, static_cast<std::size_t>(head.length));
    at += 1 + head.length;
  }
}

/// UsageError for a column that the table does not have, or that its key has.
void check_changed_column(BulkTable const& table, std::string const& column);

/// For each column whether its type is one of bytes.
std::vector<bool> columns_of_bytes(BulkTable const& table, std::vector<std::string> const& columns);

} // namespace vm::db
