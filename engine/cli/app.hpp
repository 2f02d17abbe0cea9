// The command line as a whole: finds the verb, parses its options, runs it, prints what came of it.
#pragma once

#include "engine/cli/streams.hpp"
#include "engine/config/config.hpp"
#include "engine/script/host.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace vm::cli {

/// Everything the process is, as arguments, so that a test can hold it still.
struct Process {
  std::vector<std::string> arguments; ///< without the program's name
  Streams& streams;
  config::EnvironmentVariables variables;
  std::filesystem::path working_directory;
};

/// Returns the exit code (exit_code.hpp); throws nothing. `make_host` is called once the options are known.
int run(Process const& process, script::HostFactory const& make_host);

/// For main(): the process's own streams, variables and folder; a reader that went away ends the output, not the work.
int run(int argc, char** argv, script::HostFactory const& make_host);

} // namespace vm::cli
