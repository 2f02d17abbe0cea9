// The settings as one plain struct, after every source was merged. Reading is in toml_file and dotenv, precedence in
// merge.
#pragma once

#include "engine/core/database_url.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::config {

enum class TransactionMode { per_migration, all, none };
enum class LockMode { automatic, advisory, table, none };
enum class OnDrift { warn, error, ignore };

inline constexpr double default_migration_lock_timeout = 60;
inline constexpr double default_statement_lock_timeout = 5;

/// A command run on a new migration file; `{path}` in an argument is replaced by the file's path.
struct PostWriteHook {
  std::string name;
  std::vector<std::string> command;
  std::optional<std::filesystem::path> cwd;
};

struct Config {
  std::filesystem::path file;    ///< vm.toml, absolute; empty when there is none
  std::filesystem::path project; ///< its folder, or the working directory; relative paths are resolved against it
  std::string env;               ///< the [env.NAME] section in force, or empty

  std::optional<std::string> url; ///< as written; parse with DatabaseUrl::parse
  std::string url_source;         ///< "--url", "VM_URL", "DATABASE_URL in .env", "vm.toml:3": for messages
  std::filesystem::path script_location = "migrations"; ///< absolute after load()
  std::vector<std::filesystem::path> version_locations; ///< absolute; default: <script_location>/versions
  std::string version_table = "vm_version";
  std::optional<std::string> version_table_schema;
  std::vector<std::filesystem::path> library_path; ///< absolute; default: scripts
  std::vector<std::string> libraries;
  std::string file_template = "{rev}_{slug}"; ///< tokens {rev} {slug} {epoch} {year} {month} {day} {hour} {minute}
                                              ///< {second}, and Alembic's %(rev)s forms
  std::string timezone;                       ///< zoneinfo name; empty: UTC
  int truncate_slug_length = 40;
  TransactionMode transaction = TransactionMode::per_migration;
  LockMode lock = LockMode::automatic;
  /// Seconds to wait for locks. Set, it holds for the migration lock and for the locks a statement takes; unset, they
  /// are two things: default_migration_lock_timeout and default_statement_lock_timeout.
  std::optional<double> lock_timeout;
  /// `--lock-timeout`: for the migration lock of this run; a statement waits for its locks no longer than that either.
  std::optional<double> run_lock_timeout;
  std::optional<double> statement_timeout;
  int lock_retries = 5;
  OnDrift on_drift = OnDrift::warn;
  std::vector<PostWriteHook> post_write_hooks;
  std::map<std::string, std::string> naming_convention;
  std::size_t memory_limit = 512u << 20; ///< bytes; "512MiB", "1GB" or a number
  double time_limit = 0;                 ///< seconds; 0: none
  std::vector<std::string> allow_env;
  std::string postgresql_primary_key = "serial"; ///< or "identity"
  std::string target_schema;                     ///< path of a .sql file or a URL; the schema in env.lua otherwise
  bool is_protected = false;                     ///< [env.NAME] protected = true
};

/// What the command line overrides; unset fields override nothing.
struct Overrides {
  std::optional<std::filesystem::path> config_file, directory;
  std::optional<std::string> url, env;
  std::optional<double> lock_timeout;
};

/// The environment variables of the process, or a test's.
using EnvironmentVariables = std::map<std::string, std::string>;

/// Finds vm.toml (here or in a parent folder), reads `.env` beside it, merges. Precedence, highest first: command line,
/// VM_URL, DATABASE_URL, .env (same order), vm.toml. Throws ConfigError with file:line.
/// Without vm.toml the defaults hold, provided some source names a URL or `require_file` is false.
Config load(Overrides const& overrides, EnvironmentVariables const& environment,
            std::filesystem::path const& working_directory, bool require_file = true);

/// Seconds from "30s", "5m", "500ms", "2h", "1.5" (a bare number is seconds); nothing for anything else.
std::optional<double> parse_duration(std::string_view text);

/// Bytes from "512MiB", "64MB", "2GiB", "4096"; nothing for anything else.
std::optional<std::size_t> parse_size(std::string_view text);

/// Variables of a `.env` text: KEY=VALUE lines, `export` in front, quotes, comments, CRLF. `${NAME}` outside single
/// quotes is replaced from `environment`, then from earlier lines. Throws ConfigError at `name`:line, which never shows
/// the line.
EnvironmentVariables parse_dotenv(std::string_view text, std::string const& name,
                                  EnvironmentVariables const& environment);

/// The URL parsed, the path of an SQLite file made absolute from the project folder; throws ConfigError that says where
/// the URL came from, or where one may be given when there is none.
DatabaseUrl database_url(Config const& config);

} // namespace vm::config
