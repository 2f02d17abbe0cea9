#include "engine/command/scratch.hpp"

#include "engine/run/own_tables.hpp"

namespace vm::command {
namespace {

config::Config scratch_config(config::Config config) {
  config.lock = config::LockMode::none; // nobody else knows the database
  config.on_drift = config::OnDrift::ignore;
  config.is_protected = false;
  config.version_table_schema.reset(); // not there; on MariaDB it is another database
  if (config.transaction == config::TransactionMode::all) config.transaction = config::TransactionMode::per_migration;
  return config;
}

} // namespace

Scratch::Scratch(run::Environment& project, script::Host& host, run::Progress& progress, bool schema_will_do)
    : database_{project.backend().scratch(project.url(), project.connect_options(), schema_will_do)},
      environment_{std::make_unique<run::Environment>(scratch_config(project.config()), host, progress)} {
  environment_->use_url(database_->url());
}

void Scratch::with_target(std::function<void(run::Applier&)> const& body, bool in_transaction) {
  auto& environment = *environment_;
  auto const& dialect = environment.dialect();
  db::SessionSink sink{environment.session(), dialect,
                       [&](std::string_view text, double seconds) { environment.progress().statement(text, seconds); }};
  auto const naming = environment.naming(dialect);
  run::ApplierContext context{.dialect = dialect,
                              .sink = sink,
                              .session = &environment.session(),
                              .inspector = &environment.inspector(),
                              .naming = naming,
                              .surroundings = {}};
  context.surroundings = {std::string{dialect.name()}, environment.session().server().version, false, "upgrade"};
  context.in_transaction = in_transaction;
  context.warn = [&](std::string_view text) { environment.progress().warning(text); };
  context.interrupted = [&] { return environment.interrupted(); };
  run::Applier applier{std::move(context)};
  try {
    body(applier);
    if (sink.in_transaction()) sink.commit();
  } catch (Error const&) {
    if (environment.interrupted()) throw Interrupted{"interrupted; the scratch database is dropped"};
    if (environment.session().is_alive()) sink.rollback();
    throw;
  }
}

void Scratch::apply(std::vector<op::Operation> const& operations) {
  with_target([&](run::Applier& applier) {
    for (auto const& operation : operations) applier.apply(operation, {});
  });
}

void Scratch::run_script(std::string_view text, std::string const& file) {
  with_target([&](run::Applier& applier) { applier.run_script(text, file, 1); }, false);
}

schema::Catalog Scratch::read() {
  auto catalog = environment_->inspector().read({});
  leave_out_own_tables(catalog, environment_->version_table_name());
  // Other databases of the server come and go while this one is looked at.
  if (environment_->dialect().capabilities().schemas_are_databases) catalog.schemas.clear();
  return catalog;
}

void leave_out_own_tables(schema::Catalog& catalog, schema::TableName const& version_table) {
  std::erase_if(catalog.tables, [&](auto const& entry) { return run::is_own_table(entry.first, version_table); });
}

} // namespace vm::command
