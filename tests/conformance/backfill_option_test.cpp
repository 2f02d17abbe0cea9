// The options of op.backfill one by one, and what others do to the table meanwhile, on every database.
#include "tests/support/backfill_project.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

/// Writes down every row that is written.
void watch_updates(BackfillProject const& project, TestDatabase const& database) {
  auto const session = database.connect();
  session->execute("CREATE TABLE written (id BIGINT)");
  if (database.dialect() == "sqlite") {
    session->execute("CREATE TRIGGER watch AFTER UPDATE ON items BEGIN INSERT INTO written VALUES (NEW.id); END");
  } else if (database.dialect() == "postgresql") {
    session->execute("CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO written VALUES "
                     "(NEW.id); RETURN NULL; END $$");
    session->execute("CREATE TRIGGER watch AFTER UPDATE ON items FOR EACH ROW EXECUTE FUNCTION watch()");
  } else {
    session->execute("CREATE TRIGGER watch AFTER UPDATE ON items FOR EACH ROW INSERT INTO written VALUES (NEW.id)");
  }
  REQUIRE(project.scalar("SELECT count(*) FROM written") == "0");
}

double seconds_of(std::function<void()> const& body) {
  auto const start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

TEST_CASE("rows whose values do not change are not written") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 600};
    watch_updates(project, database);
    auto const up = project.backfill(R"lua(
function change(row)
  if row.id % 3 == 0 then return { name = row.name, n = row.n } end      -- as it is
  if row.id % 3 == 1 then return { name = row.name:upper(), n = row.n } end -- differs in case only
  return nil
end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 64 }, change)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "600 rows, 200 changed"));
    CHECK(project.scalar("SELECT count(*) FROM written") == "200");
    CHECK(project.scalar("SELECT count(*) FROM written WHERE id % 3 <> 1") == "0");
    database.connect()->execute("DELETE FROM written");
    project.project.migration("c1", "b1", R"lua(
function upgrade()
  op.backfill("items", { set = { n = sql.expr("id % 2") }, batch_size = 64 })
end
function downgrade() end)lua");
    REQUIRE(project.project.vm({"upgrade"}).exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM written") == "300");
  });
}

TEST_CASE("a text key in an odd collation is gone along without losing or repeating a row") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 1};
    struct Table {
      std::string name, key;
    };
    std::vector<Table> tables;
    if (database.dialect() == "sqlite") {
      tables = {{"k_nocase", "code TEXT COLLATE NOCASE"}, {"k_rtrim", "code TEXT COLLATE RTRIM"}};
    } else if (database.dialect() == "postgresql") {
      database.connect()->execute(
          "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
      tables = {{"k_c", "code TEXT COLLATE \"C\""},
                {"k_icu", "code TEXT COLLATE \"und-x-icu\""},
                {"k_blind", "code VARCHAR(40) COLLATE blind"},
                {"k_char", "code CHAR(20)"}};
    } else {
      tables = {{"k_general", "code VARCHAR(40) COLLATE utf8mb4_general_ci"},
                {"k_unicode", "code VARCHAR(40) COLLATE utf8mb4_unicode_520_ci"},
                {"k_bin", "code VARCHAR(40) COLLATE utf8mb4_bin"},
                {"k_latin", "code VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_german2_ci"},
                {"k_char", "code CHAR(20)"}};
    }
    std::mt19937 random{4711};
    std::string migration = "function change(row) return { n = row.n + 1 } end\nfunction upgrade()\n";
    std::string const suffix = database.dialect() == "mysql" ? " CHARACTER SET utf8mb4" : "";
    for (auto const& [name, key] : tables) {
      auto const session = database.connect();
      session->execute(fmt::format("CREATE TABLE {} ({} NOT NULL, part INTEGER NOT NULL, n INTEGER, PRIMARY KEY (code, "
                                   "part)){}",
                                   name, key, suffix));
      std::vector<std::string> const letters{"a", "A", "b", "B", "ä", "Ä", "ß", "ss",
                                             "é", "E", "_", "%", "-", " ", "Z", "z"};
      std::string rows;
      for (int i = 0; i < 200; ++i) {
        std::string code;
        for (int j = 0; j < 3; ++j) code += letters[random() % letters.size()];
        rows += fmt::format("{}('{}', {}, 0)", i > 0 ? ", " : "", code, i);
      }
      session->execute(fmt::format("INSERT INTO {} VALUES {}", name, rows));
      migration += fmt::format("  op.backfill(\"{}\", {{ columns = \"n\", batch_size = 7 }}, change)\n", name);
      migration +=
          fmt::format("  op.backfill(\"{}\", {{ set = {{ n = sql.expr(\"n + 10\") }}, batch_size = 11 }})\n", name);
    }
    auto const up = project.backfill(migration + "end\nfunction downgrade() end");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    for (auto const& each : tables) {
      CAPTURE(each.name);
      CHECK(project.scalar("SELECT count(*) FROM " + each.name + " WHERE n = 11") == "200");
    }
  });
}

TEST_CASE("a key that may be NULL or is not unique is refused with the reason") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 5};
    auto const session = database.connect();
    session->execute("CREATE TABLE loose (a INTEGER, b INTEGER NOT NULL, c INTEGER NOT NULL UNIQUE, n INTEGER)");
    session->execute("CREATE UNIQUE INDEX loose_a ON loose (a)");
    session->execute("INSERT INTO loose VALUES (1, 1, 1, 0), (NULL, 1, 2, 0), (3, 1, 3, 0)");
    auto const refused = [&](std::string const& key) {
      auto const up = project.backfill("function upgrade() op.backfill(\"loose\", { " + key +
                                       "set = { n = 1 } }) end\nfunction downgrade() end");
      CHECK(up.exit_code == 1);
      project.project.vm({"resolve", "b1", "--abandon"});
      return up.err;
    };
    CHECK(contains(refused("key = \"a\", "),
                   "the key column 'a' of table 'loose' may be NULL: such rows would be left out"));
    CHECK(contains(refused("key = \"b\", "),
                   "the key (b) of table 'loose' is not unique: two rows could not be told apart"));
    CHECK(contains(refused(""), "table 'loose' has no primary key, which a backfill goes along"));
    CHECK(project.scalar("SELECT count(*) FROM loose WHERE n = 0") == "3");
    auto const up = project.backfill("function upgrade() op.backfill(\"loose\", { key = \"c\", set = { n = 1 } }) "
                                     "end\nfunction downgrade() end");
    CAPTURE(up.err);
    CHECK(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM loose WHERE n = 1") == "3");
  });
}

TEST_CASE("pause is between batches, and batch_size = auto aims at target_batch_time") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 4000};
    auto const seconds = seconds_of([&] {
      auto const up = project.backfill(R"lua(
function upgrade()
  op.backfill("items", { set = { result = "x" }, batch_size = 800, pause = 0.25 })
end
function downgrade() end)lua");
      CAPTURE(up.err);
      CHECK(up.exit_code == 0);
    });
    CHECK(seconds > 1.0);
    // Some tenths of a millisecond for each row: 2,000 of them, which it begins with, take far more than a tenth of a
    // second.
    std::string slow = "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000 + items.id * 0) "
                       "SELECT max(i) > 0 FROM c)";
    if (database.dialect() == "postgresql")
      slow = "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500 + items.id * 0) SELECT "
             "min(i) FROM c)";
    if (database.dialect() == "mysql") slow = "1 + benchmark(800, md5(id))";
    project.project.migration("c1", "b1",
                              fmt::format(R"lua(
function upgrade()
  op.backfill("items", {{ batch_size = "auto", target_batch_time = 0.1, set = {{ n = sql.expr("{}") }} }})
end
function downgrade() end)lua",
                                          slow));
    auto const up = project.project.vm({"upgrade", "--log-format", "json"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1") == "4000");
    auto const place = up.err.find("\"batch_size\":");
    REQUIRE(place != std::string::npos);
    auto const size = std::atoi(up.err.c_str() + place + 13);
    CHECK(size >= 100);
    CHECK(size <= 1000);
  });
}

TEST_CASE("rows that others insert, change and delete meanwhile keep what they did") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 1500, 10};
    project.project.migration("b1", "a1", R"lua(
function change(row) return { result = row.name .. "!", n = row.n + 1 } end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 25, pause = 0.02 }, change)
end
function downgrade() end)lua");
    Process process{project.project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("Running upgrade a1 -> b1"));
    db::ConnectOptions options;
    options.lock_timeout = 20;
    auto const session = database.connect(options);
    std::mt19937 random{99};
    int added = 0;
    for (int i = 0; i < 40; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds{15});
      auto const id = 10 * (1 + random() % 1500);
      session->execute(fmt::format("UPDATE items SET n = n + 100 WHERE id = {}", id));
      session->execute(fmt::format("DELETE FROM items WHERE id = {}", 10 * (1 + random() % 1500)));
      session->execute(fmt::format("INSERT INTO items (id, name, n) VALUES ({}, 'New', 0)", 15001 + i));
      ++added;
    }
    auto const ended = process.wait();
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    // No change of others is lost, no row is transformed twice or left out.
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id <= 15000 AND (n % 100 <> 1 OR result IS NULL)") == "0");
    CHECK(std::stoi(project.scalar("SELECT count(*) FROM items WHERE n > 100")) > 20);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id > 15000") == std::to_string(added));
    CHECK(project.scalar("SELECT count(*) FROM items WHERE id > 15000 AND n NOT IN (0, 1)") == "0");
    CHECK(std::stoi(project.scalar("SELECT count(*) FROM items WHERE id <= 15000")) < 1500);
  });
}

TEST_CASE("a string goes into a column of bytes as the bytes it holds") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 1};
    auto const up = project.backfill(R"lua(
function copy(row) return { kept = row.given } end
function upgrade()
  op.create_table("files", { sql.column("id", sql.integer, { primary_key = true }), sql.column("given", sql.binary),
    sql.column("kept", sql.binary) })
  local all = {}
  for i = 0, 255 do all[#all + 1] = string.char(i) end
  op.bulk_insert("files", { { id = 1, given = sql.bytes(table.concat(all)) }, { id = 2, given = sql.bytes("\\x4142") },
    { id = 3, given = sql.bytes("") }, { id = 4, given = sql.bytes("a\\b'c") }, { id = 5 } })
  op.backfill("files", { columns = "given" }, copy)
end
function downgrade() end)lua");
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "5 rows, 4 changed"));
    auto const rows = database.connect()->all("SELECT given, kept FROM files ORDER BY id");
    for (auto const& row : rows) CHECK(row[0] == row[1]);
    CHECK(std::get<Bytes>(rows[1][1]).data == "\\x4142");
  });
}

TEST_CASE("a row function that never ends is stopped by the time limit, wherever it runs") {
  on_every_database([](TestDatabase const& database) {
    for (auto const* const workers : {"1", "2"}) {
      CAPTURE(workers);
      auto const scratch = TestDatabase::make(database.dialect());
      REQUIRE(scratch);
      BackfillProject const project{*scratch, 300};
      project.project.write("vm.toml", "url = \"" + url_text(scratch->url()) + "\"\ntime_limit = \"1s\"\n");
      auto const up = project.backfill(std::string{R"lua(
function change(row)
  local n = 0
  if row.id == 200 then while true do n = n + 1 end end
  return { n = 1 }
end
function upgrade()
  op.backfill("items", { columns = { "id" }, batch_size = 50, workers = )lua"} +
                                       workers + " }, change)\nend\nfunction downgrade() end");
      CAPTURE(up.err);
      CHECK(up.exit_code == 1);
      CHECK(contains(up.err, "id = 200: the script ran longer than the time limit of 1 s"));
    }
  });
}
