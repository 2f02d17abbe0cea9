#include "engine/command/process.hpp"

#include "engine/core/spawn.hpp"
#include "engine/core/text.hpp"

#include <cerrno>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

namespace vm::command {

std::optional<std::string> run_process(std::vector<std::string> const& command, std::filesystem::path const& directory,
                                       ProcessOutput output) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto const& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);

  SpawnSettings settings;
  if (!directory.empty()) posix_spawn_file_actions_addchdir_np(&settings.actions, directory.c_str());
  if (output == ProcessOutput::to_stderr)
    posix_spawn_file_actions_adddup2(&settings.actions, STDERR_FILENO, STDOUT_FILENO);

  pid_t child = 0;
  int const error =
      posix_spawnp(&child, arguments[0], &settings.actions, &settings.attributes, arguments.data(), environ);
  if (error != 0) return lower(std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return lower(std::strerror(errno));
  return failure_of(status);
}

} // namespace vm::command
