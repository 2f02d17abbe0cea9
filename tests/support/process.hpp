// Real processes for tests: started with arguments, folder and variables of their own, read to the end, signalled,
// waited for.
#pragma once

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace vm::test {

struct Finished {
  int exit_code = -1; ///< 128 + signal for a process that a signal ended
  std::string out, err;
};

/// What a process starts with. Nothing of the test's own environment reaches it but PATH, HOME, TMPDIR and the
/// sanitizers' options.
struct Start {
  std::vector<std::string> command;
  std::filesystem::path folder;
  std::map<std::string, std::string> variables = {};
  std::string input = {};
  bool unprivileged = false;    ///< as root: gives up its rights, so that file modes count
  std::size_t largest_file = 0; ///< bytes any file may grow to; 0: no limit. A write beyond it fails as on a full disk
};

class Process {
 public:
  explicit Process(Start const& start) {
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
      throw std::runtime_error{"cannot make pipes"};
    auto variables = start.variables;
    for (char const* name : {"PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS"})
      if (char const* value = std::getenv(name)) variables.emplace(name, value);
    std::vector<std::string> settings;
    for (auto const& [name, value] : variables) settings.push_back(name + "=" + value);
    std::vector<char*> arguments, environment;
    for (auto const& each : start.command) arguments.push_back(const_cast<char*>(each.c_str()));
    for (auto const& each : settings) environment.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error{"cannot fork"};
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      dup2(err[1], 2);
      if (chdir(start.folder.c_str()) != 0) _exit(126);
      if (start.largest_file > 0) {
        rlimit const limit{start.largest_file, start.largest_file};
        ::signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
      }
      if (start.unprivileged && geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(126);
      execve(arguments[0], arguments.data(), environment.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    if (!start.input.empty() && write(in[1], start.input.data(), start.input.size()) < 0) errno = 0;
    close(in[1]);
    out_ = out[0];
    err_ = err[0];
  }
  Process(Process const&) = delete;
  Process& operator=(Process const&) = delete;
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (out_ >= 0) close(out_);
    if (err_ >= 0) close(err_);
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  /// Reads until stderr or stdout holds `text`. False when the process ended or the time was over before.
  bool wait_for_output(std::string const& text, std::chrono::seconds limit = std::chrono::seconds{60}) {
    return pump(limit, [&] {
      return result_.out.find(text) != std::string::npos || result_.err.find(text) != std::string::npos;
    });
  }

  /// Waits for the end; kills it and throws when `limit` is over.
  Finished wait(std::chrono::seconds limit = std::chrono::seconds{120}) {
    pump(limit, [] { return false; });
    if (out_open_ || err_open_) {
      kill(pid_, SIGKILL);
      throw std::runtime_error{"the process did not end in time; it wrote:\n" + result_.out + result_.err};
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result_;
  }

 private:
  template<class Done>
  bool pump(std::chrono::seconds limit, Done done) {
    auto const deadline = std::chrono::steady_clock::now() + limit;
    while (!done() && (out_open_ || err_open_)) {
      auto const left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      if (left <= 0) return false;
      pollfd files[2] = {{out_open_ ? out_ : -1, POLLIN, 0}, {err_open_ ? err_ : -1, POLLIN, 0}};
      if (poll(files, 2, static_cast<int>(left)) <= 0) continue;
      if (files[0].revents != 0) out_open_ = read_some(out_, result_.out);
      if (files[1].revents != 0) err_open_ = read_some(err_, result_.err);
    }
    return done();
  }
  static bool read_some(int file, std::string& into) {
    char buffer[65536];
    auto const count = read(file, buffer, sizeof buffer);
    if (count > 0) into.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  bool out_open_ = true, err_open_ = true;
  Finished result_;
};

inline Finished run(Start const& start, std::chrono::seconds limit = std::chrono::seconds{120}) {
  return Process{start}.wait(limit);
}

} // namespace vm::test
