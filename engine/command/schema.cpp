// check, schema dump and schema diff: the schema a database has against the one it should have.
#include "engine/autogen/render_lua.hpp"
#include "engine/command/desired_schema.hpp"
#include "engine/command/new_file.hpp"
#include "engine/command/schema_commands.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/graph/plan.hpp"
#include "engine/graph/resolve.hpp"
#include "engine/run/drift.hpp"
#include "engine/run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace vm::command {
namespace {

std::vector<graph::Index> pending_revisions(run::Environment& environment) {
  auto const& graph = environment.graph(true);
  auto const applied = graph::applied_set(graph, graph::resolve_rows(graph, environment.applied_rows()));
  auto const& order = graph.walk_order();
  std::vector<graph::Index> pending;
  std::copy_if(order.rbegin(), order.rend(), std::back_inserter(pending),
               [&](graph::Index index) { return !applied[index]; });
  return pending;
}

void require_up_to_date(run::Environment& environment) {
  auto const pending = pending_revisions(environment);
  if (pending.empty()) return;
  auto const& graph = environment.graph();
  std::vector<std::string> ids;
  for (auto const index : pending) ids.push_back(graph.revision(index).id);
  constexpr std::size_t most = 5;
  auto const more = ids.size() > most ? fmt::format(" and {} more", ids.size() - most) : std::string{};
  ids.resize(std::min(ids.size(), most));
  UsageError error{"target database is not up to date", Hint{fmt::format("bring it up to date first: vm run upgrade {}",
                                                                         graph.heads().size() > 1 ? "heads" : "head")}};
  error.add_note({"database", environment.url().masked()});
  error.add_note({"pending", quoted_list(ids) + more});
  throw UsageError{std::move(error)};
}

SchemaDifference compare(run::Environment& environment, DesiredSchema desired, AskRename const& ask) {
  auto database = read_database(environment);
  autogen::Options options;
  options.hooks = environment.script_environment().comparison;
  if (ask)
    options.is_rename = [&](autogen::Rename const& rename) {
      return ask({rename.kind, rename.table, rename.from, rename.to});
    };
  SchemaDifference difference;
  auto& compared = difference.compared;
  compared.desired = desired.origin;
  compared.database = environment.url().masked();
  compared.desired_tables = desired.schema.reflected.tables.size();
  compared.database_tables = database.tables.size();
  auto comparison = autogen::compare(std::move(database), std::move(desired.schema), environment.dialect(), options);
  if (options.hooks.include_object) compared.hooks.emplace_back("include_object");
  if (options.hooks.compare_type) compared.hooks.emplace_back("compare_type");
  if (options.hooks.compare_server_default) compared.hooks.emplace_back("compare_server_default");
  if (options.hooks.process_operations) compared.hooks.emplace_back("process_operations");
  difference.findings = std::move(comparison.findings);
  difference.warnings = std::move(comparison.warnings);
  difference.not_compared = std::move(comparison.not_compared);
  difference.upgrade = autogen::render_operations(comparison.upgrade);
  difference.downgrade = autogen::render_operations(comparison.downgrade);
  return difference;
}

} // namespace

CheckReport check(CheckOptions const& options, run::Environment& environment) {
  CheckReport report;
  report.database = environment.url().masked();
  if (options.pending_only)
    report.pending = revision_lines(environment, pending_revisions(environment));
  else
    require_up_to_date(environment);
  if (environment.is_connected())
    for (auto& each : run::find_drift(environment))
      report.drifted.push_back({each.revision, each.path, each.applied_at});
  if (!options.pending_only) report.difference = compare(environment, load_desired(environment), {});
  return report;
}

SchemaDifference difference_to_desired(run::Environment& environment, AskRename const& ask) {
  require_up_to_date(environment);
  return compare(environment, load_desired(environment), ask);
}

SchemaDifference schema_diff(std::string const& other, run::Environment& environment) {
  return compare(environment, load_target(environment, other), {});
}

schema::Catalog live_schema(run::Environment& environment) {
  if (!environment.database_exists())
    throw ConnectError{fmt::format("there is no database '{}'", environment.url().masked())};
  auto catalog = read_database(environment);
  std::erase_if(catalog.tables,
                [](auto const& entry) { return entry.second.options.contains("postgresql_partition"); });
  return catalog;
}

std::string dump_lua(run::Environment& environment) {
  return autogen::render_schema(live_schema(environment));
}

std::string dump_sql(run::Environment& environment) {
  std::ostringstream text;
  script::DesiredSchema schema;
  schema.catalog = autogen::as_written(live_schema(environment));
  auto const& dialect = environment.dialect();
  db::ScriptSink sink{text, dialect};
  for (auto const& operation : autogen::creation(schema, dialect))
    for (auto const& statement : dialect.compile(operation, nullptr)) sink.execute(statement);
  return text.str();
}

void require_adoptable(run::Environment& environment) {
  if (!environment.database_exists())
    throw ConnectError{fmt::format("there is no database '{}'", environment.url().masked())};
  if (!environment.applied_rows().empty())
    throw UsageError{fmt::format("the database is tracked already: its version table names {}",
                                 quoted_list(environment.applied_rows()))};
  auto const catalog = read_database(environment);
  if (catalog.tables.empty() && catalog.views.empty())
    throw UsageError{
        fmt::format("the database {} is empty: there is nothing to start from", environment.url().masked())};
}

AdoptReport adopt_database(AdoptOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph();
  if (graph.size() > 0)
    throw UsageError{fmt::format("the project has revisions already, '{}' for one", graph.revision(0).id)};
  require_adoptable(environment);
  auto const catalog = live_schema(environment);
  AdoptReport report;
  report.tables = catalog.tables.size();
  report.schema_file = environment.config().script_location / "schema.lua";
  write_file(report.schema_file, autogen::render_schema(catalog), IfExists::replace);
  autogen::Desired desired;
  desired.reflected = catalog;
  desired.typed.catalog = autogen::as_written(catalog);
  auto const comparison = autogen::compare({}, desired, environment.dialect());
  script::NewScript script;
  script.message = "initial schema";
  script.revision = new_id(graph, "");
  script.created = options.created;
  script.upgrades = autogen::render_operations(comparison.upgrade);
  script.downgrades = autogen::render_operations(comparison.downgrade);
  report.revision = write_new_file(environment, std::move(script), {}, std::nullopt, false);
  return report;
}

} // namespace vm::command
