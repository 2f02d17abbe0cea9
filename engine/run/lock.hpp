// Holds the migration lock for a run: waits for it, names the holder, gives up in time.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/run/progress.hpp"

#include <functional>
#include <memory>

namespace vm::run {

/// Acquires `lock` or throws LockError that names the holder, after `timeout` seconds; Interrupted when `interrupted`
/// says so. Polls with pauses of 20 to 250 ms, because a blocking wait would deadlock with CREATE INDEX CONCURRENTLY on
/// PostgreSQL.
void wait_for_lock(db::MigrationLock& lock, double timeout, Progress& progress,
                   std::function<bool()> const& interrupted);

} // namespace vm::run
