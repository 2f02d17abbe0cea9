// The migration lock on MariaDB and MySQL: GET_LOCK on a connection of its own. Such locks are the whole server's, so
// the name holds the database.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"

namespace vm::dialect::mysql {

std::unique_ptr<db::MigrationLock> make_lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                             std::string_view name);

} // namespace vm::dialect::mysql
