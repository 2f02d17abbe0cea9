// What a run did: the value every command that changes a database returns. cli/output prints it.
#pragma once

#include "engine/graph/plan.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vm::run {

struct StepReport {
  graph::Direction direction;
  std::vector<std::string> from, to; ///< as in graph::Step
  std::string revision;              ///< whose script ran; empty for stamping `base`
  std::string message;
  std::filesystem::path path;
  double seconds = 0;
  std::int64_t statements = 0;
};

struct RunReport {
  std::vector<StepReport> done;
  std::vector<std::string> before, after; ///< rows of the version table
  std::string database;                   ///< the masked URL
  std::string dialect, server_version;
  double seconds = 0;
  bool offline = false;
};

} // namespace vm::run
