// The revisions a person named to look at: everything graph/resolve knows, and "current", which only the database
// knows.
#pragma once

#include "engine/run/environment.hpp"

#include <string_view>
#include <vector>

namespace vm::command {

/// At least one revision. Connects for "current" only. Throws GraphError for "base", and for "current" of an empty
/// database.
std::vector<graph::Index> select_revisions(run::Environment& environment, std::string_view name);

} // namespace vm::command
