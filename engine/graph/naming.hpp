// How revisions are named in messages, and the errors that several files share. Nothing here decides anything.
#pragma once

#include "engine/core/error.hpp"
#include "engine/graph/graph.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vm::graph {

/// "versions/ab12_users.lua:6" taken apart at its last colon; the line is 0 where there is none.
Location location_of(std::string_view origin);

/// "'ab12' (versions/ab12_users.lua:6)": for faults of scripts.
std::string with_origin(Revision const& revision);
std::string with_origin(std::span<Revision const* const> revisions);

/// "'ab12' (add users)": for choices. Long lists end with "and 12 more".
std::string with_message(Revision const& revision);
std::string with_message(Graph const& graph, std::span<Index const> revisions);

/// "'ab12', 'ab34'", also cut when long.
std::string names_of(std::span<std::string const> names);

/// "'vm run downgrade a@-1', 'vm run downgrade b@-1'": `suffix` after what tells each choice from the others. Also cut.
std::string commands_for(Graph const& graph, std::span<Index const> choices, std::string_view command,
                         std::string_view suffix);

/// "did you mean 'ab12'?", where an id or label is near enough.
std::optional<Hint> nearest_revision(Graph const& graph, std::string_view name);

std::vector<std::string> ids_of(Graph const& graph, std::span<Index const> revisions);

} // namespace vm::graph
