#include "engine/backfill/shared.hpp"

#include "engine/db/transaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace vm::backfill {

namespace {

constexpr std::int64_t first_auto_rows = 2000;
constexpr std::int64_t most_auto_rows = 100000;
constexpr auto told_every = std::chrono::milliseconds{100};
constexpr auto patience_with_others = std::chrono::seconds{1}; ///< before a range nobody holds counts as left behind
constexpr auto look_every = std::chrono::milliseconds{500};    ///< at the replicas
constexpr auto alive_every = std::chrono::seconds{20};         ///< a sign of life while nothing is written
constexpr double reconnect_for = 60;                           ///< seconds

} // namespace

Shared::Shared(Job const& job, Store const& store, Context const& context, bool joined)
    : job_{job},
      store_{store},
      context_{context},
      joined_{joined},
      settings_{context.path.is_in_process() ? std::vector<std::string>{} : context.path.settings(context.main)},
      batch_rows_{job.asked.batch_size.value_or(first_auto_rows)} {}

void Shared::start_counting(Progress const& progress) {
  rows_before_ = progress.rows_done;
  rows_done_ = progress.rows_done;
  rows_changed_ = progress.rows_changed;
  rows_skipped_ = progress.rows_skipped;
  rows_total_ = progress.rows_total;
  started_ = steady::now();
}

void Shared::adopt(std::vector<Range> ranges) {
  std::lock_guard const lock{mutex_};
  adopted_.assign(std::make_move_iterator(ranges.begin()), std::make_move_iterator(ranges.end()));
}

std::optional<Range> Shared::cut(db::Session& session, std::optional<Key> const& after) {
  auto const& keys = job_.keys;
  auto const rows = session.all(fmt::format("WITH cut AS (SELECT {0} FROM {1}{2} ORDER BY {0} LIMIT {3}) SELECT "
                                            "(SELECT count(*) FROM cut) AS number_of_rows, {0} "
                                            "FROM cut ORDER BY {4} LIMIT 1",
                                            keys.list(), job_.table.name, after ? " WHERE " + keys.after(*after) : "",
                                            batch_rows_, keys.list(" DESC")));
  if (rows.empty()) return std::nullopt;
  Range range;
  range.after = after;
  range.rows = std::get<std::int64_t>(rows[0][0]);
  range.upto.assign(rows[0].begin() + 1, rows[0].end());
  return range;
}

std::optional<Range> Shared::next(db::Session& session, bool inside) {
  std::unique_lock lock{mutex_};
  while (!is_stopping()) {
    if (!adopted_.empty()) {
      auto range = std::move(adopted_.front());
      adopted_.pop_front();
      in_flight_.insert(range.number);
      return range;
    }
    if (exhausted_) {
      if (inside) return std::nullopt; // nobody to share with
      auto range = left_over(session, lock);
      if (range || is_stopping() || !lock.owns_lock()) return range;
      continue;
    }
    std::optional<db::Transaction> transaction;
    if (!inside) transaction.emplace(session, context_.dialect.begin_statement());
    auto const frontier = store_.lock_frontier(session, job_.id);
    std::optional<Range> range;
    if (!frontier.exhausted) {
      range = cut(session, frontier.key);
      if (range) {
        range->number = frontier.next_number;
        store_.advance(session, job_.id, *range);
      } else {
        store_.exhaust(session, job_.id);
      }
    }
    if (transaction) transaction->commit();
    if (range) {
      in_flight_.insert(range->number);
      return range;
    }
    exhausted_ = true;
  }
  return std::nullopt;
}

/// A range that was cut by somebody who may be dead: unlocked again it is ours. Unset and the lock given up: nothing is
/// left. Unset and the lock held: ask again.
std::optional<Range> Shared::left_over(db::Session& session, std::unique_lock<std::mutex>& lock) {
  auto const ranges = store_.open_ranges(session, job_.id);
  bool others = false;
  for (auto const& range : ranges) {
    if (in_flight_.contains(range.number)) continue;
    others = true;
    auto const [seen, is_new] = first_seen_.emplace(range.number, steady::now());
    if (steady::now() - seen->second < patience_with_others) continue;
    db::Transaction transaction{session, context_.dialect.begin_statement()};
    bool const is_free = store_.claim(session, job_.id, range.number);
    transaction.rollback();
    if (!is_free) continue;
    in_flight_.insert(range.number);
    return range;
  }
  if (!others) {
    lock.unlock();
    return std::nullopt;
  }
  lock.unlock();
  sleep(0.2);
  lock.lock();
  return std::nullopt;
}

void Shared::release(std::int64_t number) {
  std::lock_guard const lock{mutex_};
  in_flight_.erase(number);
}

void Shared::ended(std::int64_t rows, std::int64_t changed, std::int64_t skipped, double seconds) {
  rows_changed_ += changed;
  rows_skipped_ += skipped;
  ++batches_;
  if (job_.asked.batch_size || rows == 0) return;
  std::lock_guard const lock{mutex_};
  if (rows < batch_rows_ / 2) return; // the last one, or one that was cut smaller
  auto const wanted = static_cast<double>(rows) * job_.asked.target_batch_time / std::max(seconds, 0.001);
  auto const bounded = std::clamp(wanted, static_cast<double>(batch_rows_) / 4, static_cast<double>(batch_rows_) * 4);
  batch_rows_ = std::clamp(static_cast<std::int64_t>(bounded), std::int64_t{100}, most_auto_rows);
}

void Shared::sleep(double seconds) const {
  auto const end = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
  while (!is_stopping() && steady::now() < end)
    std::this_thread::sleep_for(std::min<steady::duration>(end - steady::now(), std::chrono::milliseconds{50}));
}

void Shared::throttle(db::Session& session) {
  if (job_.asked.pause > 0) rest(session, job_.asked.pause);
  wait_for_replicas(session);
}

void Shared::wait_for_replicas(db::Session& session) {
  if (!replicas_) return;
  auto const begun = steady::now();
  auto touched = begun;
  for (bool told = false; !is_stopping(); told = true) {
    auto const lag = replica_lag(session);
    if (!lag || lag->seconds <= *job_.asked.max_replica_lag) return;
    if (!told) {
      auto const behind = lag->why.empty() ? fmt::format("{:.1f} s behind", lag->seconds) : lag->why;
      tell({.is_warning = true,
            .text = fmt::format("waiting for the replica {}: {} (max_replica_lag is {:g} s)", lag->replica, behind,
                                *job_.asked.max_replica_lag)});
    }
    sleep(0.2);
    if (steady::now() - touched < alive_every) continue;
    store_.touch(session, job_.id);
    touched = steady::now();
  }
}

/// Sleeps, and lets others see now and then that this is no dead process.
void Shared::rest(db::Session& session, double seconds) {
  auto const piece = std::chrono::duration<double>(alive_every).count();
  for (; seconds > piece && !is_stopping(); seconds -= piece) {
    sleep(piece);
    store_.touch(session, job_.id);
  }
  sleep(seconds);
}

void Shared::look_at_replicas() {
  if (!job_.asked.max_replica_lag) return;
  replicas_ = context_.path.replicas(context_.connect_to);
  replica_lag(context_.main);
}

/// Looked at twice a second, however many workers ask.
std::optional<db::ReplicaLag> Shared::replica_lag(db::Session& session) {
  std::lock_guard const lock{replicas_mutex_};
  if (looked_ == steady::time_point{} || steady::now() - looked_ > look_every) {
    lag_ = replicas_->slowest(session);
    looked_ = steady::now();
  }
  return lag_;
}

void Shared::fail(std::exception_ptr failure) {
  std::lock_guard const lock{mutex_};
  if (!failure_) failure_ = std::move(failure);
  failed_ = true;
}

void Shared::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
}

std::unique_ptr<db::Session> Shared::connect() {
  try {
    return open();
  } catch (DatabaseError const& error) {
    if (error.kind != DatabaseErrorKind::connection_lost) throw;
    return reconnect(error);
  }
}

std::unique_ptr<db::Session> Shared::open() {
  auto session = context_.connect();
  for (auto const& statement : settings_) session->execute(statement);
  return session;
}

std::unique_ptr<db::Session> Shared::reconnect(DatabaseError const& cause) {
  auto const end =
      steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(reconnect_for));
  double pause = 0.1;
  while (true) {
    {
      // Without the main session the migration cannot go on, and its lock is gone as well.
      std::lock_guard const lock{main_mutex_};
      bool lives = context_.main.is_alive();
      try {
        if (lives) context_.main.scalar("SELECT 1");
      } catch (DatabaseError const&) {
        lives = false;
      }
      if (!lives) throw cause; // NOLINT(cert-err60-cpp): it has the type it was thrown with
    }
    try {
      return open();
    } catch (ConnectError const&) {
      if (is_stopping() || steady::now() > end) throw cause; // NOLINT(cert-err60-cpp)
    } catch (DatabaseError const& error) {
      // It was lost again before it was ready.
      if (error.kind != DatabaseErrorKind::connection_lost) throw;
      if (is_stopping() || steady::now() > end) throw cause; // NOLINT(cert-err60-cpp)
    }
    sleep(pause);
    pause = std::min(pause * 2, 5.0);
  }
}

void Shared::tell(Message message) {
  {
    std::lock_guard const lock{messages_mutex_};
    messages_.push_back(std::move(message));
  }
  if (std::this_thread::get_id() == caller_) deliver();
}

void Shared::deliver() {
  std::vector<Message> messages;
  {
    std::lock_guard const lock{messages_mutex_};
    messages.swap(messages_);
  }
  for (auto const& message : messages) {
    if (message.is_warning)
      context_.warn(message.text);
    else
      context_.say(message.worker, message.level, message.text);
  }
}

void Shared::tick(bool done) {
  deliver();
  auto const now = steady::now();
  if (!done && now - told_ < told_every) return;
  told_ = now;
  Report report;
  report.revision = job_.revision;
  report.number = job_.number;
  report.batches = batches_;
  {
    std::lock_guard const lock{mutex_};
    report.batch_rows = batch_rows_;
  }
  report.workers = workers_;
  report.table = schema::to_string(job_.asked.table);
  report.rows_done = rows_done_;
  report.rows_total = std::max<std::int64_t>(rows_total_, report.rows_done);
  report.rows_changed = rows_changed_;
  report.rows_skipped = rows_skipped_;
  report.seconds = std::chrono::duration<double>(now - started_).count();
  report.rate = report.seconds > 0 ? static_cast<double>(report.rows_done - rows_before_) / report.seconds : 0;
  if (report.rate > 0) report.seconds_left = static_cast<double>(report.rows_total - report.rows_done) / report.rate;
  report.done = done;
  report.joined = joined_;
  context_.report(report);
}

} // namespace vm::backfill
