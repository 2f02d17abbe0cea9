// Runs a program of the system to its end and listens to its complaints. Secrets never go into its arguments or its
// environment, where other users may see them: PrivateFile hands them over.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vm {

struct ProgramResult {
  bool found = true;                  ///< false: there is no such program
  std::optional<std::string> failure; ///< nullopt: exit status 0; else "exit status 3", "signal 11"
  std::string errors;                 ///< what it wrote on standard error, up to 64 KiB
};

/// `variables` are added to the environment; of ours, those whose value holds `secret` are left out. Standard input is
/// empty, standard output goes nowhere. When `interrupted` says so, the program is sent SIGTERM.
ProgramResult run_program(std::vector<std::string> const& command, std::map<std::string, std::string> const& variables,
                          std::string const& secret, std::function<bool()> const& interrupted);

/// A file that only its owner can read, in the system's folder for such things; gone with the object. Throws
/// std::system_error.
class PrivateFile {
 public:
  explicit PrivateFile(std::string const& text);
  PrivateFile(PrivateFile const&) = delete;
  PrivateFile& operator=(PrivateFile const&) = delete;
  ~PrivateFile();
  std::filesystem::path const& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

} // namespace vm
