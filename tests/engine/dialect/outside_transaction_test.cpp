// Which statements PostgreSQL refuses inside a transaction: asked of the server itself, and of us.
#include "engine/core/error.hpp"
#include "tests/support/live_dialect.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

TEST_CASE("PostgreSQL refuses in a transaction what we run outside of it, and nothing else") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  for (auto const* statement :
       {"CREATE TABLE t (id integer PRIMARY KEY)", "CREATE INDEX ti ON t (id)",
        "CREATE TABLE p (id integer) PARTITION BY RANGE (id)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2)", "CREATE TYPE e AS ENUM ('a')",
        "CREATE MATERIALIZED VIEW m AS SELECT 1 AS a", "CREATE UNIQUE INDEX ON m (a)"})
    live.run(statement);
  auto const name = database->url().database;
  std::vector<std::string> const statements{
      "CREATE INDEX CONCURRENTLY x ON t (id)",
      "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS x ON t (id)",
      "CREATE INDEX \"concurrently\" ON t (id)",
      "DROP INDEX CONCURRENTLY ti",
      "DROP INDEX ti",
      "REINDEX INDEX CONCURRENTLY ti",
      "REINDEX TABLE CONCURRENTLY t",
      "REINDEX (CONCURRENTLY) TABLE t",
      "REINDEX (VERBOSE, CONCURRENTLY true) TABLE t",
      "REINDEX (CONCURRENTLY false) TABLE t",
      "REINDEX (CONCURRENTLY off, VERBOSE) INDEX ti",
      "REINDEX TABLE t",
      "REINDEX SCHEMA public",
      "REINDEX DATABASE " + name,
      "REINDEX (VERBOSE) DATABASE " + name,
      "REINDEX SYSTEM " + name,
      "VACUUM",
      "VACUUM (ANALYZE) t",
      "ANALYZE",
      "CLUSTER",
      "CLUSTER VERBOSE",
      "CLUSTER t USING ti",
      "CREATE DATABASE vm_never",
      "DROP DATABASE vm_never",
      "DROP DATABASE IF EXISTS vm_never",
      "ALTER DATABASE " + name + " SET TABLESPACE pg_default",
      "ALTER DATABASE " + name + " SET work_mem = '4MB'",
      "CREATE TABLESPACE vm_never LOCATION '/nonexistent'",
      "DROP TABLESPACE IF EXISTS vm_never",
      "ALTER TABLESPACE pg_default SET (seq_page_cost = 1)",
      "ALTER SYSTEM SET work_mem = '4MB'",
      "ALTER SYSTEM RESET work_mem",
      "ALTER TYPE e ADD VALUE 'b'",
      "CREATE SUBSCRIPTION s CONNECTION 'dbname=vm_never' PUBLICATION p",
      "CREATE SUBSCRIPTION s CONNECTION 'dbname=vm_never' PUBLICATION p WITH (connect = false)",
      "CREATE SUBSCRIPTION s CONNECTION 'port=1 host=127.0.0.1' PUBLICATION p WITH (create_slot = false)",
      "COMMIT PREPARED 'x'",
      "ROLLBACK PREPARED 'x'",
      "DISCARD ALL",
      "DISCARD PLANS",
      "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY",
      "ALTER TABLE p DETACH PARTITION p1",
      "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
      "CHECKPOINT",
      "SELECT 'VACUUM'",
      "COMMENT ON TABLE t IS 'CREATE DATABASE'",
  };
  for (auto const& statement : statements) {
    CAPTURE(statement);
    bool refused = false;
    live.run("BEGIN");
    try {
      live.run(statement);
    } catch (DatabaseError const& error) {
      refused = error.code == "25001"; // active_sql_transaction
    }
    live.run("ROLLBACK");
    CHECK(live.dialect().must_run_outside_transaction(statement) == refused);
    CHECK(live.dialect().must_run_outside_transaction("-- why\n" + statement + ";") == refused);
  }
}

TEST_CASE("a subscription, of which PostgreSQL asks what it has, is changed outside a transaction") {
  auto const dialect = dialect::postgresql::make_dialect(nullptr);
  for (auto const* statement :
       {"DROP SUBSCRIPTION s", "ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER SUBSCRIPTION s SET PUBLICATION p",
        "ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (refresh = true)", "DROP SUBSCRIPTION IF EXISTS s"})
    CHECK(dialect->must_run_outside_transaction(statement));
  for (auto const* statement :
       {"ALTER SUBSCRIPTION s ENABLE", "ALTER SUBSCRIPTION s OWNER TO me", "PREPARE TRANSACTION 'x'"})
    CHECK_FALSE(dialect->must_run_outside_transaction(statement));
}
