// Graphs as the tests write them: one row a revision.
#pragma once

#include "engine/core/error.hpp"
#include "engine/graph/graph.hpp"

#include <string>
#include <vector>

namespace vm::graph::testing {

struct Row {
  std::string id;
  std::vector<std::string> parents = {};
  std::vector<std::string> depends_on = {};
  std::vector<std::string> labels = {};
  std::string message = {};
};

inline std::vector<Revision> revisions_of(std::vector<Row> const& rows) {
  std::vector<Revision> revisions;
  revisions.reserve(rows.size());
  for (auto const& row : rows)
    revisions.push_back(
        {row.id, row.parents, row.depends_on, row.labels, row.message, "versions/" + row.id + ".lua:3"});
  return revisions;
}

inline Graph graph_of(std::vector<Row> const& rows) {
  return Graph::build(revisions_of(rows));
}

inline std::vector<std::string> names(Graph const& graph, std::vector<Index> const& revisions) {
  std::vector<std::string> ids;
  for (auto const i : revisions) ids.push_back(graph.revision(i).id);
  return ids;
}

/// The message and its hints, a line each; "nothing was thrown" where `body` returns.
template<typename Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (Error const& error) {
    std::string text = error.message();
    if (error.location()) text += "\n  at " + to_string(*error.location());
    for (auto const& hint : error.hints()) text += "\nhint: " + hint.text;
    return text;
  }
  return "nothing was thrown";
}

} // namespace vm::graph::testing
