#include "engine/run/runner.hpp"

#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/run/backup.hpp"
#include "engine/run/drift.hpp"
#include "engine/run/lock.hpp"
#include "engine/run/lock_budget.hpp"
#include "engine/run/run.hpp"
#include "engine/run/unfinished.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
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
