// From what went wrong to the process's exit code and the word that names it in JSON. The table is a contract with
// scripts that call vm.
#pragma once

#include "engine/core/error.hpp"

#include <exception>
#include <string_view>

namespace vm::cli {

enum ExitCode : int {
  done = 0,
  failed = 1,            ///< migration or database error
  usage = 2,             ///< command line, configuration, scripts, graph
  differences = 3,       ///< `--check-heads` and the like found something
  lock_not_obtained = 4, ///< the migration lock, or one that a statement needs
  cannot_connect = 5,
  interrupted = 130,
};

struct ErrorClass {
  std::string_view
      kind; ///< "usage", "config", "script", "graph", "migration", "database", "connect", "lock", "interrupted"
  ExitCode code;
};

/// Errors that are none of ours are "internal" and 1.
ErrorClass classify(std::exception const& error);

} // namespace vm::cli
