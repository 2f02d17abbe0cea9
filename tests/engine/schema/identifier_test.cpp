#include "engine/core/error.hpp"
#include "engine/schema/catalog.hpp"

#include <doctest/doctest.h>

using namespace vm::schema;

TEST_CASE("a name keeps its case, spaces, dots and quotes") {
  CHECK(Identifier{"My \"odd\".name"}.text() == "My \"odd\".name");
  CHECK(to_string(TableName{std::nullopt, Identifier{"users"}}) == "users");
  CHECK(to_string(TableName{Identifier{"app"}, Identifier{"users"}}) == "app.users");
}

TEST_CASE("a name no database can store is refused") {
  CHECK_THROWS_WITH_AS(Identifier{""}, "a name must not be empty", vm::UsageError);
  CHECK_THROWS_WITH_AS(Identifier{std::string("ab\0cd", 5)}, "the name 'ab' holds a NUL byte", vm::UsageError);
  CHECK_THROWS_WITH_AS(Identifier{"\xff\xfe"}, "a name is not well-formed UTF-8", vm::UsageError);
}

TEST_CASE("a table and its columns are found by their exact names") {
  auto const name = TableName{Identifier{"app"}, Identifier{"users"}};
  auto catalog = Catalog{};
  catalog.tables.emplace(name, Table{.name = name, .columns = {Column{.name = Identifier{"id"}, .type = Integer{}}}});

  REQUIRE(catalog.find_table(name) != nullptr);
  CHECK(catalog.find_table(TableName{std::nullopt, Identifier{"users"}}) == nullptr);
  CHECK(catalog.find_table(name)->find_column(Identifier{"id"}) != nullptr);
  CHECK(catalog.find_table(name)->find_column(Identifier{"ID"}) == nullptr);
}
