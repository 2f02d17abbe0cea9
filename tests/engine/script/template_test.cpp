#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/script/directory.hpp"
#include "engine/script/template.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::script;
using namespace std::chrono;

namespace {

NewScript script_of(std::string const& message) {
  NewScript script;
  script.message = message;
  script.revision = "abc123def456";
  script.down_revision = {"b08e1f353e69"};
  script.created = system_clock::time_point{seconds{1761048000}};
  return script;
}

struct Project : test::TempFolder {
  config::Config config;

  Project() {
    config.project = path();
    config.script_location = path() / "migrations";
  }
};

} // namespace

TEST_CASE("a new migration has the header of the contract") {
  Project const project;
  CHECK(fill(script_of("add email verification to customers"), project.config) ==
        R"(-- add email verification to customers
--
-- Revision:  abc123def456
-- Revises:   b08e1f353e69
-- Created:   2025-10-21 12:00:00 UTC

revision      = "abc123def456"
down_revision = "b08e1f353e69"
branch_labels = nil
depends_on    = nil

function upgrade()
end

function downgrade()
end
)");
}

TEST_CASE("lists, statements and imports stand where they belong") {
  Project const project;
  auto script = script_of("merge");
  script.down_revision = {"a", "b"};
  script.branch_labels = {"x\"y"};
  script.depends_on = {"c", "d\\"};
  script.upgrades = "  op.execute([[\n  SELECT 1\n  ]])\n";
  script.downgrades = "  op.drop_table(\"t\")";
  script.imports = "local names = require(\"vm.names\")\n";
  CHECK(fill(script, project.config) == R"(-- merge
--
-- Revision:  abc123def456
-- Revises:   a, b
-- Created:   2025-10-21 12:00:00 UTC

revision      = "abc123def456"
down_revision = { "a", "b" }
branch_labels = "x\"y"
depends_on    = { "c", "d\\" }

local names = require("vm.names")

function upgrade()
  op.execute([[
  SELECT 1
  ]])
end

function downgrade()
  op.drop_table("t")
end
)");
}

TEST_CASE("a first migration has no parent, and a message left out says so") {
  Project const project;
  auto script = script_of(" \n");
  script.down_revision = {};
  auto const text = fill(script, project.config);
  CHECK(text.starts_with("-- empty message\n--\n-- Revision:  abc123def456\n-- Revises:\n-- Created:"));
  CHECK(text.find("\ndown_revision = nil\n") != std::string::npos);
}

TEST_CASE("no message leaves its comment") {
  Project const project;
  std::string message = "é [[ ]] --[==[ ${revision} \\ \"'";
  for (int c = 1; c < 128; ++c) message += static_cast<char>(c);
  message += "\r\n\nos.exit()\rprint(1)\n[[\n-- upgrade\nrevision: x";
  for (bool const sql : {false, true}) {
    auto script = script_of(message);
    script.sql = sql;
    auto const text = fill(script, project.config);
    auto const lines = split(text, '\n');
    auto const header = std::find(lines.begin(), lines.end(), "");
    REQUIRE(header != lines.end());
    CHECK(header - lines.begin() == (sql ? 15 : 13));
    for (auto line = lines.begin(); line != header; ++line) {
      CHECK((*line == "--" || line->starts_with("-- ")));
      CHECK(line->find('\r') == std::string_view::npos);
    }
    CHECK(text.find(" !\"#$%&'()*+,-./0123456789:;<=>?@") != std::string::npos);
  }
  auto zero = script_of(std::string{"a\0b", 3});
  CHECK(fill(zero, project.config).starts_with("-- a b\n"));
  CHECK_THROWS_WITH_AS(fill(script_of("\xFF"), project.config), "the message is not UTF-8", UsageError);
}

TEST_CASE("a .sql migration is read as it was written, whatever its message") {
  Project const project;
  for (std::string const message : {"plain", "upgrade", "downgrade\nupgrade", "revision: x", "revisoin: x\nmessage: y",
                                    "first\ntransaction: false", "a: b"}) {
    CAPTURE(message);
    auto script = script_of(message);
    script.sql = true;
    script.down_revision = {"p", "q"};
    script.branch_labels = {"l"};
    script.upgrades = "CREATE TABLE t (a int);\n";
    script.downgrades = "DROP TABLE t;";
    auto const text = fill(script, project.config);
    auto const header = read_sql_header("x.sql", text, "");
    CHECK(header.message == message.substr(0, message.find('\n')));
    CHECK(header.revision == script.revision);
    CHECK(header.down_revision == script.down_revision);
    CHECK(header.branch_labels == script.branch_labels);
    CHECK(header.depends_on.empty());
    CHECK(header.created == "2025-10-21 12:00:00 UTC");
    CHECK(header.transaction);
    CHECK(sql_section(text, "upgrade")->text == "CREATE TABLE t (a int);\n\n");
    CHECK(sql_section(text, "downgrade")->text == "DROP TABLE t;\n");
  }
  auto script = script_of("add users");
  script.sql = true;
  CHECK(fill(script, project.config) == R"(-- add users
--
-- revision: abc123def456
-- down_revision: b08e1f353e69
-- branch_labels:
-- depends_on:
-- created: 2025-10-21 12:00:00 UTC

-- upgrade

-- downgrade
)");
}

TEST_CASE("the project's own template is used when it is there") {
  Project const project;
  project.write("migrations/script.lua.tmpl", "\xEF\xBB\xBF## not copied\r\n"
                                              "--${message}\r\n"
                                              "--   note: ${message}!\n"
                                              "--[[ ${message}\n"
                                              "${message}\n"
                                              "]]\n"
                                              "revision, message = ${revision}, \"${message}\"\n"
                                              "text = '${message}' .. \"$${x} $ {\"\n"
                                              "  ${upgrades}\n"
                                              "${down_revision}\n");
  auto script = script_of("it's \"]]\"\n[[two");
  script.upgrades = "  op.f()";
  CHECK(fill(script, project.config) == "-- it's \"]]\"\n"
                                        "-- [[two\n"
                                        "--   note: it's \"]]\"\n"
                                        "-- [[two!\n"
                                        "--[[ it's \"] ]\"\n"
                                        "[[two\n"
                                        "it's \"] ]\"\n"
                                        "[[two\n"
                                        "]]\n"
                                        "revision, message = \"abc123def456\", \"it's \\\"]]\\\"\\n[[two\"\n"
                                        "text = 'it\\'s \\\"]]\\\"\\n[[two' .. \"${x} $ {\"\n"
                                        "    op.f()\n"
                                        "\"b08e1f353e69\"\n");
}

TEST_CASE("an unknown token of a template is named with its line") {
  Project const project;
  auto const error_of = [&](std::string const& text) -> std::string {
    project.write("migrations/script.lua.tmpl", text);
    try {
      return fill(script_of("x"), project.config);
    } catch (ConfigError const& error) {
      return to_string(error.location().value()) + ": " + error.message() + " | " + error.hints().at(0).text;
    }
  };
  CHECK(error_of("\n-- ${mesage}\n") ==
        "migrations/script.lua.tmpl:2: unknown token '${mesage}' | did you mean '${message}'?");
  CHECK(error_of("${zzzzzzzzzzzzz}") == "migrations/script.lua.tmpl:1: unknown token '${zzzzzzzzzzzzz}' | known are "
                                        "'message', 'revision', 'down_revision', "
                                        "'branch_labels', 'depends_on', 'create_date', 'upgrades', 'downgrades', "
                                        "'imports'; a plain '${' is written '$${'");
}

TEST_CASE("the built-in templates are complete") {
  CHECK(template_names() == std::vector<std::string>{"generic", "minimal"});
  auto const paths = [](std::string_view name) {
    std::vector<std::string> result;
    for (auto const& file : template_files(name)) result.push_back(file.path.native());
    return result;
  };
  CHECK(paths("generic") == std::vector<std::string>{"vm.toml", "migrations/env.lua", "migrations/schema.lua",
                                                     "migrations/script.lua.tmpl", "migrations/versions/.gitkeep",
                                                     "scripts/.gitkeep", ".luarc.json"});
  CHECK(paths("minimal") == std::vector<std::string>{"vm.toml", "migrations/versions/.gitkeep"});
  for (auto const& name : template_names()) {
    CHECK(!template_description(name).empty());
    for (auto const& file : template_files(name)) CHECK(file.text.empty() == (file.path.filename() == ".gitkeep"));
  }
  try {
    template_files("generik");
    FAIL("no error");
  } catch (UsageError const& error) {
    CHECK(error.message() == "no template is named 'generik'");
    CHECK(error.hints().at(0).text == "did you mean 'generic'?");
  }
}

TEST_CASE("a project made from a template loads, and its copy of the template writes what the built-in one writes") {
  for (auto const& name : template_names()) {
    CAPTURE(name);
    Project project;
    auto const before = fill(script_of("x"), project.config);
    for (auto const& file : template_files(name)) project.write(file.path, file.text);
    auto const config = config::load({}, {}, project.path());
    CHECK(config.url == "sqlite:///app.db");
    CHECK(find_scripts(config.version_locations).empty());
    CHECK(fill(script_of("x"), config) == before);
  }
}

TEST_CASE("every key shown in a comment of vm.toml is a key") {
  // Each commented-out setting, switched on by itself.
  for (auto const& file : template_files("generic")) {
    if (file.path != "vm.toml") continue;
    std::string text;
    for (auto line : split(file.text, '\n')) {
      bool const is_setting =
          line.starts_with("# [") || (line.starts_with("# ") && line.find(" = ") != std::string_view::npos);
      text += is_setting ? line.substr(2) : line;
      text += '\n';
    }
    Project const project;
    project.write("vm.toml", text);
    auto const config = config::load({.env = "production"}, {{"PRODUCTION_URL", "sqlite:///p.db"}}, project.path());
    CHECK(config.is_protected);
    CHECK(config.lock_timeout == 30);
    CHECK(config.libraries == std::vector<std::string>{"audit"});
    CHECK(config.post_write_hooks.size() == 1);
  }
}
