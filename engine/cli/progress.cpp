#include "engine/cli/progress.hpp"

#include "engine/cli/output.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::cli {
namespace {

constexpr auto first_drawn_after = std::chrono::seconds{1};
constexpr auto redrawn_after = std::chrono::milliseconds{100};

// Cut to the width of the terminal, between characters.
std::string fitted(std::string text, std::size_t width) {
  while (!text.empty() && display_width(text) + 1 > width) {
    auto last = text.size() - 1;
    while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
    text.resize(last);
  }
  return text;
}

constexpr auto backfill_told_every = std::chrono::seconds{5};
constexpr std::size_t bar_width = 10;

double share(backfill::Report const& report) {
  if (report.rows_total <= 0) return report.done ? 1 : 0;
  return std::clamp(static_cast<double>(report.rows_done) / static_cast<double>(report.rows_total), 0.0, 1.0);
}

} // namespace

std::string number_text(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > (number < 0 ? 1 : 0); place -= 3)
    text.insert(static_cast<std::size_t>(place), 1, ',');
  return text;
}

std::string backfill_bar(backfill::Report const& report) {
  auto const part = share(report);
  auto const full = static_cast<std::size_t>(part * bar_width);
  // What matters most stands first: a narrow terminal cuts the end.
  auto text = fmt::format("[{}{}] {:.0f}%, {} rows/s", std::string(full, '#'), std::string(bar_width - full, '-'),
                          part * 100, number_text(static_cast<std::int64_t>(report.rate)));
  if (report.seconds_left) text += fmt::format(", {} left", duration_text(*report.seconds_left));
  return text + fmt::format(", {} of {} rows of '{}'", number_text(report.rows_done), number_text(report.rows_total),
                            report.table);
}

std::string backfill_text(backfill::Report const& report) {
  auto const rate = number_text(static_cast<std::int64_t>(report.rate));
  if (!report.done) {
    return fmt::format("Backfilling '{}': {} of {} rows, {} rows/s{}", report.table, number_text(report.rows_done),
                       number_text(report.rows_total), rate,
                       report.seconds_left ? fmt::format(", {} left", duration_text(*report.seconds_left)) : "");
  }
  auto text = fmt::format("{} '{}': {} rows, {} changed", report.joined ? "Helped to backfill" : "Backfilled",
                          report.table, number_text(report.rows_done), number_text(report.rows_changed));
  if (report.rows_skipped > 0) text += fmt::format(", {} skipped", number_text(report.rows_skipped));
  return text + fmt::format(", {} rows/s in {}", rate, duration_text(report.seconds));
}

ProgressLog::ProgressLog(Log& log, std::ostream& err, bool draws, std::size_t width, Clock clock)
    : log_{log},
      err_{err},
      draws_{draws},
      width_{width},
      clock_{std::move(clock)},
      started_{clock_()},
      drawn_{started_} {
  if (draws_)
    log_.around_lines([this](bool is_after) {
      if (is_after)
        draw();
      else
        clear();
    });
}

ProgressLog::~ProgressLog() {
  if (draws_) log_.around_lines({});
  finish();
}

void ProgressLog::context(std::string_view dialect, std::string_view server_version, bool transactional_ddl) {
  log_.write(LogLevel::info, "vm.migration",
             server_version.empty() ? fmt::format("Context {}.", dialect)
                                    : fmt::format("Context {} {}.", dialect, server_version));
  log_.write(LogLevel::info, "vm.migration",
             fmt::format("Will assume {}transactional DDL.", transactional_ddl ? "" : "non-"));
}

void ProgressLog::step_started(run::StepReport const& step) {
  doing_ = step_text(step);
  log_.write(LogLevel::info, "vm.migration", doing_);
}

void ProgressLog::step_ended(run::StepReport const& step) {
  ++steps_;
  doing_.clear();
  bar_.clear();
  if (log_.shows(LogLevel::debug))
    log_.write(LogLevel::debug, "vm.migration",
               fmt::format("{}: {} statement{} in {}", step.revision.empty() ? "base" : step.revision, step.statements,
                           step.statements == 1 ? "" : "s", duration_text(step.seconds)));
}

void ProgressLog::waiting_for_lock(std::string_view holder) {
  log_.write(LogLevel::info, "vm.lock",
             holder.empty() ? "Waiting for the migration lock"
                            : fmt::format("Waiting for the migration lock, held by {}", holder));
}

void ProgressLog::warning(std::string_view text) {
  log_.write(LogLevel::warning, "vm.migration", text);
}

void ProgressLog::backup_made(std::filesystem::path const& path) {
  log_.write(LogLevel::info, "vm.migration", fmt::format("The database is backed up in {}", path.native()));
}

void ProgressLog::script_log(std::string_view level, std::string_view text, int worker) {
  auto severity = LogLevel::info;
  if (level == "debug") severity = LogLevel::debug;
  if (level == "warning") severity = LogLevel::warning;
  if (level == "error") severity = LogLevel::error;
  if (worker == 0) return log_.write(severity, "vm.script", text);
  LogField const field{"worker", std::int64_t{worker}};
  log_.write(severity, "vm.script", fmt::format("worker {}: {}", worker, text), {&field, 1});
}

void ProgressLog::statement(std::string_view text, double seconds) {
  if (log_.shows(LogLevel::debug))
    log_.write(LogLevel::debug, "vm.sql", fmt::format("{} ({})", trim(text), duration_text(seconds)));
}

void ProgressLog::backfill(backfill::Report const& report) {
  auto const now = clock_();
  if (draws_ && !report.done) {
    bar_ = backfill_bar(report);
    draw();
    return;
  }
  if (!report.done && now - std::max(backfill_told_, started_) < backfill_told_every) return;
  backfill_told_ = now;
  bar_.clear();
  doing_.clear();
  std::vector<LogField> fields{{"event", std::string_view{report.done ? "done" : "progress"}},
                               {"revision", std::string_view{report.revision}},
                               {"backfill", std::int64_t{report.number}},
                               {"table", std::string_view{report.table}},
                               {"rows", report.rows_done},
                               {"rows_total", report.rows_total},
                               {"rows_changed", report.rows_changed},
                               {"rows_skipped", report.rows_skipped},
                               {"rate", report.rate},
                               {"eta_seconds", nullptr},
                               {"seconds", report.seconds},
                               {"batch", report.batches},
                               {"batch_size", report.batch_rows},
                               {"workers", std::int64_t{report.workers}},
                               {"joined", report.joined}};
  if (report.done)
    fields[9].value = 0.0;
  else if (report.seconds_left)
    fields[9].value = *report.seconds_left;
  log_.write(LogLevel::info, "vm.backfill", backfill_text(report), fields);
}

void ProgressLog::finish() {
  clear();
}

void ProgressLog::draw() {
  auto const now = clock_();
  if (now - started_ < first_drawn_after || (now - drawn_ < redrawn_after && drawn_ != started_)) return;
  drawn_ = now;
  auto const seconds = std::chrono::duration<double>(now - started_).count();
  auto text = fmt::format("{} done in {}", steps_, duration_text(seconds));
  if (!doing_.empty()) text += "; " + doing_;
  if (!bar_.empty()) text = bar_;
  err_ << "\r\x1b[K" << fitted(std::move(text), width_);
  err_.flush();
  is_drawn_ = true;
}

void ProgressLog::clear() {
  if (!is_drawn_) return;
  err_ << "\r\x1b[K";
  err_.flush();
  is_drawn_ = false;
}

} // namespace vm::cli
