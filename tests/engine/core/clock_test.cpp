#include "engine/core/clock.hpp"
#include "engine/core/version.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace std::chrono;

TEST_CASE("a time is written in UTC with whole seconds") {
  CHECK(format_utc(TimePoint{}) == "1970-01-01 00:00:00");
  CHECK(format_utc(TimePoint{seconds{1761048000} + milliseconds{999}}) == "2025-10-21 12:00:00");
  CHECK(format_utc(TimePoint{-seconds{1}}) == "1969-12-31 23:59:59");
}

TEST_CASE("now is now") {
  auto const before = system_clock::now();
  auto const time = now();
  CHECK(before <= time);
  CHECK(time <= system_clock::now());
}

TEST_CASE("the version has three numbers") {
  CHECK(version.find('.') != version.rfind('.'));
}
