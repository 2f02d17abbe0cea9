// The migration lock of PostgreSQL: a session advisory lock on a connection of its own.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace vm::dialect::postgresql {

/// `connect` opens the lock's own connection, outside any transaction, because a lock held or waited for inside one
/// deadlocks with CREATE INDEX CONCURRENTLY of the same run. `name` keeps projects apart; the server keeps databases
/// apart.
std::unique_ptr<db::MigrationLock> make_lock(std::function<std::unique_ptr<db::Session>()> connect,
                                             std::string_view name);

} // namespace vm::dialect::postgresql
