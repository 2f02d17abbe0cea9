#include "tests/support/databases.hpp"

#include <array>
#include <fstream>

using namespace vm;

namespace {

template<class Body>
void on_postgresql(Body body) {
  if (auto const database = test::TestDatabase::make("postgresql")) body(*database);
}

Array array(std::vector<Value> elements) {
  return Array{std::move(elements)};
}

std::string connect_error(DatabaseUrl const& url) {
  try {
    dialect::postgresql::connect(url, {});
  } catch (ConnectError const& error) {
    return error.what();
  }
  return "connected";
}

} // namespace

TEST_CASE("postgresql: statements are kept verbatim") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; /* see :note; */ SELECT 2 $$");
    CHECK(session->scalar("SELECT prosrc FROM pg_proc WHERE proname = 'f'") ==
          Value{std::string{" SELECT 1; /* see :note; */ SELECT 2 "}});
    CHECK(session->scalar("SELECT (ARRAY[1,2,3])[1:2]") == Value{array({std::int64_t{1}, std::int64_t{2}})});
  });
}

TEST_CASE("postgresql: arrays keep their elements, nested, with NULL and quotes") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TYPE mood AS ENUM ('sad', 'very \"happy\"')");
    auto const rows =
        session->all("SELECT '{{1,2},{3,NULL}}'::int[], ARRAY['a,b', 'q\"\\', '', 'NULL', NULL, '{}'], ARRAY[true], "
                     "'{}'::int[], ARRAY[1.50], '[0:1]={7,8}'::bigint[], ARRAY['very \"happy\"']::mood[], "
                     "ARRAY['\\x00ff'::bytea], '1 2'::int2vector, ARRAY['(1,2),(0,0)'::box]");
    REQUIRE(rows.size() == 1);
    auto const& row = rows[0];
    CHECK(row[0] == Value{array({array({std::int64_t{1}, std::int64_t{2}}), array({std::int64_t{3}, Null{}})})});
    CHECK(row[1] == Value{array({std::string{"a,b"}, std::string{"q\"\\"}, std::string{}, std::string{"NULL"}, Null{},
                                 std::string{"{}"}})});
    CHECK(row[2] == Value{array({true})});
    CHECK(row[3] == Value{array({})});
    CHECK(row[4] == Value{array({Decimal{"1.50"}})});
    CHECK(row[5] == Value{array({std::int64_t{7}, std::int64_t{8}})});
    CHECK(row[6] == Value{array({std::string{"very \"happy\""}})});
    CHECK(row[7] == Value{array({Bytes{std::string{"\0\xff", 2}}})});
    CHECK(row[8] == Value{std::string{"1 2"}});
    CHECK(row[9] == Value{array({std::string{"(1,2),(0,0)"}})});

    auto const texts = row[1];
    session->execute("CREATE TABLE t (a text[], b int[][], c bytea[])");
    session->execute("INSERT INTO t VALUES ($1, $2, $3)", std::array<Value, 3>{texts, row[0], row[7]});
    CHECK(session->all("SELECT * FROM t")[0] == std::vector<Value>{texts, row[0], row[7]});
  });
}

TEST_CASE("postgresql: exact numbers, special floats and times keep every digit") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const row =
        session->all("SELECT 12345678901234567890.1200::numeric, 'NaN'::numeric, 'Infinity'::float8, 1.1::real, "
                     "'2026-02-03 04:05:06.123456+02'::timestamptz AT TIME ZONE 'UTC', "
                     "'2026-02-03'::date, '{\"a\": 1}'::json, 1::smallint, 4294967295::oid")[0];
    CHECK(row[0] == Value{Decimal{"12345678901234567890.1200"}});
    CHECK(row[1] == Value{Decimal{"NaN"}});
    CHECK(row[2] == Value{std::numeric_limits<double>::infinity()});
    CHECK(row[3] == Value{1.1});
    CHECK(row[4] == Value{std::string{"2026-02-03 02:05:06.123456"}});
    CHECK(row[5] == Value{std::string{"2026-02-03"}});
    CHECK(row[6] == Value{std::string{"{\"a\": 1}"}});
    CHECK(row[7] == Value{std::int64_t{1}});
    CHECK(row[8] == Value{std::int64_t{4294967295}});
  });
}

TEST_CASE("postgresql: dates come in ISO form whatever the database's setting") {
  on_postgresql([](test::TestDatabase& database) {
    database.connect()->execute(fmt::format("ALTER DATABASE {} SET datestyle = 'German'", database.url().database));
    CHECK(database.connect()->scalar("SELECT date '2026-02-03'") == Value{std::string{"2026-02-03"}});
  });
}

TEST_CASE("postgresql: what cannot be a cursor is read as a whole") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id serial, n int)");
    std::vector<Value> row;
    auto const ids = session->query("INSERT INTO t (n) VALUES (1), (2) RETURNING id");
    CHECK(ids->rows_affected() == 2);
    CHECK(ids->next(row));
    CHECK(row[0] == Value{std::int64_t{1}});
    CHECK(session->query("WITH d AS (DELETE FROM t RETURNING n) SELECT count(*) FROM d")->next(row));
    CHECK(row[0] == Value{std::int64_t{2}});
    CHECK_FALSE(session->query("SELECT * FROM t FOR UPDATE")->next(row));
    CHECK(session->query("SHOW server_version")->next(row));
    CHECK(session->query("EXPLAIN SELECT 1")->next(row));
    CHECK_FALSE(session->query("SELECT 1 AS x INTO made")->next(row));
    CHECK(session->scalar("SELECT x FROM made") == Value{std::int64_t{1}});
    CHECK(session->query("(SELECT 1) UNION ALL (SELECT 2);")->next(row));
  });
}

TEST_CASE("postgresql: notices go to the handler, not to the terminal") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    std::vector<std::string> seen;
    session->set_notice_handler(
        [&](db::Notice const& notice) { seen.push_back(notice.severity + " " + notice.message); });
    session->execute("DROP TABLE IF EXISTS nothing_here");
    CHECK(seen == std::vector<std::string>{"NOTICE table \"nothing_here\" does not exist, skipping"});
  });
}

TEST_CASE("postgresql: an error carries code, detail, hint and the place in bytes") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id int PRIMARY KEY, column_one int)");
    session->execute("INSERT INTO t VALUES (1)");
    try {
      session->execute("INSERT INTO t VALUES ($1)", std::array<Value, 1>{std::int64_t{1}});
      FAIL("a duplicate went in");
    } catch (DatabaseError const& error) {
      CHECK(error.code == "23505");
      CHECK(error.detail == "Key (id)=(1) already exists.");
      CHECK(std::string{error.what()} == "duplicate key value violates unique constraint \"t_pkey\"");
    }
    std::string const text = "SELECT 'äöü', colum_one FROM t";
    for (bool const inside : {false, true}) {
      if (inside) session->execute("BEGIN");
      try {
        session->query(text);
        FAIL("the column is not there");
      } catch (DatabaseError const& error) {
        CHECK(error.code == "42703");
        CHECK(error.position == text.find("colum_one"));
        REQUIRE(error.hints().size() == 1);
        CHECK(error.hints()[0].text == "Perhaps you meant to reference the column \"t.column_one\".");
      }
      if (inside) session->execute("ROLLBACK");
    }
  });
}

TEST_CASE("postgresql: a connection that was ended is noticed") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const pid = std::get<std::int64_t>(*session->scalar("SELECT pg_backend_pid()"));
    database.connect()->all("SELECT pg_terminate_backend($1)", std::array<Value, 1>{pid});
    try {
      session->execute("SELECT 1");
      FAIL("the connection lives");
    } catch (DatabaseError const& error) {
      CHECK(error.kind == DatabaseErrorKind::connection_lost);
      CHECK(error.code == "57P01");
      CHECK(std::string{error.what()} == "the connection to the server was lost");
    }
    CHECK_FALSE(session->is_alive());
  });
}

TEST_CASE("postgresql: COPY takes its data") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id int, name text)");
    CHECK(session->copy_in("COPY t FROM stdin", "1\tone\n2\t\\N\n") == 2);
    CHECK(session->all("SELECT * FROM t ORDER BY id")[1] == std::vector<Value>{std::int64_t{2}, Null{}});
    CHECK_THROWS_AS(session->copy_in("COPY t FROM stdin", "not a number\tx\n"), DatabaseError);
    CHECK_THROWS_WITH_AS(session->execute("COPY t FROM stdin"), "COPY … FROM stdin needs its data", DatabaseError);
    CHECK_THROWS_WITH_AS(session->execute("COPY t TO stdout"), "COPY … TO stdout has nowhere to go", DatabaseError);
    CHECK_THROWS_WITH_AS(session->copy_in("SELECT 1", "x"), "the statement takes no data", DatabaseError);
    CHECK(session->scalar("SELECT count(*) FROM t") == Value{std::int64_t{2}});
  });
}

TEST_CASE("postgresql: text with a zero byte is refused instead of cut short") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    CHECK_THROWS_WITH_AS(session->scalar("SELECT $1::text", std::array<Value, 1>{std::string{"a\0b", 3}}),
                         "parameter 1 is text that holds a zero byte, which PostgreSQL does not allow", DatabaseError);
  });
}

TEST_CASE("postgresql: a statement kept by the user stays") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id int)");
    session->execute("PREPARE mine AS SELECT 5");
    for (std::int64_t i = 0; i < 5; ++i) session->execute("INSERT INTO t VALUES ($1)", std::array<Value, 1>{i});
    session->execute("ALTER TABLE t ADD COLUMN x int");
    session->execute("INSERT INTO t VALUES ($1)", std::array<Value, 1>{std::int64_t{9}});
    CHECK(session->scalar("EXECUTE mine") == Value{std::int64_t{5}});
    session->execute("DISCARD ALL");
    session->execute("INSERT INTO t VALUES ($1)", std::array<Value, 1>{std::int64_t{10}});
    CHECK(session->scalar("SELECT count(*) FROM t") == Value{std::int64_t{7}});
  });
}

TEST_CASE("postgresql: no connection is explained in plain words, without the password") {
  on_postgresql([](test::TestDatabase& database) {
    auto const& good = database.url();
    auto const where = fmt::format("{}@{}:{}", good.user, good.host, *good.port);

    auto url = good;
    url.database = "no such db";
    CHECK(connect_error(url) ==
          fmt::format("cannot connect to '{}/no such db': there is no database 'no such db'", where));
    url = good;
    url.host = "no-such-host.invalid";
    CHECK(connect_error(url) ==
          fmt::format("cannot connect to '{}@no-such-host.invalid:{}/{}': unknown host 'no-such-host.invalid'",
                      good.user, *good.port, good.database));
    url = good;
    url.port = 1;
    CHECK(connect_error(url) ==
          fmt::format("cannot connect to '{}@{}:1/{}': connection refused", good.user, good.host, good.database));
    url = good;
    url.parameters["no_such_option"] = "1";
    CHECK_THROWS_WITH_AS(dialect::postgresql::connect(url, {}), "the URL has an unknown parameter 'no_such_option'",
                         ConfigError);
    url = good;
    url.parameters["application_name"] = "it's \\ \"odd\" = &";
    url.parameters["options"] = "-c search_path=pg_catalog";
    auto const session = dialect::postgresql::connect(url, {});
    CHECK(session->scalar("SHOW application_name") == Value{std::string{"it's \\ \"odd\" = &"}});
    CHECK(session->scalar("SHOW search_path") == Value{std::string{"pg_catalog"}});
  });
}

TEST_CASE("postgresql: users with odd passwords can connect") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const name = "vm odd " + database.url().database;
    session->execute(fmt::format("CREATE ROLE \"{}\" LOGIN PASSWORD 'p a''s\\s\"=;@:/?#%&'", name));
    auto url = database.url();
    url.user = name;
    url.password = "p a's\\s\"=;@:/?#%&";
    CHECK(connect_error(url) == "connected");
    session->execute(fmt::format("DROP ROLE \"{}\"", name));
  });
}

TEST_CASE("postgresql: a large result streams in little memory") {
  on_postgresql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const resident = [] {
      std::ifstream file{"/proc/self/statm"};
      std::size_t total = 0, pages = 0;
      file >> total >> pages;
      return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    };
    auto const before = resident();
    auto const cursor = session->query("SELECT i, repeat('x', 1000) FROM generate_series(1, 100000) i");
    std::vector<Value> row;
    std::int64_t rows = 0;
    while (cursor->next(row)) ++rows;
    CHECK(rows == 100000);
    CHECK(resident() - before < 16u << 20);
  });
}
