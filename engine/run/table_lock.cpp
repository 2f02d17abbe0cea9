#include "engine/run/table_lock.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/text.hpp"
#include "engine/op/operation.hpp"
#include "engine/run/this_process.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

namespace vm::run {

namespace {

using steady = std::chrono::steady_clock;

std::string text(Value const& value) {
  if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  auto const* found = std::get_if<std::string>(&value);
  return found ? *found : std::string{};
}

std::int64_t number(Value const& value) {
  auto const* found = std::get_if<std::int64_t>(&value);
  return found ? *found : 0;
}

std::string new_owner() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

schema::Column column(char const* name, schema::Type type) {
  schema::Column result{schema::Identifier{name}, std::move(type)};
  result.nullable = false;
  return result;
}

/// The row as it was read.
struct Row {
  std::string owner, username, hostname, machine, since;
  std::int64_t process = 0, process_start = 0, beat = 0;
};

class TableLock final : public db::MigrationLock {
 public:
  TableLock(schema::TableName const& version_table, sql::Dialect const& dialect,
            std::function<std::unique_ptr<db::Session>()> connect, Heartbeat heartbeat)
      : table_{version_table.schema, schema::Identifier{"vm_lock"}},
        name_{schema::to_string(version_table)},
        dialect_{dialect},
        connect_{std::move(connect)},
        heartbeat_{heartbeat},
        owner_{new_owner()} {}
  TableLock(TableLock const&) = delete;
  TableLock& operator=(TableLock const&) = delete;
  ~TableLock() override {
    try {
      release();
    } catch (std::exception const&) {
      // The row stays behind without a heartbeat, and the next run removes it.
    }
  }

  bool try_acquire() override {
    std::lock_guard const guard{mutex_};
    if (held_) return true;
    try {
      auto const row = read(true);
      if (row && (is_alive(*row).value_or(true) || !remove(*row))) return false;
      if (!insert()) return false;
    } catch (DatabaseError const& error) {
      // Somebody wrote the row at the same moment; on SQLite the holder's transaction keeps everybody else out.
      if (error.kind != DatabaseErrorKind::constraint && error.kind != DatabaseErrorKind::lock_timeout &&
          error.kind != DatabaseErrorKind::deadlock)
        throw;
      if (error.kind == DatabaseErrorKind::lock_timeout) seen_.reset(); // a holder that works is alive
      return false;
    }
    held_ = true;
    lost_ = false;
    beat_thread_ = std::thread{[this] { beat(); }};
    return true;
  }

  void release() override {
    {
      std::lock_guard const guard{mutex_};
      if (!held_.exchange(false)) return;
      stop_.notify_all();
    }
    beat_thread_.join();
    std::lock_guard const guard{mutex_};
    run(fmt::format("DELETE FROM {} WHERE name = {} AND owner = {}", quoted(), place(0), place(1)), {name_, owner_});
  }

  std::optional<db::LockHolder> holder() override {
    std::lock_guard const guard{mutex_};
    auto const row = read();
    if (!row) return std::nullopt;
    db::LockHolder holder;
    holder.user = row->username;
    holder.host = row->hostname;
    holder.process = std::to_string(row->process);
    holder.since = row->since + " UTC";
    holder.is_alive = is_alive(*row);
    return holder;
  }

  void disconnect() override {
    std::lock_guard const guard{mutex_};
    if (!held_) session_.reset();
  }

  void evict() override {
    std::lock_guard const guard{mutex_};
    if (!read()) return;
    run(fmt::format("DELETE FROM {} WHERE name = {}", quoted(), place(0)), {name_});
  }

  bool is_held(db::Session& session) override {
    // A pooler may have no second connection to give while the run is in a transaction.
    if (!held_ || lost_) return false;
    auto const row = read_from(session);
    return row && row->owner == owner_;
  }

 private:
  std::string quoted() const { return dialect_.quote(table_); }
  std::string place(std::size_t index) const { return dialect_.placeholder(index); }

  db::Session& session() {
    if (session_ && !session_->is_alive()) session_.reset();
    if (!session_) session_ = connect_();
    return *session_;
  }

  std::int64_t run(std::string const& statement, std::vector<Value> const& parameters) {
    return session().execute(statement, parameters);
  }

  /// nullopt when nobody holds the lock. A table that is not there is made or is as good as empty.
  std::optional<Row> read(bool make_table = false) {
    try {
      return read_from(session());
    } catch (DatabaseError const& error) {
      // A missing table is what is expected here; any other trouble comes again when it is made.
      if (error.kind != DatabaseErrorKind::syntax && error.kind != DatabaseErrorKind::other) throw;
      if (!make_table) return std::nullopt;
      return make_and_read();
    }
  }

  /// IF NOT EXISTS does not wait for somebody who makes the table at the same moment: PostgreSQL then says that the
  /// table or its type is there already. Whoever was faster, the table is what counts.
  std::optional<Row> make_and_read() {
    try {
      create();
    } catch (DatabaseError const& failure) {
      try {
        return read_from(session());
      } catch (DatabaseError const&) {
        throw failure; // NOLINT(cert-err60-cpp): it has the type it was thrown with
      }
    }
    return read_from(session());
  }

  std::optional<Row> read_from(db::Session& session) const {
    auto const query =
        fmt::format("SELECT owner, username, hostname, machine, since, process, process_start, beat FROM "
                    "{} WHERE name = {}",
                    quoted(), place(0));
    Value const name{name_};
    auto const rows = session.all(query, {&name, 1});
    if (rows.empty()) return std::nullopt;
    auto const& row = rows.front();
    return Row{text(row[0]), text(row[1]),   text(row[2]),   text(row[3]),
               text(row[4]), number(row[5]), number(row[6]), number(row[7])};
  }

  void create() {
    auto name = column("name", schema::String{255});
    name.primary_key = true;
    op::CreateTable create{
        schema::Table{table_,
                      {std::move(name), column("owner", schema::String{64}), column("username", schema::String{255}),
                       column("hostname", schema::String{255}), column("machine", schema::String{128}),
                       column("process", schema::BigInt{}), column("process_start", schema::BigInt{}),
                       column("since", schema::String{32}), column("beat", schema::BigInt{})},
                      {},
                      {},
                      {},
                      {},
                      {}},
        true, false};
    create.table.options.emplace("mysql_charset", std::string{"utf8mb4"});
    create.table.options.emplace("mysql_collate", std::string{"utf8mb4_bin"});
    for (auto const& statement : dialect_.compile(create, nullptr)) {
      try {
        session().execute(statement.text);
      } catch (DatabaseError const& error) {
        // PostgreSQL: two IF NOT EXISTS at once still collide in the catalog.
        if (error.kind != DatabaseErrorKind::constraint && error.code != "42P07") throw;
      }
    }
  }

  bool insert() {
    auto const me = this_process();
    return run(fmt::format("INSERT INTO {} (name, owner, username, hostname, machine, process, process_start, since, "
                           "beat) VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {})",
                           quoted(), place(0), place(1), place(2), place(3), place(4), place(5), place(6), place(7),
                           place(8)),
               {name_, owner_, me.user, me.host, me.machine, me.id, me.start, format_utc(now()), std::int64_t{0}}) == 1;
  }

  /// The beat is part of the condition: a holder that woke up meanwhile keeps its lock.
  bool remove(Row const& row) {
    return run(fmt::format("DELETE FROM {} WHERE name = {} AND owner = {} AND beat = {}", quoted(), place(0), place(1),
                           place(2)),
               {name_, row.owner, row.beat}) == 1;
  }

  std::optional<bool> is_alive(Row const& row) {
    if (auto const runs = is_running(row.machine, row.process, row.process_start)) return runs;
    auto const now = steady::now();
    bool const is_same = seen_ && seen_->owner == row.owner;
    if (!is_same || seen_->beat != row.beat) {
      seen_ = Seen{row.owner, row.beat, now};
      return is_same ? std::optional{true} : std::nullopt;
    }
    return now - seen_->at >= heartbeat_.silence ? std::optional{false} : std::nullopt;
  }

  void beat() {
    std::unique_lock guard{mutex_};
    while (held_) {
      if (stop_.wait_for(guard, heartbeat_.every, [this] { return !held_; })) return;
      try {
        auto const rows = run(fmt::format("UPDATE {0} SET beat = beat + 1 WHERE name = {1} AND owner = {2}", quoted(),
                                          place(0), place(1)),
                              {name_, owner_});
        if (rows == 0) {
          lost_ = true;
          return;
        }
      } catch (Error const&) {
        // No connection, or on SQLite the run's own transaction in the way; tried again with the next beat.
      }
    }
  }

  struct Seen {
    std::string owner;
    std::int64_t beat;
    steady::time_point at;
  };

  schema::TableName table_;
  std::string name_;
  sql::Dialect const& dialect_;
  std::function<std::unique_ptr<db::Session>()> connect_;
  Heartbeat heartbeat_;
  std::string owner_;
  std::unique_ptr<db::Session> session_;
  std::optional<Seen> seen_;
  std::mutex mutex_; ///< guards the session and what was seen
  std::condition_variable stop_;
  std::atomic<bool> held_ = false, lost_ = false;
  std::thread beat_thread_;
};

} // namespace

std::unique_ptr<db::MigrationLock> make_table_lock(schema::TableName const& version_table, sql::Dialect const& dialect,
                                                   std::function<std::unique_ptr<db::Session>()> connect,
                                                   Heartbeat heartbeat) {
  return std::make_unique<TableLock>(version_table, dialect, std::move(connect), heartbeat);
}

} // namespace vm::run
