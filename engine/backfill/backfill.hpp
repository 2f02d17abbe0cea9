// A backfill from its first batch to its last, or from where an earlier run left it.
#pragma once

#include "engine/backfill/definition.hpp"
#include "engine/backfill/job.hpp"
#include "engine/backfill/store.hpp"

#include <string>

namespace vm::backfill {

/// Which backfill of which migration it is.
struct Name {
  std::string revision, direction;
  int number = 1; ///< the first backfill of the script is 1
  std::string checksum;
};

/// Settles a backfill against the table as it is. Throws UsageError for a key that cannot carry it and for columns the
/// table does not have.
Job prepare(Name const& name, Definition definition, schema::Table const& table, sql::Dialect const& dialect,
            db::BulkPath const& path);

/// Runs to the end. The table of `store` is there. Throws MigrationError, DatabaseError, and Interrupted once the
/// running batch has ended and its checkpoint stands.
void run(Job const& job, op::TransformSource* function, Store const& store, Context const& context);

/// Helps a backfill that another process runs, until nothing is left to do.
void join(Job const& job, op::TransformSource* function, Store const& store, Context const& context);

/// The UPDATE of a set-based backfill as one statement, for --sql.
std::string as_statement(op::Backfill const& job, sql::Dialect const& dialect);

} // namespace vm::backfill
