// Who this process is, in words that another process can check: user, host, and the number that tells it from a later
// process with the same id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace vm::run {

struct ProcessIdentity {
  std::string user, host;
  std::string machine;    ///< the boot of the host and its namespace of process ids
  std::int64_t id = 0;    ///< as seen in that namespace
  std::int64_t start = 0; ///< ticks since boot
};

ProcessIdentity this_process();
std::string user_name();
std::string host_name();

/// Whether the process runs; nullopt when it belongs to another machine or container, of which nothing can be seen.
std::optional<bool> is_running(std::string const& machine, std::int64_t id, std::int64_t start);

} // namespace vm::run
