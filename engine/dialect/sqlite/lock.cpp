#include "engine/dialect/sqlite/lock.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/text.hpp"
#include "engine/dialect/sqlite/driver.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

namespace vm::dialect::sqlite {

namespace {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  auto operator<=>(FileId const&) const = default;
};

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

std::string first_line(std::string const& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

template<class Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (auto const field : split(line, ' '))
    if (!field.empty()) fields.push_back(field);
  return fields;
}

/// "1: FLOCK  ADVISORY  WRITE 5282 fe:00:5309758 0 EOF" (proc(5)); a line with "->" waits.
std::optional<std::string> holder_process(FileId file) {
  std::ifstream locks{"/proc/locks"};
  std::optional<std::string> same_inode;
  for (std::string line; std::getline(locks, line);) {
    auto const fields = fields_of(line);
    if (fields.size() < 6 || fields[1] != "FLOCK") continue;
    auto const place = split(fields[5], ':');
    if (place.size() != 3) continue;
    auto const device_major = number<unsigned>(place[0], 16);
    auto const device_minor = number<unsigned>(place[1], 16);
    if (number<ino_t>(place[2]) != file.inode) continue;
    if (device_major == major(file.device) && device_minor == minor(file.device)) return std::string{fields[4]};
    same_inode = fields[4]; // some file systems show another device here than stat() does
  }
  return same_inode;
}

/// When a process began, from its ticks since boot.
std::optional<std::time_t> start_of(std::string const& process) {
  auto const stat = first_line("/proc/" + process + "/stat");
  auto const name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  auto const fields = fields_of(std::string_view{stat}.substr(name_end + 1));
  constexpr std::size_t start_field = 19; // field 22, counted from the one after the name
  if (fields.size() <= start_field) return std::nullopt;
  auto const ticks = number<unsigned long long>(fields[start_field]);
  std::ifstream system{"/proc/stat"};
  for (std::string line; std::getline(system, line);) {
    if (!line.starts_with("btime ")) continue;
    auto const boot = number<std::time_t>(trim(std::string_view{line}.substr(6)));
    if (ticks && boot)
      return *boot + static_cast<std::time_t>(*ticks / static_cast<unsigned long long>(sysconf(_SC_CLK_TCK)));
  }
  return std::nullopt;
}

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

  std::optional<db::LockHolder> holder() override {
    struct stat status {};
    if (stat(path_.c_str(), &status) != 0) return std::nullopt;
    auto const process = holder_process({status.st_dev, status.st_ino});
    if (!process) return std::nullopt;
    db::LockHolder holder;
    holder.process = *process;
    holder.application = first_line("/proc/" + *process + "/comm");
    struct stat owner {};
    if (stat(("/proc/" + *process).c_str(), &owner) == 0) {
      std::array<char, 4096> buffer{};
      struct passwd entry {};
      struct passwd* found = nullptr;
      if (getpwuid_r(owner.st_uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        holder.user = found->pw_name;
    }
    if (auto const start = start_of(*process))
      holder.since = format_utc(std::chrono::system_clock::from_time_t(*start)) + " UTC";
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
};

} // namespace

std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options) {
  if (is_memory(url)) return std::make_unique<NoLock>();
  return std::make_unique<FileLock>(url.database, options.create);
}

} // namespace vm::dialect::sqlite
