#include "tests/support/databases.hpp"

#include <array>
#include <fstream>

using namespace vm;

namespace {

template<class Body>
void on_mysql(Body body) {
  if (auto const database = test::TestDatabase::make("mysql")) body(*database);
}

std::string connect_error(DatabaseUrl const& url) {
  try {
    dialect::mysql::connect(url, {});
  } catch (ConnectError const& error) {
    return error.what();
  }
  return "connected";
}

} // namespace

TEST_CASE("mysql: every column type arrives with its meaning, by both protocols") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute(
        "CREATE TABLE t (b tinyint(1), i tinyint, u bigint unsigned, n decimal(30,4), f float, bits bit(10), "
        "vb varbinary(10), dt datetime(6), d date, ti time(3), y year, j json, e enum('a','b'), ts timestamp(2) NULL, "
        "dt0 datetime, id uuid, s set('x','y'))");
    session->execute(
        "INSERT INTO t VALUES (1, -5, 18446744073709551615, 12345678901234567890.1200, 1.1, b'1000000001', x'00ff', "
        "'2026-02-03 04:05:06.000100', '2026-02-03', '-100:01:02.5', 2026, '{\"a\": 1}', 'b', '2026-02-03 "
        "04:05:06.12', "
        "'2026-02-03 04:05:06', '123e4567-e89b-12d3-a456-426614174000', 'x,y')");
    session->execute("INSERT INTO t (b) VALUES (5)");
    std::vector<Value> const expected{true,
                                      std::int64_t{-5},
                                      Decimal{"18446744073709551615"},
                                      Decimal{"12345678901234567890.1200"},
                                      1.1,
                                      Bytes{"\x02\x01"},
                                      Bytes{std::string{"\0\xff", 2}},
                                      std::string{"2026-02-03 04:05:06.000100"},
                                      std::string{"2026-02-03"},
                                      std::string{"-100:01:02.500"},
                                      std::int64_t{2026},
                                      std::string{"{\"a\": 1}"},
                                      std::string{"b"},
                                      std::string{"2026-02-03 04:05:06.12"},
                                      std::string{"2026-02-03 04:05:06"},
                                      std::string{"123e4567-e89b-12d3-a456-426614174000"},
                                      std::string{"x,y"}};
    std::vector<Value> row;
    auto const check = [&](std::vector<Value> const& got) {
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(i);
        CHECK(got[i] == expected[i]);
      }
    };
    auto const rows = session->all("SELECT * FROM t");
    check(rows[0]);
    CHECK(rows[1][0] == Value{std::int64_t{5}});
    auto const cursor = session->query("SELECT * FROM t");
    REQUIRE(cursor->next(row));
    check(row);
    REQUIRE(cursor->next(row));
    CHECK(row[0] == Value{std::int64_t{5}});
    CHECK(row[7] == Value{Null{}});
  });
}

TEST_CASE("mysql: a syntax error points at its place where that is clear") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const place = [&](std::string const& text) -> std::string {
      try {
        session->execute(text);
      } catch (DatabaseError const& error) {
        if (!error.position) return "nowhere";
        return fmt::format("{} | {}", error.what(), text.substr(*error.position, 8));
      }
      return "ran";
    };
    CHECK(place("SELECT 1 FRUM x WHERE 1") == "syntax error near 'x WHERE 1' at line 1 | x WHERE ");
    CHECK(place("SELECT\n\n  SELECT;") == "syntax error near 'SELECT' at line 3 | SELECT;");
    auto const filler = std::string(200, 'y');
    CHECK(place("SELECT 1,\n  ü ü '" + filler + "'") != "nowhere");
    CHECK(place("CREATE TABLE") == "syntax error at the end of the statement | ");
  });
}

TEST_CASE("mysql: users' text goes through verbatim") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    CHECK(session->scalar("SELECT ':name ? `x`' /* :no ? */") == Value{std::string{":name ? `x`"}});
    session->execute("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, x int)");
    session->execute(
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.x = 1; SET NEW.x = NEW.x + 1; END");
    session->execute("INSERT INTO t (x) VALUES (0)");
    CHECK(session->scalar("SELECT x FROM t") == Value{std::int64_t{2}});
    session->execute("CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2, 3; UPDATE t SET x = 9; END");
    session->execute("CALL p()");
    CHECK(session->all("CALL p()").size() == 1);
    CHECK(session->scalar("SELECT x FROM t") == Value{std::int64_t{9}});
  });
}

TEST_CASE("mysql: a connection that was ended is noticed") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const id = std::get<std::int64_t>(*session->scalar("SELECT CONNECTION_ID()"));
    database.connect()->execute(fmt::format("KILL {}", id));
    try {
      session->execute("SELECT 1");
      FAIL("the connection lives");
    } catch (DatabaseError const& error) {
      CHECK(error.kind == DatabaseErrorKind::connection_lost);
      CHECK(std::string{error.what()} == "the connection to the server was lost");
    }
    CHECK_FALSE(session->is_alive());
  });
}

TEST_CASE("mysql: warnings go to the handler") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    std::vector<std::string> seen;
    session->set_notice_handler([&](db::Notice const& notice) { seen.push_back(notice.code + " " + notice.message); });
    session->execute("DROP TABLE IF EXISTS nothing_here");
    CHECK(seen ==
          std::vector<std::string>{fmt::format("1051 Unknown table '{}.nothing_here'", database.url().database)});
  });
}

TEST_CASE("mysql: no connection is explained in plain words, without the password") {
  on_mysql([](test::TestDatabase& database) {
    auto const& good = database.url();
    auto const where = fmt::format("{}@{}:{}", good.user, good.host, *good.port);
    auto url = good;
    url.password = "it's \\ wrong";
    CHECK(connect_error(url) ==
          fmt::format("cannot connect to '{}/{}': wrong password, or no user '{}'", where, good.database, good.user));
    url = good;
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
    url.parameters["ssl_mode"] = "REQUIRED";
    CHECK_THROWS_WITH_AS(dialect::mysql::connect(url, {}), "the URL has an unknown parameter 'ssl_mode'", ConfigError);
  });
}

TEST_CASE("mysql: users with odd passwords can connect") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    // Named at this very host, since an anonymous user at localhost would come before '%'.
    auto const user = std::get<std::string>(*session->scalar("SELECT USER()"));
    auto const odd = fmt::format("'vm_odd'@'{}'", user.substr(user.find('@') + 1));
    session->execute("CREATE OR REPLACE USER " + odd + " IDENTIFIED BY 'p a''s\\\\s\"=;@:/?#%'");
    auto url = database.url();
    url.user = "vm_odd";
    url.password = "p a's\\s\"=;@:/?#%";
    url.database.clear();
    CHECK(connect_error(url) == "connected");
    session->execute("DROP USER " + odd);
  });
}

TEST_CASE("mysql: a large result streams in little memory") {
  on_mysql([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const resident = [] {
      std::ifstream file{"/proc/self/statm"};
      std::size_t total = 0, pages = 0;
      file >> total >> pages;
      return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    };
    auto const before = resident();
    auto const cursor = session->query("SELECT seq, REPEAT('x', 1000) FROM seq_1_to_100000");
    std::vector<Value> row;
    std::int64_t rows = 0;
    while (cursor->next(row)) ++rows;
    CHECK(rows == 100000);
    CHECK(resident() - before < 16u << 20);
  });
}
