// Observer of a run: the cli draws it, tests record it. Called on the thread that runs the migrations.
#pragma once

#include "engine/run/report.hpp"

#include <filesystem>
#include <string_view>

namespace vm::backfill {
struct Report;
} // namespace vm::backfill

namespace vm::run {

class Progress {
 public:
  virtual ~Progress() = default;
  virtual void context(std::string_view dialect, std::string_view server_version, bool transactional_ddl) = 0;
  virtual void step_started(StepReport const& step) = 0;
  virtual void step_ended(StepReport const& step) = 0;
  virtual void waiting_for_lock(std::string_view holder) = 0;
  /// Something a person should know, that is no error: drift, a statement that left the transaction. While a statement
  /// runs it may come from another thread: who blocks it.
  virtual void warning(std::string_view text) = 0;
  virtual void backup_made(std::filesystem::path const& /*path*/) {}
  /// Output of print() and log.* in a script; `level` is "debug", "info", "warning" or "error". `worker` is the number
  /// of the backfill's worker that says it, 0 where there are not several.
  virtual void script_log(std::string_view level, std::string_view text, int worker) = 0;
  /// How far a backfill is, several times a second, and once at its end.
  virtual void backfill(vm::backfill::Report const& /*report*/) {}
  virtual void statement(std::string_view text, double seconds) = 0; ///< after it ran; shown with -v
};

} // namespace vm::run
