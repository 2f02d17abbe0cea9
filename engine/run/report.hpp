// What a run did: the value every command that changes a database returns. cli/output prints it.
#pragma once

#include "engine/graph/plan.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vm::run {

/// A lock that a statement of a dry run took, as the database calls it.
struct RehearsedLock {
  std::string relation, mode; ///< "users", "AccessExclusiveLock"
};

/// A statement of a dry run.
struct RehearsedStatement {
  std::string text;
  std::int64_t rows_affected = 0;
  double seconds = 0;
  std::vector<RehearsedLock> locks; ///< those that were not held before; where the database tells
  std::string skipped;              ///< why it was not run; empty: it ran
};

struct StepReport {
  graph::Direction direction;
  std::vector<std::string> from, to; ///< as in graph::Step
  std::string revision;              ///< whose script ran; empty for stamping `base`
  std::string message;
  std::string path;
  double seconds = 0;
  std::int64_t statements = 0;
  std::vector<RehearsedStatement> rehearsed; ///< of a dry run
};

struct RunReport {
  std::vector<StepReport> done;
  std::vector<std::string> before, after; ///< rows of the version table
  std::string database;                   ///< the masked URL
  std::string dialect, server_version;
  double seconds = 0;
  bool offline = false;
  bool dry_run = false;                        ///< everything was rolled back; `after` is what the rows would be
  std::optional<std::filesystem::path> backup; ///< the copy made before the run
};

} // namespace vm::run
