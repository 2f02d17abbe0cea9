// The locks that statements need: waited for in a budget, tried again, and whoever is in the way is named.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* widen = R"lua(
function upgrade()
  op.create_table("made", { sql.column("id", sql.integer, { primary_key = true }) })
  op.add_column("users", sql.column("note", sql.string(20)))
end
function downgrade() op.drop_column("users", "note") op.drop_table("made") end)lua";

/// A table, and a session that will not let anybody change it until it is let go.
class Blocked {
 public:
  explicit Blocked(TestDatabase const& database) : session_{database.connect()} {
    session_->execute("CREATE TABLE users (id INTEGER)");
    session_->execute("INSERT INTO users VALUES (1)");
    session_->execute(database.dialect() == "sqlite" ? "BEGIN IMMEDIATE" : "BEGIN");
    session_->all("SELECT id AS the_blocking_query FROM users");
  }
  void let_go() { session_->execute("ROLLBACK"); }

 private:
  std::unique_ptr<db::Session> session_;
};

std::string count_of(TestDatabase const& database, std::string const& sql) {
  return std::to_string(std::get<std::int64_t>(*database.connect()->scalar(sql)));
}

} // namespace

TEST_CASE("a statement that does not get its lock is tried again, then given up, with the one who blocks it named") {
  on_every_database([](TestDatabase const& database) {
    Blocked blocked{database};
    TempProject const project{url_text(database.url()), "lock_timeout = \"400ms\"\nlock_retries = 2\n"};
    project.migration("a1", "", widen);
    auto const up = project.vm({"upgrade", "--lock-timeout", "10"});
    CAPTURE(up.err);
    CHECK(up.exit_code == 4);
    CHECK(contains(up.err, "WARN  [vm.migration] Waiting for a lock; blocked "));
    CHECK(contains(up.err, "trying again in "));
    CHECK(contains(up.err, "(2 of 2)"));
    CHECK(contains(up.err, "tried: 3 times"));
    if (database.dialect() == "postgresql") {
      CHECK(contains(up.err, "  blocked by: process "));
      CHECK(contains(up.err, "idle in transaction for"));
      CHECK(contains(up.err, "the_blocking_query"));
      CHECK(contains(up.err, "error: the statement did not get its lock within 0.4 s\n"));
      CHECK(contains(up.err, "a1.lua:9"));
    }
    if (database.dialect() == "mysql") CHECK(contains(up.err, "  blocked perhaps by: process "));
    if (database.dialect() == "sqlite") CHECK(contains(up.err, fmt::format("  blocked by: process {} ", getpid())));
  });
}

TEST_CASE("a run goes on when the lock is free again, and does nothing twice") {
  on_every_database([](TestDatabase const& database) {
    Blocked blocked{database};
    TempProject const project{url_text(database.url()), "lock_timeout = \"300ms\"\nlock_retries = 100\n"};
    project.migration("a1", "", widen);
    Process process{project.start({"upgrade", "--lock-timeout", "60"})};
    CHECK(process.wait_for_output("trying again in "));
    blocked.let_go();
    auto const up = process.wait();
    CAPTURE(up.err);
    CHECK(up.exit_code == 0);
    CHECK(count_of(database, "SELECT count(note) + count(*) FROM users") == "1");
    CHECK(count_of(database, "SELECT count(*) FROM made") == "0");
    CHECK(count_of(database, "SELECT count(*) FROM vm_history") == "1");
  });
}

TEST_CASE("waiting for a statement's lock can be interrupted") {
  on_every_database([](TestDatabase const& database) {
    Blocked blocked{database};
    TempProject const project{url_text(database.url()), "lock_timeout = \"300ms\"\nlock_retries = 100\n"};
    project.migration("a1", "", widen);
    Process process{project.start({"upgrade", "--lock-timeout", "60"})};
    CHECK(process.wait_for_output("trying again in "));
    process.signal(SIGINT);
    auto const up = process.wait(std::chrono::seconds{20});
    CAPTURE(up.err);
    CHECK(up.exit_code == 130);
  });
}

TEST_CASE("postgresql: an index built concurrently waits for everybody, whatever lock_timeout says") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  Blocked blocked{*database};
  // Writing keeps the builder waiting in the middle of its work, where being cut short would leave a broken index.
  auto const writer = database->connect();
  writer->execute("BEGIN");
  writer->execute("INSERT INTO users VALUES (2)");
  TempProject const project{url_text(database->url()), "lock_timeout = \"200ms\"\nlock_retries = 0\n"};
  project.migration("a1", "", R"lua(
function upgrade()
  op.create_index("ix_users_id", "users", { "id" }, { postgresql_concurrently = true })
  assert(op.get_bind():scalar("SHOW lock_timeout") == "200ms")
end
function downgrade() end)lua");
  Process process{project.start({"upgrade"})};
  CHECK(process.wait_for_output("Waiting for a lock; blocked by process"));
  std::this_thread::sleep_for(std::chrono::milliseconds{500});
  writer->execute("COMMIT");
  blocked.let_go();
  auto const up = process.wait();
  CAPTURE(up.err);
  CHECK(up.exit_code == 0);
  CHECK(count_of(*database,
                 "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = 'ix_users_id'::regclass") == "1");
}

TEST_CASE("a statement that takes longer than statement_timeout is stopped") {
  on_every_database([](TestDatabase const& database) {
    std::string const slow =
        database.dialect() == "postgresql" ? "SELECT pg_sleep(60)"
        : database.dialect() == "sqlite"
            ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            : "SELECT count(*) FROM seq_1_to_100000 a, seq_1_to_100000 b";
    TempProject const project{url_text(database.url()), "statement_timeout = \"300ms\"\n"};
    project.migration("a1", "", "function upgrade() op.execute(\"" + slow + "\") end\nfunction downgrade() end");
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    CHECK(up.exit_code == 1);
    CHECK(contains(up.err, "longer than the statement timeout of 0.3 s"));
    CHECK(contains(up.err, "statement_timeout"));
  });
}
