#include "engine/dialect/registry.hpp"
#include "tests/support/databases.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace vm;

namespace {

std::unique_ptr<db::MigrationLock> lock_of(test::TestDatabase const& database, std::string_view name = "vm_version") {
  return dialect::backend_for(database.dialect()).lock(database.url(), {}, name);
}

bool acquired_within(db::MigrationLock& lock, std::chrono::milliseconds limit) {
  auto const end = std::chrono::steady_clock::now() + limit;
  while (!lock.try_acquire()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

} // namespace

TEST_CASE("one holds the migration lock at a time") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const first = lock_of(database);
    auto const second = lock_of(database);
    CHECK(first->try_acquire());
    CHECK(first->try_acquire());
    CHECK_FALSE(second->try_acquire());
    first->release();
    CHECK(second->try_acquire());
    CHECK_FALSE(first->try_acquire());
  });
}

TEST_CASE("a lock is free once its holder is gone from scope") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const second = lock_of(database);
    {
      auto const first = lock_of(database);
      CHECK(first->try_acquire());
      CHECK_FALSE(second->try_acquire());
    }
    CHECK(acquired_within(*second, std::chrono::seconds{5}));
  });
}

TEST_CASE("servers keep locks of other names and databases apart") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    auto const one = test::TestDatabase::make(dialect);
    if (!one) continue;
    auto const other = test::TestDatabase::make(dialect);
    auto const lock = lock_of(*one);
    CHECK(lock->try_acquire());
    CHECK(lock_of(*one, "alembic_version")->try_acquire());
    CHECK(lock_of(*other)->try_acquire());
    CHECK(lock_of(*one, std::string(200, 'n'))->try_acquire());
  }
}

TEST_CASE("the holder of the lock is named") {
  test::on_every_database([](test::TestDatabase& database) {
    auto const lock = lock_of(database);
    CHECK(lock_of(database)->holder() == std::nullopt);
    CHECK(lock->try_acquire());
    auto const holder = lock_of(database)->holder();
    REQUIRE(holder.has_value());
    CHECK_FALSE(holder->process.empty());
    CHECK_FALSE(holder->user.empty());
    CHECK(holder->since.starts_with("20"));
    CHECK(holder->since.ends_with(" UTC"));
    if (database.dialect() == "sqlite")
      CHECK(holder->process == std::to_string(getpid()));
    else
      CHECK(holder->user == database.url().user);
    if (database.dialect() == "postgresql") CHECK(holder->application == "vm (migration lock)");
  });
}

TEST_CASE("the lock of a killed process is free") {
  test::on_every_database([](test::TestDatabase& database) {
    std::array<int, 2> ready{};
    REQUIRE(pipe(ready.data()) == 0);
    pid_t const child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto const lock = lock_of(database);
      char const answer = lock->try_acquire() ? 'y' : 'n';
      if (write(ready[1], &answer, 1) != 1) _exit(1);
      for (;;) pause();
    }
    char answer = 0;
    REQUIRE(read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    auto const lock = lock_of(database);
    CHECK_FALSE(lock->try_acquire());
    if (database.dialect() == "sqlite") {
      auto const holder = lock->holder();
      REQUIRE(holder.has_value());
      CHECK(holder->process == std::to_string(child));
      CHECK(holder->describe().starts_with(fmt::format("process {} (driver_test) of '", child)));
    }
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(acquired_within(*lock, std::chrono::seconds{10}));
    close(ready[0]);
    close(ready[1]);
  });
}

TEST_CASE("sqlite: the lock and sessions do not disturb each other") {
  auto const database = test::TestDatabase::make("sqlite");
  auto const writer = database->connect();
  auto const other = database->connect({.lock_timeout = 0});
  writer->execute("CREATE TABLE t (id integer)");
  auto lock = lock_of(*database);
  CHECK(lock->try_acquire());
  writer->execute("BEGIN IMMEDIATE");
  writer->execute("INSERT INTO t VALUES (1)");
  lock.reset(); // its descriptor stays open, or SQLite's own lock would go with it
  pid_t const child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // POSIX locks are a process's: only another process can tell whether this one still has them.
    bool refused = false;
    try {
      database->connect({.lock_timeout = 0})->execute("INSERT INTO t VALUES (2)");
    } catch (DatabaseError const& error) {
      refused = error.kind == DatabaseErrorKind::lock_timeout;
    }
    _exit(refused ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  writer->execute("COMMIT");
}

TEST_CASE("sqlite: a database in memory needs no lock") {
  DatabaseUrl url;
  url.dialect = "sqlite";
  auto const& backend = dialect::backend_for("sqlite");
  auto const first = backend.lock(url, {}, "vm_version");
  CHECK(first->try_acquire());
  CHECK(backend.lock(url, {}, "vm_version")->try_acquire());
}

TEST_CASE("a lock holder is described with what is known of it") {
  CHECK(db::LockHolder{"ann", "10.0.0.5", "", "4711", "2026-02-01 10:00:00"}.describe() ==
        "process 4711 of 'ann' at 10.0.0.5, since 2026-02-01 10:00:00");
  CHECK(db::LockHolder{"", "", "vm", "4711", ""}.describe() == "process 4711 (vm)");
  CHECK(db::LockHolder{}.describe() == "a process");
}
