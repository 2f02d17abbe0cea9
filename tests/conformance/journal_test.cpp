// Migrations that stop half way, and dry runs: the real binary on every database.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

namespace {

std::string scalar(TestDatabase const& database, std::string_view query) {
  auto const value = database.connect()->scalar(query);
  if (!value) return "no row";
  if (auto const* number = std::get_if<std::int64_t>(&*value)) return std::to_string(*number);
  if (auto const* text = std::get_if<std::string>(&*value)) return *text;
  return "?";
}

bool has_table(TestDatabase const& database, std::string const& table) {
  try {
    database.connect()->scalar("SELECT 1 FROM " + table);
    return true;
  } catch (DatabaseError const&) {
    return false;
  }
}

// Counts how often each step ran. Its third step fails until there is a table 'helper'.
constexpr auto stops_half_way = R"lua(
function upgrade()
  op.autocommit_block(function()
    op.create_table("counter", { sql.column("id", sql.integer, { primary_key = true, autoincrement = false }), sql.column("n", sql.integer) })
    op.bulk_insert("counter", { { id = 1, n = 1 } })
    if not op.has_column("counter", "extra") then op.add_column("counter", sql.column("extra", sql.integer)) end
    op.execute("INSERT INTO helper (id) VALUES (1)")
    op.execute("UPDATE counter SET n = n + 1")
  end)
end
function downgrade() op.drop_table("counter") end)lua";

} // namespace

TEST_CASE("a migration that stopped half way goes on after its last finished step") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", stops_half_way);

    auto const first = project.vm({"upgrade"});
    CAPTURE(first.err);
    CHECK(first.exit_code == 1);
    CHECK(contains(first.err, "upgrade of 'a1': 3 steps committed, failed at migrations/versions/a1.lua:12"));
    CHECK(contains(first.err, "it goes on after step 3"));
    CHECK(contains(project.vm({"status"}).out, "unfinished upgrade of 'a1': 3 steps committed"));
    CHECK(contains(project.vm({"resolve", "a1"}).out, "3  done    add column 'counter.extra'"));

    database.connect()->execute("CREATE TABLE helper (id INTEGER)");
    auto const second = project.vm({"upgrade"});
    CAPTURE(second.err);
    CHECK(second.exit_code == 0);
    CHECK(scalar(database, "SELECT n FROM counter") == "2");
    CHECK(scalar(database, "SELECT count(*) FROM helper") == "1");
    CHECK_FALSE(has_table(database, "vm_journal"));
  });
}

TEST_CASE("nothing else runs while a migration is half done") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", "function upgrade() end\nfunction downgrade() end");
    project.migration("a2", "a1", stops_half_way);
    CHECK(project.vm({"upgrade"}).exit_code == 1);

    auto const down = project.vm({"downgrade", "base"});
    CAPTURE(down.err);
    CHECK(down.exit_code == 1);
    CHECK(contains(down.err, "upgrade of 'a2' stopped half way, and this run does not begin with it"));
    CHECK(contains(down.err, "`vm run upgrade a2`"));
    CHECK(project.vm({"upgrade", "a1"}).exit_code == 1); // nothing to do, but not nothing wrong

    CHECK(project.vm({"resolve", "a2", "--abandon"}).exit_code == 0);
    CHECK_FALSE(has_table(database, "vm_journal"));
    CHECK(project.vm({"downgrade", "base"}).exit_code == 0);
  });
}

TEST_CASE("a script that changed since stops the run, and a person lets it go on") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", stops_half_way);
    CHECK(project.vm({"upgrade"}).exit_code == 1);

    std::string mended{stops_half_way};
    auto const bad = std::string{"INSERT INTO helper (id) VALUES (1)"};
    mended.replace(mended.find(bad), bad.size(), "UPDATE counter SET extra = 5");
    project.migration("a1", "", mended);
    auto const changed = project.vm({"upgrade"});
    CAPTURE(changed.err);
    CHECK(changed.exit_code == 1);
    CHECK(contains(changed.err, "the script of 'a1' changed since it stopped half way"));
    CHECK(contains(changed.err, "script: recorded "));

    CHECK(project.vm({"resolve", "a1", "--redo"}).exit_code == 0);
    auto const done = project.vm({"upgrade"});
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    CHECK(scalar(database, "SELECT n + extra FROM counter") == "7");
  });
}

TEST_CASE("a finished step that differs from the record stops the run before anything happens") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", stops_half_way);
    CHECK(project.vm({"upgrade"}).exit_code == 1);
    std::string other{stops_half_way};
    other.replace(other.find("n = 1 }"), 7, "n = 7 }");
    project.migration("a1", "", other);
    CHECK(project.vm({"resolve", "a1", "--redo"}).exit_code == 0);
    database.connect()->execute("CREATE TABLE helper (id INTEGER)");

    auto const differs = project.vm({"upgrade"});
    CAPTURE(differs.err);
    CHECK(differs.exit_code == 1);
    CHECK(contains(differs.err, "step 2 was 'insert 1 row into 'counter''"));
    CHECK(contains(differs.err, "hash"));
    CHECK(scalar(database, "SELECT count(*) FROM helper") == "0");

    database.connect()->execute("DROP TABLE counter");
    auto const anew = project.vm({"upgrade", "--restart"});
    CAPTURE(anew.err);
    CHECK(anew.exit_code == 0);
    CHECK(scalar(database, "SELECT n FROM counter") == "8");
  });
}

TEST_CASE("what nobody can tell is asked, and each answer is heeded") {
  // A procedure may commit, so its outcome cannot be seen from outside.
  for (bool const took_effect : {true, false}) {
    auto const database = TestDatabase::make("postgresql");
    if (!database) return;
    TempProject const project{url_text(database->url())};
    project.migration("a1", "", R"lua(
function upgrade()
  op.autocommit_block(function()
    op.execute("CREATE TABLE counter (n INTEGER)")
    op.execute("CALL count_up()")
  end)
end)lua");
    CHECK(project.vm({"upgrade"}).exit_code == 1); // there is no such procedure yet
    auto const session = database->connect();
    session->execute("CREATE PROCEDURE count_up() LANGUAGE sql AS 'INSERT INTO counter VALUES (1)'");
    session->execute("UPDATE vm_journal SET state = 'sent' WHERE state = 'failed'");
    auto const asks = project.vm({"upgrade"});
    CAPTURE(asks.err);
    CHECK(asks.exit_code == 1);
    CHECK(contains(asks.err, "nobody can tell whether it took effect"));
    CHECK(project.vm({"resolve", "a1", took_effect ? "--done" : "--redo"}).exit_code == 0);
    CHECK(project.vm({"upgrade"}).exit_code == 0);
    CHECK(scalar(*database, "SELECT count(*) FROM counter") == (took_effect ? "0" : "1"));
  }
}

TEST_CASE("the invalid index of a failed CREATE INDEX CONCURRENTLY is dropped before the next try") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  TempProject const project{url_text(database->url())};
  project.migration("a1", "", R"lua(
function upgrade()
  op.execute("CREATE TABLE t (a INTEGER)")
  op.execute("INSERT INTO t VALUES (1), (1)")
  op.execute("CREATE UNIQUE INDEX CONCURRENTLY ux_t_a ON t (a)")
end)lua");
  CHECK(project.vm({"upgrade"}).exit_code == 1);
  constexpr auto invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";
  CHECK(scalar(*database, invalid) == "1");
  database->connect()->execute("DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)");
  auto const again = project.vm({"upgrade"});
  CAPTURE(again.err);
  CHECK(again.exit_code == 0);
  CHECK(contains(again.err, "left something invalid behind"));
  CHECK(scalar(*database, invalid) == "0");
  CHECK(scalar(*database, "SELECT count(*) FROM pg_indexes WHERE indexname = 'ux_t_a'") == "1");
}

TEST_CASE("a migration that stays in its transaction leaves no journal, also when it fails") {
  for (auto const* dialect : {"sqlite", "postgresql"}) {
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    TempProject const project{url_text(database->url())};
    project.migration("a1", "",
                      "function upgrade() op.execute('CREATE TABLE t (a INTEGER)') op.execute('nonsense') end");
    auto const failed = project.vm({"-v", "upgrade"});
    CHECK(failed.exit_code == 1);
    CHECK_FALSE(contains(failed.err, "vm_journal"));
    CHECK(contains(failed.err, "rolled back; the database is at base"));
    CHECK_FALSE(has_table(*database, "vm_journal"));
  }
}

TEST_CASE("a dry run shows what would happen and leaves nothing") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"lua(
function upgrade()
  op.execute("CREATE TABLE t (a INTEGER)")
  op.execute("INSERT INTO t VALUES (1), (2)")
  op.autocommit_block(function() op.create_index("ix_t", "t", { "a" }, { postgresql_concurrently = true }) end)
end
function downgrade() op.drop_table("t") end)lua");
    auto const rehearsed = project.vm({"upgrade", "--dry-run"});
    CAPTURE(rehearsed.out);
    CAPTURE(rehearsed.err);
    CHECK(rehearsed.exit_code == 0);
    CHECK(contains(rehearsed.out, "CREATE TABLE t"));
    CHECK(contains(rehearsed.out, "everything was rolled back"));
    for (auto const* table : {"t", "vm_version", "vm_history", "vm_journal"}) CHECK_FALSE(has_table(database, table));
    if (database.dialect() == "mysql") {
      CHECK(contains(rehearsed.out, "not rehearsed: it commits and cannot be rolled back"));
    } else {
      CHECK(contains(rehearsed.out, "2 rows, "));
    }
    if (database.dialect() == "postgresql") {
      CHECK(contains(rehearsed.out, "locks t: AccessExclusiveLock"));
      CHECK(contains(rehearsed.out, "not rehearsed: it cannot run in a transaction"));
    }

    REQUIRE(project.vm({"upgrade"}).exit_code == 0);
    auto const history = scalar(database, "SELECT count(*) FROM vm_history");
    auto const down = project.vm({"--json", "downgrade", "base", "--dry-run"});
    CHECK(down.exit_code == 0);
    CHECK(contains(down.out, "\"dry_run\": true"));
    CHECK(has_table(database, "t"));
    CHECK(scalar(database, "SELECT count(*) FROM vm_version") == "1");
    CHECK(scalar(database, "SELECT count(*) FROM vm_history") == history);
  });
}

TEST_CASE("a dry run of a migration that fails says so and leaves nothing") {
  for (auto const* dialect : {"sqlite", "postgresql"}) {
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    TempProject const project{url_text(database->url())};
    project.migration("a1", "",
                      "function upgrade() op.execute('CREATE TABLE t (a INTEGER)') op.execute('nonsense') end");
    auto const failed = project.vm({"upgrade", "--dry-run"});
    CAPTURE(failed.err);
    CHECK(failed.exit_code == 1);
    CHECK(contains(failed.err, "nonsense"));
    for (auto const* table : {"t", "vm_version", "vm_history"}) CHECK_FALSE(has_table(*database, table));
  }
}
