#include "engine/run/this_process.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <pwd.h>
#include <unistd.h>

namespace vm::run {

namespace {

std::string first_line(std::string const& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

std::string this_machine() {
  std::error_code unknown;
  auto const boot = first_line("/proc/sys/kernel/random/boot_id");
  auto const processes = std::filesystem::read_symlink("/proc/self/ns/pid", unknown).native();
  return boot.empty() || processes.empty() ? std::string{} : boot + " " + processes;
}

/// Field 22 of /proc/PID/stat; the name before it may hold spaces and parentheses.
std::optional<std::int64_t> start_of(std::int64_t id) {
  auto const stat = first_line(fmt::format("/proc/{}/stat", id));
  auto const name_end = stat.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  constexpr std::size_t state_field = 1, start_field = 20; // counted from the name
  auto const fields = split(std::string_view{stat}.substr(name_end), ' ');
  if (fields.size() <= start_field || fields[state_field] == "Z" || fields[state_field] == "X") return std::nullopt;
  std::int64_t start = 0;
  std::from_chars(fields[start_field].data(), fields[start_field].data() + fields[start_field].size(), start);
  return start;
}

} // namespace

std::string user_name() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(geteuid(), &entry, buffer, sizeof buffer, &found) == 0 && found) return entry.pw_name;
  return std::to_string(geteuid());
}

std::string host_name() {
  char buffer[256] = {};
  return gethostname(buffer, sizeof buffer - 1) == 0 ? std::string{buffer} : std::string{};
}

ProcessIdentity this_process() {
  return {user_name(), host_name(), this_machine(), getpid(), start_of(getpid()).value_or(0)};
}

std::optional<bool> is_running(std::string const& machine, std::int64_t id, std::int64_t start) {
  auto const here = this_machine();
  if (here.empty() || machine != here) return std::nullopt;
  return start_of(id) == start;
}

} // namespace vm::run
