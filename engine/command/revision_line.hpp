// A revision as listings show it: its place in the graph and what its file says. `heads`, `history`, `current`, `show`
// and their JSON are made of these.
#pragma once

#include "engine/graph/graph.hpp"
#include "engine/run/environment.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vm::command {

struct RevisionLine {
  std::string revision;
  std::vector<std::string> parents;    ///< down_revision
  std::vector<std::string> depends_on; ///< resolved to ids
  std::vector<std::string> children;   ///< who names it as down_revision
  std::vector<std::string> labels;     ///< declared here or spread to here, sorted
  std::string message;                 ///< the first comment line
  std::string doc;                     ///< the whole leading comment
  std::string created;                 ///< as the file says, may be empty
  std::string path;                    ///< absolute
  bool is_head = false;                ///< nobody's down_revision
  bool is_real_head = false;           ///< nor does anybody depend on it
  bool is_branch_point = false;
  bool is_merge_point = false;
  std::optional<bool> is_current; ///< set where the database was asked
};

/// `environment.graph()` was called before.
RevisionLine revision_line(run::Environment& environment, graph::Index revision);
std::vector<RevisionLine> revision_lines(run::Environment& environment, std::vector<graph::Index> const& revisions);

} // namespace vm::command
