#include "engine/dialect/sqlite/lock.hpp"

#include "engine/dialect/sqlite/driver.hpp"
#include "engine/dialect/sqlite/processes.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace vm::dialect::sqlite {

namespace {

/// Descriptors that are not in use. Closing any descriptor of a file drops every POSIX lock the process has on it,
/// SQLite's among them, at any later moment too; so none is ever closed, and the next lock on the file takes it from
/// here. The one thing kept for the whole process, since POSIX locks belong to the process as well.
class SpareDescriptors {
 public:
  static SpareDescriptors& of_process() {
    static SpareDescriptors instance;
    return instance;
  }
  std::optional<int> take(FileId file) {
    std::lock_guard const guard{mutex_};
    auto const found = spare_.find(file);
    if (found == spare_.end()) return std::nullopt;
    int const descriptor = found->second;
    spare_.erase(found);
    return descriptor;
  }
  void give(FileId file, int descriptor) {
    std::lock_guard const guard{mutex_};
    spare_.emplace(file, descriptor);
  }

 private:
  std::mutex mutex_;
  std::multimap<FileId, int> spare_;
};

class FileLock final : public db::MigrationLock {
 public:
  FileLock(std::string path, bool create) : path_{std::move(path)}, create_{create} {}
  FileLock(FileLock const&) = delete;
  FileLock& operator=(FileLock const&) = delete;
  ~FileLock() override {
    release();
    if (descriptor_ >= 0) SpareDescriptors::of_process().give(file_, descriptor_);
  }

  bool try_acquire() override {
    if (held_) return true;
    open();
    if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {
      held_ = true;
      return true;
    }
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    throw LockError{fmt::format("cannot lock the database file '{}': {}", path_, std::strerror(errno)),
                    Hint{"lock = \"none\" in vm.toml goes without a lock"}};
  }

  void release() override {
    if (std::exchange(held_, false)) flock(descriptor_, LOCK_UN);
  }

  void evict() override {
    auto const found = holder();
    if (!found || held_) return;
    throw LockError{fmt::format("only the system frees the lock of a file, when {} ends", found->describe()),
                    Hint{fmt::format("end it: kill {}", found->process)}};
  }

  bool is_held(db::Session&) override { return held_; }

  std::optional<db::LockHolder> holder() override {
    struct stat status {};
    if (stat(path_.c_str(), &status) != 0) return std::nullopt;
    auto const processes = processes_with_lock("FLOCK", {status.st_dev, status.st_ino});
    if (processes.empty()) return std::nullopt;
    auto const holder = holder_of(processes.front());
    return holder;
  }

 private:
  void open() {
    // The file may have been replaced since the last try.
    struct stat status {};
    bool const exists = stat(path_.c_str(), &status) == 0;
    if (descriptor_ >= 0) {
      if (exists && FileId{status.st_dev, status.st_ino} == file_) return;
      SpareDescriptors::of_process().give(file_, std::exchange(descriptor_, -1));
    }
    if (exists) {
      if (auto const spare = SpareDescriptors::of_process().take({status.st_dev, status.st_ino})) {
        descriptor_ = *spare;
        file_ = {status.st_dev, status.st_ino};
        return;
      }
    }
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0 && errno == ENOENT && create_)
      descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0)
      throw ConnectError{fmt::format("cannot open the database '{}': {}", path_, std::strerror(errno))};
    if (fstat(descriptor_, &status) == 0) file_ = {status.st_dev, status.st_ino};
  }

  std::string path_;
  bool create_;
  int descriptor_ = -1;
  FileId file_;
  bool held_ = false;
};

/// A database in memory is this process's alone.
class NoLock final : public db::MigrationLock {
 public:
  bool try_acquire() override { return true; }
  void release() override {}
  std::optional<db::LockHolder> holder() override { return std::nullopt; }
  void evict() override {}
  bool is_held(db::Session&) override { return true; }
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options) {
  if (is_memory(url)) return std::make_unique<NoLock>();
  return std::make_unique<FileLock>(url.database, options.create);
}

} // namespace vm::dialect::sqlite
