#include "engine/cli/log.hpp"

#include "engine/core/database_url.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <mutex>

namespace vm::cli {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
  case LogLevel::debug: return spdlog::level::debug;
  case LogLevel::info: return spdlog::level::info;
  case LogLevel::warning: return spdlog::level::warn;
  case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
  case spdlog::level::debug: return "DEBUG";
  case spdlog::level::warn: return "WARN";
  case spdlog::level::err: return "ERROR";
  default: return "INFO";
  }
}

std::string text_line(spdlog::details::log_msg const& message, Style const& style) {
  auto const level = fmt::format("{:5}", name_of(message.level));
  std::string shown = level;
  if (message.level == spdlog::level::err) shown = style(Paint::red, level);
  if (message.level == spdlog::level::warn) shown = style(Paint::yellow, level);
  if (message.level == spdlog::level::info) shown = style(Paint::green, level);
  if (message.level == spdlog::level::debug) shown = style(Paint::dim, level);
  std::string_view const name{message.logger_name.data(), message.logger_name.size()};
  std::string_view const text{message.payload.data(), message.payload.size()};
  return fmt::format("{} {} {}\n", shown, style(Paint::dim, fmt::format("[{}]", name)), text);
}

std::string json_line(spdlog::details::log_msg const& message, std::span<LogField const> fields) {
  using namespace std::chrono;
  auto const since_epoch = message.time.time_since_epoch();
  auto const days_since = floor<days>(since_epoch);
  year_month_day const date{sys_days{days_since}};
  hh_mm_ss const time{floor<milliseconds>(since_epoch - days_since)};
  nlohmann::ordered_json line;
  line["time"] =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                  time.minutes().count(), time.seconds().count(), time.subseconds().count());
  line["level"] = std::string{name_of(message.level)};
  line["logger"] = std::string{message.logger_name.data(), message.logger_name.size()};
  line["message"] = std::string{message.payload.data(), message.payload.size()};
  for (auto const& field : fields) std::visit([&](auto value) { line[std::string{field.name}] = value; }, field.value);
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace

struct Log::Sink : spdlog::sinks::base_sink<std::mutex> {
  Sink(std::ostream& stream, LogFormat line_format, Style line_style)
      : err{stream},
        format{line_format},
        style{line_style} {}

  void sink_it_(spdlog::details::log_msg const& message) override {
    err << (format == LogFormat::json ? json_line(message, fields) : text_line(message, style));
    err.flush();
  }
  void flush_() override { err.flush(); }

  std::ostream& err;
  LogFormat format;
  Style style;
  std::span<LogField const> fields; ///< of the line being written
};

Log::Log(std::ostream& err, LogOptions options) : err_{err}, options_{options} {}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view name, std::string_view text, std::span<LogField const> fields) {
  if (!shows(level)) return;
  std::lock_guard const guard{mutex_}; // a line and the hooks around it are one thing
  if (!sink_) sink_ = std::make_shared<Sink>(err_, options_.format, options_.style);
  spdlog::logger logger{std::string{name}, sink_};
  logger.set_level(spdlog::level::debug);
  if (hook_) hook_(false);
  auto const masked = mask_secrets(text);
  sink_->fields = fields;
  logger.log(to_spdlog(level), spdlog::string_view_t{masked});
  if (hook_) hook_(true);
}

void Log::around_lines(std::function<void(bool)> hook) {
  hook_ = std::move(hook);
}

} // namespace vm::cli
