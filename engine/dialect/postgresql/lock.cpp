#include "engine/dialect/postgresql/lock.hpp"

#include "engine/core/digest.hpp"
#include "engine/dialect/postgresql/driver.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace vm::dialect::postgresql {

namespace {

std::int64_t key_of(std::string_view name) {
  auto const digest = sha256_hex(fmt::format("vm migration lock {}", name));
  std::uint64_t key = 0;
  std::from_chars(digest.data(), digest.data() + 16, key, 16);
  return static_cast<std::int64_t>(key);
}

std::string text(Value const& value) {
  auto const* const found = std::get_if<std::string>(&value);
  return found == nullptr ? std::string{} : *found;
}

class AdvisoryLock final : public db::MigrationLock {
 public:
  AdvisoryLock(DatabaseUrl url, db::ConnectOptions options, std::string_view name)
      : url_{std::move(url)},
        options_{std::move(options)},
        key_{key_of(name)} {
    options_.lock_timeout = options_.statement_timeout = std::nullopt;
    options_.read_only = false;
  }
  AdvisoryLock(AdvisoryLock const&) = delete;
  AdvisoryLock& operator=(AdvisoryLock const&) = delete;
  ~AdvisoryLock() override = default; // the connection ends, and the lock with it

  bool try_acquire() override {
    if (held_) return true;
    auto& session = connection();
    // Before, not after: behind a pooler the lock would stay on a connection of the server that is anybody's.
    if (session.is_pooled())
      throw LockError{"an advisory lock belongs to a connection, and a pooler stands between vm and the server",
                      Hint{"use the server's own port, or lock = \"table\" or \"auto\" in vm.toml"}};
    if (session.scalar("SELECT pg_try_advisory_lock($1)", {&key_, 1}) != Value{true}) return false;
    held_ = true;
    return true;
  }

  void release() override {
    if (!std::exchange(held_, false) || !session_) return;
    try {
      session_->scalar("SELECT pg_advisory_unlock($1)", {&key_, 1});
    } catch (DatabaseError const&) {
      session_.reset(); // the server frees the lock of a lost connection
    }
  }

  void disconnect() override {
    if (!held_) session_.reset();
  }

  void evict() override {
    connection().all("SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_locks WHERE granted AND " + condition());
    held_ = false;
  }

  bool is_held(db::Session&) override {
    if (!held_ || !session_) return false;
    try {
      return session_->scalar("SELECT count(*) FROM pg_catalog.pg_locks WHERE pid = pg_backend_pid() AND " +
                              condition()) != Value{std::int64_t{0}};
    } catch (DatabaseError const&) {
      return held_ = false; // a lost connection has lost its lock
    }
  }

  std::optional<db::LockHolder> holder() override {
    auto const rows = connection().all(
        "SELECT a.pid::text, a.usename::text, host(a.client_addr), a.application_name, "
        "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC') "
        "FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.granted AND " +
        condition());
    if (rows.empty()) return std::nullopt;
    auto const& row = rows.front();
    db::LockHolder holder;
    holder.process = text(row[0]);
    holder.user = text(row[1]);
    holder.host = text(row[2]);
    holder.application = text(row[3]);
    holder.since = text(row[4]);
    return holder;
  }

 private:
  db::Session& connection() {
    if (session_ && !session_->is_alive()) session_.reset();
    if (!session_) {
      session_ = connect(url_, options_);
      // A long migration leaves this connection idle for as long as it takes.
      if (session_->server().number >= 140000) session_->execute("SET idle_session_timeout = 0");
    }
    return *session_;
  }

  std::string condition() const {
    auto const key = static_cast<std::uint64_t>(std::get<std::int64_t>(key_));
    return fmt::format("locktype = 'advisory' AND objsubid = 1 AND classid = {} AND objid = {} AND database = "
                       "(SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())",
                       key >> 32, key & 0xFFFFFFFFu);
  }

  DatabaseUrl url_;
  db::ConnectOptions options_;
  Value key_;
  std::unique_ptr<db::Session> session_;
  bool held_ = false;
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                             std::string_view name) {
  return std::make_unique<AdvisoryLock>(url, options, name);
}

} // namespace vm::dialect::postgresql
