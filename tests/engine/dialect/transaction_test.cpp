#include "engine/db/transaction.hpp"
#include "tests/support/databases.hpp"

using namespace vm;

namespace {

Value count_of(db::Session& session) {
  return *session.scalar("SELECT count(*) FROM t");
}

} // namespace

TEST_CASE("a transaction keeps its changes only when it is committed") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id integer)");
    {
      db::Transaction const transaction{*session, "BEGIN"};
      CHECK(session->in_transaction());
      session->execute("INSERT INTO t VALUES (1)");
    }
    CHECK_FALSE(session->in_transaction());
    CHECK(count_of(*session) == Value{std::int64_t{0}});
    {
      db::Transaction transaction{*session, "BEGIN"};
      session->execute("INSERT INTO t VALUES (1)");
      transaction.commit();
      CHECK_FALSE(transaction.is_open());
    }
    CHECK(count_of(*session) == Value{std::int64_t{1}});
  });
}

TEST_CASE("a transaction whose statement failed is rolled back on the way out") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id integer)");
    auto const fail_halfway = [&] {
      db::Transaction const transaction(*session, "BEGIN");
      session->execute("INSERT INTO t VALUES (1)");
      session->execute("INSERT INTO nowhere VALUES (1)");
    };
    CHECK_THROWS_AS(fail_halfway(), DatabaseError);
    CHECK_FALSE(session->in_transaction());
    CHECK(count_of(*session) == Value{std::int64_t{0}});
  });
}

TEST_CASE("a transaction that a statement of its own has ended needs no rollback") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE t (id integer)");
    {
      db::Transaction const transaction{*session, "BEGIN"};
      session->execute("INSERT INTO t VALUES (1)");
      session->execute("COMMIT");
    }
    CHECK(count_of(*session) == Value{std::int64_t{1}});
  });
}
