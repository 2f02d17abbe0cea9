#include "engine/dialect/mysql/lock.hpp"

#include "engine/core/digest.hpp"

#include <fmt/format.h>

namespace vm::dialect::mysql {

namespace {

std::string text(Value const& cell) {
  if (auto const* value = std::get_if<std::string>(&cell)) return *value;
  if (auto const* value = std::get_if<std::int64_t>(&cell)) return std::to_string(*value);
  return {};
}

class NamedLock : public db::MigrationLock {
 public:
  NamedLock(std::function<std::unique_ptr<db::Session>()> connect, std::string_view database, std::string_view name)
      : connect_{std::move(connect)},
        name_{"vm:" + sha256_hex(fmt::format("{}\n{}", database, name)).substr(0, 40)} {}

  bool try_acquire() override {
    std::vector<Value> const parameters{name_};
    auto const held = session().scalar("SELECT GET_LOCK(?, 0)", parameters);
    return held && text(*held) == "1";
  }

  void release() override { session_.reset(); }

  std::optional<db::LockHolder> holder() override {
    std::vector<Value> const parameters{name_};
    auto const id = session().scalar("SELECT IS_USED_LOCK(?)", parameters);
    if (!id || is_null(*id)) return std::nullopt;
    db::LockHolder holder;
    holder.process = text(*id);
    std::vector<Value> const process{*id};
    auto const rows = session().all("SELECT user, host FROM information_schema.processlist "
                                    "WHERE id = ?",
                                    process);
    if (rows.empty()) return holder;
    holder.user = text(rows[0][0]);
    holder.host = text(rows[0][1]);
    return holder;
  }

 private:
  db::Session& session() {
    if (!session_) session_ = connect_();
    return *session_;
  }

  std::function<std::unique_ptr<db::Session>()> connect_;
  std::string name_;
  std::unique_ptr<db::Session> session_;
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(std::function<std::unique_ptr<db::Session>()> connect,
                                             std::string_view database, std::string_view name) {
  return std::make_unique<NamedLock>(std::move(connect), database, name);
}

} // namespace vm::dialect::mysql
