#include "engine/command/test.hpp"

#include "engine/command/selection.hpp"
#include "engine/command/trial.hpp"
#include "engine/core/text.hpp"
#include "engine/graph/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace vm::command {
namespace {

constexpr std::size_t revisions_worth_a_job = 8; // a job replays what comes before its share

/// The selected revisions, as places in the steps.
std::vector<std::size_t> select(std::vector<TrialStep> const& steps, TestOptions const& options,
                                run::Environment& environment) {
  std::set<graph::Index> wanted;
  auto const& graph = environment.graph();
  for (auto const& name : options.revisions) {
    auto const named = graph::split_range(name) ? graph::history(graph, name, {}) : select_revisions(environment, name);
    wanted.insert(named.begin(), named.end());
  }
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < steps.size(); ++place)
    if (options.revisions.empty() || wanted.count(*steps[place].up.revision) > 0) places.push_back(place);
  return places;
}

/// Where each job begins: replaying a step costs one, testing it three, and all shall end together.
std::vector<std::size_t> shares(std::vector<std::size_t> const& places, std::size_t jobs) {
  std::vector<std::size_t> starts{0};
  if (jobs < 2 || places.empty()) return starts;
  auto const cost = [&](std::size_t from, std::size_t to) {
    return static_cast<double>(places[from]) + 3.0 * static_cast<double>(to - from);
  };
  double low = 0, high = cost(0, places.size());
  auto const fill = [&](double most) {
    std::vector<std::size_t> begins{0};
    std::size_t from = 0;
    for (std::size_t to = 1; to <= places.size(); ++to)
      if (cost(from, to) > most && to - 1 > from) {
        from = to - 1;
        begins.push_back(from);
        if (begins.size() > jobs) break;
      }
    return begins;
  };
  for (int round = 0; round < 40; ++round) {
    auto const middle = (low + high) / 2;
    (fill(middle).size() > jobs ? low : high) = middle;
  }
  return fill(high);
}

/// Everything the jobs share.
class Jobs {
 public:
  Jobs(run::Environment& environment, TestOptions const& options, std::vector<TrialStep> const& steps,
       std::vector<std::size_t> const& places, std::vector<RevisionTest>& results)
      : environment_{environment},
        options_{options},
        steps_{steps},
        places_{places},
        results_{results} {
    environment.also_interrupt([this] {
      std::lock_guard const guard{mutex_};
      interrupted_ = true;
      for (auto* trial : trials_) trial->interrupt();
    });
  }
  ~Jobs() { environment_.also_interrupt({}); }
  Jobs(Jobs const&) = delete;
  Jobs& operator=(Jobs const&) = delete;

  void run(std::size_t from, std::size_t to) {
    try {
      Trial trial{environment_, options_, steps_};
      Listed const listed{*this, trial};
      for (auto at = from; at < to; ++at)
        finish(at, trial.reach(places_[at]) ? trial.test(places_[at]) : not_run(places_[at]));
    } catch (...) {
      std::lock_guard const guard{mutex_};
      if (!thrown_) thrown_ = std::current_exception();
    }
  }

  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  class Listed {
   public:
    Listed(Jobs& jobs, Trial& trial) : jobs_{jobs}, trial_{trial} {
      std::lock_guard const guard{jobs_.mutex_};
      jobs_.trials_.push_back(&trial_);
      if (jobs_.interrupted_) trial_.interrupt();
    }
    ~Listed() {
      std::lock_guard const guard{jobs_.mutex_};
      std::erase(jobs_.trials_, &trial_);
    }
    Listed(Listed const&) = delete;
    Listed& operator=(Listed const&) = delete;

   private:
    Jobs& jobs_;
    Trial& trial_;
  };

  RevisionTest not_run(std::size_t step) const {
    auto const& header = environment_.header(*steps_[step].up.revision);
    RevisionTest result;
    result.revision = header.revision;
    result.message = header.message;
    result.path = header.path;
    result.outcome = TestOutcome::not_run;
    result.failure = "an upgrade before it fails";
    return result;
  }

  void finish(std::size_t at, RevisionTest result) {
    std::lock_guard const guard{mutex_};
    results_[at] = std::move(result);
    if (options_.on_result) options_.on_result(results_[at]);
  }

  run::Environment& environment_;
  TestOptions const& options_;
  std::vector<TrialStep> const& steps_;
  std::vector<std::size_t> const& places_;
  std::vector<RevisionTest>& results_;
  std::mutex mutex_;
  std::vector<Trial*> trials_;
  std::exception_ptr thrown_;
  bool interrupted_ = false;
};

std::string xml(std::string_view text) {
  std::string result;
  for (char const c : text) {
    switch (c) {
    case '&': result += "&amp;"; break;
    case '<': result += "&lt;"; break;
    case '>': result += "&gt;"; break;
    case '"': result += "&quot;"; break;
    default:
      // XML 1.0 has no words for the other control characters.
      result += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r' ? '?' : c;
    }
  }
  return result;
}

} // namespace

std::size_t TestReport::count(TestOutcome outcome) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(revisions, [&](RevisionTest const& test) { return test.outcome == outcome; }));
}

TestReport test(TestOptions const& options, run::Environment& environment) {
  auto const started = std::chrono::steady_clock::now();
  TestReport report;
  auto const& graph = environment.graph();
  report.database = environment.url().masked();
  auto const steps = trial_steps(graph);
  auto const places = select(steps, options, environment);
  report.revisions.resize(places.size());
  auto const wanted = options.jobs > 0 ? static_cast<std::size_t>(options.jobs)
                                       : std::min<std::size_t>({4, std::max(1u, std::thread::hardware_concurrency()),
                                                                places.size() / revisions_worth_a_job + 1});
  auto const starts = shares(places, std::min(wanted, places.size()));
  report.jobs = static_cast<int>(starts.size());
  if (!places.empty()) {
    Jobs running{environment, options, steps, places, report.revisions};
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < starts.size(); ++i)
      threads.emplace_back([&running, from = starts[i], to = i + 1 < starts.size() ? starts[i + 1] : places.size()] {
        running.run(from, to);
      });
    running.run(0, starts.size() > 1 ? starts[1] : places.size());
    for (auto& thread : threads) thread.join();
    running.rethrow();
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return report;
}

std::string junit_xml(TestReport const& report) {
  auto const skipped = report.count(TestOutcome::not_run);
  auto text = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<testsuites>\n  <testsuite name=\"migrations\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
                          "skipped=\"{}\" time=\"{:.3f}\">\n",
                          report.revisions.size(), report.count(TestOutcome::failed), skipped, report.seconds);
  for (auto const& test : report.revisions) {
    auto const name = test.message.empty() ? test.revision : fmt::format("{}, {}", test.revision, test.message);
    text += fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{:.3f}\"",
                        xml(test.path.stem().string()), xml(name), xml(test.path.string()), test.seconds);
    if (test.outcome == TestOutcome::passed && test.warnings.empty()) {
      text += "/>\n";
      continue;
    }
    text += ">\n";
    if (test.outcome == TestOutcome::failed)
      text += fmt::format("      <failure message=\"{}\">{}</failure>\n",
                          xml(fmt::format("{}: {}", test.during, test.failure)), xml(join(test.details, "\n")));
    if (test.outcome == TestOutcome::not_run)
      text += fmt::format("      <skipped message=\"{}\"/>\n", xml(test.failure));
    if (test.outcome == TestOutcome::irreversible)
      text += "      <system-out>no downgrade: only the upgrade was tried</system-out>\n";
    if (!test.warnings.empty())
      text += fmt::format("      <system-err>{}</system-err>\n", xml(join(test.warnings, "\n")));
    text += "    </testcase>\n";
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

} // namespace vm::command
