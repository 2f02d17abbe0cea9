// backfill: what vm_backfill tells, helping a backfill that another process runs, giving one up.
#pragma once

#include "engine/run/environment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vm::command {

/// A backfill as vm_backfill tells of it, by whichever process runs it.
struct BackfillLine {
  std::string revision, table;
  bool done = false;
  std::int64_t rows_done = 0, rows_total = 0, rows_changed = 0, rows_skipped = 0;
  double rate = 0; ///< rows a second; 0 while nobody knows
  std::optional<double> seconds_left;
  double seconds_since_update = 0;                          ///< of its checkpoint: long for one that nobody runs
  std::vector<std::pair<std::string, std::string>> skipped; ///< keys and errors, the first hundred
};

struct BackfillOptions {
  bool join = false;                 ///< help the one that runs now
  std::optional<std::string> forget; ///< a revision whose checkpoints and skipped rows go
};

struct BackfillReport {
  std::string database;
  std::vector<BackfillLine> lines;
  std::vector<std::string> joined; ///< tables whose backfill this process helped
  bool forgotten = false;
};

/// Lists the backfills, helps those that run, or forgets one. Throws UsageError where there is none to help, or it
/// cannot be shared.
BackfillReport backfill(BackfillOptions const& options, run::Environment& environment);

/// What `status` shows of them.
std::vector<BackfillLine> backfill_lines(run::Environment& environment, bool with_skipped);

/// "b1 of 'customers': 420,000 of 1,000,000 rows, 115,000 rows/s, 5 s left"
std::string describe(BackfillLine const& line);

} // namespace vm::command
