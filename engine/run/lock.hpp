// The migration lock of a run: which kind, how long to wait for it, who holds it.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/run/environment.hpp"
#include "engine/run/progress.hpp"

#include <functional>
#include <memory>

namespace vm::run {

/// The lock that the configuration asks for; null for `lock = "none"`. "auto" is the database's own lock, and the table
/// lock where a pooler stands between, which it connects to find out. Nothing is acquired yet.
std::unique_ptr<db::MigrationLock> make_lock(Environment& environment);

/// Seconds a run waits for the migration lock, and for a connection to a server that is full.
double migration_lock_timeout(config::Config const& config);

/// What waiting for a lock may do meanwhile; unset functions do nothing.
struct Waiting {
  std::function<bool()> interrupted;
  std::function<void()> give_way;    ///< closes the run's own connection, because the server has none to spare
  std::function<void()> come_back;   ///< opens it again; may throw ConnectError
  std::function<bool()> is_needless; ///< asked now and then: true ends the waiting, somebody else did the work
};

/// Acquires `lock` and returns true; false when `is_needless` said so. Throws LockError that names the holder, after
/// `timeout` seconds, and Interrupted. Polls with pauses of 20 to 500 ms, because a blocking wait would deadlock with
/// CREATE INDEX CONCURRENTLY on PostgreSQL. A server without a free connection is waited for as well; who waits then
/// holds no connection at all, so that of many at least one gets the two it needs.
bool wait_for_lock(db::MigrationLock& lock, double timeout, Progress& progress, Waiting const& waiting);

} // namespace vm::run
