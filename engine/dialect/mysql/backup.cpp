#include "engine/dialect/mysql/backup.hpp"

#include "engine/core/error.hpp"
#include "engine/core/program.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

namespace vm::dialect::mysql {

namespace {

/// A line of an option file; what would end or change the value is escaped.
std::string option(std::string_view key, std::string_view value) {
  std::string text = fmt::format("{}=\"", key);
  for (char const c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    text += c;
  }
  return text + "\"\n";
}

} // namespace

void backup(DatabaseUrl const& url, std::filesystem::path const& path, std::function<bool()> const& interrupted) {
  std::string options = "[client]\n";
  if (!url.host.empty()) options += option("host", url.host) + "protocol=tcp\n";
  if (url.port) options += fmt::format("port={}\n", *url.port);
  if (!url.user.empty()) options += option("user", url.user);
  if (url.password) options += option("password", *url.password);
  if (auto const socket = url.parameters.find("unix_socket"); socket != url.parameters.end())
    options += option("socket", socket->second);
  PrivateFile const file{options};
  ProgramResult result;
  for (auto const* program : {"mariadb-dump", "mysqldump"}) {
    result = run_program({program, "--defaults-extra-file=" + file.path().native(), "--single-transaction",
                          "--routines", "--triggers", "--events", "--hex-blob", "--default-character-set=utf8mb4",
                          "--result-file=" + path.native(), url.database},
                         {}, url.password.value_or(""), interrupted);
    if (result.found) break;
  }
  if (!result.found) {
    throw ConfigError{"there is no mariadb-dump or mysqldump to make a backup with",
                      Hint{"install the database's client programs, or run without --backup"}};
  }
  if (interrupted && interrupted()) throw Interrupted{"interrupted while the backup was made"};
  if (result.failure) {
    throw MigrationError{fmt::format("the backup failed: the dump program ended with {}: {}", *result.failure,
                                     mask_secrets(trim(result.errors)))};
  }
}

} // namespace vm::dialect::mysql
