// A time as a clock on the wall of some zone shows it.
#pragma once

#include <chrono>
#include <ctime>
#include <string>

namespace vm::script {

struct LocalTime {
  std::tm fields{};
  long offset = 0; ///< seconds east of UTC
  bool is_utc = true;
};

/// `timezone` is a zoneinfo name; empty or "UTC" is UTC. Throws ConfigError for a zone the system does not know.
/// Changes TZ of the process for a moment (guarded against itself, not against others): for commands, not for workers.
LocalTime local_time(std::chrono::system_clock::time_point time, std::string const& timezone);

} // namespace vm::script
