// From the rows of the version table and a target to ordered steps, each with its exact changes of the version table.
#pragma once

#include "engine/graph/graph.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vm::graph {

enum class Direction { upgrade, downgrade, stamp };

/// One change of a single row of the version table.
struct RowChange {
  enum class Kind { insert, update, remove };
  Kind kind;
  std::string from; ///< the row before; empty for insert
  std::string to;   ///< the row after; empty for remove

  bool operator==(RowChange const&) const = default;
};

struct Step {
  Direction direction;
  std::optional<Index> revision; ///< whose script runs; for stamp: the revision stamped, none for `base`
  std::vector<std::string> from; ///< for the log line: "a, b -> c"; upgrade: parents, downgrade: the revision itself
  std::vector<std::string> to;   ///< upgrade: the revision itself, downgrade: its parents
  std::vector<RowChange> rows;   ///< applied in this order, in the step's transaction

  bool operator==(Step const&) const = default;
};

struct Plan {
  std::vector<Step> steps;
  std::vector<std::string> rows_after; ///< the version table when all steps have run, in graph order
  bool empty() const { return steps.empty(); }
};

/// `rows` is the content of the version table. Throws GraphError: unknown row (naming the id and `stamp --purge`), rows
/// that overlap, a target that is ambiguous or not found, a relative walk that cannot be made.
Plan plan_upgrade(Graph const& graph, std::span<std::string const> rows, std::string_view target);

/// The target stays, everything above it goes. `-1` with several heads is refused with the choices named.
Plan plan_downgrade(Graph const& graph, std::span<std::string const> rows, std::string_view target);

/// Replaces the rows in the targets' lineages; `base` empties; `+1`/`-1` move from what the rows hold.
/// With `purge`, `rows` may hold unknown ids: all rows go first.
Plan plan_stamp(Graph const& graph, std::span<std::string const> rows, std::span<std::string const> targets,
                bool purge);

/// Every revision that the rows imply, as a bitmap over Index.
std::vector<bool> applied_set(Graph const& graph, std::span<Index const> rows);

/// Applied revisions that no applied revision names as down_revision: what `current` lists, in graph order.
std::vector<Index> current_heads(Graph const& graph, std::span<Index const> rows);

} // namespace vm::graph
