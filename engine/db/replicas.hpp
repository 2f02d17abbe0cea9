// How far the replicas of a server are behind, for whoever writes much and must not leave them behind.
#pragma once

#include "engine/core/database_url.hpp"
#include "engine/db/session.hpp"

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace vm::db {

struct ReplicaLag {
  static constexpr double endless = std::numeric_limits<double>::infinity();

  std::string replica;  ///< as the server calls it, for people
  double seconds = 0;   ///< `endless` while it does not follow at all
  std::string why = {}; ///< then: what it says
};

/// The replicas of one server, looked at again and again. One thread at a time.
class Replicas {
 public:
  virtual ~Replicas() = default;
  /// The one that is furthest behind; unset where the server has none. `primary` is in no transaction. Throws
  /// UsageError where nobody may know: the first look says so before anything is written.
  virtual std::optional<ReplicaLag> slowest(Session& primary) = 0;
};

/// Opens a session to another server with the user, password and parameters of the run's own URL. Throws ConnectError.
using ConnectTo = std::function<std::unique_ptr<Session>(std::string const& host, int port)>;

} // namespace vm::db
