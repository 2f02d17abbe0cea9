// What happens while a command runs, line by line on standard error: `INFO  [vm.migration] Running upgrade a -> b,
// message`, or one JSON object a line. spdlog ends here; nothing of it is set up before the first line is logged.
#pragma once

#include "engine/cli/terminal.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

namespace vm::cli {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat { text, json };

struct LogOptions {
  LogLevel threshold = LogLevel::info;
  LogFormat format = LogFormat::text;
  Style style;
};

class Log {
 public:
  /// `err` outlives the log.
  Log(std::ostream& err, LogOptions options);
  ~Log();
  Log(Log const&) = delete;
  Log& operator=(Log const&) = delete;

  bool shows(LogLevel level) const { return level >= options_.threshold; }
  /// `name` is who speaks: "vm.migration", "vm.script", "vm.sql". Secrets of URLs are masked. From any thread.
  void write(LogLevel level, std::string_view name, std::string_view text);

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
