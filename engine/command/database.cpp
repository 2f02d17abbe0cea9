// current, status, ensure-version, ping and unlock: what the database says of itself.
#include "engine/command/backfill.hpp"
#include "engine/command/commands.hpp"
#include "engine/graph/plan.hpp"
#include "engine/graph/resolve.hpp"
#include "engine/run/drift.hpp"
#include "engine/run/lock.hpp"
#include "engine/run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace vm::command {

namespace {

/// The rows a script defines; the others go to `unknown`.
std::vector<graph::Index> known_rows(graph::Graph const& graph, std::vector<std::string> const& rows,
                                     std::vector<std::string>& unknown) {
  std::vector<graph::Index> known;
  for (auto const& row : rows) {
    if (auto const index = graph.find(row))
      known.push_back(*index);
    else
      unknown.push_back(row);
  }
  return known;
}

} // namespace

CurrentReport current(run::Environment& environment) {
  auto const& graph = environment.graph(true);
  CurrentReport report;
  report.database = environment.url().masked();
  report.rows = environment.applied_rows();
  auto const rows = graph::resolve_rows(graph, report.rows);
  report.revisions = revision_lines(environment, graph::current_heads(graph, rows));
  auto const applied = graph::applied_set(graph, rows);
  for (auto const head : graph.heads())
    if (!applied[head]) report.missing_heads.push_back(graph.revision(head).id);
  return report;
}

StatusReport status(run::Environment& environment) {
  auto const& graph = environment.graph(true);
  StatusReport report;
  report.database = environment.url().masked();
  report.dialect = environment.url().dialect;
  report.version_table = schema::to_string(environment.version_table_name());
  report.has_version_table = environment.has_version_table();
  report.rows = environment.applied_rows();
  report.total = graph.size();
  auto const rows = known_rows(graph, report.rows, report.unknown_rows);
  auto const applied = graph::applied_set(graph, rows);
  report.applied = static_cast<std::size_t>(std::count(applied.begin(), applied.end(), true));
  report.current = revision_lines(environment, graph::current_heads(graph, rows));
  report.heads = revision_lines(environment, graph.heads());
  auto const& order = graph.walk_order();
  std::vector<graph::Index> pending;
  std::copy_if(order.rbegin(), order.rend(), std::back_inserter(pending),
               [&](graph::Index index) { return !applied[index]; });
  report.pending = revision_lines(environment, pending);
  if (!environment.is_connected()) return report;
  report.server_version = environment.session().server().version;
  report.dialect = std::string{environment.dialect().name()};
  for (auto const& each : run::find_unfinished(environment)) report.unfinished.push_back(run::describe(each));
  for (auto const& line : backfill_lines(environment, false)) report.unfinished.push_back("backfill " + describe(line));
  for (auto& each : run::find_drift(environment)) report.drifted.push_back({each.revision, each.path, each.applied_at});
  if (auto const lock = run::make_lock(environment))
    if (auto const holder = lock->holder()) report.lock_holder = holder->describe();
  return report;
}

EnsureVersionReport ensure_version(EnsureVersionOptions const& options, run::Environment& environment) {
  EnsureVersionReport report;
  report.version_table = schema::to_string(environment.version_table_name());
  if (!options.offline.script) {
    report.made = run::ensure_tables(environment);
    return report;
  }
  bool const connects = options.offline.dialect.empty();
  if (connects && environment.has_version_table()) return report;
  auto const dialect = environment.offline_dialect(options.offline.dialect);
  db::ScriptSink sink{*options.offline.script, *dialect};
  sink.begin();
  run::VersionTable{environment.version_table_name(), *dialect}.create(sink);
  sink.commit();
  report.made = true;
  return report;
}

PingReport ping(PingOptions const& options, run::Environment& environment) {
  using clock = std::chrono::steady_clock;
  auto const start = clock::now();
  auto const deadline =
      start + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(options.wait));
  PingReport report;
  report.database = environment.url().masked();
  double pause = 0.1;
  for (;; ++report.attempts) {
    try {
      auto& session = environment.session();
      session.scalar("SELECT 1");
      report.product = session.server().product;
      report.server_version = session.server().version;
      report.dialect = std::string{environment.dialect().name()};
      report.seconds = std::chrono::duration<double>(clock::now() - start).count();
      return report;
    } catch (ConnectError& error) {
      if (environment.interrupted()) throw Interrupted{"interrupted while waiting for the database"};
      auto const left = std::chrono::duration<double>(deadline - clock::now()).count();
      if (left <= 0) {
        if (options.wait > 0)
          error.add_note({"waited", fmt::format("{} s, {} attempts", options.wait, report.attempts)});
        throw;
      }
      std::this_thread::sleep_for(std::chrono::duration<double>(std::min(pause, left)));
      pause = std::min(pause * 1.5, 1.0);
    }
  }
}

UnlockReport unlock(UnlockOptions const& options, run::Environment& environment) {
  using clock = std::chrono::steady_clock;
  UnlockReport report;
  report.database = environment.url().masked();
  if (!environment.database_exists()) return report;
  auto const lock = run::make_lock(environment);
  if (!lock) throw UsageError{"lock = \"none\" in vm.toml: there is no lock to free"};
  auto holder = lock->holder();
  if (!holder) return report;
  report.was_held = true;
  // A row of another host tells by its heartbeat whether somebody lives behind it: that takes looking twice.
  auto const deadline =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(options.watch));
  while (holder && !holder->is_alive && !options.force && clock::now() < deadline) {
    if (environment.interrupted()) throw Interrupted{"interrupted while looking whether the lock's holder is alive"};
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    holder = lock->holder();
  }
  if (!holder) return report; // given back meanwhile
  report.holder = holder->describe();
  if (holder->is_alive.value_or(true) && !options.force) {
    throw LockError{fmt::format("the migration lock is held by {}, which is alive", *report.holder),
                    Hint{"wait for it to end; --force takes the lock away, and that run then fails"}};
  }
  lock->evict();
  report.released = true;
  return report;
}

} // namespace vm::command
