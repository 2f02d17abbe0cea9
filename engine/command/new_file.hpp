// What `revision` and `merge` share: from resolved parents to a file on disk, checked before it is written, hooks run
// after.
#pragma once

#include "engine/command/commands.hpp"
#include "engine/script/template.hpp"

namespace vm::command {

/// `parents` are what script.down_revision names. Throws before writing when the new revision does not fit the graph.
/// `version_path` is where it goes; by default the first parent's folder, or the only one there is.
RevisionReport write_new_file(run::Environment& environment, script::NewScript script,
                              std::vector<graph::Index> const& parents,
                              std::optional<std::filesystem::path> const& version_path, bool splice);

/// The id to use: `wanted`, checked and not taken, or a new one.
std::string new_id(graph::Graph const& graph, std::string const& wanted);

} // namespace vm::command
