// Alembic's order of a set of revisions: whole lines at a time, newest first. The order of a downgrade and of
// `history`; an upgrade is its reverse. Knows nothing of targets or rows.
#pragma once

#include "engine/graph/graph.hpp"

#include <vector>

namespace vm::graph {

/// The `wanted` revisions, each before what it needs. Begins with the first one (in the order given) that nothing
/// wanted stands above, goes down as far as possible, turns to another open line where that one must come first, and
/// steps one line back when a line has ended; at a merge the first parent goes on and the others queue up at the end.
/// `between` are revisions that are not listed but whose edges count; may be empty.
/// About linear: every edge is looked at once, and a line that waits finds what it waits for through a heap.
std::vector<Index> walk_down(Graph const& graph, std::vector<bool> const& wanted,
                             std::vector<bool> const& between = {});

} // namespace vm::graph
