#include "engine/run/backup.hpp"

#include "engine/core/clock.hpp"
#include "engine/core/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace vm::run {

namespace fs = std::filesystem;

fs::path make_backup(Environment& environment) {
  auto const& url = environment.url();
  if (environment.backend().is_private(url))
    throw UsageError{"a database in memory has nothing to back up", Hint{"run it without --backup"}};
  auto name = fs::path{url.database}.filename().stem().native();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
  if (name.empty()) name = "database";
  auto time = format_utc(now());
  std::replace(time.begin(), time.end(), ' ', 'T');
  std::erase(time, ':');
  auto const folder = environment.config().project / "backups";
  std::error_code failure;
  if (fs::create_directories(folder, failure)) {
    // What is in a database is not for everybody, nor for the repository.
    fs::permissions(folder, fs::perms::owner_all, failure);
    write_file(folder / ".gitignore", "*\n", IfExists::replace);
  }
  if (failure)
    throw ConfigError{
        fmt::format("cannot make the folder '{}' for the backup: {}", folder.native(), failure.message())};
  // A second run within the second must not write over the first one's.
  auto const ending = environment.backend().backup_ending();
  auto path = folder / fmt::format("{}-{}Z{}", name, time, ending);
  for (int number = 2; fs::exists(path); ++number)
    path = folder / fmt::format("{}-{}Z-{}{}", name, time, number, ending);
  try {
    environment.backend().backup(url, path, [&] { return environment.interrupted(); });
  } catch (Error& error) {
    fs::remove(path, failure);
    error.add_note({"backup", "none was made, and nothing was changed"});
    throw;
  }
  return path;
}

} // namespace vm::run
