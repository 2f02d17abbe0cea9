#include "engine/command/commands.hpp"
#include "engine/command/new_file.hpp"
#include "engine/core/text.hpp"
#include "engine/graph/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {

RevisionReport merge(MergeOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph();
  std::vector<graph::Index> parents;
  for (auto const& name : options.revisions)
    for (auto const index : graph::resolve_many(graph, name))
      if (std::find(parents.begin(), parents.end(), index) == parents.end()) parents.push_back(index);
  std::vector<std::string> ids;
  for (auto const parent : parents) ids.push_back(graph.revision(parent).id);
  if (ids.size() < 2)
    throw UsageError{ids.empty() ? "nothing to merge: there are no revisions"
                                 : fmt::format("nothing to merge: {} is the only revision named", quoted_list(ids)),
                     Hint{"'vm run heads' lists what can be merged"}};

  script::NewScript script;
  script.message = options.message.empty() ? fmt::format("merge {}", join(ids, " and ")) : options.message;
  script.revision = new_id(graph, options.rev_id);
  script.branch_labels = options.branch_labels;
  script.created = options.created;
  return write_new_file(environment, std::move(script), parents, std::nullopt, options.splice);
}

} // namespace vm::command
