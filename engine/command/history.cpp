#include "engine/command/commands.hpp"
#include "engine/core/text.hpp"
#include "engine/graph/resolve.hpp"

#include <algorithm>

namespace vm::command {

HistoryReport history(HistoryOptions const& options, run::Environment& environment) {
  bool asks_database = options.indicate_current;
  if (auto const ends = graph::split_range(options.range))
    asks_database = asks_database || trim(ends->first) == "current" || trim(ends->second) == "current";

  auto const& graph = environment.graph(asks_database);
  std::vector<graph::Index> applied;
  if (asks_database) applied = graph::resolve_rows(graph, environment.applied_rows());

  HistoryReport report;
  auto const shown = graph::history(graph, options.range, applied);
  report.revisions = revision_lines(environment, shown);
  if (options.indicate_current) {
    auto const current = graph::current_heads(graph, applied);
    for (std::size_t i = 0; i < shown.size(); ++i)
      report.revisions[i].is_current = std::find(current.begin(), current.end(), shown[i]) != current.end();
  }
  return report;
}

AppliedReport applied_history(AppliedOptions const& options, run::Environment& environment) {
  AppliedReport report;
  report.database = environment.url().masked();
  if (!environment.database_exists()) return report;
  run::HistoryTable const table{environment.version_table_name().schema, environment.dialect()};
  if (!table.exists(environment.inspector())) return report;
  report.entries = table.entries(environment.session(), options.since, options.until);
  return report;
}

} // namespace vm::command
