// Scratch databases on every database: beside the project's own, gone with their owner, never in each other's way.
#include "engine/dialect/registry.hpp"
#include "tests/support/databases.hpp"

using namespace vm;

namespace {

bool is_there(test::TestDatabase const& project, DatabaseUrl const& scratch) {
  if (scratch.dialect == "sqlite")
    return std::filesystem::exists(std::filesystem::path{scratch.database}.parent_path());
  auto const* query = scratch.dialect == "postgresql"
                          ? "SELECT count(*) FROM pg_database WHERE datname = '{}'"
                          : "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{}'";
  return project.connect()->scalar(fmt::format(fmt::runtime(query), scratch.database)) == Value{std::int64_t{1}};
}

} // namespace

TEST_CASE("a scratch database is empty, is not the project's, and goes with its owner") {
  test::on_every_database([](test::TestDatabase& project) {
    project.connect()->execute("CREATE TABLE kept (id integer)");
    auto const& backend = dialect::backend_for(project.dialect());
    auto first = backend.scratch(project.url(), {});
    auto second = backend.scratch(project.url(), {});
    auto const url = first->url();
    CHECK(url.database != project.url().database);
    CHECK(url.database != second->url().database);
    CHECK(url.dialect == project.url().dialect);
    auto const session = backend.connect(url, {});
    CHECK(backend.inspector(*session)->read({}).tables.empty());
    session->execute("CREATE TABLE tried (id integer)");
    CHECK(is_there(project, url));
    first.reset(); // with a session still open
    CHECK_FALSE(is_there(project, url));
    CHECK(is_there(project, second->url()));
    second.reset();
    auto const own = project.connect();
    CHECK(backend.inspector(*own)->read({}).tables.size() == 1);
  });
}

TEST_CASE("what a killed run left behind is dropped by the next, and nothing else is") {
  test::on_every_database([](test::TestDatabase& project) {
    if (project.dialect() == "sqlite") return; // its folders are left alone for a minute
    auto const& backend = dialect::backend_for(project.dialect());
    auto const server = project.connect();
    auto const left = db::new_scratch_name();
    auto const foreign = "vm_scratch_of_mine_" + std::to_string(getpid());
    for (auto const& name : {left, foreign}) server->execute("CREATE DATABASE " + name);
    auto leftover = project.url(), other = project.url();
    leftover.database = left;
    other.database = foreign;
    auto const used = backend.scratch(project.url(), {});
    CHECK_FALSE(is_there(project, leftover));
    CHECK(is_there(project, other));
    auto const again = backend.scratch(project.url(), {});
    CHECK(is_there(project, used->url()));
    server->execute("DROP DATABASE " + foreign);
  });
}

TEST_CASE("a scratch database can be made before the project's own is there") {
  for (std::string const name : {"postgresql", "mysql"}) {
    auto const project = test::TestDatabase::make(name);
    if (!project) continue;
    auto missing = project->url();
    missing.database = "vm_test_not_there";
    auto const scratch = dialect::backend_for(name).scratch(missing, {});
    CHECK(is_there(*project, scratch->url()));
  }
}

TEST_CASE("only names that vm makes are scratch names") {
  CHECK(db::is_scratch_name(db::new_scratch_name()));
  for (auto const* name : {"vm_scratch_", "vm_scratch_1_", "vm_scratch_x_0123abcd", "vm_scratch_1_0123abcg",
                           "vm_scratch_1_0123abcde", "vm_scratch__0123abcd", "scratch_1_0123abcd"})
    CHECK_FALSE(db::is_scratch_name(name));
}
