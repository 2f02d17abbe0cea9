#include "engine/sql/words.hpp"

#include <doctest/doctest.h>

using namespace vm;

namespace {

constexpr sql::Capabilities postgresql{.dollar_quotes = true, .nested_comments = true};
constexpr sql::Capabilities mysql{
    .backslash_escapes = true, .hash_comments = true, .backtick_quotes = true, .double_quotes_are_strings = true};
constexpr sql::Capabilities sqlite{.backtick_quotes = true, .bracket_quotes = true};

std::vector<std::string> texts(std::string_view text, sql::Capabilities const& capabilities) {
  std::vector<std::string> found;
  for (auto const& word : sql::words(text, capabilities)) found.emplace_back(word.text);
  return found;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("comments and white space are left out") {
  CHECK(texts("a -- b\n/* c /* d */ e */ f", postgresql) == Texts{"a", "f"});
  CHECK(texts("a -- b\n/* c /* d */ e", sqlite) == Texts{"a", "e"});
  CHECK(texts("a # b\nc", mysql) == Texts{"a", "c"});
}

TEST_CASE("what is quoted stays in one piece") {
  CHECK(texts("'it''s' \"a\"\"b\" $x$ $$ ' $x$ E'a\\'b'", postgresql) ==
        Texts{"'it''s'", "\"a\"\"b\"", "$x$ $$ ' $x$", "E'a\\'b'"});
  CHECK(texts("'a\\' b' `c``d` \"e\\\" f\"", mysql) == Texts{"'a\\' b'", "`c``d`", "\"e\\\" f\""});
  CHECK(texts("[a b] `c` X'00'", sqlite) == Texts{"[a b]", "`c`", "X'00'"});
}

TEST_CASE("placeholders are those of the database") {
  CHECK(sql::words("$12", postgresql).front().kind == sql::WordKind::placeholder);
  CHECK(sql::words("?", postgresql).front().kind == sql::WordKind::symbol);
  CHECK(sql::words("?", mysql).front().kind == sql::WordKind::placeholder);
}

TEST_CASE("every byte is in exactly one word, also where a quote is never closed") {
  for (std::string_view const text : {"a 'b", "\"c", "$x$ d", "/* e", "[f", "1.5e+10+x", "\xc3\xa4 = 'ü'"}) {
    for (auto const* capabilities : {&postgresql, &mysql, &sqlite}) {
      std::string all;
      for (auto const& word : sql::all_words(text, *capabilities)) all += word.text;
      CHECK(all == text);
    }
  }
}

TEST_CASE("a quoted name loses its quotes") {
  CHECK(sql::unquoted(sql::words("\"a\"\"b\"", postgresql).front()) == "a\"b");
  CHECK(sql::unquoted(sql::words("[a]", sqlite).front()) == "a");
  CHECK(sql::unquoted(sql::words("plain", sqlite).front()) == "plain");
}
