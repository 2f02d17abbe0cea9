// Every verb of the command line: a struct of options in, a report out. A command prints nothing, asks nothing and
// reads no terminal; cli/ turns argv into options and reports into text or JSON. What goes wrong is thrown
// (core/error.hpp).
#pragma once

#include "engine/command/revision_line.hpp"
#include "engine/run/environment.hpp"
#include "engine/run/losses.hpp"
#include "engine/run/report.hpp"
#include "engine/run/unfinished.hpp"

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace vm::command {

// --- a new project ---

struct InitOptions {
  std::filesystem::path directory; ///< absolute; made when it is not there
  std::string template_name = "generic";
  std::string url; ///< written into vm.toml; empty: the template's own
};

struct InitReport {
  std::filesystem::path directory;
  std::vector<std::filesystem::path> made; ///< relative to `directory`, in the order written
  std::vector<std::filesystem::path> kept; ///< were there before and were left alone
};

/// Throws UsageError when `directory` holds a vm.toml already or the template is not known.
InitReport init(InitOptions const& options);

struct Template {
  std::string name, description;
};

std::vector<Template> list_templates();

// --- new migration files ---

struct RevisionOptions {
  std::string message;
  std::vector<std::string> heads = {"head"}; ///< what it follows; "base" starts a new root
  bool splice = false;                       ///< `heads` need not be heads
  std::vector<std::string> branch_labels, depends_on;
  std::string rev_id;                                ///< empty: a new one
  std::optional<std::filesystem::path> version_path; ///< relative to the working directory
  bool sql = false;                                  ///< a .sql file
  std::string upgrade, downgrade;                    ///< Lua for the two functions, indented; empty: an empty body
  std::chrono::system_clock::time_point created;
};

/// A post_write_hook that ran.
struct HookReport {
  std::string name;
  double seconds = 0;
};

struct RevisionReport {
  RevisionLine revision; ///< as the file that was written says
  std::vector<HookReport> hooks;
};

/// Writes one file. Throws GraphError or UsageError before anything is written: several heads, a parent that is no
/// head, an id that exists. Throws ConfigError naming the hook when a post_write_hook fails; the file is kept.
RevisionReport revision(RevisionOptions const& options, run::Environment& environment);

struct MergeOptions {
  std::vector<std::string> revisions; ///< "heads" for all of them
  std::string message;                ///< empty: "merge a and b"
  std::vector<std::string> branch_labels;
  std::string rev_id;
  bool splice = false;
  std::chrono::system_clock::time_point created;
};

/// Throws UsageError when fewer than two revisions are named.
RevisionReport merge(MergeOptions const& options, run::Environment& environment);

struct EditOptions {
  std::string revision = "head"; ///< also "current"
  std::string editor;            ///< the command line of $VISUAL or $EDITOR; run through the shell
};

struct EditReport {
  std::vector<std::filesystem::path> files;
};

EditReport edit(EditOptions const& options, run::Environment& environment);

/// Opens the files and waits. Throws UsageError when `editor` is empty or ends with an error.
void open_editor(std::string const& editor, std::vector<std::filesystem::path> const& files);

// --- looking at the revisions ---

struct HeadsOptions {
  bool resolve_dependencies = false; ///< a revision that another depends on is no head
};

struct HeadsReport {
  std::vector<RevisionLine> revisions;
};

HeadsReport heads(HeadsOptions const& options, run::Environment& environment);

struct Branch {
  RevisionLine point;
  std::vector<RevisionLine> into;
};

struct BranchesReport {
  std::vector<Branch> branches;
};

BranchesReport branches(run::Environment& environment);

struct HistoryOptions {
  std::string range;             ///< "a:b" with either end open; empty: everything
  bool indicate_current = false; ///< mark what the database is at; connects
};

struct HistoryReport {
  std::vector<RevisionLine> revisions; ///< newest first
};

/// Connects only for `indicate_current` and for a range with "current".
HistoryReport history(HistoryOptions const& options, run::Environment& environment);

struct AppliedOptions {
  std::string since, until; ///< UTC, "2026-02-01 10:00:00"; empty: no limit
};

struct AppliedReport {
  std::string database;                   ///< the masked URL
  std::vector<run::HistoryEntry> entries; ///< what ran, oldest first, failures too
};

/// vm_history: who ran what, when, for how long, and how it ended. Connects.
AppliedReport applied_history(AppliedOptions const& options, run::Environment& environment);

struct ShowOptions {
  std::string revision = "head"; ///< also "heads", "current"
};

struct ShowReport {
  std::vector<RevisionLine> revisions;
};

ShowReport show(ShowOptions const& options, run::Environment& environment);

// --- the database ---

/// What `--sql` needs: with `script` set nothing is executed, the SQL is written there instead.
struct OfflineOptions {
  std::ostream* script = nullptr;
  std::string dialect; ///< --dialect: no connection at all, starting at base; empty: the URL's
};

struct UpgradeOptions {
  std::string target = "head"; ///< with `offline.script` also "a:b"
  OfflineOptions offline;
  bool dry_run = false; ///< everything in one transaction that is rolled back
  bool restart = false; ///< a migration that stopped half way begins at its first step again
  bool backup = false;  ///< a copy of the database first; without one nothing runs
};

run::RunReport upgrade(UpgradeOptions const& options, run::Environment& environment);

struct DowngradeOptions {
  std::string target = "-1"; ///< with `offline.script` also "a:b"
  OfflineOptions offline;
  bool dry_run = false, restart = false; ///< as for upgrade
  bool backup = false;                   ///< a copy of the database first; without one nothing runs
};

run::RunReport downgrade(DowngradeOptions const& options, run::Environment& environment);

struct StampOptions {
  std::vector<std::string> targets;
  bool purge = false;
  OfflineOptions offline;
};

run::RunReport stamp(StampOptions const& options, run::Environment& environment);

/// What would run, nothing done: for `--plan` and for the question before a downgrade.
struct PlanReport {
  std::vector<run::StepReport> steps;     ///< `seconds` and `statements` stay 0
  std::vector<std::string> before, after; ///< rows of the version table
  std::string database;                   ///< the masked URL
};

PlanReport plan_upgrade(UpgradeOptions const& options, run::Environment& environment);
PlanReport plan_downgrade(DowngradeOptions const& options, run::Environment& environment);

/// What a downgrade would drop, with the numbers of rows. Throws MigrationError when a script of the way down has no
/// downgrade.
run::Losses foresee_losses(DowngradeOptions const& options, run::Environment& environment);

struct CurrentReport {
  std::string database;                   ///< the masked URL
  std::vector<RevisionLine> revisions;    ///< tips of what is applied, in graph order
  std::vector<std::string> rows;          ///< the version table as it is
  std::vector<std::string> missing_heads; ///< heads that are not applied: `--check-heads` wants none
};

CurrentReport current(run::Environment& environment);

/// A script whose text is not the one that ran.
struct Drift {
  std::string revision;
  std::filesystem::path path;
  std::string applied_at; ///< UTC, "2026-02-01 10:00:00"
};

struct StatusReport {
  std::string database, dialect, server_version;
  std::string version_table;
  bool has_version_table = false;
  std::vector<std::string> rows;         ///< the version table as it is
  std::vector<std::string> unknown_rows; ///< rows no script defines; then the lists below are as if they were not there
  std::vector<RevisionLine> current, heads;
  std::vector<RevisionLine> pending;  ///< in the order `upgrade heads` would run them
  std::size_t applied = 0, total = 0; ///< revisions
  std::vector<Drift> drifted;
  std::vector<std::string> unfinished;    ///< open journals and backfills, a sentence each
  std::optional<std::string> lock_holder; ///< db::LockHolder::describe()
};

StatusReport status(run::Environment& environment);

struct EnsureVersionOptions {
  OfflineOptions offline;
};

struct EnsureVersionReport {
  std::string version_table;
  bool made = false; ///< false: it was there
};

EnsureVersionReport ensure_version(EnsureVersionOptions const& options, run::Environment& environment);

struct PingOptions {
  double wait = 0; ///< seconds to keep trying
};

struct PingReport {
  std::string database, dialect, product, server_version;
  double seconds = 0; ///< until the first answer
  int attempts = 1;
};

/// Throws ConnectError when the database did not answer in time.
PingReport ping(PingOptions const& options, run::Environment& environment);

struct UnlockOptions {
  bool force = false; ///< also from a holder that is alive
  double watch = 30;  ///< seconds to look whether a holder on another host gives a sign of life
};

struct UnlockReport {
  std::string database;
  bool was_held = false;
  std::optional<std::string> holder; ///< db::LockHolder::describe()
  bool released = false;             ///< false with `was_held`: it was given back meanwhile
};

/// Throws LockError when the holder is alive and `force` is not set, or where only its process's end frees the lock.
UnlockReport unlock(UnlockOptions const& options, run::Environment& environment);

struct ResolveOptions {
  std::string revision;
  std::optional<run::Resolution> resolution; ///< unset: only show
};

struct ResolveReport {
  run::UnfinishedMigration migration;        ///< as it was found
  std::vector<run::JournalEntry> steps;      ///< its operations, in order, as they were found
  std::optional<run::Resolution> resolution; ///< what was decided
  bool is_changed = false;                   ///< the script is not the one that was under way
};

/// What a migration that stopped half way did, and a person's decision about it. Throws UsageError when the revision
/// has no journal, LockError while it is being run.
ResolveReport resolve(ResolveOptions const& options, run::Environment& environment);

} // namespace vm::command
