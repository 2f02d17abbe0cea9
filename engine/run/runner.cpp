#include "engine/run/runner.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/core/version.hpp"
#include "engine/run/applier.hpp"
#include "engine/run/backfills.hpp"
#include "engine/run/backup.hpp"
#include "engine/run/journal.hpp"
#include "engine/run/lock.hpp"
#include "engine/run/lock_budget.hpp"
#include "engine/run/this_process.hpp"
#include "engine/run/unfinished.hpp"
#include "engine/script/checksum.hpp"
#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <ostream>
#include <thread>

namespace vm::run {

namespace {

using graph::Direction;
using steady = std::chrono::steady_clock;

constexpr double server_back_within = 60; ///< seconds that a run waits for a server that went away under a backfill
constexpr int most_returns = 20;

double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

std::string_view verb(Direction direction) {
  switch (direction) {
  case Direction::upgrade: return "upgrade";
  case Direction::downgrade: return "downgrade";
  case Direction::stamp: break;
  }
  return "stamp";
}

std::string position(std::vector<std::string> const& rows) {
  return rows.empty() ? std::string{"base"} : quoted_list(rows);
}

/// Rows of the version table after the changes of one step.
void advance(std::vector<std::string>& rows, graph::Step const& step) {
  for (auto const& change : step.rows) {
    if (!change.from.empty()) std::erase(rows, change.from);
    if (!change.to.empty()) rows.push_back(change.to);
  }
  std::sort(rows.begin(), rows.end());
}

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

HistoryEntry Run::entry(StepReport const& report, std::string outcome) const {
  HistoryEntry entry;
  entry.revision = report.revision;
  entry.direction = std::string{verb(report.direction)};
  entry.outcome = std::move(outcome);
  entry.started_at = started_;
  entry.seconds = report.seconds;
  entry.username = user_;
  entry.hostname = host_;
  entry.checksum = checksum_;
  entry.vm_version = std::string{version};
  return entry;
}

void Run::run_script(graph::Step const& step, Applier& applier) {
  auto const& header = environment_.header(*step.revision);
  if (header.language == script::Language::lua) {
    auto& host = environment_.host();
    host.before_migration(header, step.direction, applier);
    host.run(header, step.direction, applier);
    host.after_migration(header, step.direction, applier);
    return;
  }
  auto const text = read_file(header.path);
  auto const section = script::sql_section(text, step.direction == Direction::upgrade ? "upgrade" : "downgrade");
  if (section) {
    applier.run_script(section->text, shown_path(header.path, environment_.config().project), section->line);
  }
}

void Run::step(graph::Step const& step, StepReport& report, bool offline) {
  auto const start = steady::now();
  auto const& config = environment_.config();
  checksum_.clear();
  committed_ = 0;
  started_ = format_utc(now());

  ApplierContext context{dialect_,
                         sink_,
                         offline ? nullptr : &environment_.session(),
                         offline ? nullptr : &environment_.inspector(),
                         naming_,
                         {},
                         true,
                         false,
                         {},
                         {},
                         versions_.name(),
                         &made_};
  context.surroundings.dialect = std::string{dialect_.name()};
  if (!offline) context.surroundings.server_version = environment_.session().server().version;
  context.surroundings.offline = offline;
  context.surroundings.direction = std::string{verb(step.direction)};
  context.shared_transaction = config.transaction == config::TransactionMode::all;
  context.warn = [this](std::string_view text) { environment_.progress().warning(text); };
  context.interrupted = [this] { return environment_.interrupted(); };
  context.on_commit = [this] { held_ = *rows_; };

  bool const runs_script = step.revision && step.direction != Direction::stamp;
  if (runs_script) {
    auto const& header = environment_.header(*step.revision);
    context.in_transaction = header.transaction && config.transaction != config::TransactionMode::none;
    checksum_ = script::checksum(read_file(header.path), header.language);
  }

  if (!offline) {
    context.backfills = &backfills_;
    backfills_.begin_step(report.revision, context.surroundings.direction, checksum_);
  }
  std::optional<Journal> journal;
  context.rehearsal = rehearsal_;
  if (runs_script && !offline && !rehearsal_) {
    journal.emplace(JournalContext{
        sink_, environment_.session(), journals_, journal_is_there_, report.revision, std::string{verb(step.direction)},
        checksum_, shown_path(environment_.header(*step.revision).path, environment_.config().project)});
    if (journal_is_there_) {
      if (restarts_) {
        journals_.remove(sink_, report.revision, std::string{verb(step.direction)});
        if (!sink_.in_transaction()) backfills_.restart();
        environment_.progress().warning(
            fmt::format("{} '{}' begins at its first step again", verb(step.direction), report.revision));
      } else {
        journal->load();
      }
      restarts_ = false;
    }
    if (journal->recorded_steps() > 0 && !journal->only_compares()) {
      environment_.progress().warning(fmt::format("{} '{}' goes on after step {}, which an earlier run finished",
                                                  verb(step.direction), report.revision, journal->recorded_steps()));
    }
    if (!journal->is_written()) backfills_.begin_anew();
    if (!dialect_.capabilities().transactional_ddl) journal->prepare_table();
    context.journal = &*journal;
  }

  Applier applier{std::move(context)};
  half_done_ = {};
  if (rehearsal_) return rehearse_step(step, report, applier, runs_script);
  try {
    if (runs_script) run_script(step, applier);
    if (environment_.interrupted()) throw Interrupted{"interrupted"};
    applier.ensure_transaction();
    if (lock_ && !lock_->is_held(environment_.session()))
      throw LockError{"the migration lock was taken away while the migration ran",
                      Hint{"somebody used `vm run unlock --force`, or the lock's connection was lost; run it again"}};
    if (journal) journal->finish();
    versions_.apply(sink_, step.rows);
    report.seconds = seconds_since(start);
    report.statements = applier.statements();
    if (!offline) history_.record(sink_, entry(report, "done"));
    if (!offline && runs_script) backfills_.forget_with_record();
    if (config.transaction != config::TransactionMode::all) sink_.commit();
    if (!offline && runs_script) backfills_.end_step();
  } catch (...) {
    report.seconds = seconds_since(start);
    report.statements = applier.statements();
    committed_ = applier.committed();
    half_done_ = journal && journal->is_written() ? HalfDone{true, !journal->is_stopped()} : HalfDone{};
    throw;
  }
}

void Run::rehearse_step(graph::Step const& step, StepReport& report, Applier& applier, bool runs_script) {
  auto const start = steady::now();
  try {
    if (runs_script) run_script(step, applier);
  } catch (Error const& error) {
    // What is not there because nothing made it tells nothing about the migration.
    if (!rehearsal_->is_cut_off() || dynamic_cast<Interrupted const*>(&error)) {
      report.rehearsed = rehearsal_->take();
      throw;
    }
    rehearsal_->skip("the rest of the migration", error.message());
  }
  if (environment_.interrupted()) throw Interrupted{"interrupted"};
  report.rehearsed = rehearsal_->take();
  report.statements = applier.statements();
  report.seconds = seconds_since(start);
  if (!has_versions_) return;
  rehearsal_->record(false);
  versions_.apply(sink_, step.rows);
  rehearsal_->record(true);
}

/// Runs the step again from its beginning when it did not get a lock, as long as nothing of it is committed.
void Run::step_in_budget(graph::Step const& step, StepReport& report, bool offline) {
  bool const shares_transaction = environment_.config().transaction == config::TransactionMode::all;
  for (int attempt = 0;; ++attempt) {
    try {
      this->step(step, report, offline);
      return;
    } catch (DatabaseError& error) {
      if (budget_ == nullptr || rehearsal_ || half_done_.has_journal || shares_transaction || committed_ > 0 ||
          !LockBudget::is_about_locks(error) || !environment_.session().is_alive())
        throw;
      sink_.rollback();
      if (!budget_->wait_to_retry(error, attempt)) throw;
    }
  }
}

void Run::record_failure(StepReport const& report, std::string const& outcome, std::string const& what) {
  if (rehearsal_ || !environment_.session().is_alive()) return;
  try {
    auto failed = entry(report, outcome);
    failed.error = what.substr(0, what.find('\n'));
    sink_.begin();
    history_.record(sink_, failed);
    sink_.commit();
  } catch (Error const& error) {
    environment_.progress().warning(fmt::format("the failure could not be written to vm_history: {}", error.message()));
  }
}

/// What is left of a migration that left its transaction; with the failure written to its journal.
std::optional<UnfinishedMigration> Run::record_half_done(Error const& error, StepReport const& report) {
  if (!half_done_.has_journal || !environment_.session().is_alive()) return std::nullopt;
  try {
    auto const direction = std::string{verb(report.direction)};
    if (half_done_.went_on) {
      journals_.record_failure(sink_, report.revision, direction,
                               error.location() ? to_string(*error.location()) : std::string{}, error.message());
    }
    for (auto& each : journals_.unfinished(environment_.session()))
      if (each.revision == report.revision && each.direction == direction) return std::move(each);
  } catch (Error const& failure) {
    environment_.progress().warning(fmt::format("the journal could not be read: {}", failure.message()));
  }
  return std::nullopt;
}

bool Run::can_go_on_elsewhere() {
  if (!backfills_.is_cut_off()) return false;
  auto& session = environment_.session();
  try {
    if (session.is_alive()) session.scalar("SELECT 1");
  } catch (DatabaseError const&) {
    // It knows by now whether it lives.
  }
  return !session.is_alive();
}

void Run::drop_empty_journal() {
  if (journal_is_there_) run::drop_empty_journal(environment_, sink_);
}

/// Rolls back, writes the failure down and tells in `error` where that leaves the database.
void Run::clean_up(Error& error, StepReport const& report, std::vector<std::string> const& rows) {
  auto const committed = committed_;
  bool const alive = environment_.session().is_alive();
  bool const all = rehearsal_ || environment_.config().transaction == config::TransactionMode::all;
  std::string rolled_back;
  try {
    sink_.rollback();
  } catch (Error const& failure) {
    rolled_back = fmt::format("the rollback failed as well ({}); ", failure.message());
  }
  bool const was_interrupted = environment_.interrupted();
  auto const half_done = record_half_done(error, report);
  record_failure(report, was_interrupted ? "interrupted" : "failed", error.message());

  if (!report.revision.empty())
    error.add_note({"revision", fmt::format("{} ({})", report.revision, verb(report.direction))});
  std::string state;
  if (half_done) {
    state = fmt::format("{}{}; it is recorded at {} until this is finished", rolled_back, describe(*half_done),
                        position(rows));
    if (half_done_.went_on && was_interrupted) {
      error.add_hint(
          {fmt::format("run `vm run {}` again: it goes on after step {}", verb(report.direction), half_done->steps)});
    } else if (half_done_.went_on) {
      error.add_hint({fmt::format("mend the cause, then run `vm run {}` again: it goes on after step {}; where that "
                                  "changes the script, `vm run resolve {} --redo` comes first",
                                  verb(report.direction), half_done->steps, report.revision)});
    }
  } else if (!alive) {
    state = fmt::format("the connection is gone, the server undoes what was not committed; the database was at {}",
                        position(rows));
  } else if (committed == 0) {
    state = fmt::format("{}rolled back; the database is at {}", rolled_back, position(rows));
  } else {
    state =
        fmt::format("{}{} statement{} of this migration {} committed and not undone; the database is recorded at {}",
                    rolled_back, committed, committed == 1 ? "" : "s", committed == 1 ? "was" : "were", position(rows));
  }
  if (rehearsal_)
    state += " (a dry run)";
  else if (all && alive)
    state += " (one transaction for the whole run)";
  error.add_note({"database", state});
}

void Run::steps(graph::Plan const& plan, std::vector<std::string>& rows, RunReport& report, bool offline) {
  bool const all = rehearsal_ || environment_.config().transaction == config::TransactionMode::all;
  rows_ = &rows;
  held_ = rows;
  report.done.reserve(plan.steps.size());
  for (auto const& each : plan.steps) {
    auto line = describe_step(environment_, each);
    environment_.progress().step_started(line);
    if (offline) {
      sink_.comment(fmt::format("Running {} {} -> {}{}", verb(each.direction), join(line.from, ", "),
                                join(line.to, ", "), line.message.empty() ? "" : ", " + line.message));
    }
    try {
      step_in_budget(each, line, offline);
    } catch (Error& error) {
      if (offline) {
        sink_.comment(fmt::format("stopped here: {}", error.message()));
        throw;
      }
      auto const& held = all ? held_ : rows;
      if (environment_.interrupted()) {
        // Whether Lua stopped or the server speaks of a cancelled statement, it is our own doing. What stopped by
        // itself tells how far it came.
        auto const plain = fmt::format("interrupted while running {} '{}'", verb(line.direction), line.revision);
        bool const tells_more = dynamic_cast<Interrupted*>(&error) && error.message().starts_with("interrupted: ");
        Interrupted interrupted{tells_more ? error.message() : plain};
        if (error.location()) interrupted.locate(*error.location());
        if (tells_more)
          for (auto const& note : error.notes()) interrupted.add_note(note);
        clean_up(interrupted, line, held);
        if (interrupted.hints().empty())
          interrupted.add_hint({fmt::format("run `vm run {}` again to continue", verb(line.direction))});
        throw interrupted;
      }
      clean_up(error, line, held);
      if (dynamic_cast<MigrationError*>(&error) || dynamic_cast<DatabaseError*>(&error) ||
          dynamic_cast<Interrupted*>(&error) || dynamic_cast<LockError*>(&error)) {
        if (error.hints().empty())
          error.add_hint({fmt::format("mend the cause, then run `vm run {}` again", verb(line.direction))});
        throw;
      }
      // Once a migration runs, whatever it stumbles over is a failed migration.
      MigrationError failed{error.message()};
      if (error.location()) failed.locate(*error.location());
      for (auto const& note : error.notes()) failed.add_note(note);
      for (auto const& hint : error.hints()) failed.add_hint(hint);
      if (failed.hints().empty())
        failed.add_hint({fmt::format("mend the cause, then run `vm run {}` again", verb(line.direction))});
      if (auto const* script = dynamic_cast<ScriptError*>(&error)) failed.traceback = script->traceback;
      throw failed;
    }
    advance(rows, each);
    environment_.progress().step_ended(line);
    report.done.push_back(std::move(line));
  }
  if (!all || !sink_.in_transaction()) return;
  sink_.commit();
  if (!rehearsal_ && !offline) backfills_.end_step();
}

/// Warns of, or refuses, scripts of applied revisions whose text is no longer the one that ran.
void check_drift(Environment& environment) {
  auto const policy = environment.config().on_drift;
  if (policy == config::OnDrift::ignore) return;
  auto const drifted = find_drift(environment);
  if (drifted.empty()) return;
  std::vector<std::string> ids;
  for (auto const& each : drifted) ids.push_back(each.revision);
  auto const text = fmt::format("applied script{} changed since {} ran: {}", ids.size() == 1 ? "" : "s",
                                ids.size() == 1 ? "it" : "they", quoted_list(ids));
  if (policy == config::OnDrift::error) {
    throw MigrationError{text,
                         Hint{"restore the script, or set on_drift = \"warn\" in vm.toml; `vm run status` shows them"}};
  }
  environment.progress().warning(text);
}

} // namespace

void check_scripts(Environment& environment, graph::Plan const& plan) {
  for (auto const& step : plan.steps) {
    if (!step.revision || step.direction == Direction::stamp) continue;
    auto const& header = environment.header(*step.revision);
    bool const up = step.direction == Direction::upgrade;
    if (up ? header.has_upgrade : header.has_downgrade) continue;
    MigrationError error{
        fmt::format("revision '{}' has no {}", header.revision, up ? "upgrade" : "downgrade"),
        up ? Hint{"add `function upgrade() … end` to the script"}
           : Hint{"add `function downgrade() … end` to the script, or `vm run stamp` the revision you want"}};
    error.locate({shown_path(header.path, environment.config().project), 0});
    error.add_note({"database", "nothing was changed"});
    throw error;
  }
}

StepReport describe_step(Environment& environment, graph::Step const& step) {
  StepReport report;
  report.direction = step.direction;
  report.from = step.from;
  report.to = step.to;
  if (step.revision) {
    auto const& header = environment.header(*step.revision);
    report.revision = header.revision;
    report.message = header.message;
    report.path = header.path;
  }
  return report;
}

bool ensure_tables(Environment& environment) {
  auto& session = environment.session();
  auto const& dialect = environment.dialect();
  VersionTable const versions{environment.version_table_name(), dialect};
  HistoryTable const history{versions.name().schema, dialect};
  bool const has_versions = environment.inspector().has_table(versions.name());
  bool const has_history = history.exists(environment.inspector());
  if (has_versions && has_history) return false;
  db::SessionSink sender{session, dialect, [&](std::string_view text, double seconds) {
                           environment.progress().statement(text, seconds);
                         }};
  LockBudget budget{environment};
  PatientSink sink{sender, session, dialect, budget};
  for (int attempt = 0;; ++attempt) {
    try {
      sink.begin();
      if (!has_versions) versions.create(sink, attempt > 0);
      if (!has_history) history.create(sink, attempt > 0);
      if (sink.in_transaction()) sink.commit();
      return !has_versions;
    } catch (DatabaseError& error) {
      sink.rollback();
      if (!LockBudget::is_about_locks(error) || !budget.wait_to_retry(error, attempt)) throw;
    }
  }
}

std::vector<DriftedScript> find_drift(Environment& environment) {
  auto const& graph = environment.graph();
  std::vector<DriftedScript> result;
  HistoryTable const history{environment.version_table_name().schema, environment.dialect()};
  if (!history.exists(environment.inspector())) return result;
  std::vector<graph::Index> rows;
  for (auto const& row : environment.applied_rows())
    if (auto const index = graph.find(row)) rows.push_back(*index);
  auto const applied = graph::applied_set(graph, rows);
  std::map<std::string, HistoryTable::Applied> last;
  for (auto& each : history.applied(environment.session())) last.insert_or_assign(each.revision, std::move(each));
  for (graph::Index index = 0; index < graph.size(); ++index) {
    if (!applied[index]) continue;
    auto const& header = environment.header(index);
    auto const found = last.find(header.revision);
    if (found == last.end() || found->second.checksum.empty()) continue;
    auto const now = script::checksum(read_file(header.path), header.language);
    if (now != found->second.checksum)
      result.push_back({header.revision, header.path, found->second.started_at, found->second.checksum, now});
  }
  return result;
}

namespace {

/// The lock ends with its process; the statement that the process had sent may not have. Until the server is through
/// with it, what it does to the database cannot be seen.
void wait_for_last_session(Environment& environment) {
  auto const name = schema::to_string(environment.version_table_name());
  auto const deadline = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(
                                            migration_lock_timeout(environment.config())));
  for (bool told = false; !environment.session().try_mark(name); told = true) {
    if (environment.interrupted())
      throw Interrupted{"interrupted while the server ends the statement of an earlier run"};
    if (!told) environment.progress().waiting_for_lock("the statement of an earlier run that the server has not ended");
    if (steady::now() >= deadline) {
      throw LockError{"the server still works on the statement of an earlier run, whose process is gone",
                      Hint{"wait for it to end, or end it on the server; --lock-timeout gives a longer time"}};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

/// Tells the session what is ahead of it for as long as this lives.
class ManyTransactions {
 public:
  explicit ManyTransactions(db::Session& session) : session_{session} { session_.expect_transactions(true); }
  ManyTransactions(ManyTransactions const&) = delete;
  ManyTransactions& operator=(ManyTransactions const&) = delete;
  ~ManyTransactions() {
    try {
      if (session_.is_alive() && !session_.in_transaction()) session_.expect_transactions(false);
    } catch (std::exception const&) {
      // What stays is a file that the next transaction on this database takes away.
    }
  }

 private:
  db::Session& session_;
};

/// Removes a file that is empty at the end.
struct NothingLeft {
  std::filesystem::path file;
  ~NothingLeft() {
    std::error_code ignored;
    if (!file.empty() && std::filesystem::file_size(file, ignored) == 0 && !ignored)
      std::filesystem::remove(file, ignored);
  }
};

/// The plan in one transaction that is rolled back, whatever happens.
void rehearse(Environment& environment, graph::Plan const& plan, std::vector<std::string>& rows, RunReport& report) {
  auto const& dialect = environment.dialect();
  RehearsalSink sink{environment.session(), dialect,
                     [&](std::string_view text, double seconds) { environment.progress().statement(text, seconds); }};
  struct Rollback {
    RehearsalSink& sink;
    ~Rollback() {
      try {
        sink.rollback();
      } catch (std::exception const&) {
        // A lost connection has rolled back by itself.
      }
    }
  } const rollback{sink};
  Run run{environment, dialect, sink};
  bool has_versions = environment.inspector().has_table(run.versions().name());
  if (!has_versions && dialect.capabilities().transactional_ddl) {
    sink.record(false);
    sink.begin();
    run.versions().create(sink);
    sink.record(true);
    has_versions = true;
  }
  run.rehearse(sink, has_versions);
  run.steps(plan, rows, report, false);
}

/// What an attempt that failed leaves for the next one.
struct CutOff {
  bool can_go_on = false; ///< once the server is back
  graph::Plan plan;
  std::vector<std::string> rows; ///< of the version table, where the plan begins
};

/// The steps that are left of a plan, also where somebody else ran some of them meanwhile. Relative targets must not be
/// counted from here.
graph::Plan rest_of(CutOff const& before, std::vector<std::string> const& rows) {
  auto state = before.rows;
  auto rest = before.plan;
  while (state != rows) {
    if (rest.steps.empty())
      throw MigrationError{
          fmt::format("while the server was away the database went elsewhere: it is at {}", position(rows)),
          Hint{"look at `vm run status`, then run the command again"}};
    advance(state, rest.steps.front());
    rest.steps.erase(rest.steps.begin());
  }
  return rest;
}

void attempt_plan(Environment& environment, Planner const& planner, RunOptions const& options, RunReport& report,
                  CutOff& cut_off) {
  // A dry run must not leave the file that opening a database of SQLite makes.
  NothingLeft const nothing_left{options.dry_run && !environment.database_exists()
                                     ? std::filesystem::path{environment.url().database}
                                     : std::filesystem::path{}};
  auto const lock_timeout = migration_lock_timeout(environment.config());
  environment.wait_when_full(lock_timeout);
  auto const& graph = environment.graph(true);
  bool const is_first = report.database.empty();
  auto rows = is_first ? environment.applied_rows() : environment.read_rows().value_or(std::vector<std::string>{});
  report.database = environment.url().masked();
  if (is_first) report.before = rows;
  auto plan = planner(graph, rows);
  check_scripts(environment, plan);
  // A migration that stopped half way is no "nothing to do"; the lock tells whether it is being run right now.
  // Nor is one that was killed when all but its traces was done.
  Backfills backfills{environment};
  if (plan.empty() && !has_journal(environment) && !(environment.is_connected() && backfills.has_empty_table())) {
    report.after = rows;
    report.dialect = environment.url().dialect;
    return;
  }

  auto const& dialect = environment.dialect();
  report.dialect = std::string{dialect.name()};
  report.server_version = environment.session().server().version;
  environment.progress().context(report.dialect, report.server_version, dialect.capabilities().transactional_ddl);

  auto const lock = make_lock(environment);
  if (lock) {
    auto const look_again = [&] {
      rows = environment.read_rows().value_or(std::vector<std::string>{});
      if (is_first) report.before = rows;
      plan = planner(graph, rows);
    };
    Waiting waiting;
    waiting.interrupted = [&] { return environment.interrupted(); };
    waiting.give_way = [&] { environment.disconnect(); };
    waiting.come_back = [&] { environment.session(); };
    waiting.is_needless = [&] {
      try {
        look_again();
      } catch (DatabaseError const&) {
        return false; // the holder's transaction is in the way
      } catch (GraphError const&) {
        return false; // in the middle of somebody's run; what is wrong shows once the lock is held
      }
      return plan.empty();
    };
    environment.wait_when_full(0);
    bool const acquired = wait_for_lock(*lock, lock_timeout, environment.progress(), waiting);
    environment.wait_when_full(lock_timeout);
    // Somebody may have been faster while this run waited or read its scripts.
    if (acquired) {
      wait_for_last_session(environment);
      look_again();
    }
    check_scripts(environment, plan);
    if (!acquired) {
      report.after = rows;
      return;
    }
  }
  auto const unfinished = find_unfinished(environment);
  check_unfinished(unfinished, plan, environment);
  if (options.dry_run) {
    report.dry_run = true;
    if (!unfinished.empty()) {
      throw MigrationError{fmt::format("{} of '{}' stopped half way: what is left of it cannot be rehearsed",
                                       unfinished.front().direction, unfinished.front().revision),
                           Hint{fmt::format("finish it first: `vm run {}`", unfinished.front().direction)}};
    }
    rehearse(environment, plan, rows, report);
  } else if (plan.empty()) {
    // A run that was killed at its very end leaves the table empty.
    db::SessionSink sink{environment.session(), dialect};
    drop_empty_journal(environment, sink);
    backfills.drop_empty_table();
  } else {
    check_drift(environment);
    if (options.backup) {
      report.backup = make_backup(environment);
      environment.progress().backup_made(*report.backup);
    }
    ensure_tables(environment);
    db::SessionSink sink{environment.session(), dialect, [&](std::string_view text, double seconds) {
                           environment.progress().statement(text, seconds);
                         }};
    LockBudget budget{environment};
    PatientSink patient{sink, environment.session(), dialect, budget};
    Run run{environment, dialect, patient, lock.get(), &budget};
    run.journal_is_there(
        JournalTable{environment.version_table_name().schema, dialect}.exists(environment.inspector()));
    if (options.restart) run.restart_unfinished();
    cut_off = {false, plan, rows};
    std::optional<ManyTransactions> many;
    if (plan.steps.size() > 1) many.emplace(environment.session());
    try {
      run.steps(plan, rows, report, false);
    } catch (...) {
      cut_off.can_go_on = run.can_go_on_elsewhere();
      if (!cut_off.can_go_on) run.drop_empty_journal();
      throw;
    }
    run.drop_empty_journal();
  }
  report.after = rows;
}

} // namespace

RunReport run_plan(Environment& environment, Planner const& planner, RunOptions const& options) {
  auto const start = steady::now();
  RunReport report;
  auto once = options;
  CutOff before;
  for (int returns = 0;; ++returns) {
    CutOff cut_off;
    auto const rest = [&](graph::Graph const&, std::vector<std::string> const& rows) { return rest_of(before, rows); };
    try {
      attempt_plan(environment, returns == 0 ? planner : Planner{rest}, once, report, cut_off);
      report.seconds = seconds_since(start);
      return report;
    } catch (Error const& error) {
      if (!cut_off.can_go_on || returns >= most_returns || environment.interrupted()) throw;
      environment.progress().warning(
          fmt::format("{}; the batches that ended are safe, waiting for the server to come back", error.message()));
      if (!environment.reconnect(server_back_within)) throw;
    }
    before = std::move(cut_off);
    once.restart = once.backup = false; // that was the first attempt's
  }
}

RunReport write_plan(Environment& environment, sql::Dialect const& dialect, graph::Plan const& plan,
                     std::vector<std::string> const& rows, bool create_tables, std::ostream& script) {
  auto const start = steady::now();
  RunReport report;
  report.offline = true;
  report.dialect = std::string{dialect.name()};
  report.before = rows;
  check_scripts(environment, plan);
  environment.progress().context(report.dialect, "", dialect.capabilities().transactional_ddl);
  db::ScriptSink sink{script, dialect};
  Run run{environment, dialect, sink};
  if (create_tables) {
    sink.begin();
    run.versions().create(sink);
    sink.commit();
  }
  auto state = rows;
  run.steps(plan, state, report, true);
  script.flush();
  report.after = state;
  report.seconds = seconds_since(start);
  return report;
}

} // namespace vm::run
