// The migration files of a project: finds and orders them, reads headers through the host, names new ones.
#pragma once

#include "engine/config/config.hpp"
#include "engine/graph/revision.hpp"
#include "engine/script/header.hpp"
#include "engine/script/host.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::script {

/// The `.lua` and `.sql` files of every folder, sorted by file name within a folder, folders in the order given. Hidden
/// files,
/// `~` and `.bak` files are left out; other extensions too. Throws ConfigError for a missing or unreadable folder and
/// for a symlink loop.
std::vector<std::filesystem::path> find_scripts(std::vector<std::filesystem::path> const& folders);

/// Reads all headers, in the order of `files`. A broken file's ScriptError is thrown as it is; several are one
/// ScriptError, "3 migration files are broken", whose `others` hold each. Places in `.sql` files are shown from
/// `project`.
std::vector<Header> read_headers(std::vector<std::filesystem::path> const& files, Host& host,
                                 std::filesystem::path const& project = {});

/// Header of a `.sql` migration: `-- revision: id`, `-- down_revision: a, b`, `-- branch_labels:`, `-- depends_on:`,
/// `-- transaction: false`, `-- created:`, `-- message:` before `-- upgrade`. Other comment lines are the message (the
/// first) and the doc. Throws ScriptError with file:line; a misspelt field gets "did you mean".
Header read_sql_header(std::filesystem::path const& path, std::string_view text, std::filesystem::path const& project);

/// The part of a `.sql` migration after `-- upgrade` or `-- downgrade`, byte for byte, with the line it starts on. The
/// marks stand at the beginning of a line.
struct SqlSection {
  std::string text;
  int line = 1;
};
std::optional<SqlSection> sql_section(std::string_view text, std::string_view name);

/// The graph's view of a header; `origin` is the path relative to `project`, with the line.
graph::Revision to_revision(Header const& header, std::filesystem::path const& project);

} // namespace vm::script
