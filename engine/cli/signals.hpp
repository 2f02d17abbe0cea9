// Ctrl-C and its relatives. The first one asks the running command to stop in good order, the second ends the process.
#pragma once

#include <functional>
#include <memory>

namespace vm::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP are read by a thread of its own; threads made meanwhile inherit that they
/// are blocked. Signals that were ignored before (nohup, a shell's background job) stay ignored. One at a time in a
/// process.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(Signals const&) = delete;
  Signals& operator=(Signals const&) = delete;

  /// What the first signal does from now on, on the watcher's thread; it must not throw. Without one (a prompt is open,
  /// nothing runs yet) the first signal ends the process with 130 at once.
  void on_interrupt(std::function<void()> callback);

  bool is_interrupted() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace vm::cli
