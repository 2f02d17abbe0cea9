#include "engine/db/lock.hpp"

#include <fmt/format.h>

namespace vm::db {

namespace {

constexpr std::size_t shown_query = 200;

/// On one line, white space as single spaces, cut.
std::string one_line(std::string_view text) {
  std::string line;
  for (char const c : text) {
    bool const space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.size() <= shown_query) return line;
  line.resize(shown_query);
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xC0u) == 0x80u) line.pop_back();
  if (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80u) != 0) line.pop_back();
  return line + "…";
}

} // namespace

std::string Blocker::describe() const {
  std::string text = fmt::format("process {}", process);
  if (!application.empty()) text += fmt::format(" ({})", application);
  if (!user.empty()) text += fmt::format(" of '{}'", user);
  if (!host.empty()) text += fmt::format(" at {}", host);
  if (!state.empty()) text += fmt::format(", {}", state);
  if (!since.empty()) text += fmt::format(" for {}", since);
  if (!query.empty()) text += fmt::format(": {}", one_line(query));
  return text;
}

std::string LockHolder::describe() const {
  std::string text = process.empty() ? "a process" : fmt::format("process {}", process);
  if (!application.empty()) text += fmt::format(" ({})", application);
  if (!user.empty()) text += fmt::format(" of '{}'", user);
  if (!host.empty()) text += fmt::format(" at {}", host);
  if (!since.empty()) text += fmt::format(", since {}", since);
  return text;
}

} // namespace vm::db
