// What the workers of one process share: who does which range, how large the next one is, when to stop.
#pragma once

#include "engine/backfill/job.hpp"
#include "engine/backfill/store.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace vm::backfill {

class Shared {
 public:
  Shared(Job const& job, Store const& store, Context const& context, bool joined);

  Job const& job() const { return job_; }
  Store const& store() const { return store_; }
  Context const& context() const { return context_; }

  /// What was done before this process began.
  void start_counting(Progress const& progress);
  /// Ranges an earlier run left open come first.
  void adopt(std::vector<Range> ranges);

  /// The next range to do, cut off the table and written down; waits for those that other processes hold, because they
  /// may die. Unset: there is nothing left, or the run stops. `inside`: the session is in the transaction that also
  /// does the range.
  std::optional<Range> next(db::Session& session, bool inside);
  /// The range is done, dropped or undone.
  void release(std::int64_t number);

  /// After a batch: counts it, and sets the size of those to come.
  void ended(std::int64_t rows, std::int64_t changed, std::int64_t skipped, double seconds);
  void set_rows_done(std::int64_t rows) { rows_done_ = rows; }

  /// The first look, on the calling thread, so that what cannot be known is said before anything is written.
  void look_at_replicas();
  /// The pause between batches, and the wait for replicas; ends early when the run stops.
  void throttle(db::Session& session);
  void wait_for_replicas(db::Session& session);
  void sleep(double seconds) const;

  bool is_stopping() const { return failed_ || context_.interrupted(); }
  bool has_failed() const { return failed_; }
  /// The first failure is the one that is told.
  void fail(std::exception_ptr failure);
  void rethrow() const;

  /// A session of its own for a worker, with the settings of the main one.
  std::unique_ptr<db::Session> connect();
  /// The same after a connection was lost: tries for a while. Throws `cause` when the main session is gone as well.
  std::unique_ptr<db::Session> reconnect(DatabaseError const& cause);

  /// Something for people: what a row function says, or a warning. Told at once on the thread that called op.backfill,
  /// from others with the next tick().
  struct Message {
    bool is_warning = false;
    int worker = 0;
    std::string level = {}; ///< of what a row function says
    std::string text;
  };
  void tell(Message message);
  /// Tells what waits to be told. Only on the thread that called op.backfill.
  void deliver();
  void set_workers(int workers) { workers_ = workers; }

  /// Tells the observer, at most ten times a second. Only on the thread that called op.backfill.
  void tick(bool done = false);
  std::int64_t rows_done() const { return rows_done_; }

 private:
  /// A session as the workers need it; once.
  std::unique_ptr<db::Session> open();
  std::optional<Range> cut(db::Session& session, std::optional<Key> const& after);
  void rest(db::Session& session, double seconds);
  std::optional<db::ReplicaLag> replica_lag(db::Session& session);
  std::optional<Range> left_over(db::Session& session, std::unique_lock<std::mutex>& lock);

  using steady = std::chrono::steady_clock;

  Job const& job_;
  Store const& store_;
  Context const& context_;
  bool joined_;
  std::vector<std::string> settings_;

  std::mutex mutex_; ///< of what follows
  std::deque<Range> adopted_;
  std::set<std::int64_t> in_flight_;
  std::map<std::int64_t, steady::time_point> first_seen_;
  bool exhausted_ = false;
  std::int64_t batch_rows_;
  std::exception_ptr failure_;

  std::mutex replicas_mutex_; ///< of what follows
  std::unique_ptr<db::Replicas> replicas_;
  std::optional<db::ReplicaLag> lag_; ///< as last looked at
  steady::time_point looked_{};

  std::thread::id const caller_ = std::this_thread::get_id();
  std::mutex messages_mutex_;
  std::vector<Message> messages_;

  std::mutex main_mutex_; ///< of the main session, while workers look whether it lives
  std::atomic<bool> failed_ = false;
  std::atomic<std::int64_t> rows_done_ = 0, rows_changed_ = 0, rows_skipped_ = 0, rows_total_ = 0, batches_ = 0;
  int workers_ = 1;
  std::int64_t rows_before_ = 0;
  steady::time_point started_ = steady::now(), told_{};
};

} // namespace vm::backfill
