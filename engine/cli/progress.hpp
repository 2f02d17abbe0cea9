// A run as it happens: log lines, and on a terminal one line of progress below them once it has lasted a second.
#pragma once

#include "engine/backfill/job.hpp"
#include "engine/cli/log.hpp"
#include "engine/run/progress.hpp"

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

namespace vm::cli {

/// "1,000,000"
std::string number_text(std::int64_t number);

/// "[######----] 60%, 115,000 rows/s, 4 s left, 600,000 of 1,000,000 rows of 'customers'".
std::string backfill_bar(backfill::Report const& report);
/// The same as a sentence for a log.
std::string backfill_text(backfill::Report const& report);

class ProgressLog : public run::Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  /// With `draws` it keeps a status line of at most `width` columns on `err`.
  ProgressLog(Log& log, std::ostream& err, bool draws, std::size_t width, Clock clock);
  ProgressLog(ProgressLog const&) = delete;
  ProgressLog& operator=(ProgressLog const&) = delete;
  ~ProgressLog() override;

  void context(std::string_view dialect, std::string_view server_version, bool transactional_ddl) override;
  void step_started(run::StepReport const& step) override;
  void step_ended(run::StepReport const& step) override;
  void waiting_for_lock(std::string_view holder) override;
  void warning(std::string_view text) override;
  void backup_made(std::filesystem::path const& path) override;
  void script_log(std::string_view level, std::string_view text, int worker) override;
  void statement(std::string_view text, double seconds) override;
  void backfill(backfill::Report const& report) override;

  /// Takes the status line away.
  void finish();

 private:
  void draw();
  void clear();

  Log& log_;
  std::ostream& err_;
  bool draws_, is_drawn_ = false;
  std::size_t width_, steps_ = 0;
  Clock clock_;
  std::chrono::steady_clock::time_point started_, drawn_;
  std::chrono::steady_clock::time_point backfill_told_; ///< when the log had a line of it
  std::string doing_;
  std::string bar_; ///< of a backfill that runs; stands alone
};

} // namespace vm::cli
