#include "engine/dialect/sqlite/backup.hpp"

#include "engine/core/error.hpp"
#include "engine/db/driver_library.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <thread>

namespace vm::dialect::sqlite {

namespace {

constexpr int pages_at_once = 2048;
constexpr auto longest_wait = std::chrono::seconds{30};

struct Driver {
  db::DriverLibrary library{"sqlite3", VM_SOCI_SQLITE3, "libsoci-sqlite3-4.0"};
  decltype(&sqlite3_open_v2) open;
  decltype(&sqlite3_close_v2) close;
  decltype(&sqlite3_errmsg) errmsg;
  decltype(&sqlite3_errstr) errstr;
  decltype(&sqlite3_backup_init) init;
  decltype(&sqlite3_backup_step) step;
  decltype(&sqlite3_backup_finish) finish;

  Driver() {
    library.find(open, "sqlite3_open_v2");
    library.find(close, "sqlite3_close_v2");
    library.find(errmsg, "sqlite3_errmsg");
    library.find(errstr, "sqlite3_errstr");
    library.find(init, "sqlite3_backup_init");
    library.find(step, "sqlite3_backup_step");
    library.find(finish, "sqlite3_backup_finish");
  }
};

class Database {
 public:
  Database(Driver const& driver, std::string const& path, int flags) : driver_{driver} {
    if (int const code = driver_.open(path.c_str(), &handle_, flags, nullptr); code != SQLITE_OK) {
      std::string const reason = driver_.errstr(code);
      driver_.close(handle_);
      throw MigrationError{fmt::format("the backup failed: cannot open '{}': {}", path, reason)};
    }
  }
  Database(Database const&) = delete;
  Database& operator=(Database const&) = delete;
  ~Database() { driver_.close(handle_); }
  sqlite3* handle() const { return handle_; }

 private:
  Driver const& driver_;
  sqlite3* handle_ = nullptr;
};

} // namespace

void backup(DatabaseUrl const& url, std::filesystem::path const& path, std::function<bool()> const& interrupted) {
  Driver const driver;
  Database const from{driver, url.database, SQLITE_OPEN_READWRITE}; // a reader must be able to recover a hot journal
  Database const to{driver, path.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
  auto* const copy = driver.init(to.handle(), "main", from.handle(), "main");
  if (copy == nullptr) throw MigrationError{fmt::format("the backup failed: {}", driver.errmsg(to.handle()))};
  auto const deadline = std::chrono::steady_clock::now() + longest_wait;
  int code = SQLITE_OK;
  bool stopped = false;
  while (!stopped && (code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED)) {
    stopped = interrupted && interrupted();
    if (code != SQLITE_OK) {
      if (std::chrono::steady_clock::now() > deadline) break;
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    code = driver.step(copy, pages_at_once);
  }
  driver.finish(copy);
  if (stopped) throw Interrupted{"interrupted while the backup was made"};
  if (code != SQLITE_DONE) throw MigrationError{fmt::format("the backup failed: {}", driver.errstr(code))};
}

} // namespace vm::dialect::sqlite
