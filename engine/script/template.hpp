// New migration files: ids, slugs, names, and the template filled in.
#pragma once

#include "engine/config/config.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace vm::script {

/// What the template is filled with. Missing lists are written as nil, one element as a string, more as a table.
struct NewScript {
  std::string message, revision;
  std::vector<std::string> down_revision, branch_labels, depends_on;
  std::chrono::system_clock::time_point created;
  std::string upgrades, downgrades; ///< Lua statements, indented by two spaces; empty: an empty body
  bool sql = false;                 ///< a .sql file
};

/// Twelve hex digits from the system's random source.
std::string new_revision_id();

/// `\w+` words joined by `_`, lower case, cut at a word border to `limit` characters (Alembic's rule); never empty
/// parts.
std::string slug(std::string_view message, int limit);

/// File name without folder by config.file_template. Throws ConfigError for an unknown token or a name that leaves the
/// folder.
std::string file_name(NewScript const& script, config::Config const& config);

/// The text: `script.lua.tmpl` in the script location when it is there, else the built-in one.
std::string fill(NewScript const& script, config::Config const& config);

/// Built-in templates by name ("generic"), each a list of path and text; for `init`.
struct TemplateFile {
  std::filesystem::path path;
  std::string text;
};
std::vector<std::string> template_names();
std::string template_description(std::string_view name);
std::vector<TemplateFile> template_files(std::string_view name);

} // namespace vm::script
