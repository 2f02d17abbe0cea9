// Who has a lock on a file, as the system tells it in /proc: for the holder of the migration lock and for those that
// keep a statement waiting.
#pragma once

#include "engine/db/lock.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace vm::dialect::sqlite {

struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  auto operator<=>(FileId const&) const = default;
};

/// The processes that have a lock of this kind ("FLOCK", "POSIX"), each once. /proc/locks has lines like
/// "1: FLOCK  ADVISORY  WRITE 5282 fe:00:5309758 0 EOF" (proc(5)); a line with "->" waits.
std::vector<std::string> processes_with_lock(std::string_view kind, FileId file);

/// What the system knows of a process on this host.
db::LockHolder holder_of(std::string const& process);

/// Other processes that have one of SQLite's own locks on the database file.
std::vector<db::Blocker> blockers(std::string const& path);

} // namespace vm::dialect::sqlite
