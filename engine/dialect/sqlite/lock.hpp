// The migration lock on SQLite: flock() on the database file itself, through a descriptor of its own. It leaves no file
// behind, the system frees it when the process dies, and it does not touch SQLite's own locks, which are POSIX locks.
// On NFS, where flock() becomes a POSIX lock, it holds between hosts only.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"

namespace vm::dialect::sqlite {

/// The file is made if it is not there and the options allow it. A database in memory needs no lock and always gets it.
std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options);

} // namespace vm::dialect::sqlite
