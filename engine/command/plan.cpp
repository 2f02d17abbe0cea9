#include "engine/command/commands.hpp"

namespace vm::command {
namespace {

PlanReport report_of(run::Environment& environment, std::vector<std::string> before, graph::Plan const& plan) {
  auto const& graph = environment.graph();
  PlanReport report;
  report.database = environment.url().masked();
  report.before = std::move(before);
  report.after = plan.rows_after;
  for (auto const& step : plan.steps) {
    run::StepReport line{
        .direction = step.direction, .from = step.from, .to = step.to, .revision = {}, .message = {}, .path = {}};
    if (step.revision) {
      line.revision = graph.revision(*step.revision).id;
      line.message = graph.revision(*step.revision).message;
      line.path = environment.header(*step.revision).path;
    }
    report.steps.push_back(std::move(line));
  }
  return report;
}

} // namespace

PlanReport plan_upgrade(UpgradeOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph(true);
  auto rows = environment.applied_rows();
  auto const plan = graph::plan_upgrade(graph, rows, options.target);
  return report_of(environment, std::move(rows), plan);
}

PlanReport plan_downgrade(DowngradeOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph(true);
  auto rows = environment.applied_rows();
  auto const plan = graph::plan_downgrade(graph, rows, options.target);
  return report_of(environment, std::move(rows), plan);
}

} // namespace vm::command
