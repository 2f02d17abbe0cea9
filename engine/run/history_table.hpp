// `vm_history`: who ran what, when, for how long, with which script, and how it ended. Beside the version table, never
// read to decide what runs.
#pragma once

#include "engine/db/sink.hpp"
#include "engine/inspect/inspector.hpp"
#include "engine/sql/dialect.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vm::run {

struct HistoryEntry {
  std::string revision;
  std::string direction;  ///< "upgrade", "downgrade", "stamp"
  std::string outcome;    ///< "done", "failed", "interrupted"
  std::string started_at; ///< UTC, "2026-02-01 10:00:00.123456"
  double seconds = 0;
  std::string username, hostname;
  std::string checksum; ///< of the script, script::checksum(); empty for a stamp
  std::string vm_version;
  std::string error; ///< first line of the failure
};

class HistoryTable {
 public:
  /// Stands in the version table's schema.
  HistoryTable(std::optional<schema::Identifier> schema, sql::Dialect const& dialect);

  bool exists(inspect::Inspector& inspector) const { return inspector.has_table(name_); }
  void create(db::Sink& sink, bool if_not_exists = false) const;
  void record(db::Sink& sink, HistoryEntry const& entry) const;

  /// Everything recorded from `since` to `until` (UTC, as in `started_at`; empty: no limit), oldest first.
  std::vector<HistoryEntry> entries(db::Session& session, std::string const& since, std::string const& until) const;

  /// A successful upgrade, as recorded.
  struct Applied {
    std::string revision, checksum, started_at;
  };
  /// Oldest first.
  std::vector<Applied> applied(db::Session& session) const;

 private:
  schema::TableName name_;
  sql::Dialect const& dialect_;
};

} // namespace vm::run
