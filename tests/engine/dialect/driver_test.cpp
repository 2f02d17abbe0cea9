// What every session promises, on every database that is there.
#include "tests/support/databases.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <thread>

using namespace vm;

namespace {

std::string placeholder(std::string const& dialect, int index) {
  return dialect == "postgresql" ? "$" + std::to_string(index) : "?";
}

std::string place(std::string const& dialect, std::string text) {
  for (int index = 1; text.find('?') != std::string::npos; ++index)
    text.replace(text.find('?'), 1, dialect == "postgresql" ? placeholder(dialect, index) : "\x01");
  for (auto& c : text)
    if (c == '\x01') c = '?';
  return text;
}

std::string bytes_type(std::string const& dialect) {
  return dialect == "postgresql" ? "bytea" : dialect == "mysql" ? "longblob" : "blob";
}

template<class Body>
DatabaseError error_of(Body body) {
  try {
    body();
  } catch (DatabaseError const& error) {
    return error;
  }
  FAIL("no DatabaseError was thrown");
  return DatabaseError{""};
}

} // namespace

TEST_CASE("a session knows its server") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const& server = session->server();
    CHECK(server.product == (database.dialect() == "sqlite"       ? "SQLite"
                             : database.dialect() == "postgresql" ? "PostgreSQL"
                                                                  : "MariaDB"));
    CHECK(server.number > 30000);
    CHECK(server.version.find('.') != std::string::npos);
    CHECK(session->is_alive());
    CHECK_FALSE(session->in_transaction());
  });
}

TEST_CASE("values come back as they went in") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const& dialect = database.dialect();
    session->execute(fmt::format(
        "CREATE TABLE v (id integer, b boolean, i bigint, d double precision, t {}, n numeric(30,10), x {})",
        dialect == "mysql" ? "longtext" : "text", bytes_type(dialect)));
    auto const insert = place(dialect, "INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?)");
    std::string const all_bytes = [] {
      std::string bytes;
      for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
      return bytes;
    }();
    std::vector<std::vector<Value>> const rows{
        {std::int64_t{1}, true, std::numeric_limits<std::int64_t>::max(), 0.1, std::string{"it's \"ü\" \\ 😀 :name ?"},
         Decimal{"12.5"}, Bytes{all_bytes}},
        {std::int64_t{2}, false, std::numeric_limits<std::int64_t>::min(), -1e300, std::string{}, Decimal{"-7"},
         Bytes{}},
        {std::int64_t{3}, Null{}, Null{}, Null{}, Null{}, Null{}, Null{}},
        {std::int64_t{4}, true, std::int64_t{-1}, 3.0, std::string(100'000, 'x'), Decimal{"0"},
         Bytes{std::string(100'000, '\0')}},
    };
    for (auto const& row : rows) CHECK(session->execute(insert, row) == 1);

    auto const same = [&](std::vector<Value> const& got, std::vector<Value> const& expected) {
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(i);
        if (auto const* const decimal = std::get_if<Decimal>(&got[i])) {
          // A scale of ten is printed by servers that keep it.
          auto text = decimal->text;
          if (text.find('.') != std::string::npos) text.erase(text.find_last_not_of('0') + 1);
          if (text.ends_with('.')) text.pop_back();
          CHECK(text == std::get<Decimal>(expected[i]).text);
        } else {
          CHECK(got[i] == expected[i]);
        }
      }
    };
    SUBCASE("streamed") {
      auto const cursor = session->query("SELECT * FROM v ORDER BY id");
      CHECK(cursor->columns() == std::vector<std::string>{"id", "b", "i", "d", "t", "n", "x"});
      std::vector<Value> row;
      for (auto const& expected : rows) {
        REQUIRE(cursor->next(row));
        same(row, expected);
      }
      CHECK_FALSE(cursor->next(row));
      CHECK_FALSE(cursor->next(row));
    }
    SUBCASE("as a whole") {
      auto const got = session->all("SELECT * FROM v ORDER BY id");
      REQUIRE(got.size() == rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) same(got[i], rows[i]);
    }
    SUBCASE("as a whole, with parameters") {
      auto const got = session->all(place(dialect, "SELECT * FROM v WHERE id > ? ORDER BY id"),
                                    std::array<Value, 1>{std::int64_t{0}});
      REQUIRE(got.size() == rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) same(got[i], rows[i]);
    }
  });
}

TEST_CASE("statements that change rows say how many") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    CHECK(session->execute("CREATE TABLE t (id integer)") == 0);
    CHECK(session->execute("INSERT INTO t VALUES (1), (2), (3)") == 3);
    CHECK(session->execute("UPDATE t SET id = id + 10 WHERE id > 1") == 2);
    CHECK(session->execute("CREATE TABLE u (id integer)") == 0);
    CHECK(session->execute("DELETE FROM t WHERE id = 99") == 0);
    std::array<Value, 1> const one{std::int64_t{1}};
    CHECK(session->execute(place(database.dialect(), "DELETE FROM t WHERE id = ?"), one) == 1);
    CHECK(session->query("UPDATE t SET id = 0")->rows_affected() == 2);
  });
}

TEST_CASE("a scalar is the first column of the first row, if there is one") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    CHECK(session->scalar("SELECT 7") == Value{std::int64_t{7}});
    CHECK(session->scalar("SELECT NULL") == Value{Null{}});
    CHECK(session->scalar("SELECT 1 WHERE 1 = 0") == std::nullopt);
  });
}

TEST_CASE("a kept statement gives the right rows after the table has changed") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const insert = place(database.dialect(), "INSERT INTO t (a) VALUES (?)");
    session->execute("CREATE TABLE t (a integer)");
    for (std::int64_t i = 0; i < 5; ++i) session->execute(insert, std::array<Value, 1>{i});
    session->execute("DROP TABLE t");
    session->execute("CREATE TABLE t (a text)");
    CHECK(session->execute(insert, std::array<Value, 1>{std::string{"now text"}}) == 1);
    CHECK(session->scalar("SELECT a FROM t") == Value{std::string{"now text"}});
  });
}

TEST_CASE("other statements run while the rows of a query are read") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const& dialect = database.dialect();
    session->execute("CREATE TABLE src (id integer)");
    session->execute("CREATE TABLE dst (id integer)");
    std::string values = "(0)";
    for (int i = 1; i < 3000; ++i) values += fmt::format(",({})", i);
    session->execute("INSERT INTO src VALUES " + values);
    auto const copy = [&] {
      auto const first = session->query("SELECT id FROM src ORDER BY id");
      auto const second = session->query(place(dialect, "SELECT id FROM src WHERE id >= ? ORDER BY id"),
                                         std::array<Value, 1>{std::int64_t{10}});
      std::vector<Value> row, other;
      std::int64_t count = 0;
      while (first->next(row)) {
        REQUIRE(row[0] == Value{count});
        if (count + 10 < 3000) {
          REQUIRE(second->next(other));
          REQUIRE(other[0] == Value{count + 10});
        }
        if (count % 50 == 0) session->execute(place(dialect, "INSERT INTO dst VALUES (?)"), row);
        ++count;
      }
      CHECK(count == 3000);
    };
    SUBCASE("inside a transaction") {
      session->execute("BEGIN");
      copy();
      session->execute("COMMIT");
    }
    SUBCASE("outside one") {
      if (dialect == "sqlite") session->execute("PRAGMA synchronous = OFF");
      copy();
    }
    CHECK(session->scalar("SELECT count(*) FROM dst") == Value{std::int64_t{60}});
  });
}

TEST_CASE("a cursor left early leaves the session usable") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id integer)");
    std::string values = "(0)";
    for (int i = 1; i < 2000; ++i) values += fmt::format(",({})", i);
    session->execute("INSERT INTO t VALUES " + values);
    std::vector<Value> row;
    SUBCASE("outside a transaction") {
      CHECK(session->query("SELECT id FROM t")->next(row));
    }
    SUBCASE("in a transaction that goes on") {
      session->execute("BEGIN");
      CHECK(session->query("SELECT id FROM t")->next(row));
      session->execute("INSERT INTO t VALUES (-1)");
      session->execute("COMMIT");
    }
    SUBCASE("after its transaction was rolled back and another begun") {
      session->execute("BEGIN");
      auto cursor = session->query("SELECT id FROM t");
      CHECK(cursor->next(row));
      session->execute("ROLLBACK");
      session->execute("BEGIN");
      cursor.reset();
      session->execute("INSERT INTO t VALUES (-1)");
      session->execute("COMMIT");
      CHECK(session->scalar("SELECT count(*) FROM t WHERE id = -1") == Value{std::int64_t{1}});
    }
    CHECK(session->execute("DROP TABLE t") == 0);
  });
}

TEST_CASE("exactly one statement runs, a second one is refused before the first") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    auto const error = error_of([&] { session->execute("CREATE TABLE a (id integer); CREATE TABLE b (id integer)"); });
    CHECK(error.kind == DatabaseErrorKind::syntax);
    CHECK_NOTHROW(session->execute("CREATE TABLE a (id integer);"));
    CHECK_NOTHROW(session->execute("CREATE TABLE b (id integer); -- the end"));
  });
}

TEST_CASE("a wrong statement says where") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    std::string const text = "SELECT 'ü',\n  1 FRUM nowhere";
    for (bool const streamed : {false, true}) {
      auto const error = error_of([&] {
        if (streamed)
          session->query(text);
        else
          session->execute(text);
      });
      CHECK(error.kind == DatabaseErrorKind::syntax);
      CHECK(error.statement == text);
      REQUIRE(error.position.has_value());
      auto const at = text.substr(*error.position);
      CHECK((at.starts_with("FRUM") || at.starts_with("nowhere")));
    }
  });
}

TEST_CASE("errors have a kind whatever the database calls them") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL, CHECK (n > 0))");
    session->execute("INSERT INTO t VALUES (1, 1)");
    for (auto const* const text :
         {"INSERT INTO t VALUES (1, 2)", "INSERT INTO t VALUES (2, NULL)", "INSERT INTO t VALUES (3, -1)"}) {
      CAPTURE(text);
      auto const error = error_of([&] { session->execute(text); });
      CHECK(error.kind == DatabaseErrorKind::constraint);
      CHECK_FALSE(error.code.empty());
    }
    CHECK(error_of([&] { session->execute("DROP TABLE no_such_table"); }).kind == DatabaseErrorKind::syntax);
    CHECK(session->is_alive());
  });
}

TEST_CASE("a statement that waits for a lock gives up in time") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const holder = database.connect();
    holder->execute("CREATE TABLE t (id integer PRIMARY KEY, n integer)");
    holder->execute("INSERT INTO t VALUES (1, 1)");
    holder->execute("BEGIN");
    holder->execute("UPDATE t SET n = 2");
    auto const waiter = database.connect({.lock_timeout = 1});
    auto const begin = std::chrono::steady_clock::now();
    auto const error = error_of([&] { waiter->execute("UPDATE t SET n = 3"); });
    auto const waited = std::chrono::steady_clock::now() - begin;
    CHECK(error.kind == DatabaseErrorKind::lock_timeout);
    CHECK(waited > std::chrono::milliseconds{800});
    CHECK(waited < std::chrono::seconds{4});
    holder->execute("ROLLBACK");
    CHECK(waiter->execute("UPDATE t SET n = 3") == 1);
  });
}

namespace {

std::string long_statement(std::string const& dialect) {
  if (dialect == "postgresql") return "SELECT pg_sleep(30)";
  if (dialect == "mysql") return "SELECT SLEEP(30) FROM (SELECT 1 UNION SELECT 2) t";
  return "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
}

} // namespace

TEST_CASE("cancel stops the running statement from another thread") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->cancel(); // nothing runs: nothing happens
    std::thread canceller{[&] {
      std::this_thread::sleep_for(std::chrono::milliseconds{300});
      session->cancel();
    }};
    auto const begin = std::chrono::steady_clock::now();
    auto const error = error_of([&] { session->all(long_statement(database.dialect())); });
    canceller.join();
    CHECK(error.kind == DatabaseErrorKind::interrupted);
    CHECK(std::string{error.what()} == "the statement was interrupted");
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{10});
    CHECK(session->scalar("SELECT 1") == Value{std::int64_t{1}});
  });
}

TEST_CASE("a statement that takes too long is stopped and told apart from an interrupt") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect({.statement_timeout = 0.3});
    auto const error = error_of([&] { session->all(long_statement(database.dialect())); });
    CHECK(error.kind == DatabaseErrorKind::other);
    CHECK(std::string{error.what()} == "the statement took longer than the statement timeout of 0.3 s");
    session->set_statement_timeout(std::nullopt);
    CHECK(session->scalar("SELECT 1") == Value{std::int64_t{1}});
  });
}

TEST_CASE("a session opened for reading refuses to write") {
  test::on_every_database([](test::TestDatabase& database) {
    database.connect()->execute("CREATE TABLE t (id integer)");
    auto const session = database.connect({.read_only = true});
    CHECK(session->scalar("SELECT count(*) FROM t") == Value{std::int64_t{0}});
    CHECK(error_of([&] { session->execute("INSERT INTO t VALUES (1)"); }).kind == DatabaseErrorKind::read_only);
  });
}
