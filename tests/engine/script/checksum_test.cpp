#include "engine/script/checksum.hpp"

#include <doctest/doctest.h>

using vm::script::checksum;
using vm::script::Language;

TEST_CASE("comments and white space do not change a script's checksum") {
  struct {
    char const* one;
    char const* other;
    Language language;
  } const same[] = {
      {"local a = 1", "local  a=1 -- one", Language::lua},
      {"f()\n\n\ng()", "f() --[[ long\n comment ]] g()", Language::lua},
      {"op.execute(\"x\")", "op.execute( \"x\" )\n", Language::lua},
      {"SELECT 1", "SELECT /* one */ 1", Language::sql},
      {"SELECT a , b", "SELECT a,b -- both", Language::sql},
  };
  for (auto const& each : same) {
    CAPTURE(each.one);
    CHECK(checksum(each.one, each.language) == checksum(each.other, each.language));
  }
}

TEST_CASE("what a script means does change its checksum") {
  struct {
    char const* one;
    char const* other;
    Language language;
  } const different[] = {
      {"f(\"a  b\")", "f(\"a b\")", Language::lua},
      {"f(\"-- a\")", "f(\"-- b\")", Language::lua},
      {"f([[ a ]])", "f([[a]])", Language::lua},
      {"local ab = 1", "local a b = 1", Language::lua},
      {"SELECT 'a -- b'", "SELECT 'a -- c'", Language::sql},
      {"SELECT $$ a $$", "SELECT $$a$$", Language::sql},
      {"/*! SET x */", "/*! SET y */", Language::sql},
  };
  for (auto const& each : different) {
    CAPTURE(each.one);
    CHECK(checksum(each.one, each.language) != checksum(each.other, each.language));
  }
}
