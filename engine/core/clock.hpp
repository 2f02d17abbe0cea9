// Time as a thing that can be passed in, so that a test can hold it still.
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace vm {

using TimePoint = std::chrono::system_clock::time_point;

/// Where "now" comes from.
using Clock = std::function<TimePoint()>;

/// The clock on the wall.
TimePoint now();

/// "2025-10-21 12:00:00": UTC, whole seconds.
std::string format_utc(TimePoint time);

} // namespace vm
