#include "engine/dialect/sqlite/backend.hpp"

#include "engine/dialect/sqlite/backup.hpp"
#include "engine/dialect/sqlite/dialect.hpp"
#include "engine/dialect/sqlite/driver.hpp"
#include "engine/dialect/sqlite/inspector.hpp"
#include "engine/dialect/sqlite/lock.hpp"
#include "engine/dialect/sqlite/processes.hpp"
#include "engine/dialect/sqlite/scratch.hpp"

#include <filesystem>

namespace vm::dialect::sqlite {

namespace {

class SqliteBackend : public Backend {
 public:
  std::unique_ptr<sql::Dialect> dialect(db::ServerInfo const* server, Settings const&) const override {
    return make_dialect(server);
  }
  bool exists(DatabaseUrl const& url) const override {
    std::error_code unknown;
    return is_memory(url) || std::filesystem::exists(url.database, unknown) || unknown;
  }
  bool is_private(DatabaseUrl const& url) const override { return is_memory(url); }
  std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) const override {
    return sqlite::connect(url, options);
  }
  std::unique_ptr<inspect::Inspector> inspector(db::Session& session) const override { return make_inspector(session); }
  std::unique_ptr<db::ScratchDatabase> scratch(DatabaseUrl const& url, db::ConnectOptions const& options,
                                               bool /*schema_will_do*/) const override {
    return make_scratch(url, options);
  }
  std::unique_ptr<db::MigrationLock> lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                          std::string_view) const override {
    return make_lock(url, options);
  }
  void backup(DatabaseUrl const& url, std::filesystem::path const& path,
              std::function<bool()> const& interrupted) const override {
    sqlite::backup(url, path, interrupted);
  }
  std::string_view backup_ending() const override { return ".db"; }
  std::vector<db::Blocker> blockers(DatabaseUrl const& url, db::Session*, std::string const&) const override {
    return is_memory(url) ? std::vector<db::Blocker>{} : sqlite::blockers(url.database);
  }
};

} // namespace

Backend const& backend() {
  static SqliteBackend const instance;
  return instance;
}

} // namespace vm::dialect::sqlite
