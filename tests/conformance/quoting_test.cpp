// Names and values of every kind of character, written into statements by the dialect and read back from the database.
#include "engine/schema/table.hpp"
#include "tests/support/live_dialect.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <random>

using namespace vm;

namespace {

constexpr int names_per_table = 200;
constexpr int tables = 50; // 10,000 names
constexpr int rows = 10000;
constexpr int rows_per_statement = 500;

using Random = std::mt19937;

int below(Random& random, int limit) {
  return std::uniform_int_distribution<int>{0, limit - 1}(random);
}

/// Up to `most` pieces that mean something to one database or another. No digits, so that a number among them is
/// unique.
std::string pieces(Random& random, int most) {
  static constexpr std::array<std::string_view, 40> all = {
      "'",  "\"", "`",  "[",  "]", "\\", "$$",     "$a$",  ";",   "--", "/*", "*/", "#", "?",
      ":x", "::", "%",  "%s", "_", " ",  "\n",     "\r",   "\t",  "(",  ")",  ",",  ".", "=",
      "{",  "}",  "@@", "&",  "A", "b",  "select", "NULL", "\\'", "ä",  "ß",  "漢"};
  std::string text;
  for (int left = below(random, most + 1); left > 0; --left) {
    text += all[static_cast<std::size_t>(below(random, static_cast<int>(all.size())))];
  }
  return text;
}

/// At most 63 bytes; it does not end in a space, which MariaDB refuses.
std::string name(Random& random, int number) {
  auto text = fmt::format("{}{}{}", pieces(random, 4), number, pieces(random, 4));
  while (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t') text.pop_back();
  return text;
}

Value bytes(Random& random) {
  Bytes made;
  for (int left = below(random, 20); left > 0; --left) made.data += static_cast<char>(below(random, 256));
  return made;
}

} // namespace

TEST_CASE("10,000 random names are created and read back as they were") {
  test::on_every_database([](test::TestDatabase const& database) {
    test::LiveDialect live{database};
    Random random{20260101};
    for (int table = 0; table < tables; ++table) {
      schema::TableName const table_name{std::nullopt, schema::Identifier{name(random, table)}};
      std::vector<std::string> names;
      std::string statement = "CREATE TABLE " + live.dialect().quote(table_name) + " (";
      for (int number = 0; number < names_per_table; ++number) {
        names.push_back(name(random, number));
        if (number > 0) statement += ", ";
        statement += live.dialect().quote(names.back()) + " INTEGER";
      }
      CAPTURE(statement);
      live.run(statement + ")");
      auto const* const read = live.table(table_name);
      REQUIRE(read != nullptr);
      std::vector<std::string> found;
      for (auto const& column : read->columns) found.emplace_back(column.name.text());
      REQUIRE(found == names);
    }
  });
}

TEST_CASE("10,000 rows of random literals are read back as they were") {
  test::on_every_database([](test::TestDatabase const& database) {
    test::LiveDialect live{database};
    Random random{20260102};
    std::uniform_int_distribution<std::int64_t> any_number{INT64_MIN, INT64_MAX};
    std::string const blob = database.dialect() == "postgresql" ? "BYTEA" : "BLOB";
    live.run("CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT, b " + blob + ", n BIGINT)");
    std::vector<std::vector<Value>> expected;
    while (expected.size() < rows) {
      std::string statement = "INSERT INTO t VALUES ";
      for (int row = 0; row < rows_per_statement; ++row) {
        auto const id = static_cast<std::int64_t>(expected.size());
        std::vector<Value> const values{id, pieces(random, 12) + (row % 3 == 0 ? "😀\x01" : ""), bytes(random),
                                        any_number(random)};
        statement += row > 0 ? ", (" : "(";
        for (std::size_t place = 0; place < values.size(); ++place) {
          statement += (place > 0 ? ", " : "") + live.dialect().literal(values[place]);
        }
        statement += ')';
        expected.push_back(values);
      }
      live.run(statement);
    }
    auto const found = live.all("SELECT id, s, b, n FROM t ORDER BY id");
    REQUIRE(found.size() == expected.size());
    for (std::size_t row = 0; row < expected.size(); ++row) {
      CAPTURE(row);
      for (std::size_t place = 0; place < expected[row].size(); ++place) {
        CAPTURE(place);
        REQUIRE(found[row][place] == expected[row][place]);
      }
    }
  });
}
