// The port to the language migrations are written in. `bindings::LuaHost` implements it; the engine never sees Lua.
#pragma once

#include "engine/core/error.hpp"
#include "engine/graph/plan.hpp"
#include "engine/op/backfill.hpp"
#include "engine/op/target.hpp"
#include "engine/script/desired.hpp"
#include "engine/script/header.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vm::script {

/// What scripts are allowed and given; from the configuration and the command line.
struct HostOptions {
  std::filesystem::path project;                   ///< the folder of vm.toml; chunk names are relative to it
  std::vector<std::filesystem::path> library_path; ///< absolute
  std::vector<std::string> libraries;              ///< loaded before any migration
  std::map<std::string, std::string> arguments;    ///< -x KEY=VALUE, as vm.args
  std::vector<std::string> allow_env;              ///< what os.getenv may see
  std::size_t memory_limit = 512u << 20;           ///< bytes per Lua state
  double time_limit = 0;                           ///< seconds per migration; 0: none
  bool unsafe = false;                             ///< --unsafe-scripts
  /// Where print() and log.* go; `level` is "debug", "info", "warning" or "error". Unset: nowhere. Called only on the
  /// thread that runs migrations; what a file says while its header is read is dropped, and what row functions say
  /// goes to the op::Say of their backfill.
  std::function<void(std::string_view level, std::string_view text)> log;
};

/// What env.lua returned, as far as the engine reads it.
struct Environment {
  std::map<std::string, std::string> naming_convention;
  std::optional<std::string> version_table;
  bool has_before_migration = false, has_after_migration = false;
  std::optional<std::string> target_schema; ///< the path of a .sql file, or a URL; unset when it is a sql.schema
  ComparisonHooks comparison;
};

/// Outcome of reading one file: a header, or what is wrong with it.
struct ReadResult {
  std::optional<Header> header;
  std::optional<ScriptError> error;
};

class Host {
 public:
  virtual ~Host() = default;

  /// Runs env.lua (absent: defaults) and the configured libraries. Throws ScriptError.
  virtual Environment load_environment(std::filesystem::path const& env_file) = 0;

  /// Reads the headers of many migration files, one result a file in the same order; never throws for a broken file.
  /// May use several threads. `.sql` files are not given to it.
  virtual std::vector<ReadResult> read_headers(std::span<std::filesystem::path const> files) = 0;

  /// Runs upgrade() or downgrade() of a script against `target`. Loads the file again. Throws MigrationError with the
  /// place, the traceback and the cause's notes; a DatabaseError keeps its type when nothing in the script caught it.
  virtual void run(Header const& script, graph::Direction direction, op::Target& target) = 0;

  /// The sql.schema that env.lua names as target_schema, else the one that `file` returns; nothing when there is
  /// neither. Its constraints are named by `naming`; scripts see `surroundings` as `vm.*`. Throws ScriptError with file
  /// and line. load_environment() was called before.
  virtual std::optional<DesiredSchema> load_schema(std::filesystem::path const& /*file*/,
                                                   schema::NamingConvention const& /*naming*/,
                                                   op::Surroundings const& /*surroundings*/) {
    return std::nullopt; // a language that has no words for it
  }

  /// Calls the script's `function` with what op.get_bind() gives; false when the script has no such function. Throws as
  /// run() does.
  virtual bool call(Header const& /*script*/, std::string_view /*function*/, op::Target& /*target*/) { return false; }

  /// The function that a backfill of `script` was started with, for a process that joins it; `name` is what
  /// op::TransformSource::name() gave there. Throws ScriptError, once a transform is asked for, when the script has no
  /// such function.
  virtual std::unique_ptr<op::TransformSource> backfill_function(Header const& /*script*/, std::string const& /*name*/,
                                                                 op::Surroundings const& /*surroundings*/,
                                                                 bool /*skip_errors*/, bool /*whole_batch*/) {
    throw UsageError{"scripts of this kind have no row functions"};
  }

  /// before_migration / after_migration of env.lua, when present.
  virtual void before_migration(Header const& script, graph::Direction direction, op::Target& target) = 0;
  virtual void after_migration(Header const& script, graph::Direction direction, op::Target& target) = 0;

  /// Stops the running script at the next instruction it may be stopped at; called from another thread.
  virtual void interrupt() noexcept = 0;
};

/// Makes a host; main.cpp gives one to the cli, which knows the options only after the command line was read.
using HostFactory = std::function<std::unique_ptr<Host>(HostOptions const&)>;

} // namespace vm::script
