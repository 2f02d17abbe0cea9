#include "bindings/header.hpp"
#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace vm;

namespace {

std::string error_of(std::string_view text) {
  test::ScriptProject project;
  auto const result = project.read(text);
  return result.error ? test::text_of(*result.error) : "nothing";
}

} // namespace

TEST_CASE("a header is what the top level of the file assigned") {
  test::ScriptProject project;
  auto const result = project.read("-- add users\n--\n-- More words.\n-- Created:   2025-10-21 12:00:00 UTC\n\n"
                                   "revision = 'ab12'\ndown_revision = { 'x', 'y' }\nbranch_labels = 'users'\n"
                                   "depends_on = nil\ntransaction = false\nfunction upgrade() end\n");
  REQUIRE(result.header.has_value());
  auto const& header = *result.header;
  CHECK(header.revision == "ab12");
  CHECK(header.down_revision == std::vector<std::string>{"x", "y"});
  CHECK(header.branch_labels == std::vector<std::string>{"users"});
  CHECK(header.depends_on.empty());
  CHECK_FALSE(header.transaction);
  CHECK(header.has_upgrade);
  CHECK_FALSE(header.has_downgrade);
  CHECK(header.line == 6);
  CHECK(header.message == "add users");
  CHECK(header.doc == "add users\n\nMore words.\nCreated:   2025-10-21 12:00:00 UTC");
  CHECK(header.created == "2025-10-21 12:00:00 UTC");
  CHECK(header.path == project.folder / "versions/a.lua");
}

TEST_CASE("a byte order mark, CRLF and a block comment are read as people mean them") {
  test::ScriptProject project;
  auto const marked = project.read("\xef\xbb\xbf-- first line\r\n--\r\nrevision = 'a'\r\nfunction downgrade() end\r\n");
  REQUIRE(marked.header.has_value());
  CHECK(marked.header->message == "first line");
  CHECK(marked.header->line == 3);
  CHECK(marked.header->has_downgrade);
  auto const block = project.read("--[[ the message\n\n  More.\n]]\nrevision = 'a'\n");
  REQUIRE(block.header.has_value());
  CHECK(block.header->message == "the message");
  CHECK(block.header->doc == "the message\n\n More.");
}

TEST_CASE("the file's own tables and functions do not disturb the header") {
  CHECK(error_of("local names = { a = 1 }\nroles = { 'x' }\nfunction normalise(row) return row end\nrevision = 'a'\n"
                 "revisions = 2\nx = 1") == "nothing");
}

TEST_CASE("a misspelt field is found with its line") {
  CHECK(error_of("revision = 'b'\n\ndown_revison = 'a'\n") ==
        "versions/a.lua:3: 'down_revison' is no field of a migration\nhint: did you mean 'down_revision'?");
  CHECK(error_of("revison = 'b'\n") ==
        "versions/a.lua:1: 'revison' is no field of a migration\nhint: did you mean 'revision'?");
  CHECK(error_of("revision = 'b'\nbranch_label = 'x'") ==
        "versions/a.lua:2: 'branch_label' is no field of a migration\nhint: did you mean 'branch_labels'?");
  CHECK(error_of("revision = 'b'\nfunction upgarde() end") ==
        "versions/a.lua:2: 'upgarde' is no field of a migration\nhint: did you mean 'upgrade'?");
}

TEST_CASE("a missing revision is explained") {
  CHECK(error_of("down_revision = 'a'") ==
        "versions/a.lua: the file sets no 'revision'\n"
        "hint: write revision = \"…\" at its top level; 'vm revision -m …' makes such a file");
  CHECK(error_of("local revision = 'a'") ==
        "versions/a.lua: the file sets no 'revision'\nhint: it is local here: take 'local' away");
  CHECK(error_of("") == "versions/a.lua: the file sets no 'revision'\n"
                        "hint: write revision = \"…\" at its top level; 'vm revision -m …' makes such a file");
}

TEST_CASE("a field of the wrong type is found with its line") {
  CHECK(error_of("\nrevision = 12") == "versions/a.lua:2: 'revision' must be a string, not a number");
  CHECK(error_of("revision = 'a'\ndown_revision = 5") ==
        "versions/a.lua:2: 'down_revision' must be nil, a string or a list of strings, not a number");
  CHECK(error_of("revision = 'a'\ndepends_on = { 'x', 5 }") ==
        "versions/a.lua:2: 'depends_on' must be nil, a string or a list of strings, not a table");
  CHECK(error_of("revision = 'a'\ntransaction = 'no'") ==
        "versions/a.lua:2: 'transaction' must be true or false, not a string");
  CHECK(error_of("revision = 'a'\nupgrade = 'later'") ==
        "versions/a.lua:2: 'upgrade' must be a function, not a string");
}

TEST_CASE("a file that does not parse or run is reported with its line") {
  CHECK(error_of("revision = 'a'\nfunction upgrade(\n") == "versions/a.lua:3: <name> or '...' expected near '<eof>'");
  CHECK(error_of("revision = 'a'\nlocal x = nil + 1") ==
        "versions/a.lua:2: attempt to perform arithmetic on a nil value");
  CHECK(error_of("revision = 'a'\nop.excute('x')") ==
        "versions/a.lua:2: attempt to call field 'excute' (a nil value)\nhint: did you mean 'execute'?");
  CHECK(error_of("revision = 'a'\nio.open('x')") ==
        "versions/a.lua:2: attempt to index global 'io' (a nil value)\n"
        "hint: scripts run without 'io'; --unsafe-scripts gives them the full library");
}

TEST_CASE("a binary file is refused without running it") {
  CHECK(error_of(std::string_view{"\x1bLJ\x02\0\0", 6}) == "versions/a.lua: this is no Lua text: it holds binary data");
  CHECK(error_of(std::string_view{"revision = 'a'\0", 15}) ==
        "versions/a.lua: this is no Lua text: it holds binary data");
}

TEST_CASE("an operation at the top level is refused with an explanation") {
  CHECK(error_of("revision = 'a'\nop.execute('DROP TABLE users')") ==
        "versions/a.lua:2: 'op.execute' called while the file is read\n"
        "hint: operations belong inside upgrade() or downgrade()");
}

TEST_CASE("files read one after the other share nothing") {
  test::ScriptProject project;
  std::vector<std::filesystem::path> const files{
      project.write("versions/a.lua", "revision = 'a'\nleft_over = 1"),
      project.write("versions/b.lua", "revision = left_over and 'bad' or 'b'")};
  auto const results = project.host().read_headers(files);
  REQUIRE(results[1].header.has_value());
  CHECK(results[1].header->revision == "b");
}

TEST_CASE("many files are read in order, and each broken one is told") {
  test::ScriptProject project;
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < 1000; ++i) {
    auto const id = std::to_string(i);
    files.push_back(project.write("versions/" + id + ".lua", i % 300 == 7 ? "revision = " : "revision = '" + id + "'"));
  }
  files.push_back(project.folder / "versions/missing.lua");
  auto const results = project.host().read_headers(files);
  REQUIRE(results.size() == 1001);
  for (std::size_t i = 0; i < 1000; ++i) {
    if (i % 300 == 7) {
      REQUIRE(results[i].error.has_value());
      CHECK(results[i].error->message() == "unexpected symbol near '<eof>'");
    } else {
      REQUIRE(results[i].header.has_value());
      CHECK(results[i].header->revision == std::to_string(i));
    }
  }
  REQUIRE(results[1000].error.has_value());
  CHECK(test::text_of(*results[1000].error) == "versions/missing.lua: cannot read the file: no such file or directory");
}

TEST_CASE("a file may require a library at its top level") {
  test::ScriptProject project;
  project.write("scripts/ids.lua", "return { first = 'from_library' }");
  auto const result = project.read("local ids = require 'ids'\nrevision = ids.first");
  REQUIRE(result.header.has_value());
  CHECK(result.header->revision == "from_library");
}

TEST_CASE("a file that never ends or eats memory is stopped while headers are read") {
  test::ScriptProject slow;
  slow.options.time_limit = 0.02;
  auto const endless = slow.read("revision = 'a'\nwhile true do end");
  REQUIRE(endless.error.has_value());
  CHECK(test::text_of(*endless.error) == "versions/a.lua:2: the script ran longer than the time limit of 0.02 s\n"
                                         "hint: raise 'time_limit' in vm.toml");
  test::ScriptProject greedy;
  greedy.options.memory_limit = std::size_t{8} << 20;
  auto const result = greedy.read("revision = 'a'\nlocal t = {}\nwhile true do t[#t + 1] = ('x'):rep(100) .. #t end");
  REQUIRE(result.error.has_value());
  CHECK(result.error->message() == "not enough memory: the script needs more than the limit of 8 MiB");
  CHECK(result.error->location() == Location{"versions/a.lua", 3});
  CHECK(greedy.read("revision = 'a'").header.has_value());
}

TEST_CASE("an interrupt ends the reading") {
  test::ScriptProject project;
  auto& host = project.host();
  std::thread stop{[&host] {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    host.interrupt();
  }};
  CHECK_THROWS_AS(project.read("revision = 'a'\nwhile true do pcall(function() while true do end end) end"),
                  Interrupted);
  stop.join();
}
