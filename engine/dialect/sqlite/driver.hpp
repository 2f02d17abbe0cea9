// Sessions on SQLite. Values come back by the type of the value, except that a column declared BOOLEAN or BOOL gives
// true and false for 1 and 0, and one declared NUMERIC or DECIMAL gives exact decimals, as the other databases do.
#pragma once

#include "engine/db/session.hpp"

namespace vm::dialect::sqlite {

/// Takes `mode` (`ro`, `rw`, `rwc`, `memory`), `timeout` (seconds a statement waits for another process) and
/// `foreign_keys` (`on`, `off`) as URL parameters. Foreign keys are enforced unless told otherwise. A path that holds
/// both
/// `=` and `"` cannot be opened: SOCI's connection string has no way to say it.
std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options);

/// For this folder's own files: what a session of SQLite is underneath.
class NativeConnection {
 public:
  virtual ~NativeConnection() = default;
  virtual void* connection() const = 0; ///< an sqlite3*, valid while the session lives
};

/// Whether the URL means a database in memory, which no other process can reach.
bool is_memory(DatabaseUrl const& url);

} // namespace vm::dialect::sqlite
