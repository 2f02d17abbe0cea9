#include "engine/command/backfill.hpp"

#include "engine/core/files.hpp"
#include "engine/dialect/bulk.hpp"
#include "engine/run/backfills.hpp"
#include "engine/script/checksum.hpp"
#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {

namespace {

constexpr std::int64_t shown_skipped = 100;

/// The function of a running backfill, out of the script of its revision; unset for a set-based one.
std::unique_ptr<op::TransformSource> find_function(run::Environment& environment, backfill::Progress const& progress,
                                                   backfill::Definition const& definition) {
  if (!definition.has_function) return nullptr;
  auto const table = schema::to_string(definition.job.table);
  if (!definition.function) {
    throw UsageError{
        fmt::format("the backfill of '{}' cannot be shared: its function is a closure, which only the process "
                    "that made it has",
                    table),
        Hint{"make it a top-level function of the migration, or one of a required module"}};
  }
  auto const& graph = environment.graph();
  auto const index = graph.find(progress.revision);
  if (!index) {
    throw UsageError{fmt::format("the backfill of '{}' belongs to revision '{}', which no script here defines", table,
                                 progress.revision),
                     Hint{"join from a copy of the project that has it"}};
  }
  auto const& header = environment.header(*index);
  if (script::checksum(read_file(header.path), header.language) != definition.checksum) {
    throw UsageError{fmt::format("the backfill of '{}' was started with another text of '{}'", table,
                                 shown_path(header.path, environment.config().project)),
                     Hint{"every process must run the same script"}};
  }
  op::Surroundings surroundings;
  surroundings.dialect = std::string{environment.dialect().name()};
  surroundings.server_version = environment.session().server().version;
  surroundings.direction = "upgrade";
  return environment.host().backfill_function(header, *definition.function, surroundings, definition.job.skip_errors,
                                              definition.job.whole_batch);
}

void join_one(run::Environment& environment, backfill::Progress const& progress) {
  auto definition = backfill::read(progress.definition);
  auto const function = find_function(environment, progress, definition);
  op::InspectScope scope;
  scope.tables = {definition.job.table};
  scope.tables_only = true;
  auto const catalog = environment.inspector().read(scope);
  if (catalog.tables.empty())
    throw UsageError{fmt::format("there is no table '{}' to backfill", schema::to_string(definition.job.table))};
  auto job = backfill::prepare({progress.revision, "upgrade", 1, definition.checksum}, definition,
                               catalog.tables.begin()->second, environment.dialect(),
                               dialect::bulk_path_for(environment.dialect().name()));
  job.id = progress.job;
  auto const store = run::backfill_store(environment);
  try {
    backfill::join(job, function.get(), store, run::backfill_context(environment));
  } catch (DatabaseError const& error) {
    // The process that runs it has ended it meanwhile and taken the table away.
    if (error.kind == DatabaseErrorKind::connection_lost || environment.inspector().has_table(store.name())) throw;
  }
}

constexpr double server_back_within = 60; ///< seconds
constexpr int most_returns = 20;

/// Helps every backfill that runs; also after the server was gone for a while.
void join_all(run::Environment& environment, BackfillReport& report) {
  for (int returns = 0;; ++returns) {
    try {
      for (auto const& progress : run::find_backfills(environment)) {
        if (progress.done) continue;
        join_one(environment, progress);
        auto table = schema::to_string(backfill::read(progress.definition).job.table);
        if (std::ranges::find(report.joined, table) == report.joined.end()) report.joined.push_back(std::move(table));
      }
      return;
    } catch (DatabaseError const& error) {
      if (error.kind != DatabaseErrorKind::connection_lost || returns >= most_returns || environment.interrupted())
        throw;
      environment.progress().warning(fmt::format("{}; waiting for the server to come back", error.message()));
      if (!environment.reconnect(server_back_within)) throw;
    }
  }
}

} // namespace

std::vector<BackfillLine> backfill_lines(run::Environment& environment, bool with_skipped) {
  std::vector<BackfillLine> lines;
  for (auto const& progress : run::find_backfills(environment)) {
    auto const definition = backfill::read(progress.definition);
    BackfillLine line;
    line.revision = progress.revision;
    line.table = schema::to_string(definition.job.table);
    line.done = progress.done;
    line.rows_done = progress.rows_done;
    line.rows_total = progress.rows_total;
    line.rows_changed = progress.rows_changed;
    line.rows_skipped = progress.rows_skipped;
    line.rate = progress.rate;
    if (!progress.done) line.seconds_left = progress.seconds_left;
    line.seconds_since_update = progress.seconds_since_update;
    if (with_skipped)
      for (auto const& row :
           run::backfill_store(environment).skipped(environment.session(), progress.job, shown_skipped))
        line.skipped.emplace_back(row.key, row.error);
    lines.push_back(std::move(line));
  }
  return lines;
}

namespace {

std::string number_text(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3)
    text.insert(static_cast<std::size_t>(place), 1, ',');
  return text;
}

std::string time_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

} // namespace

std::string describe(BackfillLine const& line) {
  constexpr double silent = 60; // a checkpoint comes every second or so
  auto text = fmt::format("{} of '{}': {} of {} rows", line.revision, line.table, number_text(line.rows_done),
                          number_text(line.rows_total));
  if (line.done) {
    text += ", done";
  } else if (line.seconds_since_update > silent) {
    text += fmt::format(", no checkpoint for {}: `vm run upgrade` continues it", time_text(line.seconds_since_update));
  } else {
    if (line.rate > 0) text += fmt::format(", {} rows/s", number_text(static_cast<std::int64_t>(line.rate)));
    if (line.seconds_left) text += fmt::format(", {} left", time_text(*line.seconds_left));
  }
  if (line.rows_skipped > 0) text += fmt::format(", {} skipped", number_text(line.rows_skipped));
  return text;
}

BackfillReport backfill(BackfillOptions const& options, run::Environment& environment) {
  BackfillReport report;
  report.database = environment.url().masked();
  if (!environment.database_exists()) return report;
  auto const store = run::backfill_store(environment);
  if (options.forget) {
    if (environment.inspector().has_table(store.name())) {
      store.forget(environment.session(), *options.forget, true);
      if (store.is_empty(environment.session())) store.drop(environment.session());
      report.forgotten = true;
    }
    return report;
  }
  if (options.join) {
    auto const& path = dialect::bulk_path_for(environment.dialect().name());
    if (!path.can_skip_locked(environment.session().server())) {
      throw UsageError{path.is_in_process()
                           ? "SQLite has one writer at a time: a second process could only wait for the first"
                           : "this server cannot share a backfill: it has no FOR UPDATE SKIP LOCKED",
                       Hint{path.is_in_process() ? "leave the backfill to the process that runs it"
                                                 : "MariaDB has it from 10.6 on, MySQL from 8.0"}};
    }
    join_all(environment, report);
    if (report.joined.empty())
      throw UsageError{"no backfill runs on this database",
                       Hint{"one begins with `vm run upgrade`; then others can join"}};
    return report;
  }
  report.lines = backfill_lines(environment, true);
  return report;
}

} // namespace vm::command
