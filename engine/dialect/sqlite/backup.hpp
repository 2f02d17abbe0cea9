// A backup by SQLite's online backup: a whole database file, also while others read and write the original.
#pragma once

#include "engine/core/database_url.hpp"

#include <filesystem>
#include <functional>

namespace vm::dialect::sqlite {

/// Throws MigrationError when the copy cannot be made, Interrupted.
void backup(DatabaseUrl const& url, std::filesystem::path const& path, std::function<bool()> const& interrupted);

} // namespace vm::dialect::sqlite
