// Runs another program and waits: post_write_hooks and the editor. Its standard output goes to our standard error, so
// that results on standard output stay clean.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vm::command {

enum class ProcessOutput { to_stderr, to_terminal };

/// What became of it: nullopt for success, else how it ended: "exit status 3", "signal 11", "no such file or
/// directory".
std::optional<std::string> run_process(std::vector<std::string> const& command, std::filesystem::path const& directory,
                                       ProcessOutput output);

} // namespace vm::command
