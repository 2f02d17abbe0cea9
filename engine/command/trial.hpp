// One scratch database on which revisions are tried, one after the other.
#pragma once

#include "engine/command/scratch.hpp"
#include "engine/command/test.hpp"
#include "engine/command/test_data.hpp"

#include <atomic>
#include <memory>
#include <mutex>

namespace vm::command {

/// The steps of a whole upgrade, with what leads back from each.
struct TrialStep {
  graph::Step up, down;
};

/// `revisions` in the order an upgrade of everything runs them.
std::vector<TrialStep> trial_steps(graph::Graph const& graph);

class Trial {
 public:
  /// `project` is only asked for its settings and where its database is.
  Trial(run::Environment& project, TestOptions const& options, std::vector<TrialStep> const& steps);
  ~Trial();
  Trial(Trial const&) = delete;
  Trial& operator=(Trial const&) = delete;

  /// Runs the upgrades before `step` that have not run, untested. False when one fails, then and ever after.
  bool reach(std::size_t step);
  /// Tries the revision that was reached. Whatever happens, what follows it can be reached afterwards, unless its
  /// upgrade itself fails.
  RevisionTest test(std::size_t step);
  void interrupt() noexcept; ///< from any thread

 private:
  class Recorder;
  class Quiet;
  struct Attempt;

  void start();
  void run(graph::Step const& step);
  void sample(std::size_t step, bool again);
  void recover(std::size_t step);

  run::Environment& project_;
  TestOptions const& options_;
  std::vector<TrialStep> const& steps_;
  std::unique_ptr<script::Host> host_;
  TouchedTables touched_;
  std::unique_ptr<Quiet> progress_;
  std::unique_ptr<Recorder> recorder_;
  std::mutex mutex_; ///< interrupt() reads scratch_ while it may be made
  std::unique_ptr<Scratch> scratch_;
  std::atomic<bool> interrupted_ = false;
  std::size_t applied_ = 0; ///< steps that ran on the scratch database
  bool unusable_ = false;
};

} // namespace vm::command
