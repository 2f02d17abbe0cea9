// A copy of the whole database, made before a run changes anything.
#pragma once

#include "engine/run/environment.hpp"

#include <filesystem>

namespace vm::run {

/// Writes `backups/<database>-<time>` with the database's own ending into the project's folder and returns the path.
/// Throws what the database or its program says, with what to do; then no file is left.
std::filesystem::path make_backup(Environment& environment);

} // namespace vm::run
