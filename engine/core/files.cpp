#include "engine/core/files.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace vm {

namespace {

struct Descriptor {
  int value;

  explicit Descriptor(int fd) : value{fd} {}
  Descriptor(Descriptor const&) = delete;
  Descriptor& operator=(Descriptor const&) = delete;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

[[noreturn]] void fail(std::string_view verb, std::filesystem::path const& path, int code) {
  FileError error{verb, path, reason_of(code)};
  error.code = code;
  throw error;
}

/// Removes the temporary file unless it was renamed.
struct Temporary {
  std::filesystem::path path;
  bool is_there = true;

  explicit Temporary(std::filesystem::path name) : path{std::move(name)} {}
  Temporary(Temporary const&) = delete;
  Temporary& operator=(Temporary const&) = delete;
  ~Temporary() {
    if (is_there) ::unlink(path.c_str());
  }
};

std::filesystem::path temporary_name(std::filesystem::path const& path) {
  static std::atomic<unsigned> counter{0};
  return path.parent_path() / fmt::format(".vm-{}-{}.tmp", ::getpid(), counter++);
}

void write_all(int fd, std::string_view text, std::filesystem::path const& path) {
  while (!text.empty()) {
    auto const written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write", path, errno);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

} // namespace

FileError::FileError(std::string_view verb, std::filesystem::path const& file, std::string why)
    : ConfigError{fmt::format("cannot {} '{}': {}", verb, file.native(), why)},
      path{file},
      reason{std::move(why)} {}

std::string reason_of(int code) {
  if (code == ELOOP) return "symbolic links lead in a circle";
  if (code == EEXIST) return "it already exists";
  auto text = std::generic_category().message(code);
  if (text.size() > 1 && !(text[1] >= 'A' && text[1] <= 'Z')) text[0] = lower(text.substr(0, 1))[0];
  return text;
}

std::string read_file(std::filesystem::path const& path, std::size_t limit) {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  Descriptor const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0) fail("read", path, errno);
  struct stat status {};
  if (::fstat(file.value, &status) != 0) fail("read", path, errno);
  if (S_ISDIR(status.st_mode)) throw FileError{"read", path, "it is a folder"};
  if (!S_ISREG(status.st_mode)) throw FileError{"read", path, "it is not a regular file"};
  auto const too_long = [&] { return FileError{"read", path, fmt::format("it is longer than {} bytes", limit)}; };
  if (static_cast<std::size_t>(status.st_size) > limit) throw too_long();

  std::string text;
  // One byte more than the size, so that the end shows without a second round; /proc files say 0 and are read in
  // rounds.
  std::size_t capacity = static_cast<std::size_t>(status.st_size) + 1;
  std::size_t used = 0;
  while (true) {
    text.resize(capacity);
    auto const count = ::read(file.value, text.data() + used, capacity - used);
    if (count < 0) {
      if (errno == EINTR) continue;
      fail("read", path, errno);
    }
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > limit) throw too_long();
    if (used == capacity) capacity += 4096;
  }
  text.resize(used);
  return text;
}

void write_file(std::filesystem::path const& path, std::string_view text, IfExists if_exists) {
  auto target = path;
  struct stat status {};
  bool const exists = (if_exists == IfExists::replace ? ::stat : ::lstat)(path.c_str(), &status) == 0;
  if (exists && if_exists == IfExists::refuse) fail("write", path, EEXIST);
  if (exists && S_ISDIR(status.st_mode)) throw FileError{"write", path, "it is a folder"};
  if (exists) {
    std::error_code ignored;
    if (auto resolved = std::filesystem::canonical(path, ignored); !ignored) target = resolved;
  }

  Temporary temporary{temporary_name(target)};
  {
    Descriptor const file{::open(temporary.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
    if (file.value < 0) {
      int const code = errno;
      temporary.is_there = false;
      fail("write", path, code);
    }
    write_all(file.value, text, path);
    if (exists && ::fchmod(file.value, status.st_mode & 07777) != 0) fail("write", path, errno);
  }
  if (if_exists == IfExists::replace) {
    if (std::rename(temporary.path.c_str(), target.c_str()) != 0) fail("write", path, errno);
    temporary.is_there = false;
    return;
  }
  // link() refuses an existing name in one step, which rename() does not; the temporary name goes afterwards.
  if (::link(temporary.path.c_str(), target.c_str()) == 0) return;
  if (errno != EPERM && errno != ENOTSUP) fail("write", path, errno);
  Descriptor const file{::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)}; // no hard links here
  if (file.value < 0) fail("write", path, errno);
  try {
    write_all(file.value, text, path);
  } catch (FileError const&) {
    ::unlink(target.c_str());
    throw;
  }
}

std::string shown_path(std::string const& path, std::filesystem::path const& base) {
  if (base.empty()) return path;
  // Almost every path is spelled with the base in front: no need to take it apart.
  auto const& front = base.native();
  if (path.size() > front.size() + 1 && path.compare(0, front.size(), front) == 0 && path[front.size()] == '/' &&
      path.find("/..", front.size()) == std::string::npos && path.find("//", front.size()) == std::string::npos)
    return path.substr(front.size() + 1);
  auto const relative = std::filesystem::path{path}.lexically_normal().lexically_relative(base.lexically_normal());
  if (relative.empty() || *relative.begin() == "..") return path;
  return relative.native();
}

std::string shown_path(std::filesystem::path const& path, std::filesystem::path const& base) {
  return shown_path(path.native(), base);
}

} // namespace vm
