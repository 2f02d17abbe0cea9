#include "engine/command/desired_schema.hpp"

#include "engine/command/scratch.hpp"
#include "engine/core/files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {
namespace {

namespace fs = std::filesystem;

bool is_empty(schema::Catalog const& catalog) {
  return catalog.tables.empty() && catalog.views.empty() && catalog.enums.empty() && catalog.sequences.empty() &&
         catalog.functions.empty() && catalog.triggers.empty() && catalog.extensions.empty();
}

bool names_a_schema(script::DesiredSchema const& desired) {
  auto const has_schema = [](auto const& entry) { return entry.first.schema.has_value(); };
  auto const& catalog = desired.catalog;
  return std::ranges::any_of(catalog.tables, has_schema) || std::ranges::any_of(catalog.views, has_schema) ||
         std::ranges::any_of(catalog.enums, has_schema) || std::ranges::any_of(catalog.sequences, has_schema) ||
         !catalog.extensions.empty() || !desired.objects.empty();
}

bool is_url(std::string const& text) {
  return text.find("://") != std::string::npos;
}

/// While it lives, an interrupt of the command is one of the scratch database as well.
class Interruptible {
 public:
  Interruptible(run::Environment& environment, Scratch& scratch) : environment_{environment} {
    environment.also_interrupt([&scratch] { scratch.interrupt(); });
  }
  ~Interruptible() { environment_.also_interrupt({}); }
  Interruptible(Interruptible const&) = delete;
  Interruptible& operator=(Interruptible const&) = delete;

 private:
  run::Environment& environment_;
};

DesiredSchema read_file_of_sql(run::Environment& environment, std::string const& name) {
  fs::path path{name};
  if (path.is_relative()) path = environment.config().project / path;
  auto const text = read_file(path);
  auto const shown = shown_path(path, environment.config().project);
  Scratch scratch{environment, environment.host(), environment.progress(), false};
  Interruptible const guard{environment, scratch};
  scratch.run_script(text, shown);
  DesiredSchema desired{.schema = {}, .origin = shown};
  desired.schema.reflected = scratch.read();
  desired.schema.typed.catalog = autogen::as_written(desired.schema.reflected);
  return desired;
}

DesiredSchema read_other_database(run::Environment& environment, std::string const& text) {
  auto config = environment.config(); // a file's path is relative to the project
  config.url = text;
  config.url_source = "the schema to compare with";
  auto const url = config::database_url(config);
  auto const& backend = dialect::backend_for(url.dialect);
  if (!backend.exists(url)) throw ConnectError{fmt::format("there is no database '{}'", url.masked())};
  auto options = environment.connect_options();
  options.create = false;
  auto const session = backend.connect(url, options);
  auto const dialect = backend.dialect(&session->server(), {});
  if (dialect->name() != environment.dialect().name())
    throw UsageError{fmt::format("the schemas of two kinds of database cannot be compared: {} and {}",
                                 environment.dialect().name(), dialect->name())};
  DesiredSchema desired{.schema = {}, .origin = url.masked()};
  desired.schema.reflected = backend.inspector(*session)->read({});
  leave_out_own_tables(desired.schema.reflected, environment.version_table_name());
  desired.schema.typed.catalog = autogen::as_written(desired.schema.reflected);
  return desired;
}

op::Surroundings surroundings(run::Environment& environment) {
  return {std::string{environment.dialect().name()}, environment.session().server().version, false, ""};
}

std::optional<DesiredSchema> read_lua(run::Environment& environment) {
  auto const file = environment.config().script_location / "schema.lua";
  auto typed =
      environment.host().load_schema(file, environment.naming(environment.dialect()), surroundings(environment));
  if (!typed) return std::nullopt;
  DesiredSchema desired{.schema = {}, .origin = shown_path(file, environment.config().project)};
  desired.schema.typed = std::move(*typed);
  if (is_empty(desired.schema.typed.catalog) && desired.schema.typed.objects.empty()) return desired;
  Scratch scratch{environment, environment.host(), environment.progress(), !names_a_schema(desired.schema.typed)};
  Interruptible const guard{environment, scratch};
  try {
    scratch.apply(autogen::creation(desired.schema.typed, environment.dialect()));
  } catch (Error& error) {
    error.add_note({"schema", fmt::format("'{}', made in a scratch database to compare it", desired.origin)});
    throw;
  }
  desired.schema.reflected = scratch.read();
  return desired;
}

} // namespace

DesiredSchema load_target(run::Environment& environment, std::string const& file_or_url) {
  return is_url(file_or_url) ? read_other_database(environment, file_or_url)
                             : read_file_of_sql(environment, file_or_url);
}

DesiredSchema load_desired(run::Environment& environment) {
  auto const& in_env = environment.script_environment().target_schema;
  auto const& in_config = environment.config().target_schema;
  std::optional<DesiredSchema> desired;
  if (in_env)
    desired = load_target(environment, *in_env);
  else if (!in_config.empty())
    desired = load_target(environment, in_config);
  else
    desired = read_lua(environment);
  auto const location = shown_path(environment.config().script_location, environment.config().project);
  if (!desired)
    throw UsageError{
        "the project has no desired schema to compare with",
        Hint{fmt::format("describe it in {}/schema.lua, or name a .sql file as target_schema in env.lua", location)}};
  if (is_empty(desired->schema.typed.catalog) && desired->schema.typed.objects.empty())
    throw UsageError{
        fmt::format("the desired schema in '{}' is empty", desired->origin),
        Hint{"comparing with it would drop everything; write down what the database shall hold, or take it from a "
             "database: vm run schema dump"}};
  return std::move(*desired);
}

schema::Catalog read_database(run::Environment& environment) {
  if (!environment.database_exists()) return {};
  auto catalog = environment.inspector().read({});
  leave_out_own_tables(catalog, environment.version_table_name());
  // Other databases of the server are no part of this one.
  if (environment.dialect().capabilities().schemas_are_databases) catalog.schemas.clear();
  return catalog;
}

} // namespace vm::command
