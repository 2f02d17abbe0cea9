#include "engine/cli/signals.hpp"

#include "engine/cli/exit_code.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace vm::cli {
namespace {

sigset_t watched_signals() {
  sigset_t watched;
  sigemptyset(&watched);
  for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&watched, signal);
  }
  return watched;
}

} // namespace

struct Signals::State {
  sigset_t previous{};
  int signals = -1, stop = -1;
  std::atomic<bool> interrupted{false};
  std::mutex mutex; ///< guards callback
  std::function<void()> callback;
  std::thread watcher;

  void watch() {
    for (;;) {
      pollfd sources[] = {{signals, POLLIN, 0}, {stop, POLLIN, 0}};
      if (::poll(sources, 2, -1) < 0) {
        if (errno == EINTR) continue;
        return;
      }
      if (sources[0].revents & POLLIN) {
        signalfd_siginfo info{};
        if (::read(signals, &info, sizeof info) == sizeof info) interrupt();
      }
      if (sources[1].revents & POLLIN) return;
    }
  }

  void interrupt() {
    std::lock_guard const guard{mutex};
    if (interrupted.exchange(true) || !callback) _exit(ExitCode::interrupted);
    callback();
  }
};

Signals::Signals() : state_{std::make_unique<State>()} {
  auto const watched = watched_signals();
  pthread_sigmask(SIG_BLOCK, &watched, &state_->previous);
  state_->signals = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  state_->stop = ::eventfd(0, EFD_CLOEXEC);
  if (state_->signals < 0 || state_->stop < 0) {
    auto const error = errno;
    pthread_sigmask(SIG_SETMASK, &state_->previous, nullptr);
    throw std::system_error{error, std::generic_category(), "cannot watch for signals"};
  }
  state_->watcher = std::thread{[state = state_.get()] { state->watch(); }};
}

Signals::~Signals() {
  ::eventfd_write(state_->stop, 1);
  state_->watcher.join();
  ::close(state_->signals);
  ::close(state_->stop);
  pthread_sigmask(SIG_SETMASK, &state_->previous, nullptr);
}

void Signals::on_interrupt(std::function<void()> callback) {
  std::lock_guard const guard{state_->mutex};
  state_->callback = std::move(callback);
}

bool Signals::is_interrupted() const {
  return state_->interrupted;
}

} // namespace vm::cli
