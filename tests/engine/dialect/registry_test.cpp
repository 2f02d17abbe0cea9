#include "engine/dialect/registry.hpp"
#include "tests/support/databases.hpp"

using namespace vm;

TEST_CASE("every dialect has a backend, others are refused with the nearest name") {
  for (auto const* const name : {"sqlite", "postgresql", "mysql", "mariadb"})
    CHECK(dialect::backend_for(name).dialect(nullptr, {})->name() == name);
  CHECK_THROWS_WITH_AS(dialect::backend_for("postgres"), "unknown dialect 'postgres'", ConfigError);
  CHECK_THROWS_WITH_AS(dialect::backend_for("oracle"), "unknown dialect 'oracle'", ConfigError);
}

TEST_CASE("a backend knows whether a database file is there without making it") {
  test::TempFolder const folder;
  DatabaseUrl url;
  url.dialect = "sqlite";
  url.database = (folder / "x.db").native();
  auto const& backend = dialect::backend_for("sqlite");
  CHECK_FALSE(backend.exists(url));
  CHECK_FALSE(std::filesystem::exists(url.database));
  backend.connect(url, {})->execute("CREATE TABLE t (id integer)");
  CHECK(backend.exists(url));
}
