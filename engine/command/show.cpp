#include "engine/command/commands.hpp"
#include "engine/command/selection.hpp"

namespace vm::command {

ShowReport show(ShowOptions const& options, run::Environment& environment) {
  auto const selected = select_revisions(environment, options.revision);
  ShowReport report{revision_lines(environment, selected)};
  if (options.revision == "current")
    for (auto& line : report.revisions) line.is_current = true;
  return report;
}

} // namespace vm::command
