// The steps that targets are made of, shared by listings and plans: taking a target apart, finding its names, walking
// up and down from them. Every error shows the choices; `command` ("vm run upgrade") makes commands to type of them.
#pragma once

#include "engine/graph/graph.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vm::graph {

/// A target as written: `[branch@][symbol][steps]`.
struct Target {
  std::string text;
  std::optional<std::string> branch;
  std::string symbol;       ///< an id, a label, a part of either, `head`, `heads`, `base`; may be empty before steps
  std::optional<int> steps; ///< "+2", "-1"; cut to the range of int

  /// Counts from what the database holds.
  bool is_from_rows() const { return steps && symbol.empty(); }
};

/// A symbol that exists is taken as written; only then is `+2` read as arithmetic. Throws GraphError for an empty name
/// and for text after the steps.
Target read_target(Graph const& graph, std::string_view text);

/// An id, a label, or the beginning of one (of those longer than three characters). With `branch`, it must be above or
/// below it by down_revision.
Index find_symbol(Graph const& graph, std::string_view symbol, std::optional<std::string> const& branch = {});

/// What stands before '@': a label, an id or a part of either.
Index find_branch(Graph const& graph, std::string_view name);

/// `head`, `heads`, `base` (none) or a symbol; the steps of the target are left out.
std::vector<Index> find_several(Graph const& graph, Target const& target, std::string_view command);

/// Like find_several; throws where `head` or `heads` are several.
std::optional<Index> find_single(Graph const& graph, Target const& target, std::string_view command);

/// Where a walk along down_revision ended. At no revision: below the bases.
struct Walk {
  std::optional<Index> at;
  int done = 0; ///< steps made before the graph ended
};

/// Up from `start` (from nothing: to the base), staying in `within` if that is given. Throws where there is a choice.
Walk walk_up(Graph const& graph, std::optional<Index> start, int steps, std::vector<bool> const* within,
             Target const& target, std::string_view command);

/// Down from `start`; one step below a base is no revision. Throws at a merge.
Walk walk_down_from(Graph const& graph, Index start, int steps, Target const& target, std::string_view command);

/// Symbol and steps: `id+2`, `label@base+1`, `head-1`. Throws when the graph ends before, unless `stops_at_end`.
std::optional<Index> find_relative(Graph const& graph, Target const& target, std::string_view command,
                                   bool stops_at_end = false);

/// Up from the revisions of the database: `+2`, `label@+1`. `rows` may be several only if the branch tells them apart.
Index find_above_rows(Graph const& graph, std::span<Index const> rows, Target const& target, std::string_view command,
                      bool stops_at_end = false);

/// The revisions from which something leads down (`below`) or up to one of `revisions`, themselves included.
std::vector<bool> ancestors(Graph const& graph, std::span<Index const> revisions, bool with_dependencies);
std::vector<bool> descendants(Graph const& graph, std::span<Index const> revisions, bool with_dependencies);
/// Both.
std::vector<bool> lineage(Graph const& graph, std::span<Index const> revisions, bool with_dependencies);

} // namespace vm::graph
