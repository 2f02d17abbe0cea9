#include "engine/config/config.hpp"
#include "engine/core/error.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::config;

TEST_CASE("lines of a .env are read as people write them") {
  struct Row {
    std::string text;
    EnvironmentVariables expected;
  };
  std::vector<Row> const rows{
      {"", {}},
      {"\n\r\n  \n# only a comment", {}},
      {"A=1", {{"A", "1"}}},
      {"\xEF\xBB\xBF"
       "A=1\r\nB=2\r\n",
       {{"A", "1"}, {"B", "2"}}},
      {"  export A=1\nexport\tB=2", {{"A", "1"}, {"B", "2"}}},
      {"export=1", {{"export", "1"}}},
      {"A = 1 \t\nB=", {{"A", "1"}, {"B", ""}}},
      {"A=1\nA=2", {{"A", "2"}}},
      {"A=a b # comment", {{"A", "a b"}}},
      {"A=a#b", {{"A", "a#b"}}},
      {"A=# nothing", {{"A", ""}}},
      {"A=x=y=z", {{"A", "x=y=z"}}},
      {"A=\"a # b\" # c", {{"A", "a # b"}}},
      {"A='a # b'#c", {{"A", "a # b"}}},
      {R"(A="\n\r\t\\\"\'\$\x")", {{"A", "\n\r\t\\\"'$\\x"}}},
      {R"(A='\n"$')", {{"A", "\\n\"$"}}},
      {"A=\"one\ntwo\"\nB='three\nfour'", {{"A", "one\ntwo"}, {"B", "three\nfour"}}},
      {"A=\"\"\nB=''", {{"A", ""}, {"B", ""}}},
      {"A.b-c_1=1", {{"A.b-c_1", "1"}}},
      {"A=it's", {{"A", "it's"}}},
      {"A=1\nB=${A}2${HOME}", {{"A", "1"}, {"B", "12/home/me"}}},
      {"HOME=/x\nB=\"${HOME}\"", {{"HOME", "/x"}, {"B", "/home/me"}}},
      {"B=${NO}x${NO:-y}${HOME:-z}", {{"B", "xy/home/me"}}},
      {"B='${HOME}'\nC=\"\\${HOME}\"\nD=$HOME\nE=$${HOME}",
       {{"B", "${HOME}"}, {"C", "${HOME}"}, {"D", "$HOME"}, {"E", "${HOME}"}}},
      {"DATABASE_URL=postgresql://u:p#w@h/d?x=1", {{"DATABASE_URL", "postgresql://u:p#w@h/d?x=1"}}},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_dotenv(row.text, ".env", {{"HOME", "/home/me"}}) == row.expected);
  }
}

TEST_CASE("a bad line of a .env is named by its number and never shown") {
  struct Row {
    std::string text, expected;
    int line;
  };
  std::vector<Row> const rows{
      {"A=1\nsecret\n", "expected KEY=VALUE", 2},
      {"\r\n\r\nexport secret", "expected KEY=VALUE", 3},
      {"=secret", "the name in front of '=' is not a variable's name", 1},
      {"1A=secret", "the name in front of '=' is not a variable's name", 1},
      {"A B=secret", "the name in front of '=' is not a variable's name", 1},
      {"A=\"secret", "the quote opened here is never closed", 1},
      {"A=1\nB='secret\n\n", "the quote opened here is never closed", 2},
      {"A=\"a\nb\"\nB=\"secret\\\"\n", "the quote opened here is never closed", 3},
      {"A=\"a\nb\" secret", "text after the closing quote", 2},
      {"A='a\n\nb'\nB='x'secret", "text after the closing quote", 4},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    try {
      parse_dotenv(row.text, "../.env", {});
      FAIL("no error");
    } catch (ConfigError const& error) {
      CHECK(error.message() == row.expected);
      CHECK(error.location() == Location{"../.env", row.line});
    }
  }
}
