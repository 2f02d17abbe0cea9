#include "engine/core/program.hpp"

#include "engine/core/spawn.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace vm {

namespace {

constexpr std::size_t most_errors = std::size_t{64} * 1024;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

} // namespace

ProgramResult run_program(std::vector<std::string> const& command, std::map<std::string, std::string> const& variables,
                          std::string const& secret, std::function<bool()> const& interrupted) {
  ProgramResult result;
  std::array<int, 2> errors{};
  if (::pipe2(errors.data(), O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "cannot make a pipe"};
  auto arguments = command;
  std::vector<std::string> environment;
  for (char** each = environ; *each != nullptr; ++each) {
    std::string const text{*each};
    bool const is_secret = !secret.empty() && text.find(secret) != std::string::npos;
    if (!is_secret && variables.count(text.substr(0, text.find('='))) == 0) environment.push_back(text);
  }
  for (auto const& [name, value] : variables) environment.push_back(fmt::format("{}={}", name, value));

  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&settings.actions, errors[1], STDERR_FILENO);
  pid_t child = 0;
  int const code = ::posix_spawnp(&child, arguments.front().c_str(), &settings.actions, &settings.attributes,
                                  pointers(arguments).data(), pointers(environment).data());
  ::close(errors[1]);
  if (code != 0) {
    ::close(errors[0]);
    result.found = code != ENOENT;
    result.failure = std::strerror(code);
    return result;
  }
  bool told = false;
  std::array<char, 4096> buffer{};
  for (;;) {
    if (!told && interrupted && interrupted()) {
      ::kill(child, SIGTERM);
      told = true;
    }
    pollfd source{errors[0], POLLIN, 0};
    if (::poll(&source, 1, 100) <= 0) continue;
    auto const count = ::read(errors[0], buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    if (result.errors.size() < most_errors) result.errors.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(errors[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.failure = failure_of(status);
  return result;
}

PrivateFile::PrivateFile(std::string const& text) {
  char const* folder = std::getenv("XDG_RUNTIME_DIR");
  std::error_code unknown;
  std::filesystem::path const base = folder != nullptr && ::access(folder, W_OK) == 0
                                         ? std::filesystem::path{folder}
                                         : std::filesystem::temp_directory_path(unknown);
  auto name = (base / "vm-XXXXXX").native();
  int const file = ::mkostemp(name.data(), O_CLOEXEC); // made with mode 0600
  if (file < 0) throw std::system_error{errno, std::generic_category(), "cannot make a temporary file"};
  path_ = name;
  std::size_t written = 0;
  while (written < text.size()) {
    auto const count = ::write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      int const failure = errno;
      ::close(file);
      ::unlink(path_.c_str());
      throw std::system_error{failure, std::generic_category(), "cannot write a temporary file"};
    }
    written += static_cast<std::size_t>(count);
  }
  ::close(file);
}

PrivateFile::~PrivateFile() {
  ::unlink(path_.c_str());
}

} // namespace vm
