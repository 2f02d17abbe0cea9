// upgrade, downgrade and stamp: a target becomes a plan, the runner carries it out.
#include "engine/command/commands.hpp"
#include "engine/core/text.hpp"
#include "engine/graph/plan.hpp"
#include "engine/graph/resolve.hpp"
#include "engine/run/runner.hpp"

#include <fmt/format.h>

namespace vm::command {

namespace {

/// Where a script of SQL starts, and what is left of the target.
struct Start {
  std::vector<std::string> rows;
  std::string target;
  bool create_tables = false;
};

std::vector<std::string> rows_of(graph::Graph const& graph, std::string const& name) {
  std::vector<std::string> rows;
  for (auto const index : graph::resolve_many(graph, name)) rows.push_back(graph.revision(index).id);
  return rows;
}

Start find_start(run::Environment& environment, OfflineOptions const& options, std::string const& target) {
  bool const connects = options.dialect.empty();
  auto const range = graph::split_range(target);
  Start start{{}, range ? range->second : target, false};
  auto const& graph = environment.graph(connects && !range);
  if (range) {
    start.rows = range->first.empty() ? std::vector<std::string>{} : rows_of(graph, range->first);
    start.create_tables = start.rows.empty();
  } else if (connects) {
    start.rows = environment.applied_rows();
    start.create_tables = !environment.has_version_table();
  } else {
    start.create_tables = true;
  }
  return start;
}

void refuse_range(std::string const& target) {
  if (!graph::split_range(target)) return;
  throw UsageError{fmt::format("a range ('{}') is only for --sql", target),
                   Hint{"give the one revision to go to; the database knows where it is"}};
}

run::RunReport write_script(run::Environment& environment, OfflineOptions const& options, graph::Plan const& plan,
                            Start const& start) {
  if (!options.dialect.empty() || !environment.is_connected()) {
    auto const dialect = environment.offline_dialect(options.dialect);
    return run::write_plan(environment, *dialect, plan, start.rows, start.create_tables, *options.script);
  }
  return run::write_plan(environment, environment.dialect(), plan, start.rows, start.create_tables, *options.script);
}

PlanReport plan_report(run::Environment& environment, graph::Plan const& plan) {
  PlanReport report;
  for (auto const& step : plan.steps) report.steps.push_back(run::describe_step(environment, step));
  report.before = environment.applied_rows();
  report.after = plan.rows_after;
  report.database = environment.url().masked();
  return report;
}

} // namespace

run::RunReport upgrade(UpgradeOptions const& options, run::Environment& environment) {
  if (options.offline.script) {
    auto const start = find_start(environment, options.offline, options.target);
    auto const plan =
        graph::plan_upgrade(environment.graph(), start.rows, start.target.empty() ? "head" : start.target);
    return write_script(environment, options.offline, plan, start);
  }
  refuse_range(options.target);
  return run::run_plan(environment,
                       [&](graph::Graph const& graph, std::vector<std::string> const& rows) {
                         return graph::plan_upgrade(graph, rows, options.target);
                       },
                       {.dry_run = options.dry_run, .restart = options.restart, .backup = options.backup});
}

run::RunReport downgrade(DowngradeOptions const& options, run::Environment& environment) {
  if (options.offline.script) {
    if (!options.offline.dialect.empty() && !graph::split_range(options.target)) {
      throw UsageError{
          fmt::format("downgrade --sql to '{}' without a connection needs a start", options.target),
          Hint{"give a range, `vm run downgrade FROM:TO --sql`, or leave --dialect out to ask the database"}};
    }
    auto const start = find_start(environment, options.offline, options.target);
    auto const plan =
        graph::plan_downgrade(environment.graph(), start.rows, start.target.empty() ? "base" : start.target);
    return write_script(environment, options.offline, plan, {start.rows, start.target, false});
  }
  refuse_range(options.target);
  return run::run_plan(environment,
                       [&](graph::Graph const& graph, std::vector<std::string> const& rows) {
                         return graph::plan_downgrade(graph, rows, options.target);
                       },
                       {.dry_run = options.dry_run, .restart = options.restart, .backup = options.backup});
}

run::RunReport stamp(StampOptions const& options, run::Environment& environment) {
  if (options.offline.script) {
    auto targets = options.targets;
    std::string first = targets.empty() ? std::string{"head"} : targets.front();
    auto const start = find_start(environment, options.offline, first);
    if (!targets.empty()) targets.front() = start.target;
    auto const plan = graph::plan_stamp(environment.graph(), start.rows, targets, options.purge);
    return write_script(environment, options.offline, plan, start);
  }
  for (auto const& target : options.targets) refuse_range(target);
  return run::run_plan(environment, [&](graph::Graph const& graph, std::vector<std::string> const& rows) {
    return graph::plan_stamp(graph, rows, options.targets, options.purge);
  });
}

PlanReport plan_upgrade(UpgradeOptions const& options, run::Environment& environment) {
  refuse_range(options.target);
  auto const& graph = environment.graph(true);
  return plan_report(environment, graph::plan_upgrade(graph, environment.applied_rows(), options.target));
}

PlanReport plan_downgrade(DowngradeOptions const& options, run::Environment& environment) {
  refuse_range(options.target);
  auto const& graph = environment.graph(true);
  return plan_report(environment, graph::plan_downgrade(graph, environment.applied_rows(), options.target));
}

run::Losses foresee_losses(DowngradeOptions const& options, run::Environment& environment) {
  refuse_range(options.target);
  auto const& graph = environment.graph(true);
  auto const plan = graph::plan_downgrade(graph, environment.applied_rows(), options.target);
  run::check_scripts(environment, plan);
  if (plan.steps.empty()) return {};
  return run::foresee_losses(environment, plan);
}

} // namespace vm::command
