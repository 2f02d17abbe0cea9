#include "engine/db/lock.hpp"

#include <fmt/format.h>

namespace vm::db {

std::string LockHolder::describe() const {
  std::string text = process.empty() ? "a process" : fmt::format("process {}", process);
  if (!application.empty()) text += fmt::format(" ({})", application);
  if (!user.empty()) text += fmt::format(" of '{}'", user);
  if (!host.empty()) text += fmt::format(" at {}", host);
  if (!since.empty()) text += fmt::format(", since {}", since);
  return text;
}

} // namespace vm::db
