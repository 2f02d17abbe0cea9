// A backfill with everything settled that is the same for all of its batches: names, SQL, limits.
#pragma once

#include "engine/backfill/range.hpp"
#include "engine/db/bulk.hpp"
#include "engine/op/backfill.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vm::backfill {

struct Job {
  std::string id;         ///< "<revision>:<direction>:<which of its backfills>"
  std::string revision;   ///< whose script asks
  int number = 1;         ///< which of its backfills
  std::string definition; ///< one line; a backfill is continued only with the definition it was started with
  op::Backfill asked;
  db::BulkTable table;
  std::vector<std::string> columns; ///< what a row holds, unquoted, the key's first
  std::size_t key_count = 0;
  KeyText keys;
  std::string select;      ///< "SELECT id, a, b FROM t WHERE "
  std::size_t width = 0;   ///< cells of a row: the columns, and the guard where there is one
  std::string where;       ///< "" or " AND (…)"
  std::string set;         ///< set-based: "a = lower(b)"
  std::string set_differs; ///< " AND (a IS DISTINCT FROM lower(b))", or ""
};

/// What goes on, for whoever draws it.
struct Report {
  std::string revision, table;
  int number = 1;              ///< which of the script's backfills it is
  std::int64_t batches = 0;    ///< ended by this process
  std::int64_t batch_rows = 0; ///< size of the next one
  int workers = 1;             ///< of this process
  std::int64_t rows_done = 0, rows_total = 0, rows_changed = 0, rows_skipped = 0;
  double rate = 0;                    ///< rows a second, lately
  std::optional<double> seconds_left; ///< unset while nobody can tell
  double seconds = 0;                 ///< since this process began
  bool done = false;
  bool joined = false; ///< helping a backfill that another process runs
};

/// What a run of a backfill works with; everything outlives it.
struct Context {
  sql::Dialect const& dialect;
  db::BulkPath const& path;
  db::Session& main; ///< the migration's session, outside a transaction; idle meanwhile unless the path is in process
  std::function<std::unique_ptr<db::Session>()> connect;
  db::ConnectTo connect_to; ///< to replicas
  std::function<bool()> interrupted;
  std::function<void(Report const&)> report;  ///< on the calling thread
  std::function<void(std::string_view)> warn; ///< on the calling thread
  /// What the row function prints; `worker` is 0 where there is only one. On the calling thread.
  std::function<void(int worker, std::string_view level, std::string_view text)> say;
};

} // namespace vm::backfill
