#include "engine/run/run.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/core/version.hpp"
#include "engine/run/journal.hpp"
#include "engine/run/runner.hpp"
#include "engine/script/checksum.hpp"
#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace vm::run {

namespace {

using graph::Direction;
using steady = std::chrono::steady_clock;

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

} // namespace

std::string position(std::vector<std::string> const& rows) {
  return rows.empty() ? std::string{"base"} : quoted_list(rows);
}

void advance(std::vector<std::string>& rows, graph::Step const& step) {
  for (auto const& change : step.rows) {
    if (!change.from.empty()) std::erase(rows, change.from);
    if (!change.to.empty()) rows.push_back(change.to);
  }
  std::sort(rows.begin(), rows.end());
}

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

} // namespace vm::run
