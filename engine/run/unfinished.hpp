// Migrations that stopped half way: which there are, what they keep a run from doing, and how a person decides them.
#pragma once

#include "engine/graph/plan.hpp"
#include "engine/run/environment.hpp"
#include "engine/run/journal_table.hpp"

#include <string>
#include <vector>

namespace vm::run {

/// Whether there is a table of journals, be it empty; false without a connection.
bool has_journal(Environment& environment);

/// Drops that table when no migration needs it any more and nobody is in the way; outside a transaction only.
void drop_empty_journal(Environment& environment, db::Sink& sink);

/// Empty where there is no journal, no database or no connection to it.
std::vector<UnfinishedMigration> find_unfinished(Environment& environment);

/// Throws MigrationError when a migration stopped half way and the plan does not begin with it: anything else would
/// build on a schema that no revision describes.
void check_unfinished(std::vector<UnfinishedMigration> const& unfinished, graph::Plan const& plan,
                      Environment& environment);

/// "upgrade of 'ab12': 3 of 7 steps committed, failed at migrations/versions/ab12.lua:17".
std::string describe(UnfinishedMigration const& migration);

enum class Resolution {
  done,    ///< the step that was sent or refused counts as done
  redo,    ///< it runs again, from the statement that was not answered
  abandon, ///< the record is forgotten; the migration counts as not begun
};

/// Writes a person's decision into the journal; `checksum` is of the script as it is now, which done and redo accept.
/// Throws UsageError for `done` when no step is open. The caller holds the lock.
void resolve(Environment& environment, UnfinishedMigration const& migration, Resolution resolution,
             std::string const& checksum);

} // namespace vm::run
