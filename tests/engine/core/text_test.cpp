#include "engine/core/text.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace vm;

TEST_CASE("trim takes white space from both ends only") {
  CHECK(trim(" \t\r\n a b \v\f") == "a b");
  CHECK(trim("a") == "a");
  CHECK(trim(" \n ") == "");
  CHECK(trim("") == "");
}

TEST_CASE("split keeps empty parts") {
  CHECK(split("a,b", ',') == std::vector<std::string_view>{"a", "b"});
  CHECK(split(",a,", ',') == std::vector<std::string_view>{"", "a", ""});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
}

TEST_CASE("lists of names are joined, and quoted for messages") {
  std::vector<std::string> const names{"a", "b c"};
  CHECK(join(names, ", ") == "a, b c");
  CHECK(join({}, ", ") == "");
  CHECK(quoted_list(names) == "'a', 'b c'");
  CHECK(quoted_list({}) == "");
}

TEST_CASE("letter case is ASCII's and leaves other bytes alone") {
  CHECK(lower("ÀB[z") == "Àb[z");
  CHECK(upper("àb{z") == "àB{Z");
  CHECK(equals_ignore_case("SELECT", "select"));
  CHECK_FALSE(equals_ignore_case("SELECT", "selec"));
  CHECK_FALSE(equals_ignore_case("@", "`"));
}

TEST_CASE("the nearest name is what a person may have meant") {
  struct Row {
    std::string name;
    std::vector<std::string> candidates;
    std::optional<std::string> expected;
  };
  std::vector<Row> const rows{
      {"down_revison", {"revision", "down_revision", "depends_on"}, "down_revision"},
      {"sqlit", {"sqlite", "mysql"}, "sqlite"},
      {"mysqll", {"sqlite", "mysql"}, "mysql"},
      {"form", {"from", "for"}, "from"},    // both are one step away: the first
      {"URL", {"url"}, "url"},              // letter case is no mistake of spelling
      {"ab", {"ba"}, "ba"},                 // a swap is one step
      {"a", {"b"}, "b"},                    // at least one step is allowed
      {"ab", {"cd"}, std::nullopt},         // two of two letters are not
      {"abcdef", {"abcdxy"}, "abcdxy"},     // a third of six
      {"abcdef", {"abcxyz"}, std::nullopt}, // a half of six
      {"oracle", {"sqlite", "mysql"}, std::nullopt},
      {"abcd", {"abxd", "abcd"}, "abcd"}, // the nearer one wins over the earlier
      {"", {"a"}, "a"},
      {"x", {}, std::nullopt},
      {"timeout_lock", {"lock_timeout"}, std::nullopt},
      {"cbaxyzxyz", {"abcxyzxyz"}, "abcxyzxyz"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.name);
    CHECK(nearest_name(row.name, row.candidates) == row.expected);
  }
}

TEST_CASE("cutting the search short never loses a swap") {
  // The plain definition, without limits, as the judge.
  auto const distance = [](std::string const& a, std::string const& b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
      for (std::size_t j = 0; j <= b.size(); ++j) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    return d[a.size()][b.size()];
  };
  unsigned state = 7;
  auto const next = [&](unsigned below) {
    state = state * 1664525u + 1013904223u;
    return (state >> 16) % below;
  };
  for (int round = 0; round < 20000; ++round) {
    std::string a, b;
    for (unsigned i = 0, n = next(9); i < n; ++i) a += static_cast<char>('a' + next(3));
    for (unsigned i = 0, n = next(9); i < n; ++i) b += static_cast<char>('a' + next(3));
    bool const near = distance(a, b) <= std::max<std::size_t>(1, std::max(a.size(), b.size()) / 3);
    std::vector<std::string> const candidates{b};
    REQUIRE_MESSAGE(nearest_name(a, candidates).has_value() == near, a, " ", b);
  }
}

TEST_CASE("is_utf8 follows table 3-7 of the Unicode standard") {
  for (std::string_view good :
       {"", "plain", "\xC2\x80", "é", "€", "\xED\x9F\xBF", "\xEE\x80\x80", "😀", "\xF4\x8F\xBF\xBF"})
    CHECK_MESSAGE(is_utf8(good), good);
  for (std::string_view bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
                               "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE9t\xE9"})
    CHECK_FALSE(is_utf8(bad));
  CHECK(is_utf8(std::string_view{"a\0b", 3}));
}

TEST_CASE("the display width is counted in terminal columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("naïve") == 5);
  CHECK(display_width("e\xCC\x81") == 1); // e and a combining accent
  CHECK(display_width("日本語") == 6);
  CHECK(display_width("한국") == 4);
  CHECK(display_width("😀") == 2);
  CHECK(display_width("ＡＢ") == 4);
  CHECK(display_width("\t\x1B\x7F") == 0);
  CHECK(display_width("a\xFF"
                      "b") == 3);
}
