// Backfills that are killed, interrupted, cut off and shared: afterwards every row is as if nothing had happened. The
// row function adds 1 to a counter, so a row that was transformed twice or not at all is seen. VM_TEST_KILLS sets how
// often each database is hit (default 20).
#include "tests/support/backfill_project.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr int rows = 3000;

constexpr char const* slow = R"(
function change(row)
  return { result = row.name:upper(), n = row.n + 1 }
end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 50, pause = 0.01 }, change)
end
function downgrade() end)";

int kills() {
  char const* const text = std::getenv("VM_TEST_KILLS");
  return text == nullptr ? 20 : std::max(1, std::atoi(text));
}

void check_rows(BackfillProject const& project) {
  CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1 AND result = upper(name)") == std::to_string(rows));
  CHECK_FALSE(project.has_table("vm_backfill"));
}

void start_over(BackfillProject const& project, TestDatabase const& database) {
  database.connect()->execute("UPDATE items SET n = 0, result = NULL");
  REQUIRE(project.project.vm({"stamp", "a1"}).exit_code == 0);
}

/// Runs to the end, over whatever a killed run left on the server for a moment.
Finished finish(BackfillProject const& project) {
  return project.project.vm({"upgrade", "--lock-timeout", "30"});
}

void sleep_for(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
}

} // namespace

TEST_CASE("killed at random moments, a backfill transforms every row once") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, rows, 7};
    project.project.migration("b1", "a1", slow);
    auto const seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random{seed};
    std::uniform_int_distribution<int> moment{20, 500};
    int hit = 0;
    for (int attempt = 0; hit < kills() && attempt < kills() * 4; ++attempt) {
      Process process{project.project.start({"upgrade", "--lock-timeout", "30"})};
      sleep_for(moment(random));
      process.signal(SIGKILL);
      auto const ended = process.wait();
      CAPTURE(ended.err);
      if (ended.exit_code == 128 + SIGKILL) {
        ++hit;
        // Every few kills it runs to its end, so that all moments of a backfill are met.
        if (hit % 5 != 0) continue;
        auto const up = finish(project);
        CAPTURE(up.err);
        REQUIRE(up.exit_code == 0);
      }
      check_rows(project);
      start_over(project, database);
    }
    CHECK(hit >= kills());
    auto const up = finish(project);
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    check_rows(project);
  });
}

TEST_CASE("what a run left that was killed at its very end is not taken for progress, and goes") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 100};
    project.project.migration("b1", "a1", slow);
    Process process{project.project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("Running upgrade a1 -> b1"));
    REQUIRE(process.wait().exit_code == 0);
    // A backfill that is done, of a migration that has no record.
    start_over(project, database);
    database.connect()->execute(
        "CREATE TABLE vm_backfill (job VARCHAR(255) NOT NULL, kind VARCHAR(16) NOT NULL, number BIGINT NOT NULL, "
        "revision VARCHAR(255), definition TEXT, state VARCHAR(16), lower_key TEXT, upper_key TEXT, rows_done BIGINT, "
        "rows_changed BIGINT, rows_total BIGINT, started DOUBLE PRECISION, updated DOUBLE PRECISION, resumed DOUBLE "
        "PRECISION, resumed_rows BIGINT, error TEXT, PRIMARY KEY (job, kind, number))");
    database.connect()->execute("INSERT INTO vm_backfill (job, kind, number, revision, definition, state, rows_done, "
                                "rows_changed, rows_total, started, updated, resumed, resumed_rows) VALUES "
                                "('b1:upgrade:1', 'job', 0, 'b1', 'table items', 'done', 100, 100, 100, 0, 0, 0, 0)");
    auto const up = finish(project);
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1") == "100");
    CHECK_FALSE(project.has_table("vm_backfill"));
    // The table alone.
    database.connect()->execute("CREATE TABLE vm_backfill (job VARCHAR(255) NOT NULL)");
    auto const nothing = finish(project);
    CAPTURE(nothing.err);
    CHECK(nothing.exit_code == 0);
    CHECK_FALSE(project.has_table("vm_backfill"));
  });
}

TEST_CASE("SIGINT and SIGTERM end the running batch, give the lock back and exit with 130") {
  on_every_database([](TestDatabase const& database) {
    for (int const signal : {SIGINT, SIGTERM}) {
      BackfillProject const project{database, rows};
      project.project.migration("b1", "a1", slow);
      Process process{project.project.start({"upgrade"})};
      REQUIRE(process.wait_for_output("Running upgrade a1 -> b1"));
      sleep_for(200);
      process.signal(signal);
      auto const ended = process.wait(std::chrono::seconds{20});
      CAPTURE(ended.err);
      CHECK(ended.exit_code == 130);
      CHECK(contains(ended.err, "interrupted: the backfill of 'items' stopped after"));
      auto const status = project.project.vm({"status"});
      CHECK(contains(status.out, "b1 of 'items':"));
      CHECK(contains(status.out, "lock       free"));
      auto const done = std::stoll(project.scalar("SELECT rows_done FROM vm_backfill WHERE kind = 'job'"));
      CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1") == std::to_string(done));
      CHECK(done < rows);
      auto const up = finish(project);
      CAPTURE(up.err);
      REQUIRE(up.exit_code == 0);
      check_rows(project);
      database.connect()->execute("DROP TABLE items");
      database.connect()->execute("DROP TABLE vm_version");
    }
  });
}

TEST_CASE("a session that is cut off comes back and the backfill goes on") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    BackfillProject const project{*database, rows};
    project.project.migration("b1", "a1", slow);
    Process process{project.project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("Running upgrade a1 -> b1"));
    auto const session = database->connect();
    int cut = 0;
    for (int i = 0; i < 6; ++i) {
      sleep_for(150);
      if (dialect == "postgresql") {
        cut += static_cast<int>(session
                                    ->all("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                                          "current_database() AND application_name = 'vm (backfill)'")
                                    .size());
        continue;
      }
      // The writer's session is the youngest.
      auto const youngest =
          session->scalar("SELECT max(id) FROM information_schema.processlist WHERE db = DATABASE() AND id "
                          "<> CONNECTION_ID() AND id > (SELECT min(id) + 1 FROM "
                          "information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID())");
      if (!youngest || is_null(*youngest)) continue;
      try {
        session->execute("KILL " + std::to_string(std::get<std::int64_t>(*youngest)));
        ++cut;
      } catch (DatabaseError const&) { // gone by itself
      }
    }
    auto const ended = process.wait();
    CAPTURE(ended.err);
    CHECK(cut > 0);
    CHECK(ended.exit_code == 0);
    check_rows(project);
  }
}

TEST_CASE("processes that join share a backfill, and killing any of them loses nothing") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    BackfillProject const project{*database, rows};
    project.project.migration("b1", "a1", slow);
    int joined = 0;
    for (int round = 0; round < 4; ++round) {
      CAPTURE(round);
      Process leader{project.project.start({"upgrade"})};
      REQUIRE(leader.wait_for_output("Running upgrade a1 -> b1"));
      sleep_for(150);
      Process helper{project.project.start({"backfill", "--join"})};
      Process other{project.project.start({"backfill", "--join"})};
      sleep_for(200);
      if (round % 2 == 0) {
        helper.signal(SIGKILL);
      } else {
        leader.signal(SIGKILL);
        leader.wait();
        auto const up = finish(project);
        CAPTURE(up.err);
        REQUIRE(up.exit_code == 0);
      }
      if (round % 2 == 0) {
        auto const ended = leader.wait();
        CAPTURE(ended.err);
        REQUIRE(ended.exit_code == 0);
      }
      auto const helped = other.wait();
      CAPTURE(helped.err);
      if (contains(helped.err, "Helped to backfill 'items'")) ++joined;
      helper.wait();
      check_rows(project);
      start_over(project, *database);
    }
    CHECK(joined > 0);
  }
}

TEST_CASE("SQLite refuses to share a backfill, with the reason") {
  auto const database = TestDatabase::make("sqlite");
  BackfillProject const project{*database, 10};
  auto const refused = project.project.vm({"backfill", "--join"});
  CHECK(refused.exit_code == 2);
  CHECK(contains(refused.err, "SQLite has one writer at a time"));
}
