// The migration lock as a row of `vm_lock`, for where a lock cannot belong to a connection: behind a pooler that hands
// out another one for every transaction. A row outlives its process, so the holder counts a heartbeat up in it; who
// finds it standing still, or finds the process gone on its own host, removes it.
#pragma once

#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"
#include "engine/sql/dialect.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace vm::run {

/// How often the holder shows that it lives, and after which silence others take it for dead. The silence is measured
/// by whoever looks, so that clocks of different hosts do not matter.
struct Heartbeat {
  std::chrono::milliseconds every{2000};
  std::chrono::milliseconds silence{20000};
};

/// One row for each version table, beside it. `dialect` outlives the lock. `connect` opens a connection for the lock
/// alone; it is called again when that one was lost.
std::unique_ptr<db::MigrationLock> make_table_lock(schema::TableName const& version_table, sql::Dialect const& dialect,
                                                   std::function<std::unique_ptr<db::Session>()> connect,
                                                   Heartbeat heartbeat = {});

} // namespace vm::run
