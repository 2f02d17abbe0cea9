// One revision as the graph sees it: an id and its edges. Knows nothing of files, Lua or SQL.
#pragma once

#include <string>
#include <vector>

namespace vm::graph {

/// What a script's header says. `origin` names where it came from, for messages only ("versions/ab12_users.lua:6").
struct Revision {
  std::string id;                      ///< 1 to 255 characters, none of `@ + - :`, no white space
  std::vector<std::string> parents;    ///< down_revision, in the order written; empty for a base
  std::vector<std::string> depends_on; ///< ids or labels, as written
  std::vector<std::string> labels;     ///< branch_labels declared here
  std::string message;
  std::string origin;
};

} // namespace vm::graph
