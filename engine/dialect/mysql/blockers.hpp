// Who keeps a session from the lock it waits for: InnoDB's lock waits for rows, the metadata locks for tables.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"

#include <string>
#include <vector>

namespace vm::dialect::mysql {

/// `connection` is the waiting session's connection_id(); `watcher` is another session. Throws DatabaseError.
std::vector<db::Blocker> blockers(db::Session& watcher, std::string const& connection);

} // namespace vm::dialect::mysql
