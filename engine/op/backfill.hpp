// A change of many rows of one table, batch by batch: what is asked for, and the port to whoever turns rows into
// changes. Plain values; running it is the business of backfill/.
#pragma once

#include "engine/core/cells.hpp"
#include "engine/core/error.hpp"
#include "engine/op/operation.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vm::op {

/// What op.backfill was called with.
struct Backfill {
  schema::TableName table;
  std::vector<schema::Identifier> columns = {};   ///< what the function reads beside the key
  std::optional<std::string> where = {};          ///< SQL
  std::vector<schema::Identifier> key = {};       ///< empty: the primary key
  std::optional<std::int64_t> batch_size = 10000; ///< rows; unset: as many as take `target_batch_time`
  double target_batch_time = 1;                   ///< seconds
  int workers = 1;
  double pause = 0;                                          ///< seconds between batches
  std::optional<double> max_replica_lag = {};                ///< seconds
  bool skip_errors = false;                                  ///< on_error = "skip"
  bool whole_batch = false;                                  ///< the function takes all rows of a batch at once
  std::vector<std::pair<schema::Identifier, Cell>> set = {}; ///< set-based; then there is no function
};

/// A row that could not be transformed.
struct FailedRow {
  std::size_t row = 0; ///< in the slice
  std::string message;
};

/// What some rows become. `cells` holds, for each changed row, a cell of kind `row` and then as many cells as it says,
/// in the order of `columns`; a row may have fewer of them than there are columns by now.
struct Changes {
  std::vector<std::string> columns = {}; ///< grows as the function names new ones; the same for all slices of a worker
  Cells cells = {};
  std::size_t row_count = 0;
  std::vector<FailedRow> failed = {};

  void clear() {
    cells.clear();
    row_count = 0;
    failed.clear();
  }
};

/// Takes what a row function prints or logs; `level` is "debug", "info", "warning" or "error".
using Say = std::function<void(std::string_view level, std::string_view text)>;

/// One worker's way from rows to changes; used on one thread.
class Transform {
 public:
  virtual ~Transform() = default;
  /// `cells` holds `row_count` rows, each with the columns the source was made for. Throws MigrationError with the
  /// place and the key of the row that failed; with `skip_errors` such rows land in `changes.failed`. What the function
  /// says goes to `say`, on this thread.
  virtual void run(Cells const& cells, std::size_t row_count, Changes& changes, Say const& say) = 0;
};

/// Where transforms come from.
class TransformSource {
 public:
  virtual ~TransformSource() = default;
  /// The columns of the rows, the key's first, and how many are the key's. Called once before anything else.
  virtual void prepare(std::vector<std::string> const& columns, std::size_t key_count) = 0;
  /// The function itself, for the thread that called op.backfill.
  virtual std::unique_ptr<Transform> here() = 0;
  /// The same function in a universe of its own, for another thread. Throws ScriptError for a function that has no
  /// name, such as a closure.
  virtual std::unique_ptr<Transform> elsewhere() = 0;
  /// How another process finds the function: "name" at the top level of the migration, or "module:name". Unset for a
  /// closure.
  virtual std::optional<std::string> name() const = 0;
};

} // namespace vm::op
