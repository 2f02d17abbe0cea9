#include "engine/core/error.hpp"
#include "engine/dialect/registry.hpp"
#include "engine/sql/parameters.hpp"

#include <doctest/doctest.h>

using namespace vm;

namespace {

sql::Statement bound(std::string_view dialect, std::string_view text, op::Parameters const& parameters) {
  auto const made = dialect::backend_for(dialect).dialect(nullptr, {});
  return sql::bind(text, parameters, *made);
}

} // namespace

TEST_CASE("a name is a parameter only where one can stand") {
  struct {
    char const* dialect;
    char const* text;
    char const* expected;
    std::size_t count;
  } const cases[] = {
      {"postgresql", "SELECT :a", "SELECT $1", 1},
      {"postgresql", "SELECT :a, :a", "SELECT $1, $1", 1},
      {"sqlite", "SELECT :a, :a", "SELECT ?, ?", 2},
      {"postgresql", "SELECT ':a', :a", "SELECT ':a', $1", 1},
      {"postgresql", "SELECT \":a\" -- :a\n, :a /* :a */", "SELECT \":a\" -- :a\n, $1 /* :a */", 1},
      {"postgresql", "SELECT :a::int, x::a", "SELECT $1::int, x::a", 1},
      {"postgresql", "SELECT d[1:2], d[n:a], d[:a]", "SELECT d[1:2], d[n:a], d[$1]", 1},
      {"postgresql", "SELECT ARRAY[:a, :a]", "SELECT ARRAY[$1, $1]", 1},
      {"postgresql", "SELECT $$ :a $$, :a", "SELECT $$ :a $$, $1", 1},
      {"postgresql", "SELECT E'\\':a', :a", "SELECT E'\\':a', $1", 1},
      {"mariadb", "SET @x := :a", "SET @x := ?", 1},
      {"mariadb", "SELECT `:a`, ':a', \":a\", :a # :a", "SELECT `:a`, ':a', \":a\", ? # :a", 1},
      {"sqlite", "SELECT [:a], 12:34, :a", "SELECT [:a], 12:34, ?", 1},
  };
  for (auto const& each : cases) {
    CAPTURE(each.text);
    auto const statement = bound(each.dialect, each.text, {{"a", std::string{"v"}}});
    CHECK(statement.text == each.expected);
    CHECK(statement.parameters.size() == each.count);
  }
}

TEST_CASE("values come in the order of their places") {
  auto const statement =
      bound("sqlite", "UPDATE t SET x = :b WHERE y = :a AND z = :b", {{"a", std::int64_t{1}}, {"b", std::int64_t{2}}});
  CHECK(statement.text == "UPDATE t SET x = ? WHERE y = ? AND z = ?");
  CHECK(statement.parameters == std::vector<Value>{std::int64_t{2}, std::int64_t{1}, std::int64_t{2}});
}

TEST_CASE("a bare placeholder beside named parameters is refused where it would count") {
  CHECK_THROWS_WITH_AS(bound("sqlite", "SELECT ?, :a", {{"a", Null{}}}),
                       "the statement holds a '?' beside named parameters", UsageError);
  CHECK(bound("postgresql", "SELECT j ? :a", {{"a", Null{}}}).text == "SELECT j ? $1");
}

TEST_CASE("a missing and an unused parameter are errors") {
  CHECK_THROWS_WITH_AS(bound("sqlite", "SELECT :name", {{"nam", Null{}}}),
                       "the statement has a parameter ':name' that was not given", UsageError);
  CHECK_THROWS_WITH_AS(bound("sqlite", "SELECT ':a'", {{"a", Null{}}}), "parameter 'a' is not used by the statement",
                       UsageError);
}
