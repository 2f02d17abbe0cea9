#include "engine/script/local_time.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

namespace vm::script {

namespace {

constexpr char zone_folder[] = "/usr/share/zoneinfo";

// g++ 12 has no std::chrono::locate_zone, so the C library is asked, which knows one zone at a time.
class ZoneOfProcess {
 public:
  explicit ZoneOfProcess(std::string const& zone) : lock_{mutex()} {
    if (char const* const before = std::getenv("TZ")) before_ = before;
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
  }
  ZoneOfProcess(ZoneOfProcess const&) = delete;
  ZoneOfProcess& operator=(ZoneOfProcess const&) = delete;
  ~ZoneOfProcess() {
    if (before_)
      ::setenv("TZ", before_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }

  std::lock_guard<std::mutex> lock_;
  std::optional<std::string> before_;
};

void check(std::string const& timezone) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  // The C library takes an unknown name for UTC without a word.
  bool const is_name = !timezone.starts_with('/') && timezone.find("..") == std::string::npos;
  if (is_name && fs::is_regular_file(fs::path{zone_folder} / timezone, ignored)) return;
  throw ConfigError{fmt::format("time zone '{}' is not known", timezone),
                    Hint{fs::exists(zone_folder, ignored)
                             ? fmt::format("names are those below {}, such as 'Europe/Berlin'", zone_folder)
                             : fmt::format("{} is missing: install the package tzdata", zone_folder)}};
}

} // namespace

LocalTime local_time(std::chrono::system_clock::time_point time, std::string const& timezone) {
  auto const seconds =
      static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  LocalTime result;
  if (timezone.empty() || equals_ignore_case(timezone, "UTC")) {
    ::gmtime_r(&seconds, &result.fields);
    return result;
  }
  check(timezone);
  ZoneOfProcess const zone{timezone};
  ::localtime_r(&seconds, &result.fields);
  result.offset = result.fields.tm_gmtoff;
  result.fields.tm_zone = "";
  result.is_utc = false;
  return result;
}

} // namespace vm::script
