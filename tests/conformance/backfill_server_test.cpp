// Backfills and what servers do: replicas that fall behind, a server that is restarted under a running backfill.
#include "tests/support/backfill_project.hpp"
#include "tests/support/server.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

namespace {

constexpr int rows = 2000;

void sleep_for(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds{milliseconds});
}

/// A project with `rows` items on a server of the test's own.
struct Site {
  explicit Site(DatabaseUrl database) : url{std::move(database)}, project{url_text(url)} {
    project.migration("a1", "",
                      fmt::format(R"(
function upgrade()
  op.create_table("items", {{ sql.column("id", sql.bigint, {{ primary_key = true }}), sql.column("name", sql.text),
    sql.column("result", sql.text), sql.column("n", sql.integer) }})
  local rows = {{}}
  for i = 1, {} do rows[i] = {{ id = i * 3, name = "Name " .. i, n = 0 }} end
  op.bulk_insert("items", rows)
end
function downgrade() end)",
                                  rows));
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
  }

  std::int64_t count(std::string_view condition) const {
    return std::get<std::int64_t>(
        *connect_to(url)->scalar(fmt::format("SELECT count(*) FROM items WHERE {}", condition)));
  }

  DatabaseUrl url;
  TempProject project;
};

std::string migration(std::string_view options) {
  return fmt::format(R"(
function change(row) return {{ result = row.name:upper(), n = row.n + 1 }} end
function upgrade()
  op.backfill("items", {{ columns = {{ "name", "n" }}, {} }}, change)
end
function downgrade() end)",
                     options);
}

/// Stops a replica from following, or lets it go on.
void follow(std::string_view dialect, Server const& replica, bool on) {
  auto const session = connect_to(replica.url());
  if (dialect == "postgresql")
    session->all(on ? "SELECT pg_wal_replay_resume()" : "SELECT pg_wal_replay_pause()");
  else
    session->execute(on ? "START SLAVE SQL_THREAD" : "STOP SLAVE SQL_THREAD");
}

} // namespace

TEST_CASE("a backfill waits for a replica that falls behind, and goes on when it has caught up") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const primary = Server::make(dialect);
    if (!primary) continue;
    auto const replica = Server::replica_of(*primary);
    Site const site{primary->make_database("shop")};
    site.project.migration("b1", "a1", migration("batch_size = 20, pause = 0.05, max_replica_lag = 0.5"));
    Process process{site.project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("Running upgrade a1 -> b1"));
    sleep_for(200);
    follow(dialect, *replica, false);
    REQUIRE(process.wait_for_output("WARN  [vm.migration] waiting for the replica"));
    auto const before = site.count("n = 1");
    sleep_for(700);
    CHECK(site.count("n = 1") == before); // it waits
    CHECK(before < rows);
    auto const status = site.project.vm({"status"});
    CHECK(contains(status.out, "backfill b1 of 'items':"));
    follow(dialect, *replica, true);
    auto const ended = process.wait();
    CAPTURE(ended.err);
    CHECK(contains(ended.err, "(max_replica_lag is 0.5 s)"));
    CHECK(ended.exit_code == 0);
    CHECK(site.count("n = 1 AND result = upper(name)") == rows);
  }
}

TEST_CASE("what nobody may know of a replica is refused before anything is written") {
  auto const primary = Server::make("mysql");
  if (!primary) return;
  auto const replica = Server::replica_of(*primary);
  Site const site{primary->make_database("shop")};
  connect_to(replica->url())->execute("STOP SLAVE");
  auto const admin = connect_to(primary->url());
  admin->execute("CREATE USER 'small'@'127.0.0.1' IDENTIFIED BY 'vm'");
  admin->execute("GRANT ALL ON shop.* TO 'small'@'127.0.0.1'");
  site.project.migration("b1", "a1", migration("max_replica_lag = 1"));
  auto url = site.url;
  url.user = "small";
  auto const refused = site.project.vm({"-u", url_text(url), "upgrade"});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 1);
  CHECK(contains(refused.err, "the replicas cannot be seen"));
  CHECK(contains(refused.err, "REPLICATION MASTER ADMIN"));
  CHECK(site.count("n = 0") == rows);
}

TEST_CASE("a server restarted under a backfill comes back to it, and every row is transformed once") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const server = Server::make(dialect);
    if (!server) continue;
    Site const site{server->make_database("shop")};
    site.project.migration("b1", "a1", migration("batch_size = 20, pause = 0.02, workers = 2"));
    site.project.migration("c1", "b1", R"(
function upgrade() op.add_column("items", sql.column("later", sql.integer)) end
function downgrade() end)");
    Process process{site.project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("Running upgrade a1 -> b1"));
    for (bool const politely : {true, false}) {
      sleep_for(300);
      auto const done = site.count("n = 1");
      CHECK(done < rows);
      if (politely)
        server->stop();
      else
        server->kill();
      sleep_for(300);
      server->start();
    }
    auto const ended = process.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(contains(ended.err, "waiting for the server to come back"));
    CHECK(contains(ended.err, "Running upgrade b1 -> c1"));
    CHECK(site.count("n = 1 AND result = upper(name)") == rows);
    CHECK(site.count("later IS NULL") == rows);
  }
}
