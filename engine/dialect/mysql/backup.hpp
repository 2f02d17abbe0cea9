// A backup by mariadb-dump (or mysqldump) as a script of SQL; the database's client reads it.
#pragma once

#include "engine/core/database_url.hpp"

#include <filesystem>
#include <functional>

namespace vm::dialect::mysql {

/// The password goes through a file that only we can read. Throws ConfigError when there is no such program,
/// MigrationError with what it said when it fails, Interrupted.
void backup(DatabaseUrl const& url, std::filesystem::path const& path, std::function<bool()> const& interrupted);

} // namespace vm::dialect::mysql
