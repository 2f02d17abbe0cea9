#include "engine/command/commands.hpp"

namespace vm::command {

HeadsReport heads(HeadsOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph();
  return {revision_lines(environment, options.resolve_dependencies ? graph.effective_heads() : graph.heads())};
}

} // namespace vm::command
