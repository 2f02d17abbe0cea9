#include "engine/cli/signals.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using vm::cli::Signals;
using namespace std::chrono_literals;

namespace {

// Runs `body` in a process of its own and returns how that ended, as a shell would say it.
template<class Body>
int exit_code_of(Body body) {
  pid_t const child = ::fork();
  if (child == 0) {
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL); // doctest has handlers of its own
    body();
    _exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool soon(std::atomic<bool> const& flag) {
  for (int i = 0; i < 500 && !flag; ++i) std::this_thread::sleep_for(10ms);
  return flag;
}

} // namespace

TEST_CASE("the first signal calls back and the program goes on") {
  CHECK(exit_code_of([] {
          std::atomic<bool> called = false;
          Signals signals;
          signals.on_interrupt([&] { called = true; });
          ::kill(::getpid(), SIGINT);
          _exit(soon(called) && signals.is_interrupted() ? 7 : 1);
        }) == 7);
}

TEST_CASE("the second signal ends the program with 130") {
  CHECK(exit_code_of([] {
          std::atomic<bool> called = false;
          Signals signals;
          signals.on_interrupt([&] { called = true; });
          ::kill(::getpid(), SIGTERM);
          soon(called);
          ::kill(::getpid(), SIGINT);
          std::this_thread::sleep_for(5s);
        }) == 130);
}

TEST_CASE("without a callback the first signal ends the program with 130") {
  CHECK(exit_code_of([] {
          Signals signals;
          ::kill(::getpid(), SIGTERM);
          std::this_thread::sleep_for(5s);
        }) == 130);
}

TEST_CASE("a signal that was ignored stays ignored") {
  CHECK(exit_code_of([] {
          std::signal(SIGHUP, SIG_IGN);
          Signals signals;
          ::kill(::getpid(), SIGHUP);
          std::this_thread::sleep_for(50ms);
          _exit(signals.is_interrupted() ? 1 : 7);
        }) == 7);
}

TEST_CASE("afterwards signals do what they did before") {
  CHECK(exit_code_of([] {
          { Signals signals; }
          ::kill(::getpid(), SIGTERM);
          std::this_thread::sleep_for(5s);
        }) == 128 + SIGTERM);
}
