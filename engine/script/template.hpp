// New migration files: ids, slugs, names, and the template filled in.
#pragma once

#include "engine/config/config.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vm::script {

/// What the template is filled with. Missing lists are written as nil, one element as a string, more as a table.
struct NewScript {
  std::string message, revision;
  std::vector<std::string> down_revision, branch_labels, depends_on;
  std::chrono::system_clock::time_point created;
  std::string upgrades, downgrades; ///< Lua statements, indented by two spaces; empty: an empty body
  std::string imports;              ///< Lua statements before the functions
  bool sql = false;                 ///< a .sql file
};

/// Twelve hex digits from the system's random source.
std::string new_revision_id();

/// `\w+` words joined by `_`, lower case, cut at a word border to `limit` characters (Alembic's rule, without the `_`
/// it leaves at the end of what was cut); never empty parts.
std::string slug(std::string_view message, int limit);

/// "2025-10-21 12:00:00 UTC", or with an offset, "2025-10-21 14:00:00 +02:00", where `timezone` names another zone.
/// Throws ConfigError for a zone the system does not know.
std::string created_text(std::chrono::system_clock::time_point time, std::string const& timezone);

/// File name without folder by config.file_template. Throws ConfigError for an unknown token or a name that leaves the
/// folder, is hidden or too long.
std::string file_name(NewScript const& script, config::Config const& config);

/// The text: `script.lua.tmpl` (`script.sql.tmpl`) in the script location when it is there, else the built-in one.
/// Tokens are
/// `${message} ${revision} ${down_revision} ${branch_labels} ${depends_on} ${create_date} ${upgrades} ${downgrades}
/// ${imports}`. In a comment a token is plain text, in code it is a Lua literal (the last three are code), between
/// quotes it is the inside of a string. A line that holds nothing but a token without text is left out, and so is a
/// line that begins with `##`. Whatever the message is, the result stays the Lua or SQL that the template is. Throws
/// ConfigError at the template's line for an unknown token, UsageError for a message that is not UTF-8.
std::string fill(NewScript const& script, config::Config const& config);

/// Built-in templates by name ("generic", "minimal"), each a list of path and text; for `init`. An unknown name is a
/// UsageError.
struct TemplateFile {
  std::filesystem::path path;
  std::string text;
};
std::vector<std::string> template_names();
std::string template_description(std::string_view name);
std::vector<TemplateFile> template_files(std::string_view name);

} // namespace vm::script
