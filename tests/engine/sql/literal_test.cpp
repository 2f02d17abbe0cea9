#include "engine/core/error.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/dialect/postgresql/dialect.hpp"
#include "engine/dialect/sqlite/dialect.hpp"
#include "engine/sql/literal.hpp"
#include "engine/sql/quote.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace vm;
using namespace std::string_literals;

namespace {

auto const sqlite = dialect::sqlite::make_dialect(nullptr);
auto const postgresql = dialect::postgresql::make_dialect(nullptr);
auto const mariadb = dialect::mysql::make_dialect(nullptr);

} // namespace

TEST_CASE("a value is written as each database reads it") {
  struct Row {
    Value value;
    std::string sqlite, postgresql, mariadb;
  };
  auto const lowest = std::numeric_limits<std::int64_t>::min();
  std::vector<Row> const rows{
      {Null{}, "NULL", "NULL", "NULL"},
      {true, "1", "TRUE", "TRUE"},
      {std::int64_t{-5}, "-5", "-5", "-5"},
      {lowest, "-9223372036854775808", "'-9223372036854775808'::bigint", "-9223372036854775808"},
      {1.5, "1.5", "1.5", "1.5"},
      {3.0, "3.0", "3.0", "3.0"},
      {1e300, "1e+300", "1e+300", "1e+300"},
      {"it's"s, "'it''s'", "'it''s'", "'it''s'"},
      {"a\\b'c"s, "'a\\b''c'", "E'a\\\\b''c'", "_utf8mb4 X'615C622763'"},
      {Decimal{"12.50"}, "12.50", "12.50", "12.50"},
      {Decimal{"1234567890123456.50"}, "'1234567890123456.50'", "1234567890123456.50", "1234567890123456.50"},
      {Bytes{"\0\xff"s}, "X'00FF'", "E'\\\\x00ff'::bytea", "X'00FF'"},
  };
  for (auto const& row : rows) {
    CHECK(sqlite->literal(row.value) == row.sqlite);
    CHECK(postgresql->literal(row.value) == row.postgresql);
    CHECK(mariadb->literal(row.value) == row.mariadb);
  }
}

TEST_CASE("numbers that are none are written where a database has them") {
  auto const infinity = std::numeric_limits<double>::infinity();
  auto const nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(postgresql->literal(infinity) == "'Infinity'::double precision");
  CHECK(postgresql->literal(nan) == "'NaN'::double precision");
  CHECK(postgresql->literal(Decimal{"NaN"}) == "'NaN'::numeric");
  CHECK(sqlite->literal(-infinity) == "-9e999");
  CHECK_THROWS_WITH_AS(sqlite->literal(nan), "SQLite stores no NaN", UsageError);
  CHECK_THROWS_WITH_AS(mariadb->literal(infinity), "MariaDB stores neither infinities nor NaN", UsageError);
  CHECK_THROWS_WITH_AS(mariadb->literal(Decimal{"NaN"}), "MariaDB stores no number 'NaN'", UsageError);
}

TEST_CASE("a NUL byte in a text is kept or refused, never lost") {
  CHECK(sqlite->literal("a\0b"s) == "CAST(X'610062' AS TEXT)");
  CHECK(sqlite->literal(Decimal{"1\0"s}) == "CAST(X'3100' AS TEXT)");
  CHECK(mariadb->literal("a\0b"s) == "_utf8mb4 X'610062'");
  CHECK_THROWS_WITH_AS(postgresql->literal("a\0b"s), "PostgreSQL stores no NUL byte in a text", UsageError);
}

TEST_CASE("an array is a text that fits any array type") {
  Array const array{{std::int64_t{1}, Null{}, "a \"b\" \\"s, Array{{true}}}};
  CHECK(sql::array_text(array) == R"({1,NULL,"a \"b\" \\",{t}})");
  CHECK(postgresql->literal(Array{{std::int64_t{1}, Null{}}}) == "'{1,NULL}'");
  CHECK_THROWS_WITH_AS(sqlite->literal(array), "SQLite has no arrays", UsageError);
}

TEST_CASE("literals take the places of placeholders and of nothing else") {
  sql::Statement const numbered{.text = "SELECT $2, '$1', \"$1\", $$ $1 $$, a-$1 -- $2",
                                .parameters = {std::int64_t{-1}, "x"s}};
  CHECK(sql::inline_parameters(numbered, *postgresql) == "SELECT 'x', '$1', \"$1\", $$ $1 $$, a-(-1) -- $2");
  sql::Statement const marked{.text = "UPDATE t SET a = ?, b = '?' WHERE c = ?", .parameters = {Null{}, "it's"s}};
  CHECK(sql::inline_parameters(marked, *sqlite) == "UPDATE t SET a = NULL, b = '?' WHERE c = 'it''s'");
}

TEST_CASE("placeholders without values and values without placeholders are errors") {
  CHECK_THROWS_WITH_AS(sql::inline_parameters({.text = "SELECT ?, ?", .parameters = {true}}, *sqlite),
                       "placeholder 2 of a statement has no value: it was given 1", UsageError);
  CHECK_THROWS_WITH_AS(sql::inline_parameters({.text = "SELECT ?", .parameters = {true, false}}, *sqlite),
                       "a statement was given 2 values and has 1 placeholders", UsageError);
}

TEST_CASE("the tag of a dollar quote never stands in the body") {
  CHECK(sql::dollar_quoted("BEGIN END") == "$$BEGIN END$$");
  CHECK(sql::dollar_quoted("a $$ b") == "$vm$a $$ b$vm$");
  CHECK(sql::dollar_quoted("a $$ $vm$ b") == "$vm1$a $$ $vm$ b$vm1$");
  CHECK(sql::dollar_quoted("ends with $") == "$vm$ends with $$vm$");
  CHECK(sql::dollar_quoted("$$ and $vm") == "$vm1$$$ and $vm$vm1$");
}

TEST_CASE("names are quoted whatever is in them") {
  CHECK(sqlite->quote("a\"b") == "\"a\"\"b\"");
  CHECK(postgresql->quote("Order") == "\"Order\"");
  CHECK(mariadb->quote("a`b") == "`a``b`");
  CHECK(postgresql->quote(schema::TableName{schema::Identifier{"s"}, schema::Identifier{"t"}}) == "\"s\".\"t\"");
}

TEST_CASE("a name that the database would cut is refused") {
  CHECK_THROWS_WITH_AS(
      postgresql->quote(std::string(64, 'a')),
      ("the name '" + std::string(64, 'a') + "' has 64 bytes and PostgreSQL keeps 63 of a name").c_str(), UsageError);
  CHECK(mariadb->quote(std::string(64, 'a')).size() == 66);
  CHECK_THROWS_AS(mariadb->quote(std::string(65, 'a')), UsageError);
  CHECK_THROWS_WITH_AS(mariadb->quote("a "), "MariaDB stores no name that ends with a space: 'a '", UsageError);
}
