#include "engine/cli/excerpt.hpp"
#include "engine/cli/exit_code.hpp"
#include "engine/cli/log.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/streams.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

using namespace vm;
using namespace vm::cli;

namespace {

command::RevisionLine line_of(std::string id, std::vector<std::string> parents) {
  command::RevisionLine line;
  line.revision = std::move(id);
  line.parents = std::move(parents);
  line.message = "add orders";
  line.path = "/p/versions/ab12_add_orders.lua";
  return line;
}

} // namespace

TEST_CASE("a history line has Alembic's order of parts") {
  auto line = line_of("ab12", {});
  CHECK(line_text(line, {.parents = true, .labels = true, .message = true}) == "<base> -> ab12, add orders");

  line = line_of("ab12", {"a", "b"});
  line.depends_on = {"c", "d"};
  line.labels = {"shop"};
  line.is_head = line.is_real_head = true;
  line.is_current = true;
  line.is_branch_point = line.is_merge_point = true;
  CHECK(line_text(line, {.parents = true, .labels = true, .message = true}) ==
        "a, b (c, d) -> ab12 (shop) (head) (current) (branchpoint) (mergepoint), add orders");
  CHECK(line_text(line, {.labels = true, .branch_marks = false}) == "ab12 (shop) (head) (current)");
  line.is_real_head = false;
  CHECK(line_text(line, {.branch_marks = false}) == "ab12 (effective head) (current)");
}

TEST_CASE("current prints a revision as people know it") {
  auto line = line_of("001_initial_schema", {});
  line.is_head = line.is_real_head = true;
  std::ostringstream out, err;
  Output{out, err, {}}.print(command::CurrentReport{"sqlite:///a.db", {line}, {"001_initial_schema"}, {}});
  CHECK(out.str() == "001_initial_schema (head)\n");
  CHECK(err.str() == "");
}

TEST_CASE("the block of a revision") {
  auto line = line_of("ab12", {"a", "b"});
  line.is_merge_point = line.is_branch_point = line.is_head = true;
  line.depends_on = {"c"};
  line.children = {"x", "y"};
  line.labels = {"shop"};
  line.doc = "add orders\n\nRevision: ab12\n";
  CHECK(block_text(line) == "Rev: ab12 (head) (branchpoint) (mergepoint)\n"
                            "Merges: a, b\n"
                            "Also depends on: c\n"
                            "Branches into: x, y\n"
                            "Branch names: shop\n"
                            "Path: /p/versions/ab12_add_orders.lua\n"
                            "\n"
                            "    add orders\n"
                            "\n"
                            "    Revision: ab12\n");
  CHECK(block_text(line_of("ab12", {})) == "Rev: ab12\nParent: <base>\nPath: /p/versions/ab12_add_orders.lua\n\n\n");
}

TEST_CASE("branches list what follows each branch point") {
  auto point = line_of("ab12", {});
  point.is_branch_point = true;
  auto left = line_of("c", {"ab12"}), right = line_of("d", {"ab12"});
  right.is_head = right.is_real_head = true;
  right.labels = {"shop"};
  std::ostringstream out, err;
  Output{out, err, {}}.print(command::BranchesReport{{{point, {left, right}}}});
  CHECK(out.str() == "ab12 (branchpoint)\n     -> c\n     -> d (shop) (head)\n\n");
}

TEST_CASE("a step is logged with both ends and its message") {
  run::StepReport step{.direction = graph::Direction::upgrade,
                       .from = {"b08e1f353e69"},
                       .to = {"abc123def456"},
                       .revision = "abc123def456",
                       .message = "add email verification to customers",
                       .path = {}};
  CHECK(step_text(step) == "Running upgrade b08e1f353e69 -> abc123def456, add email verification to customers");
  step.direction = graph::Direction::downgrade;
  step.from = {"m"};
  step.to = {"a", "b"};
  step.message = "";
  CHECK(step_text(step) == "Running downgrade m -> a, b");
  step.direction = graph::Direction::stamp;
  step.from = {};
  step.to = {"a"};
  CHECK(step_text(step) == "Running stamp_revision  -> a");
}

TEST_CASE("a run ends with one sentence") {
  run::RunReport report;
  CHECK(summary_text(report) == "Nothing to do; database is at base");
  run::StepReport step{
      .direction = graph::Direction::upgrade, .from = {}, .to = {}, .revision = {}, .message = {}, .path = {}};
  report.done = {step};
  report.after = {"a"};
  report.seconds = 0.0123;
  CHECK(summary_text(report) == "Ran 1 upgrade in 12 ms; database is at 'a'");
  report.done = {step, step};
  report.after = {"a", "b"};
  report.seconds = 125;
  CHECK(summary_text(report) == "Ran 2 upgrades in 2 min 5 s; database is at 'a', 'b'");
  report.offline = true;
  report.seconds = 0.0;
  CHECK(summary_text(report) == "Wrote 2 upgrades in 0 ms; database is at 'a', 'b'");
}

TEST_CASE("an error shows message, place, notes and the way out") {
  GraphError error{"revision 'c41f' depends on 'b09', which no script defines", Hint{"did you mean 'b09e'?"}};
  error.locate({"versions/c41f_orders.lua", 3});
  error.add_note({"revision", "c41f"});
  error.add_note({"state", "one\ntwo"});
  CHECK(error_text(error, Style{}, false) == "error: revision 'c41f' depends on 'b09', which no script defines\n"
                                             "  at versions/c41f_orders.lua:3\n"
                                             "  revision: c41f\n"
                                             "  state:\n"
                                             "    one\n"
                                             "    two\n"
                                             "hint: did you mean 'b09e'?\n");
}

TEST_CASE("every broken script is shown") {
  ScriptError first{"'=' expected near 'x'"};
  first.locate({"versions/a.lua", 4});
  ScriptError second{"'revision' is missing"};
  second.locate({"versions/b.lua", 0});
  first.others.push_back(second);
  CHECK(error_text(first, Style{}, false) == "error: '=' expected near 'x'\n"
                                             "  at versions/a.lua:4\n"
                                             "\n"
                                             "error: 'revision' is missing\n"
                                             "  at versions/b.lua\n");
  auto const document = nlohmann::json::parse(error_json(first, false));
  CHECK(document["error"]["others"].size() == 1);
  CHECK(document["error"]["others"][0]["location"]["file"] == "versions/b.lua");
  CHECK(document["error"]["others"][0]["location"]["line"].is_null());
}

TEST_CASE("a traceback is shown when it is asked for") {
  MigrationError error{"attempt to index a nil value"};
  error.traceback = "versions/a.lua:4\nscripts/b.lua:7";
  CHECK(error_text(error, Style{}, false) == "error: attempt to index a nil value\n");
  CHECK(error_text(error, Style{}, true) ==
        "error: attempt to index a nil value\n  traceback:\n    versions/a.lua:4\n    scripts/b.lua:7\n");
}

TEST_CASE("a database error marks the place in the statement") {
  DatabaseError error{"column \"nme\" does not exist"};
  error.statement = "SELECT id,\n       nme\nFROM customers";
  error.position = 18;
  error.detail = "there is a column \"name\"";
  error.add_note({"SQLSTATE", "42703"});
  CHECK(error_text(error, Style{}, false) == "error: column \"nme\" does not exist\n"
                                             "  SQLSTATE: 42703\n"
                                             "  detail: there is a column \"name\"\n"
                                             "  statement, line 2, column 8:\n"
                                             "    1 | SELECT id,\n"
                                             "    2 |        nme\n"
                                             "      |        ^\n"
                                             "    3 | FROM customers\n");
}

TEST_CASE("an error as JSON carries kind, exit code and everything known") {
  DatabaseError error{"no such table: users", Hint{"make it"}};
  error.code = "1";
  error.statement = "DELETE FROM users";
  error.position = 12;
  error.locate({"versions/a.lua", 7});
  error.add_note({"revision", "a"});
  auto const document = nlohmann::json::parse(error_json(error, false));
  CHECK(document ==
        nlohmann::json::parse(R"({"error": {"message": "no such table: users", "kind": "database", "exit_code": 1,
    "location": {"file": "versions/a.lua", "line": 7}, "hints": ["make it"], "notes": [{"label": "revision", "text": "a"}],
    "code": "1", "detail": "", "statement": "DELETE FROM users", "position": 12}})"));
  CHECK(nlohmann::json::parse(error_json(std::runtime_error{"odd \xff bytes"}, false))["error"]["kind"] == "internal");
}

TEST_CASE("each class of error has its exit code") {
  CHECK(classify(UsageError{""}).code == 2);
  CHECK(classify(ConfigError{""}).code == 2);
  CHECK(classify(ScriptError{""}).code == 2);
  CHECK(classify(GraphError{""}).code == 2);
  CHECK(classify(MigrationError{""}).code == 1);
  CHECK(classify(DatabaseError{""}).code == 1);
  CHECK(classify(LockError{""}).code == 4);
  CHECK(classify(ConnectError{""}).code == 5);
  CHECK(classify(Interrupted{""}).code == 130);
  CHECK(classify(std::runtime_error{""}).code == 1);
}

TEST_CASE("an excerpt shows at most five lines around the place") {
  auto const long_text = excerpt("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11", 12);
  CHECK(long_text.line == 7);
  CHECK(long_text.column == 1);
  CHECK(long_text.text == "5 | 5\n6 | 6\n7 | 7\n  | ^\n8 | 8\n9 | 9\n  | …");
}

TEST_CASE("an excerpt without a position shows the beginning") {
  auto const result = excerpt("CREATE TABLE t (\n  a int\n)\n", std::nullopt);
  CHECK(result.line == 0);
  CHECK(result.text == "1 | CREATE TABLE t (\n2 |   a int\n3 | )");
}

TEST_CASE("an excerpt counts characters, survives tabs, wide letters and positions past the end") {
  auto const wide = excerpt("SELECT '漢字', x", 17);
  CHECK(wide.column == 14);
  CHECK(wide.text == "1 | SELECT '漢字', x\n  |               "
                     " ^");
  auto const tab = excerpt("\tx", 1);
  CHECK(tab.text == "1 |  x\n  |  ^");
  auto const past = excerpt("SELECT (", 99);
  CHECK(past.column == 9);
  CHECK(past.text == "1 | SELECT (\n  |         ^");
  CHECK(excerpt("", 0).text == "1 | \n  | ^");
  CHECK(excerpt("a\r\nb\r\n", 3).text == "1 | a\n2 | b\n  | ^");
}

TEST_CASE("a long line is cut around the place") {
  auto const result = excerpt(std::string(300, 'a') + "X" + std::string(300, 'b'), 300);
  CHECK(result.column == 301);
  auto const lines = result.text;
  CHECK(lines.size() < 250);
  auto const first = lines.substr(0, lines.find('\n'));
  auto const marker = lines.substr(lines.find('\n') + 1);
  // "…" is three bytes wide and one column.
  CHECK(first.find('X') == marker.find('^') + 2);
}

TEST_CASE("log lines have Alembic's shape") {
  std::ostringstream err;
  Log log{err, {}};
  log.write(LogLevel::info, "vm.migration", "Running upgrade a -> b, message");
  log.write(LogLevel::warning, "vm.script", "odd");
  log.write(LogLevel::debug, "vm.sql", "hidden");
  CHECK(err.str() == "INFO  [vm.migration] Running upgrade a -> b, message\nWARN  [vm.script] odd\n");
}

TEST_CASE("log lines hide passwords and may be JSON") {
  std::ostringstream err;
  Log log{err, {.threshold = LogLevel::debug, .format = LogFormat::json, .style = Style{}}};
  log.write(LogLevel::debug, "vm.sql", "postgresql://ann:secret@host/db says \"hi\"");
  auto const line = nlohmann::json::parse(err.str());
  CHECK(line["level"] == "DEBUG");
  CHECK(line["logger"] == "vm.sql");
  CHECK(line["message"] == "postgresql://ann:***@host/db says \"hi\"");
  CHECK(line["time"].get<std::string>().back() == 'Z');
  CHECK(err.str().back() == '\n');
}

TEST_CASE("quiet logs errors only") {
  std::ostringstream err;
  Log log{err, {.threshold = LogLevel::error, .format = LogFormat::text, .style = Style{}}};
  log.write(LogLevel::warning, "vm.x", "no");
  log.write(LogLevel::error, "vm.x", "yes");
  CHECK(err.str() == "ERROR [vm.x] yes\n");
}

TEST_CASE("a progress line appears after a second and steps aside for log lines") {
  std::ostringstream err;
  Log log{err, {}};
  auto now = std::chrono::steady_clock::time_point{};
  {
    ProgressLog progress{log, err, true, 30, [&] { return now; }};
    run::StepReport step{
        .direction = graph::Direction::upgrade, .from = {}, .to = {"a"}, .revision = "a", .message = {}, .path = {}};
    progress.step_started(step);
    progress.step_ended(step);
    CHECK(err.str() == "INFO  [vm.migration] Running upgrade  -> a\n");
    err.str("");
    now += std::chrono::seconds{2};
    step.to = {"bcdefghijklmnopqrstuvwxyz"};
    progress.step_started(step);
    CHECK(err.str() == "INFO  [vm.migration] Running upgrade  -> bcdefghijklmnopqrstuvwxyz\n"
                       "\r\x1b[K1 done in 2.00 s; Running upg");
    err.str("");
  }
  CHECK(err.str() == "\r\x1b[K");
}

TEST_CASE("colour: the option, NO_COLOR, CLICOLOR_FORCE, the terminal") {
  using M = ColorMode;
  CHECK(use_color(M::automatic, {}, true));
  CHECK_FALSE(use_color(M::automatic, {}, false));
  CHECK_FALSE(use_color(M::automatic, {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}, true));
  CHECK(use_color(M::automatic, {{"NO_COLOR", ""}}, true));
  CHECK(use_color(M::automatic, {{"CLICOLOR_FORCE", "1"}}, false));
  CHECK_FALSE(use_color(M::automatic, {{"CLICOLOR_FORCE", "0"}}, false));
  CHECK_FALSE(use_color(M::automatic, {{"TERM", "dumb"}}, true));
  CHECK(use_color(M::always, {{"NO_COLOR", "1"}}, false));
  CHECK_FALSE(use_color(M::never, {{"CLICOLOR_FORCE", "1"}}, true));
  CHECK(Style{true}(Paint::green, "x") == "\x1b[32mx\x1b[0m");
  CHECK(Style{false}(Paint::green, "x") == "x");
}

TEST_CASE("a descriptor that cannot be written remembers why") {
  int const full = ::open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  {
    DescriptorBuffer buffer{full};
    std::ostream out{&buffer};
    out << std::string(100000, 'x');
    out.flush();
    CHECK(buffer.error() == ENOSPC);
  }
  ::close(full);
}
