#include "bindings/skim.hpp"
#include "tests/support/places.hpp"
#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <sstream>

using namespace vm;

namespace {

std::string const front = "-- add users\n--\n-- Created: today\n\nrevision = 'a'\ndown_revision = { \"b\", 'c', }\n";

std::string with(std::string_view body) {
  return front + "function upgrade()\n" + std::string{body} + "\nend\n";
}

bool is_skimmed(std::string_view text) {
  return bindings::skim_header("a.lua", text).has_value();
}

std::vector<std::string> all_fields(script::Header const& header) {
  std::vector<std::string> fields{
      header.revision, header.message, header.doc, header.created,
      fmt::format("{} {} {} {}", header.transaction, header.has_upgrade, header.has_downgrade, header.line)};
  for (auto const* list : {&header.down_revision, &header.branch_labels, &header.depends_on}) {
    fields.emplace_back("-");
    fields.insert(fields.end(), list->begin(), list->end());
  }
  return fields;
}

/// Whether LuaJIT takes a text; read through a file whose top level skim_header() leaves alone.
std::string what_lua_says(test::ScriptProject& project, std::string const& text) {
  auto const result = project.read(text + "\nlocal as_lua = 1\n");
  return result.error ? test::text_of(*result.error) : "fine";
}

/// The sample migrations of the repository, and one with everything the grammar has.
std::vector<std::string> samples() {
  std::vector<std::string> texts{
      with(R"lua(
  local a, b = 1, "two"
  local function helper(x, ...) return x, ... end
  for i = 1, 10, 2 do a = a + i end
  for key, value in pairs({ x = 1, ["y"] = 2, 3; 4 }) do print(key, value) end
  while a > 3 and not (b == nil) do a = a - 1 if a == 5 then break end end
  repeat a = a * 2 until a >= 100 or a ~= a
  if #b < 3 then a = -a elseif b <= "x" then a = a ^ 2 % 7 / 1.5 else a, b = b, a end
  op.execute([[SELECT ']' ]] .. [==[ more ]] ]==] .. "a\n\"b\"")
  op.create_table("users", { sql.column("id", sql.integer, { primary_key = true }) })
  local t = { f = function(self) return self end, [1] = { {}, {} } }
  t.f(t):f().x = t:f { 1 } --[[ inside ]]
  function t.g(y) return (y) end
  function t:h(...) local n = select("#", ...) return n end
  do local db = op.get_bind() ; db:execute "SELECT 1" end
  return helper(a, b);)lua") +
      "function downgrade() end\ndepends_on = nil\ntransaction = false\nlocal function z() end\n"};
  for (auto const* folder : {"migrations", "tests/golden"}) {
    for (auto const& entry :
         std::filesystem::recursive_directory_iterator{std::filesystem::path{test::source_folder()} / folder}) {
      if (entry.path().extension() != ".lua") continue;
      std::ifstream file{entry.path()};
      texts.push_back((std::ostringstream{} << file.rdbuf()).str());
    }
  }
  return texts;
}

} // namespace

TEST_CASE("a plain migration's header is read without running it") {
  auto const header = bindings::skim_header("/p/a.lua", with("  op.drop_table(\"users\")") + "transaction = false\n");
  REQUIRE(header.has_value());
  CHECK(header->path == "/p/a.lua");
  CHECK(header->revision == "a");
  CHECK(header->down_revision == std::vector<std::string>{"b", "c"});
  CHECK(header->message == "add users");
  CHECK(header->created == "today");
  CHECK(header->line == 5);
  CHECK_FALSE(header->transaction);
  CHECK(header->has_upgrade);
  CHECK_FALSE(header->has_downgrade);
}

TEST_CASE("what vm revision writes and most of the repository's migrations are read without running them") {
  auto const texts = samples();
  CHECK(is_skimmed(texts.front()));
  auto const skimmed = std::count_if(texts.begin(), texts.end(), is_skimmed);
  CHECK(skimmed > 20);
}

TEST_CASE("what is not obviously a header is left to Lua") {
  for (std::string const text :
       {"", "revision = 1", "revision = 'a' .. 'b'", "revision = 'a\\65'", "revision = [[a]]", "revision = name()",
        "local revision = 'a'", "revision = 'a'\nrevision = 'b'", "revision = 'a'\ndown_revison = 'b'",
        "revision = 'a'\nbranch_labels = {}", "revision = 'a'\ndepends_on = { x = 'b' }", "down_revision = 'a'",
        "revision = 'a'\nfunction upgrade()", "revision = 'a'\nif true then upgrade = print end",
        "revision = 'a'\nrequire('x')", "revision = 'a'\ntransaction = 'no'", "\xef\xbb\xbfrevision = 'a'",
        "revision = 'a'\nupgrade = function() end"})
    CHECK_MESSAGE(!is_skimmed(text), text);
}

TEST_CASE("what LuaJIT does not compile is left to it") {
  for (std::string const body : {"x = = 1",
                                 "f(",
                                 "break",
                                 "while x do break x() end",
                                 "return 1 x()",
                                 "x = 'a",
                                 "x = [[a",
                                 "x = [=a]=]",
                                 "x = ...",
                                 "1 = x",
                                 "f() = 1",
                                 "(x) = 1",
                                 "x",
                                 "x + 1",
                                 "f\n(x)",
                                 "x = 1..2",
                                 "x = 0x",
                                 "x = 1e",
                                 "x = 'a\\xzz'",
                                 "goto x",
                                 "::x:: ::x::",
                                 ";",
                                 "f();;",
                                 "for x do end",
                                 "local function a.b() end",
                                 "function (x) end",
                                 "x = { 1 2 }",
                                 "x = { [1] }",
                                 "x = #",
                                 "x = not",
                                 "do",
                                 "if x end",
                                 "repeat x()",
                                 "local x.y = 1",
                                 "x.1 = 2",
                                 "x:y = 1",
                                 "x:y",
                                 "--[[ open",
                                 "x = y ~ z",
                                 "x = function() return ... end"}) {
    auto const text = with(body);
    CHECK_MESSAGE(!is_skimmed(text), body);
  }
}

TEST_CASE("what comes near a limit of LuaJIT is left to it") {
  auto const repeated = [](std::string_view what, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += what;
    return text;
  };
  test::ScriptProject project;
  for (int const times : {20, 45, 90, 200, 300}) {
    for (auto const& body :
         {"x = " + repeated("(", times) + "1" + repeated(")", times),
          "x = " + repeated("{", times) + repeated("}", times), repeated("do ", times) + repeated("end ", times),
          "x = " + repeated("f(", times) + repeated(")", times), "f(" + repeated("1,", times) + "1)",
          "x = 1" + repeated(" .. 'a'", times), repeated("local x = 1 ", times), "x = " + repeated("- ", times) + "1",
          "x" + repeated(", x", times) + " = 1",
          "x = " + repeated("function() return ", times) + "1" + repeated(" end", times)}) {
      auto const text = with(body);
      if (is_skimmed(text)) CHECK_MESSAGE(what_lua_says(project, text) == "fine", body);
    }
  }
  CHECK_FALSE(is_skimmed(with(repeated("f()\n", 10000))));
}

TEST_CASE("whatever gets a header here gets the same from Lua") {
  // Texts of the repository with words and marks taken out, doubled, exchanged and put in; the same ones on each run.
  std::minstd_rand random{20261125};
  auto const pick = [&](std::size_t count) { return static_cast<std::size_t>(random()) % count; };
  constexpr std::string_view pieces[] = {"end",
                                         "(",
                                         ")",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         "=",
                                         ",",
                                         ";",
                                         "'",
                                         "\"",
                                         "local",
                                         "--",
                                         "return",
                                         "..",
                                         "...",
                                         "do",
                                         "then",
                                         "else",
                                         "nil",
                                         "[[",
                                         "]]",
                                         "\n",
                                         " ",
                                         "break",
                                         "1",
                                         "1.5",
                                         ":",
                                         ".",
                                         "x",
                                         "::",
                                         "goto",
                                         "not ",
                                         "-",
                                         "#",
                                         "\\",
                                         "~=",
                                         "until",
                                         "for ",
                                         "in ",
                                         "if ",
                                         "while ",
                                         "repeat ",
                                         "function ",
                                         "upgrade",
                                         "revision",
                                         "depends_on = 'a'\n",
                                         "transaction = true\n"};
  test::ScriptProject project;
  int compared = 0, refused = 0;
  for (auto const& sample : samples()) {
    if (sample.size() > 6000 || !is_skimmed(sample)) continue;
    for (int round = 0; round < 120; ++round) {
      auto text = sample;
      for (auto changes = 1 + pick(2); changes > 0; --changes) {
        auto const at = pick(text.size());
        switch (pick(4)) {
        case 0: text.erase(at, 1 + pick(6)); break;
        case 1: text.insert(at, text.substr(pick(text.size()), pick(12))); break;
        default: text.insert(at, pieces[pick(std::size(pieces))]);
        }
        if (text.empty()) text = "x";
      }
      auto const skimmed = bindings::skim_header(project.folder / "versions/a.lua", text);
      if (!skimmed) {
        ++refused;
        continue;
      }
      ++compared;
      auto const result = project.read("local as_lua = 1; " + text);
      REQUIRE_MESSAGE(result.header.has_value(), text);
      auto fields = all_fields(*result.header);
      auto expected = all_fields(*skimmed);
      // The word that makes Lua read it stands before the leading comment.
      for (std::size_t i : {1, 2, 3}) fields[i] = expected[i];
      CHECK_MESSAGE(fields == expected, text);
    }
  }
  CHECK(compared > 500);
  CHECK(refused > 500);
}
