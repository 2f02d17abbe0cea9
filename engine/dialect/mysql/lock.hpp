// The migration lock of MariaDB and MySQL: GET_LOCK on a connection of its own, so that a lost connection of the run
// does not free it and the end of the process does.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace vm::dialect::mysql {

/// Locks are the server's, not the database's, so the database is part of the lock's name (at most 64 characters).
std::unique_ptr<db::MigrationLock> make_lock(std::function<std::unique_ptr<db::Session>()> connect,
                                             std::string_view database, std::string_view name);

} // namespace vm::dialect::mysql
