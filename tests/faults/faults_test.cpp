// What the world does to a run: signals, closed pipes and terminals, lost connections, a disk that does not keep what
// it was given, no memory. Whatever it was, the next upgrade brings the database to head.
//
// VM_FAULTS=N asks for N places at which memory is refused; 40 when not set.
#include "tests/support/databases.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <pty.h>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* users = R"lua(
function upgrade()
  op.create_table("users", { sql.column("id", sql.integer, { primary_key = true }), sql.column("name", sql.string(20)) })
  op.bulk_insert("users", { { name = "ann" }, { name = "bob" } })
end
function downgrade() op.drop_table("users") end)lua";

constexpr char const* note = R"lua(
function upgrade()
  op.add_column("users", sql.column("note", sql.string(20)))
  log.info("it has begun")
  if vm.args.slow then
    local start = os.time()
    while os.time() - start < tonumber(vm.args.slow) do end
  end
  op.alter_column("users", "name", { type = sql.string(40) })
  op.autocommit_block(function() op.execute("UPDATE users SET note = 'x'") end)
end
function downgrade() op.drop_column("users", "note") end)lua";

struct Project : TempProject {
  explicit Project(TestDatabase const& database) : TempProject{url_text(database.url())} {
    migration("a1", "", users);
    migration("a2", "a1", note);
  }
};

/// One more upgrade, which must find no lock and leave nothing half done.
void check_recovers(TempProject const& project, TestDatabase const& database) {
  auto const next = project.vm({"upgrade", "--lock-timeout", "5"});
  CAPTURE(next.err);
  REQUIRE(next.exit_code == 0);
  auto const session = database.connect();
  CHECK(session->scalar("SELECT version_num FROM vm_version") == Value{std::string{"a2"}});
  CHECK(session->scalar("SELECT count(*) FROM users WHERE note = 'x'") == Value{std::int64_t{2}});
  CHECK_THROWS_AS(session->scalar("SELECT count(*) FROM vm_journal"), DatabaseError);
}

Finished faulty(TempProject const& project, std::map<std::string, std::string> variables) {
  variables.emplace("LD_PRELOAD", VM_FAULT_SHIM);
  return project.vm({"upgrade"}, std::move(variables));
}

} // namespace

TEST_CASE("each signal that ends a program rolls the migration back, frees the lock and ends with 130") {
  on_every_database([](TestDatabase const& database) {
    for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
      CAPTURE(signal);
      Project const project{database};
      Process process{project.start({"upgrade", "-x", "slow=60"})};
      REQUIRE(process.wait_for_output("it has begun"));
      process.signal(signal);
      auto const ended = process.wait(std::chrono::seconds{20});
      CAPTURE(ended.err);
      CHECK(ended.exit_code == 130);
      check_recovers(project, database);
      REQUIRE(project.vm({"downgrade", "base"}).exit_code == 0);
    }
  });
}

TEST_CASE("a second signal ends the run at once") {
  on_every_database([](TestDatabase const& database) {
    Project const project{database};
    Process process{project.start({"upgrade", "-x", "slow=60"})};
    REQUIRE(process.wait_for_output("it has begun"));
    process.signal(SIGINT);
    process.signal(SIGTERM);
    CHECK(process.wait(std::chrono::seconds{10}).exit_code == 130);
    check_recovers(project, database);
  });
}

TEST_CASE("a closed terminal is an interrupt") {
  on_every_database([](TestDatabase const& database) {
    Project const project{database};
    int terminal = -1;
    auto const child = forkpty(&terminal, nullptr, nullptr, nullptr);
    REQUIRE(child >= 0);
    if (child == 0) {
      execl(binary_file().c_str(), "vm", "-C", project.path().c_str(), "upgrade", "-x", "slow=60", nullptr);
      _exit(127);
    }
    std::string shown;
    char buffer[4096];
    while (shown.find("it has begun") == std::string::npos) {
      auto const count = read(terminal, buffer, sizeof buffer);
      if (count <= 0) break;
      shown.append(buffer, static_cast<std::size_t>(count));
    }
    close(terminal);
    int status = 0;
    waitpid(child, &status, 0);
    CAPTURE(shown);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 130);
    check_recovers(project, database);
  });
}

TEST_CASE("a reader that has seen enough is no failure, and stops no migration") {
  on_every_database([](TestDatabase const& database) {
    Project const project{database};
    auto const shell = [&](std::string const& line) {
      return run({{"/bin/bash", "-c", line, "bash", binary_file()}, project.path()});
    };
    auto const up = shell("\"$1\" --json -v upgrade -x slow=1 2>&1 | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}");
    CHECK(up.out == "0\n");
    check_recovers(project, database);
    auto const history = shell("\"$1\" run history | head -n 1; echo ${PIPESTATUS[0]}");
    CAPTURE(history.out);
    CHECK(contains(history.out, "a1 -> a2 (head)"));
    CHECK(history.out.ends_with("\n0\n"));
    CHECK(shell("\"$1\" run history >&-; echo $?").exit_code == 0);
  });
}

TEST_CASE("a connection lost in the middle of a migration is named, and the next run goes on") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    Project const project{*database};
    Process process{project.start({"upgrade", "-x", "slow=2"})};
    REQUIRE(process.wait_for_output("it has begun"));
    auto const admin = database->connect();
    auto const& name = database->url().database;
    if (dialect == "postgresql") {
      admin->all(fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> "
                             "pg_backend_pid()",
                             name));
    } else {
      for (auto const& row : admin->all(fmt::format(
               "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID <> CONNECTION_ID()",
               name)))
        admin->execute("KILL CONNECTION " + std::get<std::string>(row[0]));
    }
    auto const lost = process.wait(std::chrono::seconds{30});
    CAPTURE(lost.err);
    CHECK(lost.exit_code == 1);
    CHECK(contains(lost.err, "error: "));
    CHECK(contains(lost.err, "a2"));
    check_recovers(project, *database);
  }
}

TEST_CASE("a disk that does not keep what it was given ends the run at a state that is named") {
  int refused = 0;
  for (int at = 1; at < 200; ++at) {
    CAPTURE(at);
    auto const database = TestDatabase::make("sqlite");
    Project const project{*database};
    auto const done = faulty(project, {{"VM_FAULT_SYNC", std::to_string(at)}});
    CAPTURE(done.err);
    check_recovers(project, *database);
    if (done.exit_code == 0) break; // there are no more
    ++refused;
    CHECK(done.exit_code == 1);
    CHECK(contains(done.err, "error: disk I/O error"));
  }
  CHECK(refused > 5);
}

TEST_CASE("without memory a run ends with an error, wherever that happens") {
  char const* const wanted = std::getenv("VM_FAULTS");
  long const places = wanted == nullptr ? 40 : std::max(1, std::atoi(wanted));
  long allocations = 0;
  {
    auto const database = TestDatabase::make("sqlite");
    Project const project{*database};
    auto const file = project.path() / "count";
    REQUIRE(faulty(project, {{"VM_FAULT_COUNT", file.native()}}).exit_code == 0);
    std::ifstream{file} >> allocations;
    REQUIRE(allocations > 1000);
  }
  int refused = 0;
  // The first few are the C++ library's, before there is a main().
  constexpr long first = 100;
  for (long i = 0; i < places; ++i) {
    auto const at = first + i * (allocations - first) / places + i % 7;
    CAPTURE(at);
    for (bool const for_good : {false, true}) {
      CAPTURE(for_good);
      auto const database = TestDatabase::make("sqlite");
      Project const project{*database};
      std::map<std::string, std::string> variables{{"VM_FAULT_MEMORY", std::to_string(at)}};
      if (for_good) variables.emplace("VM_FAULT_MEMORY_ALL", "1");
      auto const ended = faulty(project, variables);
      CAPTURE(ended.err);
      CHECK(ended.exit_code < 128); // no signal
      if (ended.exit_code != 0) {
        ++refused;
        CHECK(contains(ended.err, "error: "));
      }
      check_recovers(project, *database);
    }
  }
  CHECK(refused > places);
}

TEST_CASE("a machine that gives vm little memory gets an error, not a crash") {
  auto const database = TestDatabase::make("sqlite");
  Project const project{*database};
  // With less the system's loader does not get as far as vm.
  for (int mebibytes = 18; mebibytes < 120; mebibytes += 6) {
    CAPTURE(mebibytes);
    auto const done =
        run({{"/bin/sh", "-c", fmt::format("ulimit -v {}; exec \"$1\" upgrade", mebibytes * 1024), "sh", binary_file()},
             project.path()});
    CAPTURE(done.err);
    CHECK(done.exit_code < 128); // 127: the loader had no room for it
    CHECK_FALSE(done.err.empty());
  }
  check_recovers(project, *database);
}
