#include "engine/dialect/sqlite/lock.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/error.hpp"
#include "engine/core/files.hpp"
#include "engine/dialect/sqlite/driver.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <fstream>
#include <pwd.h>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace vm::dialect::sqlite {

namespace {

class NoLock : public db::MigrationLock {
 public:
  bool try_acquire() override { return true; }
  void release() override {}
  std::optional<db::LockHolder> holder() override { return std::nullopt; }
};

class FileLock : public db::MigrationLock {
 public:
  explicit FileLock(std::string path) : path_{std::move(path)} {}
  FileLock(FileLock const&) = delete;
  FileLock& operator=(FileLock const&) = delete;
  // The descriptor is left to the end of the process on purpose, see the header: a session may still hold fcntl()
  // locks.
  ~FileLock() override { release(); }

  bool try_acquire() override {
    open_file();
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    throw LockError{
        fmt::format("cannot lock '{}': {}", path_, reason_of(errno)),
        Hint{"a file system without flock() needs lock = \"none\" in vm.toml and care that one vm runs at a time"}};
  }

  void release() override {
    if (file_ >= 0) flock(file_, LOCK_UN);
  }

  std::optional<db::LockHolder> holder() override {
    struct stat status {};
    if (stat(path_.c_str(), &status) != 0) return std::nullopt;
    auto const pid = holder_pid(status);
    if (pid <= 0) return std::nullopt;
    db::LockHolder holder;
    holder.process = std::to_string(pid);
    struct stat process {};
    if (stat(fmt::format("/proc/{}", pid).c_str(), &process) == 0) {
      passwd entry{};
      passwd* found = nullptr;
      char buffer[4096];
      if (getpwuid_r(process.st_uid, &entry, buffer, sizeof buffer, &found) == 0 && found) holder.user = entry.pw_name;
      holder.since = format_utc(std::chrono::system_clock::from_time_t(process.st_ctim.tv_sec));
    }
    return holder;
  }

 private:
  void open_file() {
    if (file_ >= 0) return;
    // Locking needs no right to write, and a read-only database deserves SQLite's own message.
    file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_CREAT, 0644);
    if (file_ < 0 && (errno == EACCES || errno == EROFS)) file_ = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ >= 0) return;
    throw ConnectError{fmt::format("cannot open '{}': {}", path_, reason_of(errno)),
                       Hint{"check the path of the database and the rights of its folder"}};
  }

  /// Lines of /proc/locks: "1: FLOCK  ADVISORY  WRITE 4711 fe:00:131 0 EOF" (proc(5)).
  static long holder_pid(struct stat const& status) {
    auto const wanted = fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
    std::ifstream locks{"/proc/locks"};
    for (std::string line; std::getline(locks, line);) {
      std::istringstream words{line};
      std::string number, kind, advisory, mode, pid, file;
      words >> number >> kind >> advisory >> mode >> pid >> file;
      if (kind != "FLOCK" || file != wanted) continue;
      long value = 0;
      std::from_chars(pid.data(), pid.data() + pid.size(), value);
      return value;
    }
    return 0;
  }

  std::string path_;
  int file_ = -1;
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url) {
  if (is_memory(url)) return std::make_unique<NoLock>();
  return std::make_unique<FileLock>(url.database);
}

} // namespace vm::dialect::sqlite
