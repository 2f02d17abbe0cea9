// A file in a folder of its own, in memory where the system has a file system there. The folder's owner holds a lock
// on a file in it; a folder whose lock is free belongs to nobody any more.
#include "engine/dialect/sqlite/scratch.hpp"

#include "engine/core/error.hpp"
#include "engine/core/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace vm::dialect::sqlite {
namespace {

namespace fs = std::filesystem;

constexpr auto youngest_leftover = std::chrono::minutes{1}; // between making a folder and locking it

fs::path parent_folder() {
  std::error_code failure;
  if (::access("/dev/shm", W_OK | X_OK) == 0 && fs::is_directory("/dev/shm", failure)) return "/dev/shm";
  auto folder = fs::temp_directory_path(failure);
  return failure ? fs::path{"/tmp"} : folder;
}

void remove_leftovers(fs::path const& parent) {
  std::error_code failure;
  for (auto const& entry : fs::directory_iterator{parent, failure}) {
    if (!db::is_scratch_name(entry.path().filename().native())) continue;
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid())
      continue;
    if (fs::file_time_type::clock::now() - entry.last_write_time(failure) < youngest_leftover) continue;
    int const lock = ::open((entry.path() / "owner").c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool const abandoned = lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    if (abandoned) fs::remove_all(entry.path(), failure);
    if (lock >= 0) ::close(lock);
  }
}

class SqliteScratch final : public db::ScratchDatabase {
 public:
  SqliteScratch() {
    auto const parent = parent_folder();
    remove_leftovers(parent);
    folder_ = parent / db::new_scratch_name();
    if (::mkdir(folder_.c_str(), S_IRWXU) != 0)
      throw ConfigError{fmt::format("cannot make the scratch folder '{}': {}", folder_.native(), reason_of(errno))};
    lock_ = ::open((folder_ / "owner").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (lock_ >= 0) ::flock(lock_, LOCK_EX | LOCK_NB);
    url_.dialect = "sqlite";
    url_.database = (folder_ / "scratch.db").native();
  }
  ~SqliteScratch() override {
    std::error_code failure;
    fs::remove_all(folder_, failure);
    if (lock_ >= 0) ::close(lock_);
  }
  SqliteScratch(SqliteScratch const&) = delete;
  SqliteScratch& operator=(SqliteScratch const&) = delete;

  DatabaseUrl const& url() const override { return url_; }

 private:
  fs::path folder_;
  int lock_ = -1;
  DatabaseUrl url_;
};

} // namespace

std::unique_ptr<db::ScratchDatabase> make_scratch(DatabaseUrl const& url, db::ConnectOptions const& /*options*/) {
  (void)url; // a file of its own needs nothing of the project's
  return std::make_unique<SqliteScratch>();
}

} // namespace vm::dialect::sqlite
