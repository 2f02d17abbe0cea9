#include "engine/command/commands.hpp"
#include "engine/command/new_file.hpp"
#include "engine/core/text.hpp"
#include "engine/graph/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {
namespace {

[[noreturn]] void refuse_several_heads(graph::Graph const& graph) {
  std::vector<std::string> ids;
  for (auto const head : graph.heads()) ids.push_back(graph.revision(head).id);
  GraphError error{fmt::format("there are several heads: {}", quoted_list(ids))};
  for (auto const head : graph.heads()) {
    auto const& revision = graph.revision(head);
    error.add_note({revision.id, fmt::format("{} ({})", revision.message, revision.origin)});
  }
  error.add_hint({fmt::format("join them first: vm run merge {} -m \"merge {}\"", join(ids, " "), join(ids, " and "))});
  error.add_hint({fmt::format("or say which one to follow: --head {}", ids.front())});
  throw GraphError{std::move(error)};
}

std::vector<graph::Index> resolve_parents(graph::Graph const& graph, std::vector<std::string> const& names) {
  std::vector<graph::Index> parents;
  for (auto const& name : names) {
    if (name == "base" || (name == "head" && graph.heads().empty())) continue;
    if (name == "head" && graph.heads().size() > 1) refuse_several_heads(graph);
    for (auto const index : graph::resolve_many(graph, name)) {
      if (std::find(parents.begin(), parents.end(), index) != parents.end())
        throw UsageError{fmt::format("--head names revision '{}' twice", graph.revision(index).id)};
      parents.push_back(index);
    }
  }
  return parents;
}

// Labels stay as written, so that they keep following the branch; partial ids become whole.
std::vector<std::string> resolve_dependencies(graph::Graph const& graph, std::vector<std::string> const& names) {
  std::vector<std::string> resolved;
  for (auto const& name : names) {
    if (graph.find_label(name)) {
      resolved.push_back(name);
      continue;
    }
    auto const index = graph::resolve_one(graph, name);
    if (!index) throw UsageError{fmt::format("--depends-on '{}' names no revision", name)};
    resolved.push_back(graph.revision(*index).id);
  }
  return resolved;
}

} // namespace

RevisionReport revision(RevisionOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph();
  script::NewScript script;
  script.message = options.message.empty() ? "empty message" : options.message;
  script.revision = new_id(graph, options.rev_id);
  script.branch_labels = options.branch_labels;
  script.depends_on = resolve_dependencies(graph, options.depends_on);
  script.created = options.created;
  script.sql = options.sql;
  script.upgrades = options.upgrade;
  script.downgrades = options.downgrade;
  return write_new_file(environment, std::move(script), resolve_parents(graph, options.heads), options.version_path,
                        options.splice);
}

} // namespace vm::command
