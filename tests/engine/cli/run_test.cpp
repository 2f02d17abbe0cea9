#include "engine/cli/app.hpp"
#include "engine/core/files.hpp"
#include "tests/engine/command/project.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace vm;
using nlohmann::json;

namespace {

// A project on SQLite with two migrations, and a way to type commands in it.
struct Shell {
  test::TempFolder folder;
  config::EnvironmentVariables variables;
  std::string typed; // what a person answers
  bool is_terminal = false;
  std::string out, err;

  explicit Shell(std::string const& settings = "") {
    folder.write("vm.toml", "url = \"sqlite:///shop.db\"\n" + settings);
    folder.write("migrations/versions/a.sql",
                 "-- customers\n-- revision: a\n-- upgrade\nCREATE TABLE customers (id integer);\n"
                 "-- downgrade\nDROP TABLE customers;\n");
    folder.write("migrations/versions/b.sql", "-- orders\n-- revision: b\n-- down_revision: a\n-- upgrade\n"
                                              "CREATE TABLE orders (id integer);\n-- downgrade\nDROP TABLE orders;\n");
  }

  int operator()(std::vector<std::string> arguments) {
    std::ostringstream out_stream, err_stream;
    std::istringstream in_stream{typed};
    cli::Streams streams{out_stream, err_stream, in_stream, false, is_terminal, is_terminal};
    arguments.push_back("--color=never");
    arguments.push_back("--no-progress");
    int const code = cli::run({std::move(arguments), streams, variables, folder.path()},
                              [](script::HostOptions const&) { return std::make_unique<test::NoLua>(); });
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }

  std::string url() const { return "sqlite:///" + (folder / "shop.db").string(); }

  std::string current() {
    (*this)({"current"});
    return out;
  }
};

bool contains(std::string const& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("upgrade and downgrade have their defaults and log each step") {
  Shell vm;
  CHECK(vm({"run", "upgrade"}) == 0);
  CHECK(vm.out == "");
  CHECK(contains(vm.err, "INFO  [vm.migration] Running upgrade  -> a, customers\n"
                         "INFO  [vm.migration] Running upgrade a -> b, orders\n"
                         "INFO  [vm.migration] Ran 2 upgrades in "));
  CHECK(vm.current() == "b (head)\n");
  CHECK(vm({"downgrade"}) == 0);
  CHECK(contains(vm.err, "Running downgrade b -> a, orders\n"));
  CHECK(vm.current() == "a\n");
  CHECK(vm({"upgrade", "+1", "-q"}) == 0);
  CHECK(vm.err == "");
  CHECK(vm({"downgrade", "-2"}) == 0);
  CHECK(vm.current() == "");
}

TEST_CASE("a downgrade on a terminal lists what goes and asks") {
  Shell vm;
  CHECK(vm({"upgrade"}) == 0);
  vm.is_terminal = true;
  vm.typed = "n\n";
  CHECK(vm({"downgrade", "base"}) == 2);
  CHECK(vm.err ==
        "this undoes, on " + vm.url() +
            ":\n  b, orders\n  a, customers\nand drops:\n  table 'orders' (0 rows)\n  table 'customers' (0 rows)\n"
            "go on? [y/N] error: not confirmed; nothing was done\n");
  vm.typed = "";
  CHECK(vm({"downgrade", "base"}) == 2);
  CHECK(vm.current() == "b (head)\n");
  vm.typed = "y\n";
  CHECK(vm({"downgrade"}) == 0);
  CHECK(vm.current() == "a\n");
  vm.typed = "";
  CHECK(vm({"downgrade", "--yes"}) == 0);
  CHECK(vm.current() == "");
  CHECK(vm({"downgrade", "base"}) == 0); // nothing to undo, nothing to ask
}

TEST_CASE("a protected environment wants a yes where nobody can answer") {
  Shell vm{"[env.production]\nprotected = true\n"};
  CHECK(vm({"-e", "production", "upgrade"}) == 0);
  CHECK(vm({"-e", "production", "downgrade"}) == 2);
  CHECK(vm.err == "error: environment 'production' is protected: a downgrade there needs its name and a yes\n"
                  "hint: add --yes --env production\n");
  vm.is_terminal = true;
  vm.typed = "yes\n";
  CHECK(vm({"-e", "production", "downgrade"}) == 2);
  CHECK(contains(vm.err, "type its name to go on"));
  vm.typed = "production\n";
  CHECK(vm({"-e", "production", "downgrade"}) == 0);
  vm.is_terminal = false;
  CHECK(vm({"downgrade", "-e", "production", "-y"}) == 0);
}

TEST_CASE("results as JSON are one document on standard output") {
  Shell vm;
  CHECK(vm({"--json", "-q", "upgrade"}) == 0);
  auto const run = json::parse(vm.out);
  CHECK(run["steps"].size() == 2);
  CHECK(run["steps"][1]["direction"] == "upgrade");
  CHECK(run["steps"][1]["from"] == json::array({"a"}));
  CHECK(run["steps"][1]["revision"] == "b");
  CHECK(run["before"] == json::array());
  CHECK(run["after"] == json::array({"b"}));
  CHECK(run["dialect"] == "sqlite");
  CHECK(vm({"--json", "current"}) == 0);
  CHECK(json::parse(vm.out)["revisions"][0]["revision"] == "b");
  CHECK(vm({"status", "--json"}) == 0);
  auto const status = json::parse(vm.out);
  CHECK(status["applied"] == 2);
  CHECK(status["pending"] == json::array());
  CHECK(status["lock_holder"].is_null());
  CHECK(vm({"--json", "-q", "downgrade", "zz"}) == 2);
  CHECK(json::parse(vm.out)["error"]["kind"] == "graph");
  CHECK(json::parse(vm.out)["error"]["exit_code"] == 2);
  CHECK(vm.err == "");
  CHECK(vm({"--json", "upgrade", "--sql", "base:a"}) == 0);
  CHECK(contains(json::parse(vm.out)["sql"], "CREATE TABLE customers"));
}

TEST_CASE("--sql writes a script and leaves the database alone") {
  Shell vm;
  CHECK(vm({"upgrade", "--sql"}) == 0);
  CHECK(contains(vm.out, "CREATE TABLE customers (id integer);"));
  CHECK(vm.current() == "");
  CHECK(vm({"upgrade", "--dialect", "postgresql"}) == 2);
  CHECK(vm.err == "error: --dialect goes with --sql\n");
  CHECK(vm({"upgrade", "--sql", "--dialect", "postgresql", "-u", "postgresql://127.0.0.1:1/none"}) == 0);
  CHECK(contains(vm.out, "CREATE TABLE customers"));
}

TEST_CASE("--plan lists and does nothing") {
  Shell vm;
  CHECK(vm({"upgrade", "--plan"}) == 0);
  CHECK(vm.out == "upgrade  -> a, customers\nupgrade a -> b, orders\n");
  CHECK(vm.current() == "");
  CHECK(vm({"upgrade", "-q"}) == 0);
  CHECK(vm({"upgrade", "--plan"}) == 0);
  CHECK(vm.out == "nothing to do\n");
  CHECK(vm({"downgrade", "--plan", "base"}) == 0);
  CHECK(vm.out == "downgrade b -> a, orders\ndowngrade a -> , customers\n");
}

TEST_CASE("a statement that fails is shown with its file, its place and where the database is") {
  Shell vm;
  vm.folder.write("migrations/versions/c.sql", "-- broken\n-- revision: c\n-- down_revision: b\n-- upgrade\n"
                                               "CREATE TABLE t (id integer);\nINSERT INTO nowhere VALUES (1);\n");
  CHECK(vm({"upgrade", "-q"}) == 1);
  CHECK(contains(vm.err, "error: "));
  CHECK(contains(vm.err, "nowhere"));
  CHECK(contains(vm.err, "  at migrations/versions/c.sql:6\n"));
  CHECK(contains(vm.err, "1 | INSERT INTO nowhere VALUES (1)"));
  CHECK(contains(vm.err, "'b'"));
  CHECK(vm.current() == "b\n");
}

TEST_CASE("an unknown row in the database names the way out, and stamp --purge is one") {
  Shell vm;
  CHECK(vm({"upgrade", "-q"}) == 0);
  std::filesystem::remove(vm.folder / "migrations/versions/b.sql");
  CHECK(vm({"current"}) == 2);
  CHECK(contains(vm.err, "'b'"));
  CHECK(contains(vm.err, "stamp --purge"));
  CHECK(vm({"status"}) == 0);
  CHECK(contains(vm.out, "unknown    b: no script defines it\n"));
  CHECK(vm({"stamp", "--purge", "head", "-q"}) == 0);
  CHECK(vm.current() == "a (head)\n");
  CHECK(vm({"stamp", "-1", "-q"}) == 0);
  CHECK(vm.current() == "");
}

TEST_CASE("current --check-heads ends with 3 when something is missing") {
  Shell vm;
  CHECK(vm({"upgrade", "a", "-q"}) == 0);
  CHECK(vm({"current", "--check-heads"}) == 3);
  CHECK(vm.out == "a\n");
  CHECK(vm.err == "ERROR [vm.migration] Not every head is applied: 'b'\n");
  CHECK(vm({"upgrade", "-q"}) == 0);
  CHECK(vm({"current", "--check-heads"}) == 0);
}

TEST_CASE("a database that does not answer ends with 5, also without vm.toml") {
  Shell vm;
  CHECK(vm({"ping", "-u", "postgresql://ann:secret@127.0.0.1:1/none"}) == 5);
  CHECK_FALSE(contains(vm.err, "secret"));
  std::filesystem::remove(vm.folder / "vm.toml");
  CHECK(vm({"ping", "-u", "mysql://ann:secret@127.0.0.1:1/none"}) == 5);
  CHECK_FALSE(contains(vm.err, "secret"));
}

TEST_CASE("log lines as JSON, one object a line; -v adds statements") {
  Shell vm;
  CHECK(vm({"upgrade", "a", "-v", "--log-format", "json"}) == 0);
  std::istringstream lines{vm.err};
  bool saw_statement = false;
  for (std::string line; std::getline(lines, line);) {
    auto const entry = json::parse(line);
    if (entry["logger"] == "vm.sql")
      saw_statement = saw_statement || contains(entry["message"], "CREATE TABLE customers");
  }
  CHECK(saw_statement);
}

TEST_CASE("status says where the database is and what is pending") {
  Shell vm;
  CHECK(vm({"status"}) == 0);
  CHECK(contains(vm.out, "current    <base>\n"));
  CHECK(vm({"upgrade", "a", "-q"}) == 0);
  CHECK(vm({"status"}) == 0);
  CHECK(contains(vm.out, "database   " + vm.url() + " (sqlite 3."));
  CHECK(contains(vm.out, "versions   vm_version\n"
                         "current    a, customers\n"
                         "heads      b (head), orders\n"
                         "applied    1 of 2\n"
                         "pending    1 revision\n"
                         "  a -> b (head), orders\n"
                         "lock       free\n"));
}

TEST_CASE("history marks what the database is at") {
  Shell vm;
  CHECK(vm({"upgrade", "a", "-q"}) == 0);
  CHECK(vm({"history", "-i"}) == 0);
  CHECK(vm.out == "a -> b (head), orders\n<base> -> a (current), customers\n");
  CHECK(vm({"history", "-r", "current:"}) == 0);
  CHECK(vm.out == "a -> b (head), orders\n<base> -> a, customers\n");
  CHECK(vm({"show", "current"}) == 0);
  CHECK(contains(vm.out, "Rev: a (current)\nParent: <base>\n"));
}

TEST_CASE("ensure-version makes the table once") {
  Shell vm;
  CHECK(vm({"ensure-version", "--sql"}) == 0);
  CHECK(contains(vm.out, "CREATE TABLE"));
  CHECK(vm({"ensure_version"}) == 0);
  CHECK(vm.out == "table 'vm_version' was made\n");
  CHECK(vm({"ensure-version"}) == 0);
  CHECK(vm.out == "table 'vm_version' is there\n");
}

TEST_CASE("ping and unlock on a database that is fine") {
  Shell vm;
  CHECK(vm({"upgrade", "-q"}) == 0);
  CHECK(vm({"ping", "--wait", "1s"}) == 0);
  CHECK(contains(vm.out, vm.url() + ": SQLite 3."));
  CHECK(vm({"unlock"}) == 0);
  CHECK(vm.out == "the lock is free\n");
}

TEST_CASE("-x needs a key") {
  Shell vm;
  CHECK(vm({"heads", "-x", "=1"}) == 2);
  CHECK(vm.err == "error: -x '=1' has no key\nhint: write -x KEY=VALUE\n");
  CHECK(vm({"heads", "-x", "a=1", "-x", "b"}) == 0);
}
