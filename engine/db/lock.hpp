// The lock that lets one vm at a time change a database. The ways to hold it are the dialects'.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace vm::db {

/// Who holds the lock, as far as the database tells; empty fields are unknown.
struct LockHolder {
  std::string user, host, application, process, since;
  std::string describe() const; ///< "process 4711 of 'ann' at 10.0.0.5, since 2026-02-01 10:00:00"
};

/// Held from a successful try_acquire() to destruction; freed by the system when the process dies.
class MigrationLock {
 public:
  virtual ~MigrationLock() = default;
  /// Does not wait.
  virtual bool try_acquire() = 0;
  virtual void release() = 0;
  virtual std::optional<LockHolder> holder() = 0;
};

} // namespace vm::db
