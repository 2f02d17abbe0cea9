#include "engine/command/revision_line.hpp"

namespace vm::command {
namespace {

std::vector<std::string> ids_of(graph::Graph const& graph, std::vector<graph::Index> const& revisions) {
  std::vector<std::string> ids;
  ids.reserve(revisions.size());
  for (auto const index : revisions) ids.push_back(graph.revision(index).id);
  return ids;
}

} // namespace

RevisionLine revision_line(run::Environment& environment, graph::Index revision) {
  auto const& graph = environment.graph();
  auto const& node = graph.node(revision);
  auto const& header = environment.header(revision);
  RevisionLine line;
  line.revision = graph.revision(revision).id;
  line.parents = ids_of(graph, node.parents);
  line.depends_on = ids_of(graph, node.all_dependencies);
  line.children = ids_of(graph, node.children);
  line.labels = node.labels;
  line.message = header.message;
  line.doc = header.doc;
  line.created = header.created;
  line.path = header.path;
  line.is_head = graph.is_head(revision);
  line.is_real_head = line.is_head && node.dependents.empty();
  line.is_branch_point = graph.is_branch_point(revision);
  line.is_merge_point = graph.is_merge_point(revision);
  return line;
}

std::vector<RevisionLine> revision_lines(run::Environment& environment, std::vector<graph::Index> const& revisions) {
  std::vector<RevisionLine> lines;
  lines.reserve(revisions.size());
  for (auto const index : revisions) lines.push_back(revision_line(environment, index));
  return lines;
}

} // namespace vm::command
