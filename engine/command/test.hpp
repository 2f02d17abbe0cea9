// vm run test: every migration up, down and up again on a scratch database, with rows in its tables.
#pragma once

#include "engine/command/commands.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vm::command {

enum class TestOutcome {
  passed,
  failed,
  irreversible, ///< no downgrade: only the upgrade was tried
  not_run,      ///< an earlier revision failed
};

struct RevisionTest {
  std::string revision, message;
  std::filesystem::path path;
  TestOutcome outcome = TestOutcome::passed;
  std::string during;                ///< "upgrade", "sample", "downgrade", "second upgrade"; empty when it passed
  std::string failure;               ///< one line, or why it was not run
  std::vector<std::string> details;  ///< differences, the statement, the place
  std::vector<std::string> warnings; ///< tables that got no rows, and why
  double seconds = 0;
};

struct TestOptions {
  std::vector<std::string> revisions;                       ///< names and ranges; empty: all
  bool rows = true;                                         ///< rows made from column types, beside those of sample()
  int jobs = 0;                                             ///< scratch databases at once; 0: by processors
  std::function<std::unique_ptr<script::Host>()> make_host; ///< a job has a host of its own
  std::function<void(RevisionTest const&)> on_result;       ///< one call at a time, from any thread, in no fixed order
};

struct TestReport {
  std::string database;                ///< the masked URL of the project's, beside which the scratch ones stood
  std::vector<RevisionTest> revisions; ///< in the order an upgrade runs them
  int jobs = 1;
  double seconds = 0;
  std::size_t count(TestOutcome outcome) const;
};

/// Never touches the project's database. Throws GraphError for names that are no revision, ConnectError and
/// DatabaseError when no scratch database can be made, Interrupted.
TestReport test(TestOptions const& options, run::Environment& environment);

/// The report as JUnit's XML, for build servers.
std::string junit_xml(TestReport const& report);

} // namespace vm::command
