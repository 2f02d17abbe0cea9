#include "engine/run/lock.hpp"

#include "engine/core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace vm::run {

void wait_for_lock(db::MigrationLock& lock, double timeout, Progress& progress,
                   std::function<bool()> const& interrupted) {
  using clock = std::chrono::steady_clock;
  auto const deadline =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(timeout));
  std::minstd_rand random{std::random_device{}()};
  double pause = 0.02;
  bool told = false;
  while (!lock.try_acquire()) {
    if (interrupted()) throw Interrupted{"interrupted while waiting for the migration lock"};
    auto const holder = lock.holder();
    auto const who = holder ? holder->describe() : std::string{"another vm"};
    if (!told) progress.waiting_for_lock(who);
    told = true;
    if (clock::now() >= deadline) {
      throw LockError{fmt::format("the migration lock was not free within {} s: it is held by {}", timeout, who),
                      Hint{"wait for that run to end, or give --lock-timeout a longer time"}};
    }
    // Jitter keeps many waiting processes from asking at the same moment.
    auto const jittered = pause * std::uniform_real_distribution<double>{0.7, 1.3}(random);
    auto const left = std::chrono::duration<double>(deadline - clock::now()).count();
    std::this_thread::sleep_for(std::chrono::duration<double>(std::clamp(left, 0.001, jittered)));
    pause = std::min(pause * 1.5, 0.25);
  }
}

} // namespace vm::run
