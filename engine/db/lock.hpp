// The lock that lets one vm at a time change a database, and who stands in the way of a statement's own locks. How the
// lock is held is the dialects' business.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace vm::db {

class Session;

/// Who holds the lock, as far as the database tells; empty fields are unknown.
struct LockHolder {
  std::string user, host, application, process, since;
  /// False: the process is gone and left the lock behind. Unset: on another host, and it takes a while to tell.
  std::optional<bool> is_alive = true;
  std::string describe() const; ///< "process 4711 of 'ann' at 10.0.0.5, since 2026-02-01 10:00:00"
};

/// Held from a successful try_acquire() to destruction; freed by the system when the process dies. Errors are
/// ConnectError, DatabaseError, LockError.
class MigrationLock {
 public:
  virtual ~MigrationLock() = default;
  /// Does not wait.
  virtual bool try_acquire() = 0;
  virtual void release() = 0;
  virtual std::optional<LockHolder> holder() = 0;
  /// Gives up the connection it waits with, if it has one and does not hold the lock; the next call makes a new one.
  virtual void disconnect() {}
  /// Takes the lock from whoever holds it now, alive or not: ends that connection, or removes its row. Throws LockError
  /// where only the end of the holder's process frees it, with what to do in the hint.
  virtual void evict() = 0;
  /// False once somebody took a lock away that this object holds. Asks on its own connection or on `session`, the
  /// run's, whichever cannot have to wait for the other.
  virtual bool is_held(Session& session) = 0;
};

/// A session that keeps another one from its locks.
struct Blocker {
  std::string process;                 ///< of the server, or of the system
  std::string user, host, application; ///< empty: unknown
  std::string state;                   ///< "idle in transaction", "active", "Sleep"
  std::string since;                   ///< for how long: "12 s"
  std::string query;                   ///< what it runs, or ran last; empty: unknown
  bool is_certain = true;              ///< false: it only may be the one
  std::string describe() const;        ///< on one line, the query cut to a length that can be read
};

} // namespace vm::db
