// One run of a plan: its steps one after the other, each in its transaction, with its lock budget, its journal, its row
// of history, and what is told when one fails.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/sink.hpp"
#include "engine/graph/plan.hpp"
#include "engine/run/applier.hpp"
#include "engine/run/backfills.hpp"
#include "engine/run/environment.hpp"
#include "engine/run/history_table.hpp"
#include "engine/run/journal_table.hpp"
#include "engine/run/lock_budget.hpp"
#include "engine/run/made_catalog.hpp"
#include "engine/run/rehearsal.hpp"
#include "engine/run/report.hpp"
#include "engine/run/this_process.hpp"
#include "engine/run/unfinished.hpp"
#include "engine/run/version_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vm::run {

/// The rows of the version table as people read them: "base", or the ids in quotes.
std::string position(std::vector<std::string> const& rows);

/// Rows of the version table after the changes of one step.
void advance(std::vector<std::string>& rows, graph::Step const& step);

/// One run: what its steps share.
class Run {
 public:
  /// `lock` is null where none is held, `budget` offline.
  Run(Environment& environment, sql::Dialect const& dialect, db::Sink& sink, db::MigrationLock* lock = nullptr,
      LockBudget* budget = nullptr)
      : environment_{environment},
        lock_{lock},
        budget_{budget},
        dialect_{dialect},
        sink_{sink},
        naming_{environment.naming(dialect)},
        versions_{environment.version_table_name(), dialect},
        history_{versions_.name().schema, dialect},
        journals_{versions_.name().schema, dialect},
        backfills_{environment} {}

  VersionTable const& versions() const { return versions_; }
  HistoryTable const& history() const { return history_; }
  JournalTable const& journals() const { return journals_; }
  void restart_unfinished() { restarts_ = true; }
  /// A dry run: `sink` is the one this run was made with. `has_versions`: the version table can be written.
  void rehearse(RehearsalSink& sink, bool has_versions) {
    rehearsal_ = &sink;
    has_versions_ = has_versions;
  }
  void journal_is_there(bool is_there) { journal_is_there_ = is_there; }
  /// Whether the server went away under a backfill: what came before it and its batches are committed and written down,
  /// so another run does the rest.
  bool can_go_on_elsewhere();
  /// Drops the table of journals when no migration needs it any more.
  void drop_empty_journal();

  /// Runs the steps from `rows` on; `rows` always holds what is committed.
  void steps(graph::Plan const& plan, std::vector<std::string>& rows, RunReport& report, bool offline);

 private:
  void step(graph::Step const& step, StepReport& report, bool offline);
  void step_in_budget(graph::Step const& step, StepReport& report, bool offline);
  void run_script(graph::Step const& step, Applier& applier);
  void clean_up(Error& error, StepReport const& report, std::vector<std::string> const& rows);
  std::optional<UnfinishedMigration> record_half_done(Error const& error, StepReport const& report);
  void rehearse_step(graph::Step const& step, StepReport& report, Applier& applier, bool runs_script);
  void record_failure(StepReport const& report, std::string const& outcome, std::string const& what);
  HistoryEntry entry(StepReport const& report, std::string outcome) const;

  Environment& environment_;
  db::MigrationLock* lock_;
  LockBudget* budget_;
  sql::Dialect const& dialect_;
  db::Sink& sink_;
  schema::NamingConvention naming_;
  VersionTable versions_;
  HistoryTable history_;
  JournalTable journals_;
  RehearsalSink* rehearsal_ = nullptr;
  bool has_versions_ = true;
  bool journal_is_there_ = false, restarts_ = false;
  /// What the migration that failed leaves.
  struct HalfDone {
    bool has_journal = false, went_on = false; ///< went_on: the record let it run
  } half_done_;
  std::vector<std::string> const* rows_ = nullptr; ///< of the version table as the steps so far made it
  std::vector<std::string> held_;                  ///< those that a rollback leaves
  Backfills backfills_;
  std::string user_ = user_name(), host_ = host_name();
  std::string checksum_, started_;
  std::int64_t committed_ = 0;
  MadeCatalog made_;
};

} // namespace vm::run
