// The verbs that work from a schema: check, schema dump, schema diff, and what `revision --autogenerate` finds.
#pragma once

#include "engine/command/commands.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vm::command {

/// What was held against what, and with which filters: for the line that explains an unexpected answer.
struct Compared {
  std::string desired;  ///< where the desired schema stands
  std::string database; ///< the masked URL
  std::size_t desired_tables = 0, database_tables = 0;
  std::vector<std::string> hooks; ///< of env.lua that are in force
};

/// A comparison as texts.
struct SchemaDifference {
  Compared compared;
  std::vector<std::string> findings;     ///< "added column 'customers.email_verified'"
  std::vector<std::string> warnings;     ///< renames that may be meant
  std::vector<std::string> not_compared; ///< what no operation can change
  std::string upgrade, downgrade;        ///< Lua, the bodies of a migration's functions
};

struct CheckOptions {
  bool pending_only = false; ///< only whether revisions are pending; needs no desired schema
};

struct CheckReport {
  std::string database;
  std::vector<RevisionLine> pending;          ///< in the order an upgrade would run them
  std::vector<Drift> drifted;                 ///< scripts that are not what ran
  std::optional<SchemaDifference> difference; ///< unset with `pending_only`
  bool is_clean() const { return pending.empty() && (!difference || difference->findings.empty()); }
};

/// Throws UsageError "target database is not up to date" when revisions are pending, unless only that is asked; and
/// when the desired schema is missing or empty.
CheckReport check(CheckOptions const& options, run::Environment& environment);

/// Something that vanished and something alike that appeared. Asked on a terminal.
struct RenameQuestion {
  std::string kind;  ///< "table" or "column"
  std::string table; ///< of a column
  std::string from, to;
};
using AskRename = std::function<bool(RenameQuestion const&)>;

/// What leads from the project's database to its desired schema. Throws as check() does. `ask` may be unset: then what
/// looks renamed is dropped and added, with a warning.
SchemaDifference difference_to_desired(run::Environment& environment, AskRename const& ask);

/// The schema of the project's database, without vm's own tables. Throws ConnectError when there is none.
schema::Catalog live_schema(run::Environment& environment);

/// The same as a schema.lua, and as SQL that makes it; each the same from run to run.
std::string dump_lua(run::Environment& environment);
std::string dump_sql(run::Environment& environment);

/// What leads from the project's database to the schema of another database or a `.sql` file.
SchemaDifference schema_diff(std::string const& other, run::Environment& environment);

struct AdoptOptions {
  std::chrono::system_clock::time_point created;
};

struct AdoptReport {
  std::filesystem::path schema_file; ///< absolute
  RevisionReport revision;
  std::size_t tables = 0;
};

/// Throws UsageError when the database is empty or tracked already, ConnectError when there is none.
void require_adoptable(run::Environment& environment);

/// Writes schema.lua and a first migration from the project's database. Throws as require_adoptable() does, and when
/// the project has revisions.
AdoptReport adopt_database(AdoptOptions const& options, run::Environment& environment);

} // namespace vm::command
