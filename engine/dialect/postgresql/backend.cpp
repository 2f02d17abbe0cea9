#include "engine/dialect/postgresql/backend.hpp"

#include "engine/dialect/postgresql/backup.hpp"
#include "engine/dialect/postgresql/blockers.hpp"
#include "engine/dialect/postgresql/dialect.hpp"
#include "engine/dialect/postgresql/driver.hpp"
#include "engine/dialect/postgresql/inspector.hpp"
#include "engine/dialect/postgresql/lock.hpp"
#include "engine/dialect/postgresql/scratch.hpp"

namespace vm::dialect::postgresql {

namespace {

constexpr std::string_view insufficient_privilege = "42501";

class PostgresBackend : public Backend {
 public:
  std::unique_ptr<sql::Dialect> dialect(db::ServerInfo const* server,
                                        dialect::Settings const& settings) const override {
    return make_dialect(server, {.identity_keys = settings.identity_keys});
  }
  std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) const override {
    return postgresql::connect(url, options);
  }
  std::unique_ptr<inspect::Inspector> inspector(db::Session& session) const override { return make_inspector(session); }
  std::unique_ptr<db::ScratchDatabase> scratch(DatabaseUrl const& url, db::ConnectOptions const& options,
                                               bool schema_will_do) const override {
    if (!schema_will_do) return make_scratch(url, options);
    try {
      return make_scratch(url, options);
    } catch (DatabaseError const& error) {
      if (error.code != insufficient_privilege) throw;
    }
    return make_scratch_schema(url, options);
  }
  std::unique_ptr<db::MigrationLock> lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                          std::string_view name) const override {
    auto own = options;
    own.application_name += " (migration lock)";
    return make_lock(url, own, name);
  }
  void backup(DatabaseUrl const& url, std::filesystem::path const& path,
              std::function<bool()> const& interrupted) const override {
    postgresql::backup(url, path, interrupted);
  }
  std::string_view backup_ending() const override { return ".dump"; }
  std::vector<db::Blocker> blockers(DatabaseUrl const&, db::Session* watcher,
                                    std::string const& connection) const override {
    return watcher == nullptr || connection.empty() ? std::vector<db::Blocker>{}
                                                    : postgresql::blockers(*watcher, connection);
  }
};

} // namespace

Backend const& backend() {
  static PostgresBackend const instance;
  return instance;
}

} // namespace vm::dialect::postgresql
