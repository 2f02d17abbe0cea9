#include "engine/run/lock_budget.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

namespace vm::run {

namespace {

using steady = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr Seconds longest_patience{0.3}, shortest_patience{0.02};
constexpr double first_pause = 0.2, longest_pause = 5;

steady::duration ticks(Seconds seconds) {
  return std::chrono::duration_cast<steady::duration>(seconds);
}

/// Lifts the limit on waiting for locks from one statement.
class Unlimited {
 public:
  Unlimited(db::Session& session, bool active, std::optional<double> before)
      : session_{session},
        active_{active},
        before_{before} {
    if (active_) session_.set_lock_timeout(std::nullopt);
  }
  Unlimited(Unlimited const&) = delete;
  Unlimited& operator=(Unlimited const&) = delete;
  ~Unlimited() {
    try {
      if (active_ && session_.is_alive()) session_.set_lock_timeout(before_);
    } catch (std::exception const&) {
      // A connection that cannot be told so is lost, and the next statement says that.
    }
  }

 private:
  db::Session& session_;
  bool active_;
  std::optional<double> before_;
};

} // namespace

LockBudget::LockBudget(Environment& environment)
    : environment_{environment},
      connection_{environment.session().connection_id()} {
  auto const limit = environment.connect_options().lock_timeout.value_or(config::default_statement_lock_timeout);
  patience_ = std::clamp(Seconds{limit / 3}, shortest_patience, longest_patience);
  if (!environment.backend().is_private(environment.url())) thread_ = std::thread{[this] { watch(); }};
}

LockBudget::~LockBudget() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard const guard{mutex_};
    stopping_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

void LockBudget::begin() {
  std::lock_guard const guard{mutex_};
  ++number_;
  running_ = true;
  told_ = false;
  started_ = steady::now();
  next_look_ = started_ + ticks(patience_);
  blockers_.clear();
}

void LockBudget::end() {
  std::lock_guard const guard{mutex_};
  running_ = false;
}

void LockBudget::watch() {
  std::unique_lock guard{mutex_};
  while (!stop_.wait_for(guard, ticks(patience_ / 3), [this] { return stopping_; }))
    if (running_ && !given_up_ && steady::now() >= next_look_) look(guard);
}

/// Asks without holding the mutex; the statement may have ended meanwhile.
void LockBudget::look(std::unique_lock<std::mutex>& guard) {
  auto const number = number_;
  next_look_ = steady::now() + std::max(ticks(patience_), (steady::now() - started_) / 2);
  guard.unlock();
  std::vector<db::Blocker> found;
  bool failed = false;
  try {
    if (!connection_.empty() && !session_) {
      db::ConnectOptions options;
      options.application_name += " (lock watch)";
      options.lock_timeout = options.statement_timeout = 1;
      session_ = environment_.backend().connect(environment_.url(), options);
    }
    found = environment_.backend().blockers(environment_.url(), session_.get(), connection_);
  } catch (Error const&) {
    // Without the right to look, or without a connection, the error only says what the server says.
    failed = true;
  }
  guard.lock();
  given_up_ = failed;
  if (number != number_ || !running_ || found.empty()) return;
  blockers_ = std::move(found);
  if (told_) return;
  told_ = true;
  std::vector<std::string> lines;
  for (auto const& each : blockers_) lines.push_back(each.describe());
  environment_.progress().warning(fmt::format(
      "Waiting for a lock; {} by {}", blockers_.front().is_certain ? "blocked" : "blocked perhaps", join(lines, "; ")));
}

bool LockBudget::is_about_locks(DatabaseError const& error) {
  return error.kind == DatabaseErrorKind::lock_timeout || error.kind == DatabaseErrorKind::deadlock;
}

void LockBudget::explain(DatabaseError& error) {
  std::lock_guard const guard{mutex_};
  if (blockers_.empty()) return;
  std::vector<std::string> lines;
  for (auto const& each : blockers_) lines.push_back(each.describe());
  error.add_note({blockers_.front().is_certain ? "blocked by" : "blocked perhaps by", join(lines, "\n")});
  blockers_.clear();
}

bool LockBudget::wait_to_retry(DatabaseError& error, int attempt) {
  auto const retries = environment_.config().lock_retries;
  if (environment_.interrupted()) return false;
  if (attempt >= retries) {
    if (attempt > 0) error.add_note({"tried", fmt::format("{} times", attempt + 1)});
    error.add_hint(
        {"let the session in the way end, then run it again; lock_timeout and lock_retries in vm.toml give it "
         "more time"});
    return false;
  }
  static thread_local std::minstd_rand random{std::random_device{}()};
  auto const pause = std::min(first_pause * std::pow(2, attempt), longest_pause) *
                     std::uniform_real_distribution<double>{0.5, 1.5}(random);
  environment_.progress().warning(
      fmt::format("{}; trying again in {:.1f} s ({} of {})", error.message(), pause, attempt + 1, retries));
  auto const end = steady::now() + ticks(Seconds{pause});
  while (steady::now() < end) {
    if (environment_.interrupted()) throw Interrupted{"interrupted while waiting for a lock"};
    std::this_thread::sleep_for(std::min<steady::duration>(std::chrono::milliseconds{50}, end - steady::now()));
  }
  return true;
}

void PatientSink::begin() {
  LockBudget::Watched const watched{budget_};
  try {
    inner_.begin();
  } catch (DatabaseError& error) {
    if (LockBudget::is_about_locks(error)) budget_.explain(error);
    throw;
  }
}

std::int64_t PatientSink::execute(sql::Statement const& statement) {
  // CREATE INDEX CONCURRENTLY and its like wait for everybody and make nobody wait; cut short it leaves a broken index.
  bool const waits_politely = statement.outside_transaction && dialect_.capabilities().transactional_ddl;
  bool const can_be_repeated =
      !waits_politely && (!inner_.in_transaction() || dialect_.commits_implicitly(statement.text));
  for (int attempt = 0;; ++attempt) {
    try {
      Unlimited const unlimited{session_, waits_politely, budget_.lock_timeout()};
      LockBudget::Watched const watched{budget_};
      return inner_.execute(statement);
    } catch (DatabaseError& error) {
      if (!LockBudget::is_about_locks(error)) throw;
      budget_.explain(error);
      if (!can_be_repeated || !session_.is_alive() || !budget_.wait_to_retry(error, attempt)) throw;
    }
  }
}

} // namespace vm::run
