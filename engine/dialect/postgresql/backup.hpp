// A backup by pg_dump in its custom format; pg_restore reads it.
#pragma once

#include "engine/core/database_url.hpp"

#include <filesystem>
#include <functional>

namespace vm::dialect::postgresql {

/// The password goes through a file that only we can read. Throws ConfigError when pg_dump is missing, MigrationError
/// with what it said when it fails, Interrupted.
void backup(DatabaseUrl const& url, std::filesystem::path const& path, std::function<bool()> const& interrupted);

} // namespace vm::dialect::postgresql
