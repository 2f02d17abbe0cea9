// A password that vm was given is nowhere in what a run leaves: its output, its files, the programs it starts, the
// database.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <sys/stat.h>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* password = "Zq9secret";

std::string content_of(std::filesystem::path const& file) {
  std::stringstream text;
  text << std::ifstream{file, std::ios::binary}.rdbuf();
  return text.str();
}

/// A user of the test's own whose password is the one that is looked for.
class SecretUser {
 public:
  explicit SecretUser(TestDatabase const& database) : database_{database}, url_{database.url()} {
    url_.user = url_.database + "_s";
    url_.password = password;
    auto const admin = database.connect();
    if (database.dialect() == "postgresql") {
      admin->execute(fmt::format("CREATE ROLE {} LOGIN SUPERUSER PASSWORD '{}'", url_.user, password));
    } else {
      admin->execute(fmt::format("CREATE USER '{}'@'127.0.0.1' IDENTIFIED BY '{}'", url_.user, password));
      admin->execute(fmt::format("GRANT ALL ON *.* TO '{}'@'127.0.0.1'", url_.user));
    }
  }
  SecretUser(SecretUser const&) = delete;
  SecretUser& operator=(SecretUser const&) = delete;
  ~SecretUser() {
    try {
      auto const admin = database_.connect();
      if (database_.dialect() == "postgresql") {
        admin->execute(fmt::format("REASSIGN OWNED BY {} TO CURRENT_USER", url_.user));
        admin->execute(fmt::format("DROP ROLE {}", url_.user));
      } else {
        admin->execute(fmt::format("DROP USER '{}'@'127.0.0.1'", url_.user));
      }
    } catch (Error const& error) {
      MESSAGE("the user " << url_.user << " is left over: " << error.what());
    }
  }
  DatabaseUrl const& url() const { return url_; }

 private:
  TestDatabase const& database_;
  DatabaseUrl url_;
};

constexpr char const* broken = R"lua(
function upgrade()
  op.execute("CREATE TABLE t1 (id INTEGER)")
  op.execute("SELECT no_such_column FROM t1")
end
function downgrade() op.drop_table("t1") end)lua";

} // namespace

TEST_CASE("the password is nowhere in what a failing run leaves") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    SecretUser const user{*database};
    TempProject const project{url_text(user.url())};
    project.migration("a1", "", broken);
    std::filesystem::create_directories(project.path() / "tmp");
    // Stands before the real program in PATH and writes down all it can see.
    for (auto const* program : {"pg_dump", "mariadb-dump"}) {
      auto const file = project.write(std::filesystem::path{"bin"} / program,
                                      "#!/bin/sh\n{ echo \"$@\"; env; cat /proc/$PPID/cmdline; } > seen\n"
                                      "find tmp -type f ! -perm 600 > open_files\nexec /usr/bin/" +
                                          std::string{program} + " \"$@\"\n");
      ::chmod(file.c_str(), 0755);
    }
    std::map<std::string, std::string> const variables{{"PATH", (project.path() / "bin").native() + ":/usr/bin:/bin"},
                                                       {"TMPDIR", (project.path() / "tmp").native()},
                                                       {"VM_URL", url_text(user.url())},
                                                       {"SOME_PASSWORD", password}};
    auto wrong = user.url();
    wrong.port = 1;
    auto missing = user.url();
    missing.database = "no_such_database";
    auto closed = user.url();
    closed.user = "nobody_at_all";
    std::vector<std::vector<std::string>> const runs{
        {"upgrade", "--backup", "-v", "--traceback"},
        {"upgrade", "--json", "-v", "--log-format", "json", "--traceback"},
        {"status"},
        {"status", "--json"},
        {"ping", "--json"},
        {"upgrade", "--sql"},
        {"upgrade", "--plan", "--json"},
        {"history", "--applied", "--json"},
        {"unlock", "--json"},
        {"upgrade", "--url", url_text(wrong)},
        {"upgrade", "--url", url_text(missing), "--json"},
        {"upgrade", "--url", url_text(closed), "--traceback"},
        {"upgrade", "--url", url_text(user.url()) + "?no_such_parameter=1"},
        {"upgrade", "--url", "postgres" + url_text(user.url())},
        {"upgrade", "--url", url_text(user.url()) + ":not a url"},
    };
    for (auto const& arguments : runs) {
      auto const done = project.vm(arguments, variables);
      CAPTURE(arguments.front() + " " + arguments.back());
      CAPTURE(done.out);
      CAPTURE(done.err);
      CHECK_FALSE(contains(done.out, password));
      CHECK_FALSE(contains(done.err, password));
    }
    CHECK(project.vm({"upgrade"}, variables).exit_code == 1);
    auto const seen = content_of(project.path() / "seen");
    CHECK(contains(seen, "TMPDIR="));
    CHECK_FALSE(contains(seen, password));
    CHECK(content_of(project.path() / "open_files").empty());
    for (auto const& file : std::filesystem::recursive_directory_iterator{project.path()}) {
      if (!file.is_regular_file() || file.path().filename() == "vm.toml") continue;
      CAPTURE(file.path().native());
      CHECK_FALSE(contains(content_of(file.path()), password));
    }
    CHECK(std::filesystem::is_empty(project.path() / "tmp"));
    for (auto const& row : database->connect()->all("SELECT error FROM vm_history"))
      if (auto const* text = std::get_if<std::string>(&row[0])) CHECK_FALSE(contains(*text, password));
  }
}

TEST_CASE("while a run waits, its process shows no password of vm.toml to others") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    SecretUser const user{*database};
    TempProject const project{url_text(user.url())};
    project.migration("a1", "", R"lua(
function upgrade()
  log.info("it has begun")
  local start = os.time()
  while os.time() - start < 30 do end
end
function downgrade() end)lua");
    Process process{project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("it has begun"));
    auto const folder = "/proc/" + std::to_string(process.pid());
    CHECK_FALSE(content_of(folder + "/cmdline").empty());
    CHECK_FALSE(contains(content_of(folder + "/cmdline"), password));
    CHECK_FALSE(contains(content_of(folder + "/environ"), password));
    // What the server shows of the connections to everybody who may look.
    auto const admin = database->connect();
    auto const query = dialect == "postgresql" ? "SELECT coalesce(query, '') || application_name FROM pg_stat_activity"
                                               : "SELECT coalesce(INFO, '') FROM information_schema.PROCESSLIST";
    for (auto const& row : admin->all(query))
      if (auto const* text = std::get_if<std::string>(&row[0])) {
        CAPTURE(*text);
        CHECK_FALSE(contains(*text, password));
      }
  }
}
