#include "engine/graph/version_set.hpp"

#include <cassert>

namespace vm::graph {

VersionSet::VersionSet(Graph const& graph, std::span<Index const> rows)
    : graph_{graph},
      applied_{applied_set(graph, rows)},
      is_row_(graph.size()),
      applied_above_(graph.size()) {
  for (auto const row : rows) is_row_[row] = true;
  for (Index i = 0; i < graph.size(); ++i)
    if (applied_[i])
      for (auto const below : graph.below(i)) ++applied_above_[below];
}

std::vector<RowChange> VersionSet::apply(Index index) {
  assert(!applied_[index]);
  auto const& id = graph_.revision(index).id;
  std::vector<RowChange> changes;
  for (auto const below : graph_.below(index)) {
    ++applied_above_[below];
    if (!is_row_[below]) continue;
    is_row_[below] = false;
    changes.push_back({RowChange::Kind::remove, graph_.revision(below).id, {}});
  }
  applied_[index] = true;
  is_row_[index] = true;
  if (changes.empty())
    changes.push_back({RowChange::Kind::insert, {}, id});
  else
    changes.back() = {RowChange::Kind::update, std::move(changes.back().from), id};
  return changes;
}

std::vector<RowChange> VersionSet::unapply(Index index) {
  assert(applied_[index] && applied_above_[index] == 0);
  auto const& id = graph_.revision(index).id;
  std::vector<RowChange> changes;
  for (auto const below : graph_.below(index)) {
    if (--applied_above_[below] != 0 || is_row_[below]) continue;
    is_row_[below] = true;
    changes.push_back({RowChange::Kind::insert, {}, graph_.revision(below).id});
  }
  applied_[index] = false;
  is_row_[index] = false;
  if (changes.empty())
    changes.push_back({RowChange::Kind::remove, id, {}});
  else
    changes.back() = {RowChange::Kind::update, id, std::move(changes.back().to)};
  return changes;
}

std::vector<Index> VersionSet::rows() const {
  std::vector<Index> rows;
  for (Index i = 0; i < is_row_.size(); ++i)
    if (is_row_[i]) rows.push_back(i);
  return rows;
}

std::vector<Index> topmost(Graph const& graph, std::span<Index const> revisions) {
  std::vector<bool> below(graph.size());
  std::vector<Index> todo{revisions.begin(), revisions.end()};
  while (!todo.empty()) {
    Index const at = todo.back();
    todo.pop_back();
    for (auto const next : graph.below(at)) {
      if (below[next]) continue;
      below[next] = true;
      todo.push_back(next);
    }
  }
  std::vector<bool> chosen(graph.size());
  for (auto const revision : revisions) chosen[revision] = true;
  std::vector<Index> result;
  for (Index i = 0; i < graph.size(); ++i)
    if (chosen[i] && !below[i]) result.push_back(i);
  return result;
}

} // namespace vm::graph
