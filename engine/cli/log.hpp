// What happens while a command runs, line by line on standard error: `INFO  [vm.migration] Running upgrade a -> b,
// message`, or one JSON object a line. spdlog ends here; nothing of it is set up before the first line is logged.
#pragma once

#include "engine/cli/terminal.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace vm::cli {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogOptions {
  LogLevel threshold = LogLevel::info;
  LogFormat format = LogFormat::text;
  Style style;
};

/// A fact of a line beside its text; in JSON a member of the line's object.
struct LogField {
  std::string_view name;
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string_view> value;
};

class Log {
 public:
  /// `err` outlives the log.
  Log(std::ostream& err, LogOptions options);
  ~Log();
  Log(Log const&) = delete;
  Log& operator=(Log const&) = delete;

  bool shows(LogLevel level) const { return level >= options_.threshold; }
  /// `name` is who speaks: "vm.migration", "vm.script", "vm.sql". Secrets of URLs are masked. `fields` are for
  /// programs: a line of JSON has them, a line of text does not. From any thread.
  void write(LogLevel level, std::string_view name, std::string_view text, std::span<LogField const> fields = {});

  /// Called around each line, so that a progress bar can step aside: false before the line, true after it.
  void around_lines(std::function<void(bool)> hook);

 private:
  struct Sink;
  std::ostream& err_;
  LogOptions options_;
  std::shared_ptr<Sink> sink_; ///< shared because spdlog's loggers own their sinks
  std::function<void(bool)> hook_;
  std::mutex mutex_;
};

} // namespace vm::cli
