#include "engine/command/selection.hpp"

#include "engine/graph/resolve.hpp"

#include <fmt/format.h>

namespace vm::command {

std::vector<graph::Index> select_revisions(run::Environment& environment, std::string_view name) {
  bool const wants_current = name == "current";
  auto const& graph = environment.graph(wants_current);
  if (wants_current) {
    auto current = graph::current_heads(graph, graph::resolve_rows(graph, environment.applied_rows()));
    if (current.empty())
      throw GraphError{"the database is at base: no revision is applied",
                       Hint{"'vm run upgrade head' applies all of them"}};
    return current;
  }
  if (graph.size() == 0)
    throw GraphError{"there are no revisions yet", Hint{"make the first one: vm run revision -m \"...\""}};
  auto revisions = graph::resolve_many(graph, name);
  if (revisions.empty())
    throw GraphError{fmt::format("'{}' is no revision", name), Hint{"'vm run history' lists them"}};
  return revisions;
}

} // namespace vm::command
