// What people get wrong, and what breaks around them: each ends with a clear error, the right exit code and nothing
// changed.
#include "tests/support/databases.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* empty = "function upgrade() end\nfunction downgrade() end";

std::string table_with(std::string const& column) {
  return "function upgrade()\n  op.create_table(\"t\", { sql.column(\"" + column +
         "\", sql.integer) })\nend\nfunction downgrade() "
         "op.drop_table(\"t\") end";
}

void expect(Finished const& done, int exit_code, std::initializer_list<char const*> parts) {
  CAPTURE(done.out);
  CAPTURE(done.err);
  CHECK(done.exit_code == exit_code);
  for (char const* part : parts) {
    CAPTURE(part);
    CHECK(contains(done.err, part));
  }
}

/// An SQLite project that must stay as it is: no version table, whatever went wrong.
void expect_untouched(TempProject const& project) {
  auto const file = project.path() / "test.db";
  if (!std::filesystem::exists(file)) return;
  DatabaseUrl url;
  url.dialect = "sqlite";
  url.database = file;
  CHECK(connect_to(url)
            ->all("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'vm\\_%' ESCAPE '\\' AND name NOT LIKE "
                  "'sqlite\\_%' ESCAPE '\\'")
            .empty());
}

} // namespace

TEST_CASE("no configuration: says what is missing and how to begin") {
  TempFolder const folder;
  expect(run({{test::binary_file(), "upgrade"}, folder.path()}), 2, {"vm.toml", "vm init"});
}

TEST_CASE("an unknown key in vm.toml is named with its line and the nearest key") {
  TempProject const project{"sqlite:///test.db", "script_locaton = \"x\"\n"};
  expect(project.vm({"heads"}), 2, {"script_locaton", "vm.toml:2", "script_location"});
}

TEST_CASE("a wrong type in vm.toml says what was expected and found") {
  TempProject const project{"sqlite:///test.db", "lock_retries = \"many\"\n"};
  expect(project.vm({"heads"}), 2, {"lock_retries", "vm.toml:2", "string"});
}

TEST_CASE("an unknown URL scheme is named with the nearest one") {
  TempProject const project{"postgres1://u:secret@h/d"};
  auto const done = project.vm({"upgrade"});
  expect(done, 2, {"postgres1", "did you mean"});
  CHECK_FALSE(contains(done.err, "secret"));
}

TEST_CASE("a host that is not there ends with 5 and names it") {
  for (char const* url : {"postgresql://u:secret@127.0.0.1:1/d", "mysql://u:secret@127.0.0.1:1/d"}) {
    TempProject const project{url};
    project.migration("a1", "", empty);
    auto const done = project.vm({"upgrade"});
    expect(done, 5, {"127.0.0.1", "u"});
    CHECK_FALSE(contains(done.out + done.err, "secret"));
  }
}

TEST_CASE("a wrong password ends with 5 and is never shown") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    auto url = database->url();
    url.password = "s3cr3tw0rd";
    TempProject const project{url_text(url)};
    project.migration("a1", "", empty);
    for (std::vector<std::string> const& command :
         {std::vector<std::string>{"upgrade"}, {"upgrade", "-v", "--traceback"}, {"status", "--json"}, {"ping"}}) {
      auto const done = project.vm(command);
      CAPTURE(done.out);
      CAPTURE(done.err);
      CHECK(done.exit_code == 5);
      CHECK_FALSE(contains(done.out + done.err, "s3cr3tw0rd"));
    }
  }
}

TEST_CASE("a database that is not there ends with 5 and says how to make it") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    auto url = database->url();
    url.database = "vm_test_not_there";
    TempProject const project{url_text(url)};
    project.migration("a1", "", empty);
    expect(project.vm({"upgrade"}), 5, {"vm_test_not_there"});
  }
}

TEST_CASE("a missing versions folder is named") {
  TempProject const project;
  std::filesystem::remove_all(project.path() / "migrations");
  expect(project.vm({"upgrade"}), 2, {"migrations/versions"});
  CHECK_FALSE(std::filesystem::exists(project.path() / "test.db"));
}

TEST_CASE("a versions folder that cannot be read is named") {
  TempProject const project;
  auto const folder = project.path() / "migrations/versions";
  ::chmod(project.path().c_str(), 0755);
  ::chmod(folder.c_str(), 0);
  auto start = project.start({"heads"});
  start.unprivileged = true;
  expect(run(start), 2, {"migrations/versions", "ermission denied"});
  ::chmod(folder.c_str(), 0755);
}

TEST_CASE("two files with one id are both named") {
  TempProject const project;
  project.migration("a1", "", empty);
  project.write("migrations/versions/copy.lua", std::string{"-- copy\nrevision = \"a1\"\n"} + empty);
  expect(project.vm({"upgrade"}), 2, {"'a1'", "migrations/versions/a1.lua", "migrations/versions/copy.lua"});
  expect_untouched(project);
}

TEST_CASE("a cycle is shown with its members") {
  TempProject const project;
  project.migration("a1", "a3", empty);
  project.migration("a2", "a1", empty);
  project.migration("a3", "a2", empty);
  expect(project.vm({"heads"}), 2, {"cycle", "a1", "a2", "a3"});
}

TEST_CASE("a parent that no script defines is named with the script") {
  TempProject const project;
  project.migration("a1", "nowhere", empty);
  expect(project.vm({"upgrade"}), 2, {"nowhere", "migrations/versions/a1.lua"});
}

TEST_CASE("all broken files are reported at once, with file and line") {
  TempProject const project;
  project.write("migrations/versions/one.lua", "-- one\nrevision = \"one\"\nfunction upgrade( end\n");
  project.write("migrations/versions/two.lua", "-- two\nrevision = \"two\"\nlocal x = nil + 1\n");
  project.write("migrations/versions/three.lua", "-- three\nrevision = \"three\"\ndown_revison = \"one\"\n");
  project.write("migrations/versions/four.lua", std::string{"\x1bLJ\x02\x00\x00binary", 12});
  project.write("migrations/versions/five.lua", "-- five\ndown_revision = nil\n");
  project.write("migrations/versions/six.lua", "-- six\nrevision = 6\n");
  expect(project.vm({"upgrade"}), 2,
         {"one.lua:3", "two.lua:3", "three.lua:3", "down_revision", "four.lua", "five.lua", "six.lua:2", "revision"});
  expect_untouched(project);
}

TEST_CASE("a runtime error in upgrade names the line and rolls back") {
  TempProject const project;
  project.migration(
      "a1", "",
      "function upgrade()\n  op.execute('CREATE TABLE t (a)')\n  local x = nil\n  x.y = 1\nend\nfunction downgrade() "
      "end");
  expect(project.vm({"upgrade"}), 1, {"a1.lua:9", "attempt to index", "rolled back", "base"});
  expect_untouched(project);
}

TEST_CASE("infinite recursion ends as an error, at the top level and in upgrade") {
  TempProject const project;
  project.migration("a1", "",
                    "local function f() return 1 + f() end\nfunction upgrade() f() end\nfunction downgrade() end");
  expect(project.vm({"upgrade"}), 1, {"a1.lua", "stack overflow"});
  project.migration("a1", "", "local function f() return 1 + f() end\nf()");
  expect(project.vm({"upgrade"}), 2, {"a1.lua", "stack overflow"});
  expect_untouched(project);
}

TEST_CASE("a script that allocates without end meets the memory ceiling") {
  TempProject const project{"sqlite:///test.db", "memory_limit = \"32MiB\"\n"};
  project.migration(
      "a1", "",
      "function upgrade()\n  local t = {}\n  while true do t[#t + 1] = string.rep('x', 1000) .. #t end\nend\nfunction "
      "downgrade() end");
  expect(project.vm({"upgrade"}), 1, {"memory", "memory_limit", "rolled back"});
  project.migration("a1", "", "local s = 'x'\nwhile true do s = s .. s end");
  expect(project.vm({"upgrade"}), 2, {"a1.lua", "memory"});
  expect_untouched(project);
}

TEST_CASE("CRLF line ends and a byte order mark are read as they were meant") {
  TempProject const project;
  project.write("migrations/versions/a1.lua",
                "\xEF\xBB\xBF-- windows\r\n\r\nrevision = \"a1\"\r\ndown_revision = nil\r\nfunction upgrade()\r\n  "
                "op.execute(\"CREATE TABLE t (a)\")\r\nend\r\nfunction downgrade()\r\nend\r\n");
  auto const up = project.vm({"upgrade"});
  expect(up, 0, {"Running upgrade  -> a1, windows"});
  CHECK_FALSE(contains(up.err, "\r"));
}

TEST_CASE("a symbolic link that leads to itself is refused") {
  TempProject const project;
  std::filesystem::create_symlink("loop.lua", project.path() / "migrations/versions/loop.lua");
  expect(project.vm({"upgrade"}), 2, {"loop.lua"});
}

TEST_CASE("a version table with other columns is refused and left alone") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", empty);
    database.connect()->execute("CREATE TABLE vm_version (id INTEGER, name VARCHAR(10))");
    expect(project.vm({"upgrade"}), 1, {"vm_version", "'id', 'name'", "version_num"});
    expect(project.vm({"current"}), 1, {"vm_version"});
  });
}

TEST_CASE("an SQLite file that cannot be written is named and stays as it is") {
  TempProject const project;
  project.migration("a1", "", table_with("id"));
  REQUIRE(project.vm({"upgrade"}).exit_code == 0);
  project.migration("a2", "a1", "function upgrade() op.execute('CREATE TABLE t2 (a)') end\nfunction downgrade() end");
  ::chmod(project.path().c_str(), 0555);
  ::chmod((project.path() / "test.db").c_str(), 0444);
  auto start = project.start({"upgrade"});
  start.unprivileged = true;
  expect(run(start), 1, {"test.db"});
  start = project.start({"current"});
  start.unprivileged = true;
  CHECK(run(start).out == "a1\n");
  ::chmod(project.path().c_str(), 0755);
}

TEST_CASE("a file that is no database is named") {
  TempProject const project;
  project.migration("a1", "", empty);
  project.write("test.db",
                "this is a text, and not a short one, so that nobody takes it for an empty database file at all. "
                "It goes on for more than a hundred bytes.");
  auto const done = project.vm({"upgrade"});
  CAPTURE(done.err);
  CHECK((done.exit_code == 1 || done.exit_code == 5));
  CHECK(contains(done.err, "not a SQLite database"));
}

TEST_CASE("a disk that is really full rolls back and says so") {
  // A file system of one MiB under the database; only root may mount one.
  TempProject const project{"sqlite:///disk/test.db"};
  auto const disk = project.path() / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") != 0) {
    std::perror("skipped: mounting a small tmpfs (it needs root)");
    REQUIRE_MESSAGE(::geteuid() != 0, "root could not mount a tmpfs");
    return;
  }
  struct Unmount {
    std::filesystem::path const& folder;
    ~Unmount() { ::umount2(folder.c_str(), MNT_DETACH); }
  } const unmount{disk};
  project.migration("a1", "", table_with("id"));
  REQUIRE(project.vm({"upgrade"}).exit_code == 0);
  project.migration("a2", "a1", R"lua(
function upgrade()
  op.execute("INSERT INTO t VALUES (1)")
  op.execute("CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i, hex(randomblob(50)) AS x FROM n")
end
function downgrade() end)lua");
  expect(project.vm({"upgrade"}), 1,
         {"database or disk is full", "no space is left", "a2.lua:9", "rolled back; the database is at 'a1'"});
  CHECK(contains(project.vm({"--json", "upgrade"}).out, "\"code\": \"SQLITE_FULL\""));
  DatabaseUrl url;
  url.dialect = "sqlite";
  url.database = disk / "test.db";
  {
    auto const session = connect_to(url);
    CHECK(std::get<std::int64_t>(*session->scalar("SELECT count(*) FROM t")) == 0);
    CHECK(std::get<std::string>(*session->scalar("SELECT version_num FROM vm_version")) == "a1");
    CHECK(std::get<std::string>(*session->scalar("PRAGMA integrity_check")) == "ok");
  }
  REQUIRE(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV, "size=64m") == 0);
  CHECK(project.vm({"upgrade"}).exit_code == 0); // with room again, the same command goes on
}

TEST_CASE("a file that may not grow rolls back and says so") {
  TempProject const project;
  project.migration("a1", "", table_with("id"));
  REQUIRE(project.vm({"upgrade"}).exit_code == 0);
  project.migration("a2", "a1", R"lua(
function upgrade()
  for i = 1, 2000 do op.execute("INSERT INTO t VALUES (" .. i .. ")") end
  op.execute("CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) SELECT i, hex(randomblob(50)) AS x FROM n")
end
function downgrade() end)lua");
  auto start = project.start({"upgrade"});
  start.largest_file = 300'000;
  auto const done = run(start);
  expect(done, 1, {"a2.lua"});
  DatabaseUrl url;
  url.dialect = "sqlite";
  url.database = project.path() / "test.db";
  auto const session = connect_to(url);
  CHECK(std::get<std::int64_t>(*session->scalar("SELECT count(*) FROM t")) == 0);
  CHECK(std::get<std::string>(*session->scalar("SELECT version_num FROM vm_version")) == "a1");
  CHECK(std::get<std::string>(*session->scalar("PRAGMA integrity_check")) == "ok");
  CHECK(project.vm({"upgrade"}).exit_code == 0);
}

TEST_CASE("a message with every printable character makes a script that runs and shows it") {
  TempProject const project;
  std::string message;
  for (char c = ' '; c < 127; ++c) message += c;
  message = "all " + message + " ünï ]] --[[ 日本";
  auto const made = project.vm({"revision", "-m", message, "--rev-id", "a1"});
  expect(made, 0, {});
  auto const history = project.vm({"history"});
  CHECK(contains(history.out, message));
  expect(project.vm({"upgrade"}), 0, {"Running upgrade  -> a1"});
}

TEST_CASE("a missing downgrade is found before anything runs") {
  TempProject const project;
  project.migration("a1", "", "function upgrade() op.execute('CREATE TABLE t (a)') end");
  project.migration("a2", "a1", empty);
  REQUIRE(project.vm({"upgrade"}).exit_code == 0);
  expect(project.vm({"downgrade", "base"}), 1, {"'a1' has no downgrade", "a1.lua", "nothing was changed"});
  CHECK(project.vm({"current"}).out == "a2 (head)\n");
}

TEST_CASE("a wrong argument names call, argument, file and line") {
  TempProject const project;
  project.migration("a1", "",
                    "function upgrade()\n  op.create_index(\"ix\", \"t\", { \"a\" }, { uniqe = true })\nend\nfunction "
                    "downgrade() end");
  expect(project.vm({"upgrade"}), 1, {"op.create_index", "uniqe", "unique", "a1.lua:7"});
}

TEST_CASE("typing errors on the command line are answered with the nearest word") {
  TempProject const project;
  expect(project.vm({"upgrde"}), 2, {"upgrde", "upgrade"});
  expect(project.vm({"upgrade", "--sqll"}), 2, {"--sqll"});
  project.migration("abc1", "", empty);
  expect(project.vm({"upgrade", "abd1"}), 2, {"abd1", "abc1"});
}
