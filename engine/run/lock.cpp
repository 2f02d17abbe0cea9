#include "engine/run/lock.hpp"

#include "engine/core/error.hpp"
#include "engine/run/table_lock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

namespace vm::run {

namespace {

constexpr double shortest_pause = 0.02, longest_pause = 0.5;

std::string who_holds(db::MigrationLock& lock) {
  try {
    auto const holder = lock.holder();
    return holder ? holder->describe() : std::string{"another vm"};
  } catch (Error const&) {
    return "another vm"; // only a matter of words: the lock itself says whether something is wrong
  }
}

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(Environment& environment) {
  auto const mode = environment.config().lock;
  if (mode == config::LockMode::none) return nullptr;
  auto const& backend = environment.backend();
  bool const table =
      mode == config::LockMode::table || (mode == config::LockMode::automatic && environment.session().is_pooled());
  if (table && !backend.is_private(environment.url())) {
    return make_table_lock(environment.version_table_name(), environment.dialect(), [&backend, &environment] {
      db::ConnectOptions options;
      options.application_name += " (migration lock)";
      options.lock_timeout = 1;
      return backend.connect(environment.url(), options);
    });
  }
  return backend.lock(environment.url(), environment.connect_options(),
                      schema::to_string(environment.version_table_name()));
}

double migration_lock_timeout(config::Config const& config) {
  if (config.run_lock_timeout) return *config.run_lock_timeout;
  return config.lock_timeout.value_or(config::default_migration_lock_timeout);
}

bool wait_for_lock(db::MigrationLock& lock, double timeout, Progress& progress, Waiting const& waiting) {
  using clock = std::chrono::steady_clock;
  auto const deadline =
      clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(timeout));
  std::minstd_rand random{std::random_device{}()};
  double pause = shortest_pause;
  bool told = false;
  for (bool first = true;; first = false) {
    if (waiting.interrupted && waiting.interrupted())
      throw Interrupted{"interrupted while waiting for the migration lock"};
    bool const over = !first && clock::now() >= deadline;
    try {
      if (!first && waiting.come_back) waiting.come_back();
      if (lock.try_acquire()) return true;
      if (pause >= longest_pause && waiting.is_needless && waiting.is_needless()) return false;
      if (over) {
        throw LockError{
            fmt::format("the migration lock was not free within {} s: it is held by {}", timeout, who_holds(lock)),
            Hint{"wait for that run to end, or give --lock-timeout a longer time"}};
      }
      if (!told) progress.waiting_for_lock(who_holds(lock));
      told = true;
    } catch (ConnectError& error) {
      if (!error.is_full) throw;
      if (over) {
        error.add_note({"waited", fmt::format("{} s", timeout)});
        throw;
      }
      lock.disconnect();
      if (waiting.give_way) waiting.give_way();
    }
    // Jitter keeps many waiting processes from asking at the same moment.
    auto const jittered = pause * std::uniform_real_distribution<double>{0.7, 1.3}(random);
    auto const left = std::chrono::duration<double>(deadline - clock::now()).count();
    std::this_thread::sleep_for(std::chrono::duration<double>(std::clamp(left, 0.001, jittered)));
    pause = std::min(pause * 1.5, longest_pause);
  }
}

} // namespace vm::run
