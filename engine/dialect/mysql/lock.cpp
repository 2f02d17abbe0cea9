#include "engine/dialect/mysql/lock.hpp"

#include "engine/core/digest.hpp"
#include "engine/dialect/mysql/driver.hpp"

#include <fmt/format.h>

#include <utility>

namespace vm::dialect::mysql {

namespace {

constexpr std::size_t longest_name = 64;

std::string lock_name(std::string_view database, std::string_view name) {
  auto full = fmt::format("vm:{}:{}", database, name);
  if (full.size() <= longest_name) return full;
  return fmt::format("vm:{}", sha256_hex(full).substr(0, longest_name - 3));
}

std::string text(Value const& value) {
  if (auto const* const number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  auto const* const found = std::get_if<std::string>(&value);
  return found == nullptr ? std::string{} : *found;
}

class NamedLock final : public db::MigrationLock {
 public:
  NamedLock(DatabaseUrl url, db::ConnectOptions options, std::string_view name)
      : url_{std::move(url)},
        options_{std::move(options)},
        name_{lock_name(url_.database, name)} {
    options_.lock_timeout = options_.statement_timeout = std::nullopt;
    options_.read_only = false;
  }
  NamedLock(NamedLock const&) = delete;
  NamedLock& operator=(NamedLock const&) = delete;
  ~NamedLock() override = default; // the connection ends, and the lock with it

  bool try_acquire() override {
    if (!held_) held_ = connection().scalar("SELECT GET_LOCK(?, 0)", {&name_, 1}) == Value{std::int64_t{1}};
    return held_;
  }

  void release() override {
    if (!std::exchange(held_, false) || !session_) return;
    try {
      session_->scalar("SELECT RELEASE_LOCK(?)", {&name_, 1});
    } catch (DatabaseError const&) {
      session_.reset(); // the server frees the lock of a lost connection
    }
  }

  void disconnect() override {
    if (!held_) session_.reset();
  }

  void evict() override {
    auto const id = connection().scalar("SELECT IS_USED_LOCK(?)", {&name_, 1});
    if (!id || is_null(*id)) return;
    connection().execute("KILL CONNECTION " + text(*id));
    held_ = false;
  }

  bool is_held(db::Session&) override {
    if (!held_ || !session_) return false;
    try {
      return session_->scalar("SELECT IS_USED_LOCK(?) = CONNECTION_ID()", {&name_, 1}) == Value{std::int64_t{1}};
    } catch (DatabaseError const&) {
      return held_ = false; // a lost connection has lost its lock
    }
  }

  std::optional<db::LockHolder> holder() override {
    auto const id = connection().scalar("SELECT IS_USED_LOCK(?)", {&name_, 1});
    if (!id || is_null(*id)) return std::nullopt;
    db::LockHolder holder;
    holder.process = text(*id);
    // Other users' connections show only to those with the PROCESS privilege.
    auto const rows = connection().all(
        "SELECT USER, HOST, DATE_FORMAT(UTC_TIMESTAMP() - INTERVAL TIME SECOND, '%Y-%m-%d %H:%i:%s UTC') "
        "FROM information_schema.PROCESSLIST WHERE ID = ?",
        {&*id, 1});
    if (rows.empty()) return holder;
    holder.user = text(rows[0][0]);
    holder.host = text(rows[0][1]);
    if (auto const port = holder.host.rfind(':'); port != std::string::npos) holder.host.resize(port);
    holder.since = text(rows[0][2]);
    return holder;
  }

 private:
  db::Session& connection() {
    if (session_ && !session_->is_alive()) session_.reset();
    if (!session_) {
      session_ = connect(url_, options_);
      // A long migration leaves this connection idle for as long as it takes.
      session_->execute("SET SESSION wait_timeout = 31536000");
    }
    return *session_;
  }

  DatabaseUrl url_;
  db::ConnectOptions options_;
  Value name_;
  std::unique_ptr<db::Session> session_;
  bool held_ = false;
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                             std::string_view name) {
  return std::make_unique<NamedLock>(url, options, name);
}

} // namespace vm::dialect::mysql
