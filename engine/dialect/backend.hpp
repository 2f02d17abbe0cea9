// One database as the rooms above see it: how to connect, what its SQL is, how to inspect and lock it. Each folder under
// dialect/ implements this once; registry.hpp finds it by URL scheme.
#pragma once

#include "engine/core/database_url.hpp"
#include "engine/db/lock.hpp"
#include "engine/db/session.hpp"
#include "engine/inspect/inspector.hpp"
#include "engine/sql/dialect.hpp"

#include <memory>

namespace vm::dialect {

class Backend {
 public:
  virtual ~Backend() = default;

  /// The dialect for a connected server, or for offline use when `server` is null (then the newest supported version).
  virtual std::unique_ptr<sql::Dialect> dialect(db::ServerInfo const* server) const = 0;
  /// Whether there is a database to connect to, where that is known without connecting (a file); true elsewhere.
  virtual bool exists(DatabaseUrl const& /*url*/) const { return true; }
  /// Throws ConnectError naming host, database, user and the cause, never the password; ConfigError when the driver's
  /// library is not installed.
  virtual std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options) const = 0;
  virtual std::unique_ptr<inspect::Inspector> inspector(db::Session& session) const = 0;
  /// `name` keeps projects with different version tables apart. The lock opens what it needs (PostgreSQL: a connection of its
  /// own, outside any transaction).
  virtual std::unique_ptr<db::MigrationLock> lock(DatabaseUrl const& url, db::ConnectOptions const& options,
                                                  std::string_view name) const = 0;
};

} // namespace vm::dialect
