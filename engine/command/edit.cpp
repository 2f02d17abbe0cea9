#include "engine/command/commands.hpp"
#include "engine/command/process.hpp"
#include "engine/command/selection.hpp"

#include <fmt/format.h>

namespace vm::command {

EditReport edit(EditOptions const& options, run::Environment& environment) {
  EditReport report;
  for (auto const index : select_revisions(environment, options.revision))
    report.files.push_back(environment.header(index).path);
  open_editor(options.editor, report.files);
  return report;
}

void open_editor(std::string const& editor, std::vector<std::filesystem::path> const& files) {
  if (editor.empty())
    throw UsageError{"no editor is set", Hint{"put its command into the environment variable VISUAL or EDITOR"}};
  // The value may hold arguments ("code --wait"); only the shell knows how it is quoted. The files are its "$@".
  std::vector<std::string> command = {"/bin/sh", "-c", editor + " \"$@\"", editor};
  for (auto const& file : files) command.push_back(file.string());
  if (auto const failure = run_process(command, {}, ProcessOutput::to_terminal))
    throw UsageError{fmt::format("the editor '{}' ended with {}", editor, *failure)};
}

} // namespace vm::command
