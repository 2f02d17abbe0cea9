#include "engine/run/backfills.hpp"

#include "engine/core/error.hpp"
#include "engine/dialect/bulk.hpp"

#include <fmt/format.h>

#include <utility>

namespace vm::run {

backfill::Store backfill_store(Environment& environment) {
  auto& session = environment.session();
  return backfill::Store{schema::TableName{environment.version_table_name().schema, schema::Identifier{"vm_backfill"}},
                         environment.dialect(),
                         dialect::bulk_path_for(environment.dialect().name()).can_skip_locked(session.server())};
}

backfill::Context backfill_context(Environment& environment) {
  return {environment.dialect(),
          dialect::bulk_path_for(environment.dialect().name()),
          environment.session(),
          [&environment] {
            auto options = environment.connect_options();
            options.application_name += " (backfill)";
            return environment.backend().connect(environment.url(), options);
          },
          [&environment](std::string const& host, int port) {
            auto url = environment.url();
            url.host = host;
            url.port = port;
            url.database.clear();
            url.parameters.erase("unix_socket");
            auto options = environment.connect_options();
            options.application_name += " (replica lag)";
            return environment.backend().connect(url, options);
          },
          [&environment] { return environment.interrupted(); },
          [&environment](backfill::Report const& report) { environment.progress().backfill(report); },
          [&environment](std::string_view text) { environment.progress().warning(text); },
          [&environment](int worker, std::string_view level, std::string_view text) {
            if (!environment.scripts_are_silent()) environment.progress().script_log(level, text, worker);
          }};
}

Backfills::Backfills(Environment& environment) : environment_{environment} {}

bool Backfills::has_table() {
  if (!has_table_) has_table_ = environment_.inspector().has_table(backfill_store(environment_).name());
  return *has_table_;
}

void Backfills::begin_step(std::string revision, std::string direction, std::string checksum) {
  name_ = {std::move(revision), std::move(direction), 0, std::move(checksum)};
  number_ = 0;
}

void Backfills::restart() {
  if (!has_table()) return;
  auto& session = environment_.session();
  auto const store = backfill_store(environment_);
  store.forget(session, name_.revision, true);
  if (!store.is_empty(session)) return;
  store.drop(session);
  has_table_ = false;
}

std::int64_t Backfills::run(op::Backfill const& asked, op::TransformSource* function, int number) {
  auto& session = environment_.session();
  auto const store = backfill_store(environment_);
  op::InspectScope scope;
  scope.tables = {asked.table};
  scope.tables_only = true;
  auto const catalog = environment_.inspector().read(scope);
  schema::Table const* table = catalog.find_table(asked.table);
  if (table == nullptr && catalog.tables.size() == 1) table = &catalog.tables.begin()->second;
  if (table == nullptr) {
    throw UsageError{fmt::format("there is no table '{}' to backfill", schema::to_string(asked.table))};
  }
  name_.number = number;
  backfill::Definition definition{asked, function ? function->name() : std::nullopt, function != nullptr,
                                  name_.checksum};
  auto const job = backfill::prepare(name_, std::move(definition), *table, environment_.dialect(),
                                     dialect::bulk_path_for(environment_.dialect().name()));
  if (!has_table()) {
    store.create(session);
    has_table_ = true;
  }
  running_ = true;
  backfill::run(job, function, store, backfill_context(environment_));
  running_ = false;
  auto const progress = store.find(session, job.id);
  return progress ? progress->rows_changed : 0;
}

void Backfills::begin_anew() {
  if (has_table()) backfill_store(environment_).forget(environment_.session(), name_.revision, false);
}

void Backfills::forget_with_record() {
  if (has_table()) backfill_store(environment_).forget(environment_.session(), name_.revision, false);
}

bool Backfills::has_empty_table() {
  return has_table() && backfill_store(environment_).is_empty(environment_.session());
}

void Backfills::drop_empty_table() {
  if (!has_empty_table()) return;
  backfill_store(environment_).drop(environment_.session());
  has_table_ = false;
}

void Backfills::end_step() {
  if (!environment_.session().in_transaction()) drop_empty_table();
}

std::vector<backfill::Progress> find_backfills(Environment& environment) {
  auto const store = backfill_store(environment);
  if (!environment.inspector().has_table(store.name())) return {};
  return store.all(environment.session());
}

} // namespace vm::run
