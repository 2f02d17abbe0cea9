// The migration files of a project: finds and orders them, reads headers through the host, names new ones.
#pragma once

#include "engine/config/config.hpp"
#include "engine/graph/revision.hpp"
#include "engine/script/header.hpp"
#include "engine/script/host.hpp"

#include <filesystem>
#include <vector>

namespace vm::script {

/// The `.lua` and `.sql` files of every folder, sorted by file name within a folder, folders in the order given. Hidden files,
/// `~` and `.bak` files are left out; other extensions too. Throws ConfigError for a missing or unreadable folder and for a
/// symlink loop.
std::vector<std::filesystem::path> find_scripts(std::vector<std::filesystem::path> const& folders);

/// Reads all headers. Throws one ScriptError for all broken files.
std::vector<Header> read_headers(std::vector<std::filesystem::path> const& files, Host& host);

/// Header of a `.sql` migration: `-- revision: id`, `-- down_revision: a, b`, `-- branch_labels:`, `-- depends_on:`,
/// `-- transaction: false` before `-- upgrade`. Throws ScriptError with file:line; unknown fields get "did you mean".
Header read_sql_header(std::filesystem::path const& path, std::string_view text, std::filesystem::path const& project);

/// The part of a `.sql` migration after `-- upgrade` or `-- downgrade`, with the line it starts on.
struct SqlSection {
  std::string text;
  int line = 1;
};
std::optional<SqlSection> sql_section(std::string_view text, std::string_view name);

/// The graph's view of a header; `origin` is the path relative to `project`, with the line.
graph::Revision to_revision(Header const& header, std::filesystem::path const& project);

} // namespace vm::script
