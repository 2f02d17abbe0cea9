// Scripts that changed after they ran.
#pragma once

#include "engine/run/environment.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace vm::run {

/// A script of an applied revision whose text is not the one that ran.
struct DriftedScript {
  std::string revision;
  std::filesystem::path path;
  std::string applied_at;    ///< UTC
  std::string recorded, now; ///< checksums
};

/// Compares vm_history with the scripts; empty where there is no history. In graph order.
std::vector<DriftedScript> find_drift(Environment& environment);

/// Warns of, or refuses, scripts of applied revisions whose text is no longer the one that ran.
void check_drift(Environment& environment);

} // namespace vm::run
