#include "engine/dialect/postgresql/lock.hpp"

#include "engine/core/digest.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vm::dialect::postgresql {

namespace {

/// 64 bits of the name's digest: the key pg_locks shows as classid (upper half) and objid (lower half).
std::int64_t key_of(std::string_view name) {
  auto const digest = sha256_hex(fmt::format("vm migration lock: {}", name));
  std::uint64_t value = 0;
  std::from_chars(digest.data(), digest.data() + 16, value, 16);
  return static_cast<std::int64_t>(value);
}

std::string text(Value const& cell) {
  auto const* value = std::get_if<std::string>(&cell);
  return value ? *value : std::string{};
}

class AdvisoryLock : public db::MigrationLock {
 public:
  AdvisoryLock(std::function<std::unique_ptr<db::Session>()> connect, std::string_view name)
      : connect_{std::move(connect)},
        key_{key_of(name)} {}

  ~AdvisoryLock() override = default; // closing the connection frees the lock

  bool try_acquire() override {
    std::vector<Value> const parameters{key_};
    auto const held = session().scalar("SELECT pg_catalog.pg_try_advisory_lock($1::bigint)", parameters);
    auto const* answer = held ? std::get_if<bool>(&*held) : nullptr;
    return answer && *answer;
  }

  void release() override { session_.reset(); }

  std::optional<db::LockHolder> holder() override {
    auto const bits = static_cast<std::uint64_t>(key_);
    std::vector<Value> const parameters{static_cast<std::int64_t>(bits >> 32U),
                                        static_cast<std::int64_t>(bits & 0xffffffffU)};
    auto const rows = session().all(
        "SELECT a.usename::text, coalesce(a.client_hostname, host(a.client_addr), 'a local socket'), "
        "a.application_name, "
        "a.pid::text, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM pg_catalog.pg_locks l "
        "JOIN "
        "pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 "
        "AND "
        "l.classid::bigint = $1::bigint AND l.objid::bigint = $2::bigint AND l.database = (SELECT oid FROM "
        "pg_catalog.pg_database WHERE datname = current_database())",
        parameters);
    if (rows.empty()) return std::nullopt;
    db::LockHolder holder;
    holder.user = text(rows[0][0]);
    holder.host = text(rows[0][1]);
    holder.application = text(rows[0][2]);
    holder.process = text(rows[0][3]);
    holder.since = text(rows[0][4]);
    return holder;
  }

 private:
  db::Session& session() {
    if (!session_) session_ = connect_();
    return *session_;
  }

  std::function<std::unique_ptr<db::Session>()> connect_;
  std::int64_t key_;
  std::unique_ptr<db::Session> session_;
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(std::function<std::unique_ptr<db::Session>()> connect,
                                             std::string_view name) {
  return std::make_unique<AdvisoryLock>(std::move(connect), name);
}

} // namespace vm::dialect::postgresql
