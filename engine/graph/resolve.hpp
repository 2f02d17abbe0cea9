// Names to revisions: ids, partial ids, labels, `head`, `label@head`, `+2`, `id-1`, ranges. The grammar is Alembic's.
#pragma once

#include "engine/graph/graph.hpp"

#include <optional>
#include <string>
#include <utility>

namespace vm::graph {

/// The one revision a person named: id, partial id, label, `head`, `base` (nullopt), `label@…`. For `show`, `edit`,
/// `merge`, `revision --head`. Throws GraphError: not found ("did you mean"), ambiguous (candidates named), several
/// heads.
std::optional<Index> resolve_one(Graph const& graph, std::string_view name);

/// Like resolve_one, where several are meant: `heads`, `label@heads`, a comma or space list is not split here.
std::vector<Index> resolve_many(Graph const& graph, std::string_view name);

/// What `history` shows, newest first: "a:b", "a:", ":b", "-3:head", "current:". An empty range is the whole graph.
/// `applied` are the rows of the version table, asked for only where the range says `current`.
std::vector<Index> history(Graph const& graph, std::string_view range, std::span<Index const> applied);

/// Splits "a:b" at its colon; nullopt where there is none.
std::optional<std::pair<std::string, std::string>> split_range(std::string_view text);

/// Rows of the version table to revisions. Throws GraphError for an unknown id, saying what it means.
std::vector<Index> resolve_rows(Graph const& graph, std::span<std::string const> rows);

} // namespace vm::graph
