// The migration lock on PostgreSQL: a session advisory lock on a connection of its own, outside any transaction, since
// a waiting or transaction-bound one deadlocks with CREATE INDEX CONCURRENTLY of the same run. Behind a pooler such a
// lock may be worth nothing; that is refused.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"

namespace vm::dialect::postgresql {

/// Advisory locks belong to the connected database, so `name` need not name it.
std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                             std::string_view name);

} // namespace vm::dialect::postgresql
