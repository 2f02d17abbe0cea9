#include "engine/dialect/mysql/backend.hpp"

#include "engine/dialect/mysql/backup.hpp"
#include "engine/dialect/mysql/blockers.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/dialect/mysql/driver.hpp"
#include "engine/dialect/mysql/inspector.hpp"
#include "engine/dialect/mysql/lock.hpp"
#include "engine/dialect/mysql/scratch.hpp"

namespace vm::dialect::mysql {

namespace {

class MysqlBackend : public Backend {
 public:
  explicit MysqlBackend(Product offline) : offline_{offline} {}

  std::unique_ptr<sql::Dialect> dialect(db::ServerInfo const* server, Settings const&) const override {
    return make_dialect(server, offline_);
  }
  std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) const override {
    return mysql::connect(url, options);
  }
  std::unique_ptr<inspect::Inspector> inspector(db::Session& session) const override { return make_inspector(session); }
  std::unique_ptr<db::ScratchDatabase> scratch(DatabaseUrl const& url, db::ConnectOptions const& options,
                                               bool /*schema_will_do*/) const override {
    return make_scratch(url, options);
  }
  std::unique_ptr<db::MigrationLock> lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                          std::string_view name) const override {
    return make_lock(url, options, name);
  }
  void backup(DatabaseUrl const& url, std::filesystem::path const& path,
              std::function<bool()> const& interrupted) const override {
    mysql::backup(url, path, interrupted);
  }
  std::string_view backup_ending() const override { return ".sql"; }
  std::vector<db::Blocker> blockers(DatabaseUrl const&, db::Session* watcher,
                                    std::string const& connection) const override {
    return watcher == nullptr || connection.empty() ? std::vector<db::Blocker>{}
                                                    : mysql::blockers(*watcher, connection);
  }

 private:
  Product offline_;
};

} // namespace

Backend const& mariadb_backend() {
  static MysqlBackend const instance{Product::mariadb};
  return instance;
}

Backend const& mysql_backend() {
  static MysqlBackend const instance{Product::mysql};
  return instance;
}

} // namespace vm::dialect::mysql
