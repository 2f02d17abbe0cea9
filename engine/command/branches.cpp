#include "engine/command/commands.hpp"

namespace vm::command {

BranchesReport branches(run::Environment& environment) {
  auto const& graph = environment.graph();
  BranchesReport report;
  for (auto const index : graph.walk_order())
    if (graph.is_branch_point(index))
      report.branches.push_back(
          {revision_line(environment, index), revision_lines(environment, graph.node(index).children)});
  return report;
}

} // namespace vm::command
