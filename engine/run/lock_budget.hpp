// The time a run may spend on locks of its statements: each waits `lock_timeout` at most, so that it does not hold up
// everybody behind it in the server's queue, and is tried again `lock_retries` times. Who stands in the way is named
// while a statement waits and in the last error. Knows nothing of the migration lock.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/sink.hpp"
#include "engine/run/environment.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace vm::run {

/// Looks, on a thread and a connection of its own, who blocks the statement that runs on the environment's session.
/// The connection is made when a statement has run for a while.
class LockBudget {
 public:
  /// The environment is connected, and outlives it.
  explicit LockBudget(Environment& environment);
  ~LockBudget();
  LockBudget(LockBudget const&) = delete;
  LockBudget& operator=(LockBudget const&) = delete;

  /// Around a statement.
  class Watched {
   public:
    explicit Watched(LockBudget& budget) : budget_{budget} { budget_.begin(); }
    ~Watched() { budget_.end(); }
    Watched(Watched const&) = delete;
    Watched& operator=(Watched const&) = delete;

   private:
    LockBudget& budget_;
  };

  /// Whether trying again may help: a lock that was not free in time, or a deadlock.
  static bool is_about_locks(DatabaseError const& error);
  /// Adds who was in the way of the last statement.
  void explain(DatabaseError& error);
  /// Before attempt number `attempt` + 1 (counted from 0): says so and pauses, longer each time, with jitter. False
  /// when the retries are used up; then the error tells how often it was tried. Throws Interrupted.
  bool wait_to_retry(DatabaseError& error, int attempt);
  std::optional<double> lock_timeout() const { return environment_.connect_options().lock_timeout; }

 private:
  void begin();
  void end();
  void watch();
  void look(std::unique_lock<std::mutex>& guard);

  Environment& environment_;
  std::string connection_;
  std::chrono::duration<double> patience_;
  std::unique_ptr<db::Session> session_; ///< the watcher's own
  std::mutex mutex_;                     ///< guards what follows
  std::condition_variable stop_;
  bool stopping_ = false, running_ = false, told_ = false, given_up_ = false;
  std::uint64_t number_ = 0; ///< of the statement
  std::chrono::steady_clock::time_point started_, next_look_;
  std::vector<db::Blocker> blockers_;
  std::thread thread_;
};

/// A session's sink within the budget. It tries a statement again that failed for a lock and can be repeated alone: one
/// outside a transaction, and DDL that commits by itself. Others are for whoever can repeat their transaction.
class PatientSink : public db::Sink {
 public:
  /// Everything outlives it. `inner` sends to `session`.
  PatientSink(db::Sink& inner, db::Session& session, sql::Dialect const& dialect, LockBudget& budget)
      : inner_{inner},
        session_{session},
        dialect_{dialect},
        budget_{budget} {}

  std::int64_t execute(sql::Statement const& statement) override;
  void begin() override;
  void commit() override { inner_.commit(); }
  void rollback() override { inner_.rollback(); }
  bool in_transaction() const override { return inner_.in_transaction(); }
  void comment(std::string_view text) override { inner_.comment(text); }

 private:
  db::Sink& inner_;
  db::Session& session_;
  sql::Dialect const& dialect_;
  LockBudget& budget_;
};

} // namespace vm::run
