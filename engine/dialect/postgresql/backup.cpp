#include "engine/dialect/postgresql/backup.hpp"

#include "engine/core/error.hpp"
#include "engine/core/program.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

namespace vm::dialect::postgresql {

namespace {

/// A field of a password file: ':' and '\' are escaped.
std::string field(std::string_view value) {
  std::string text;
  for (char const c : value) {
    if (c == ':' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

/// A value of a connection string, quoted.
std::string setting(std::string_view key, std::string_view value) {
  std::string text = fmt::format("{}='", key);
  for (char const c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "' ";
}

} // namespace

void backup(DatabaseUrl const& url, std::filesystem::path const& path, std::function<bool()> const& interrupted) {
  std::string connection;
  if (!url.host.empty()) connection += setting("host", url.host);
  if (url.port) connection += setting("port", std::to_string(*url.port));
  if (!url.user.empty()) connection += setting("user", url.user);
  if (!url.database.empty()) connection += setting("dbname", url.database);
  for (auto const& [key, value] : url.parameters)
    if (key != "sslpassword") connection += setting(key == "ssl" ? "sslmode" : key, value);
  std::optional<PrivateFile> password;
  std::map<std::string, std::string> variables;
  if (url.password) {
    password.emplace(fmt::format("*:*:*:*:{}\n", field(*url.password)));
    variables["PGPASSFILE"] = password->path().native();
  }
  auto const result =
      run_program({"pg_dump", "--no-password", "--format=custom", "--file", path.native(), "--dbname", connection},
                  variables, url.password.value_or(""), interrupted);
  if (!result.found) {
    throw ConfigError{"there is no pg_dump to make a backup with",
                      Hint{"install PostgreSQL's client programs, or run without --backup"}};
  }
  if (interrupted && interrupted()) throw Interrupted{"interrupted while the backup was made"};
  if (result.failure) {
    throw MigrationError{fmt::format("the backup failed: pg_dump ended with {}: {}", *result.failure,
                                     mask_secrets(trim(result.errors)))};
  }
}

} // namespace vm::dialect::postgresql
