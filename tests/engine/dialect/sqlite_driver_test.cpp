#include "tests/support/databases.hpp"

#include <array>

using namespace vm;

namespace {

DatabaseUrl url_of(std::filesystem::path const& path) {
  DatabaseUrl url;
  url.dialect = "sqlite";
  url.database = path.native();
  return url;
}

std::unique_ptr<db::Session> memory() {
  return dialect::sqlite::connect(url_of({}), {});
}

} // namespace

TEST_CASE("sqlite: file names may hold what file systems allow") {
  test::TempFolder const folder;
  for (auto const* const name :
       {"plain.db", "with space.db", " two  spaces.db", "it's.db", "quo\"te.db", "a=b.db", "a=b and c=d.db",
        "dbname=x.db", "ümlaut 😀.db", "per%20cent.db", "file:x?mode=ro.db"}) {
    CAPTURE(name);
    auto const path = folder / name;
    dialect::sqlite::connect(url_of(path), {})->execute("CREATE TABLE t (id integer)");
    CHECK(std::filesystem::file_size(path) > 0);
  }
}

TEST_CASE("sqlite: a file name with both = and a double quote is refused with the way round") {
  CHECK_THROWS_WITH_AS(dialect::sqlite::connect(url_of("/tmp/a=\"b\".db"), {}),
                       "the SQLite file name '/tmp/a=\"b\".db' holds both '=' and '\"'", ConfigError);
}

TEST_CASE("sqlite: what cannot be opened is explained") {
  test::TempFolder const folder;
  auto const message = [&](std::filesystem::path const& path, db::ConnectOptions const& options = {}) -> std::string {
    try {
      dialect::sqlite::connect(url_of(path), options);
    } catch (ConnectError const& error) {
      return error.what();
    }
    return "opened";
  };
  auto const root = folder.path().native();
  CHECK(message(folder / "no/such/x.db") ==
        fmt::format("cannot open the database '{0}/no/such/x.db': the folder '{0}/no/such' does not exist", root));
  CHECK(message(folder.path()) == fmt::format("cannot open the database '{}': it is a folder", root));
  CHECK(message(folder / "new.db", {.create = false}) ==
        fmt::format("cannot open the database '{}/new.db': there is no such file", root));
  auto const text = folder.write("notes.txt", std::string(2000, 'x'));
  CHECK(message(text) == fmt::format("cannot open the database '{}/notes.txt': it is not a SQLite database", root));
}

TEST_CASE("sqlite: foreign keys are enforced, and can be switched off inside a transaction") {
  auto const session = memory();
  session->execute("CREATE TABLE p (id integer PRIMARY KEY)");
  session->execute("CREATE TABLE c (p integer REFERENCES p)");
  CHECK_THROWS_WITH_AS(session->execute("INSERT INTO c VALUES (1)"), "FOREIGN KEY constraint failed", DatabaseError);
  session->execute("BEGIN");
  session->enforce_foreign_keys(false);
  CHECK(session->execute("INSERT INTO c VALUES (1)") == 1);
  session->enforce_foreign_keys(true);
  CHECK_THROWS_AS(session->execute("INSERT INTO c VALUES (2)"), DatabaseError);
  session->execute("ROLLBACK");
}

TEST_CASE("sqlite: URL parameters") {
  auto url = url_of({});
  url.parameters = {{"foreign_keys", "off"}, {"timeout", "0.5"}};
  CHECK(dialect::sqlite::connect(url, {})->scalar("PRAGMA foreign_keys") == Value{std::int64_t{0}});
  url.parameters = {{"timeuot", "1"}};
  CHECK_THROWS_WITH_AS(dialect::sqlite::connect(url, {}), "the SQLite URL has an unknown parameter 'timeuot'",
                       ConfigError);
  url.parameters = {{"mode", "rx"}};
  CHECK_THROWS_WITH_AS(dialect::sqlite::connect(url, {}),
                       "the URL parameter 'mode' is 'rx', expected 'ro', 'rw', 'rwc' or 'memory'", ConfigError);
}

TEST_CASE("sqlite: NUMERIC columns give decimals and BOOLEAN columns booleans, other columns what is stored") {
  auto const session = memory();
  session->execute("CREATE TABLE t (n NUMERIC(20,2), b BOOLEAN, x)");
  session->execute(
      "INSERT INTO t VALUES (12.5, 1, 12.5), (1e21, 0, '1'), (0.00000012, 7, NULL), ('n/a', NULL, x'00ff')");
  auto const rows = session->all("SELECT n, b, x FROM t");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0] == std::vector<Value>{Decimal{"12.5"}, true, 12.5});
  CHECK(rows[1] == std::vector<Value>{Decimal{"1000000000000000000000"}, false, std::string{"1"}});
  CHECK(rows[2] == std::vector<Value>{Decimal{"0.00000012"}, std::int64_t{7}, Null{}});
  CHECK(rows[3] == std::vector<Value>{std::string{"n/a"}, Null{}, Bytes{std::string{"\0\xff", 2}}});
}

TEST_CASE("sqlite: a parameter that is not given is an error, not NULL") {
  auto const session = memory();
  CHECK_THROWS_WITH_AS(session->scalar("SELECT :oops"), "the statement has 1 parameters, 0 were given", DatabaseError);
}

TEST_CASE("sqlite: a full database says so") {
  auto const session = memory();
  session->execute("CREATE TABLE t (x blob)");
  session->execute("PRAGMA max_page_count = 20");
  try {
    session->execute("INSERT INTO t VALUES (zeroblob(1000000))");
    FAIL("it fitted");
  } catch (DatabaseError const& error) {
    CHECK(error.kind == DatabaseErrorKind::disk_full);
    CHECK(error.code == "SQLITE_FULL");
  }
}

TEST_CASE("sqlite: an error names its extended code") {
  auto const session = memory();
  session->execute("CREATE TABLE t (id integer UNIQUE)");
  session->execute("INSERT INTO t VALUES (1)");
  try {
    session->execute("INSERT INTO t VALUES (1)");
    FAIL("a duplicate went in");
  } catch (DatabaseError const& error) {
    CHECK(error.code == "SQLITE_CONSTRAINT_UNIQUE");
    CHECK(std::string{error.what()} == "UNIQUE constraint failed: t.id");
  }
}

TEST_CASE("sqlite: without the right to write, the detail names the file or the folder") {
  if (geteuid() != 0) return; // another user is needed, and only root can become one
  test::TempFolder const folder;
  auto const path = folder / "x.db";
  dialect::sqlite::connect(url_of(path), {})->execute("CREATE TABLE t (id integer)");
  std::filesystem::permissions(folder.path(), std::filesystem::perms{0755});
  auto const detail = [&] {
    std::string text;
    REQUIRE(seteuid(65534) == 0);
    try {
      dialect::sqlite::connect(url_of(path), {})->execute("INSERT INTO t VALUES (1)");
    } catch (DatabaseError const& error) {
      text = error.kind == DatabaseErrorKind::read_only ? error.detail : error.what();
    }
    REQUIRE(seteuid(0) == 0);
    return text;
  };
  std::filesystem::permissions(path, std::filesystem::perms{0444});
  CHECK(detail() == fmt::format("no permission to write the file '{}'", path.native()));
}

TEST_CASE("sqlite: between many transactions the rollback journal stays, and goes with the last") {
  test::TempFolder const folder;
  auto const path = folder / "many.db", journal = folder / "many.db-journal";
  auto const session = dialect::sqlite::connect(url_of(path), {});
  session->execute("CREATE TABLE t (id integer)");
  CHECK(!std::filesystem::exists(journal));
  session->expect_transactions(true);
  session->execute("INSERT INTO t VALUES (1)");
  CHECK(std::filesystem::exists(journal));
  // Another process takes the file for what it is: nothing to roll back.
  auto const other = dialect::sqlite::connect(url_of(path), {});
  CHECK(other->scalar("SELECT count(*) FROM t") == Value{std::int64_t{1}});
  other->execute("INSERT INTO t VALUES (2)");
  session->execute("INSERT INTO t VALUES (3)");
  session->expect_transactions(false);
  CHECK(!std::filesystem::exists(journal));
  CHECK(session->scalar("SELECT count(*) FROM t") == Value{std::int64_t{3}});
}

TEST_CASE("sqlite: a journal mode that was chosen stays") {
  test::TempFolder const folder;
  auto const session = dialect::sqlite::connect(url_of(folder / "wal.db"), {});
  for (auto const* const mode : {"wal", "truncate", "memory"}) {
    CAPTURE(mode);
    session->scalar(std::string{"PRAGMA journal_mode = "} + mode);
    session->expect_transactions(true);
    CHECK(session->scalar("PRAGMA journal_mode") == Value{std::string{mode}});
    session->expect_transactions(false);
    CHECK(session->scalar("PRAGMA journal_mode") == Value{std::string{mode}});
  }
}

TEST_CASE("sqlite: a string goes to a BLOB column as bytes, also after the column changed its type") {
  auto const session = memory();
  std::vector<Value> const text{std::string{"abc"}};
  auto const stored = [&] {
    session->execute("INSERT INTO t VALUES (?)", text);
    return session->scalar("SELECT typeof(x) FROM t ORDER BY rowid DESC LIMIT 1");
  };
  session->execute("CREATE TABLE t (x blob)");
  CHECK(stored() == Value{std::string{"blob"}});
  session->execute("CREATE INDEX i ON t (x)");
  CHECK(stored() == Value{std::string{"blob"}});
  session->execute("DROP TABLE t");
  session->execute("CREATE TABLE t (x text)");
  CHECK(stored() == Value{std::string{"text"}});
  session->execute("CREATE TEMP TABLE t (x blob)");
  CHECK(stored() == Value{std::string{"blob"}});
  session->execute("DROP TABLE temp.t");
  CHECK(stored() == Value{std::string{"text"}});
  session->execute("BEGIN");
  session->execute("DROP TABLE t");
  session->execute("CREATE TABLE t (x blob)");
  CHECK(stored() == Value{std::string{"blob"}});
  session->execute("ROLLBACK");
  CHECK(stored() == Value{std::string{"text"}});
}
