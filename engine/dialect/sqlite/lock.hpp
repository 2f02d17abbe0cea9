// The migration lock of an SQLite database: flock() on the database file. It leaves no file behind and dies with its
// process.
#pragma once

#include "engine/core/database_url.hpp"
#include "engine/db/lock.hpp"

#include <memory>

namespace vm::dialect::sqlite {

/// A database in memory has one user only; its lock is always free. The file is made when it is not there.
///
/// SQLite locks byte ranges with fcntl(), which flock() does not touch on a local file system (flock(2)). The
/// descriptor must outlive every session on the file in this process: closing any descriptor of a file drops the
/// process's fcntl() locks on it.
std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url);

} // namespace vm::dialect::sqlite
