#include "engine/db/sink.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/run/applier.hpp"
#include "engine/run/own_tables.hpp"
#include "tests/support/databases.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace {

using vm::schema::Identifier;

// A run whose SQL is printed: each step has an applier of its own, as the runner makes them.
struct PrintedRun {
  std::unique_ptr<vm::sql::Dialect> dialect = vm::dialect::backend_for("sqlite").dialect(nullptr, {});
  std::ostringstream out;
  vm::db::ScriptSink sink{out, *dialect};
  vm::schema::NamingConvention naming;
  vm::run::MadeCatalog made;

  vm::run::Applier step() {
    return vm::run::Applier{{.dialect = *dialect,
                             .sink = sink,
                             .naming = naming,
                             .surroundings = {},
                             .warn = {},
                             .interrupted = {},
                             .made = &made}};
  }
};

vm::op::CreateTable customers() {
  vm::schema::Column id{.name = Identifier{"id"}, .type = vm::schema::Integer{}};
  vm::schema::Table table{.name = {.name = Identifier{"customers"}}};
  table.columns.push_back(std::move(id));
  return {.table = std::move(table)};
}

vm::op::InspectScope only(char const* name) {
  vm::op::InspectScope scope;
  scope.tables.emplace().push_back({.name = Identifier{name}});
  return scope;
}

} // namespace

TEST_CASE("a table that an earlier step of a printed run made is known to a later one") {
  PrintedRun run;
  run.step().apply(customers(), {});
  CHECK(run.step().inspect(only("customers"), {}).tables.size() == 1);
}

TEST_CASE("a printed run refuses to answer for a table it did not make") {
  PrintedRun run;
  CHECK_THROWS_WITH(run.step().inspect(only("loans"), {}),
                    "the migration asks the database for table 'loans', which --sql does not have");
}

TEST_CASE("a printed run rebuilds a table that an earlier step made") {
  PrintedRun run;
  run.step().apply(customers(), {});
  run.step().apply(vm::op::AlterColumn{.table = {.name = Identifier{"customers"}},
                                       .column = Identifier{"id"},
                                       .type = vm::schema::BigInt{}},
                   {});
  CHECK(run.out.str().find("CREATE TABLE \"vm_new_customers\"") != std::string::npos);
}

TEST_CASE("a migration that lists the tables does not see vm's own, but may ask for one by name") {
  auto const database = vm::test::TestDatabase::make("sqlite");
  auto const session = database->connect();
  for (auto const* name : {"customers", "schema_version", "vm_history", "vm_journal", "vm_backfill", "vm_lock"})
    session->execute(std::string{"CREATE TABLE "} + name + " (id INTEGER)");
  auto const& backend = vm::dialect::backend_for("sqlite");
  auto const dialect = backend.dialect(&session->server(), {});
  auto const inspector = backend.inspector(*session);
  vm::db::SessionSink sink{*session, *dialect, {}};
  vm::schema::NamingConvention const naming;
  vm::run::Applier applier{{.dialect = *dialect,
                            .sink = sink,
                            .session = session.get(),
                            .inspector = inspector.get(),
                            .naming = naming,
                            .surroundings = {},
                            .warn = {},
                            .interrupted = {},
                            .version_table = vm::schema::TableName{std::nullopt, Identifier{"schema_version"}}}};
  auto const all = applier.inspect({}, {});
  REQUIRE(all.tables.size() == 1);
  CHECK(all.tables.begin()->first.name == Identifier{"customers"});
  CHECK(applier.inspect(only("vm_history"), {}).tables.size() == 1);
  CHECK(applier.inspect(only("schema_version"), {}).tables.size() == 1);
}

TEST_CASE("vm's tables are told from others by schema where both are known") {
  auto const name = [](char const* schema, char const* table) {
    vm::schema::TableName made{std::nullopt, Identifier{table}};
    if (schema) made.schema = Identifier{schema};
    return made;
  };
  CHECK(vm::run::is_own_table(name(nullptr, "vm_lock"), name("app", "versions")));
  CHECK(vm::run::is_own_table(name("app", "versions"), name("app", "versions")));
  CHECK_FALSE(vm::run::is_own_table(name("shop", "vm_lock"), name("app", "versions")));
  CHECK_FALSE(vm::run::is_own_table(name(nullptr, "vm_locks"), name(nullptr, "versions")));
}
