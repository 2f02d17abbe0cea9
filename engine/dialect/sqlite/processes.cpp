#include "engine/dialect/sqlite/processes.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <fstream>
#include <optional>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace vm::dialect::sqlite {

namespace {

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

} // namespace

std::vector<std::string> processes_with_lock(std::string_view kind, FileId file) {
  std::ifstream locks{"/proc/locks"};
  std::vector<std::string> exact, same_inode;
  auto const add = [](std::vector<std::string>& to, std::string_view process) {
    if (std::find(to.begin(), to.end(), process) == to.end()) to.emplace_back(process);
  };
  for (std::string line; std::getline(locks, line);) {
    auto const fields = fields_of(line);
    if (fields.size() < 6 || fields[1] != kind) continue;
    auto const place = split(fields[5], ':');
    if (place.size() != 3) continue;
    auto const device_major = number<unsigned>(place[0], 16);
    auto const device_minor = number<unsigned>(place[1], 16);
    if (number<ino_t>(place[2]) != file.inode) continue;
    if (device_major == major(file.device) && device_minor == minor(file.device)) add(exact, fields[4]);
    add(same_inode, fields[4]); // some file systems show another device here than stat() does
  }
  return exact.empty() ? same_inode : exact;
}

db::LockHolder holder_of(std::string const& process) {
  db::LockHolder holder;
  holder.process = process;
  holder.application = first_line("/proc/" + process + "/comm");
  struct stat owner {};
  if (stat(("/proc/" + process).c_str(), &owner) == 0) {
    std::array<char, 4096> buffer{};
    struct passwd entry {};
    struct passwd* found = nullptr;
    if (getpwuid_r(owner.st_uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
      holder.user = found->pw_name;
  }
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) holder.host = host.data();
  if (auto const start = start_of(process))
    holder.since = format_utc(std::chrono::system_clock::from_time_t(*start)) + " UTC";
  return holder;
}

std::vector<db::Blocker> blockers(std::string const& path) {
  std::vector<std::string> found;
  for (auto const* suffix : {"", "-shm"}) { // in WAL mode the locks are those of the shared memory
    struct stat status {};
    if (stat((path + suffix).c_str(), &status) != 0) continue;
    for (auto& process : processes_with_lock("POSIX", {status.st_dev, status.st_ino}))
      if (std::find(found.begin(), found.end(), process) == found.end()) found.push_back(std::move(process));
  }
  std::erase(found, std::to_string(getpid()));
  std::vector<db::Blocker> result;
  for (auto const& process : found) {
    auto const holder = holder_of(process);
    db::Blocker blocker;
    blocker.process = process;
    blocker.user = holder.user;
    blocker.host = holder.host;
    blocker.application = holder.application;
    result.push_back(std::move(blocker));
  }
  return result;
}

} // namespace vm::dialect::sqlite
