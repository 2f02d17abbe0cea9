// The rows of the version table while a plan is made: the applied revisions that no applied one stands above. Knows how
// each step changes them, and refuses nothing.
#pragma once

#include "engine/graph/plan.hpp"

#include <vector>

namespace vm::graph {

class VersionSet {
 public:
  VersionSet(Graph const& graph, std::span<Index const> rows);

  bool is_applied(Index index) const { return applied_[index]; }
  std::vector<bool> const& applied() const { return applied_; }

  /// `index` is not applied, everything below it is. Its row takes the place of the rows right below it.
  std::vector<RowChange> apply(Index index);
  /// `index` is applied, nothing above it is. What its row alone implied becomes rows again.
  std::vector<RowChange> unapply(Index index);

  std::vector<Index> rows() const;

 private:
  Graph const& graph_;
  std::vector<bool> applied_, is_row_;
  std::vector<std::uint32_t> applied_above_; // how many applied revisions stand right above
};

/// Those of `revisions` that no other one stands above (by down_revision or depends_on), each once, in graph order.
std::vector<Index> topmost(Graph const& graph, std::span<Index const> revisions);

} // namespace vm::graph
