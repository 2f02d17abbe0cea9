// The migration lock with real processes: many at once, killed ones, a pooler in between, the lock as a row.
#include "tests/support/databases.hpp"
#include "tests/support/pooler.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* users = R"(
function upgrade()
  op.create_table("users", { sql.column("id", sql.integer, { primary_key = true }), sql.column("email", sql.string(100)) })
  op.bulk_insert("users", { { email = "ann@x.org" }, { email = "bob@x.org" } })
end
function downgrade() op.drop_table("users") end)";

constexpr char const* users_index = R"(
function upgrade()
  op.create_index("ix_users_email", "users", { "email" }, { postgresql_concurrently = true })
end
function downgrade() op.drop_index("ix_users_email", "users") end)";

constexpr char const* slow = R"(
function upgrade()
  log.info("the slow one has begun")
  local start = os.time()
  while os.time() - start < 60 do end
end
function downgrade() end)";

std::string scalar(TestDatabase const& database, std::string_view sql) {
  auto const value = database.connect()->scalar(sql);
  if (!value) return "(none)";
  if (auto const* text = std::get_if<std::string>(&*value)) return *text;
  if (auto const* number = std::get_if<std::int64_t>(&*value)) return std::to_string(*number);
  return "(other)";
}

/// Starts `count` upgrades at once; each must end with 0. How many of them ran a step.
int stampede(TempProject const& project, int count) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < count; ++i)
    processes.push_back(std::make_unique<Process>(project.start({"run", "upgrade", "head", "--lock-timeout", "300"})));
  int applied = 0;
  for (auto const& process : processes) {
    auto const done = process->wait(std::chrono::seconds{300});
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    if (contains(done.err, "Running upgrade a1 -> a2")) ++applied;
  }
  return applied;
}

} // namespace

TEST_CASE("of two hundred upgrades at once exactly one applies, and all end well") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", users_index);
    CHECK(stampede(project, 200) == 1);
    CHECK(scalar(database, "SELECT count(*) FROM users") == "2");
    CHECK(scalar(database, "SELECT count(*) FROM vm_history") == "2");
  });
}

TEST_CASE("the lock as a row lets one run through as well") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url()), "lock = \"table\"\n"};
    project.migration("a1", "", users);
    project.migration("a2", "a1", users_index);
    CHECK(stampede(project, 20) == 1);
    CHECK(scalar(database, "SELECT count(*) FROM users") == "2");
    CHECK(scalar(database, "SELECT count(*) FROM vm_lock") == "0");
  });
}

TEST_CASE("unlock shows the holder, refuses to take the lock from one that lives, and frees a dead one's") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url()), "lock = \"table\"\n"};
    project.migration("a1", "", slow);
    CHECK(project.vm({"unlock"}).out == "the lock is free\n");
    Process holder{project.start({"upgrade"})};
    REQUIRE(holder.wait_for_output("the slow one has begun"));
    auto const name = fmt::format("process {} of '", holder.pid());

    auto const refused = project.vm({"unlock"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 4);
    CHECK(contains(refused.err, "the migration lock is held by " + name));
    CHECK(contains(refused.err, "which is alive"));
    CHECK(contains(refused.err, "since 20"));
    CHECK(contains(refused.err, "--force"));

    holder.signal(SIGKILL);
    CHECK(holder.wait().exit_code == 128 + SIGKILL);
    CHECK(scalar(database, "SELECT count(*) FROM vm_lock") == "1");
    SUBCASE("by hand") {
      auto const freed = project.vm({"unlock"});
      CAPTURE(freed.err);
      CHECK(freed.exit_code == 0);
      CHECK(contains(freed.out, "the lock was held by " + name));
      CHECK(contains(freed.out, "it is free now"));
      CHECK(scalar(database, "SELECT count(*) FROM vm_lock") == "0");
    }
    SUBCASE("or by the next run itself") {
      project.migration("a1", "", users);
      auto const up = project.vm({"upgrade", "--lock-timeout", "10"});
      CAPTURE(up.err);
      CHECK(up.exit_code == 0);
      CHECK(scalar(database, "SELECT count(*) FROM vm_lock") == "0");
    }
  });
}

TEST_CASE("unlock --force takes the lock from a run that lives, which then fails and changes nothing") {
  on_every_database([](TestDatabase const& database) {
    for (std::string const lock : {"auto", "table"}) {
      CAPTURE(lock);
      TempProject const project{url_text(database.url()), "lock = \"" + lock + "\"\n"};
      project.migration("a1", "", R"lua(
function upgrade()
  op.execute("CREATE TABLE t1 (id INTEGER)")
  log.info("it has begun")
  local start = os.time()
  while os.time() - start < 30 and not pcall(vm.read_file, "go") do end
end
function downgrade() end)lua");
      Process holder{project.start({"upgrade"})};
      REQUIRE(holder.wait_for_output("it has begun"));
      auto const forced = project.vm({"unlock", "--force"});
      CAPTURE(forced.err);
      if (database.dialect() == "sqlite" && lock == "auto") {
        // The system's lock on a file ends with its process only.
        CHECK(forced.exit_code == 4);
        CHECK(contains(forced.err, fmt::format("kill {}", holder.pid())));
        continue;
      }
      if (database.dialect() == "sqlite") {
        // The row cannot be written while the holder's transaction is open.
        CHECK(forced.exit_code == 4);
        continue;
      }
      CHECK(forced.exit_code == 0);
      project.write("go", "");
      auto const done = holder.wait();
      CAPTURE(done.err);
      CHECK(done.exit_code == 4);
      CHECK(contains(done.err, "the migration lock was taken away"));
      CHECK(scalar(database, "SELECT count(*) FROM vm_version") == "0");
      if (database.dialect() == "mysql") database.connect()->execute("DROP TABLE IF EXISTS t1");
    }
  });
}

TEST_CASE("behind a pooler the lock is a row, and many runs are still one") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  Pooler const pooler{database->url()};
  TempProject const project{url_text(pooler.url())};
  project.migration("a1", "", users);
  project.migration("a2", "a1", users_index);
  CHECK(stampede(project, 40) == 1);
  CHECK(scalar(*database, "SELECT count(*) FROM users") == "2");
  CHECK(scalar(*database, "SELECT count(*) FROM vm_lock") == "0");
  // Other tests hold theirs on this server at the same time; an advisory lock belongs to its database.
  CHECK(scalar(*database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                          "(SELECT oid FROM pg_database WHERE datname = current_database())") == "0");
  CHECK(project.vm({"downgrade", "base"}).exit_code == 0);

  project.write("vm.toml", "url = \"" + url_text(pooler.url()) + "\"\nlock = \"advisory\"\n");
  auto const refused = project.vm({"upgrade"});
  CAPTURE(refused.err);
  CHECK(refused.exit_code == 4);
  CHECK(contains(refused.err, "a pooler stands between vm and the server"));
  CHECK(contains(refused.err, "lock = \"table\""));
  CHECK(scalar(*database, "SELECT count(*) FROM vm_version") == "0");
}

TEST_CASE("settings of a session do not stay behind on a pooler's connection") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  Pooler const pooler{database->url(), 1};
  TempProject const project{url_text(pooler.url()), "lock_timeout = \"1234ms\"\nstatement_timeout = \"5678ms\"\n"};
  project.migration("a1", "", R"(
function upgrade()
  local db = op.get_bind()
  assert(db:scalar("SHOW lock_timeout") == "1234ms", db:scalar("SHOW lock_timeout"))
  assert(db:scalar("SHOW statement_timeout") == "5678ms")
end
function downgrade() end)");
  auto const up = project.vm({"upgrade"});
  CAPTURE(up.err);
  CHECK(up.exit_code == 0);
  auto const after = connect_to(pooler.url());
  CHECK(after->is_pooled());
  CHECK(after->scalar("SHOW lock_timeout") == Value{std::string{"0"}});
  CHECK(after->scalar("SHOW statement_timeout") == Value{std::string{"0"}});
}

TEST_CASE("a full server is waited for, and named when it stays full") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    // A user that may have two connections stands for a server that has two.
    auto const admin = database->connect();
    auto const user = database->url().database + "_few";
    DatabaseUrl url = database->url();
    url.user = user;
    if (dialect == "postgresql") {
      admin->execute(fmt::format("CREATE ROLE {} LOGIN SUPERUSER PASSWORD 'vm'", user));
      admin->execute(fmt::format("ALTER DATABASE {} CONNECTION LIMIT 3", database->url().database));
      admin->execute(fmt::format("ALTER ROLE {} NOSUPERUSER CONNECTION LIMIT 2", user));
      admin->execute(fmt::format("GRANT ALL ON SCHEMA public TO {}", user));
    } else {
      admin->execute(fmt::format("CREATE USER '{}'@'127.0.0.1' IDENTIFIED BY 'vm'", user));
      admin->execute(fmt::format("GRANT ALL ON {}.* TO '{}'@'127.0.0.1' WITH MAX_USER_CONNECTIONS 2",
                                 database->url().database, user));
    }
    url.password = "vm";
    TempProject const project{url_text(url)};
    project.migration("a1", "", "function upgrade() end\nfunction downgrade() end");
    {
      auto const one = connect_to(url);
      auto const two = connect_to(url);
      auto const refused = project.vm({"upgrade", "--lock-timeout", "0.3"});
      CAPTURE(refused.err);
      CHECK(refused.exit_code == 5);
      CHECK(contains(refused.err, "the server has no free connection"));
      CHECK(contains(refused.err, "waited: 0.3 s"));
    }
    auto one = connect_to(url);
    Process patient{project.start({"upgrade", "--lock-timeout", "30"})};
    std::this_thread::sleep_for(std::chrono::milliseconds{500});
    one.reset();
    auto const done = patient.wait();
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
    if (dialect == "postgresql") {
      admin->execute(fmt::format("DROP OWNED BY {} CASCADE", user));
      admin->execute(fmt::format("DROP ROLE {}", user));
    } else {
      admin->execute(fmt::format("DROP USER '{}'@'127.0.0.1'", user));
    }
  }
}
