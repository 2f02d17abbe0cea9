// Values and names as SQL text: what a database reads back is what was written. SQLite itself reads its literals; for
// the others the rules of their strings are written down here once more.
#include "engine/sql/literal.hpp"

#include "engine/core/value.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/dialect/postgresql/dialect.hpp"
#include "engine/dialect/sqlite/dialect.hpp"
#include "engine/sql/lexer.hpp"
#include "engine/sql/quote.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <sqlite3.h>

#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

using namespace vm;

namespace {

std::vector<sql::Token> tokens_of(std::string_view text, sql::Dialect const& dialect) {
  std::vector<sql::Token> tokens;
  sql::Lexer lexer{text, dialect.capabilities()};
  for (auto token = lexer.next(); token.kind != sql::TokenKind::end; token = lexer.next()) {
    fuzz::require(token.closed, "a literal is closed", text);
    tokens.push_back(token);
  }
  return tokens;
}

/// The text between two quotes, doubled ones taken for one, escapes where `backslashes` are some.
std::optional<std::string> unquote(std::string_view text, char quote, bool backslashes) {
  if (text.size() < 2 || text.front() != quote || text.back() != quote) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == quote && (++i == text.size() || text[i] != quote)) return std::nullopt;
    if (backslashes && text[i] == '\\' && (++i == text.size() || text[i] != '\\')) return std::nullopt;
    result += text[i];
  }
  return result;
}

std::optional<std::string> unhex(std::string_view text) {
  auto const digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

/// What a string literal of PostgreSQL or MariaDB stands for: 'x', E'x', X'00', _utf8mb4 X'00', and a cast behind it.
std::optional<std::string> read_text(std::string_view literal, sql::Dialect const& dialect) {
  bool const is_bytes = literal.starts_with("E'\\\\x") && literal.ends_with("'::bytea");
  for (auto const cast : {"'::bytea", "'::numeric"})
    if (literal.ends_with(cast)) literal.remove_suffix(std::strlen(cast) - 1);
  for (auto const prefix : {"_utf8mb4 X'", "X'"}) {
    if (!literal.starts_with(prefix)) continue;
    literal.remove_prefix(std::strlen(prefix));
    if (!literal.ends_with('\'')) return std::nullopt;
    return unhex(literal.substr(0, literal.size() - 1));
  }
  if (!literal.starts_with('E')) return unquote(literal, '\'', dialect.capabilities().backslash_escapes);
  auto text = unquote(literal.substr(1), '\'', true);
  if (text && is_bytes) return unhex(text->substr(2));
  return text;
}

class Memory {
 public:
  Memory() { fuzz::require(sqlite3_open(":memory:", &database_) == SQLITE_OK, "SQLite opens a database in memory"); }
  ~Memory() { sqlite3_close(database_); }
  Memory(Memory const&) = delete;
  Memory& operator=(Memory const&) = delete;

  /// The one value of `SELECT <literal>`, unless SQLite finds it too long.
  Value read(std::string const& literal) {
    auto const query = "SELECT " + literal;
    sqlite3_stmt* statement = nullptr;
    char const* rest = nullptr;
    fuzz::require(sqlite3_prepare_v2(database_, query.data(), static_cast<int>(query.size()), &statement, &rest) ==
                      SQLITE_OK,
                  "SQLite reads a literal", query);
    fuzz::require(rest == query.data() + query.size() && sqlite3_column_count(statement) == 1 &&
                      sqlite3_step(statement) == SQLITE_ROW,
                  "a literal is one value", query);
    Value value;
    auto const bytes = [&] {
      auto const* data = static_cast<char const*>(sqlite3_column_blob(statement, 0));
      return std::string(data == nullptr ? "" : data, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    };
    switch (sqlite3_column_type(statement, 0)) {
    case SQLITE_INTEGER: value = std::int64_t{sqlite3_column_int64(statement, 0)}; break;
    case SQLITE_FLOAT: value = sqlite3_column_double(statement, 0); break;
    case SQLITE_TEXT: value = bytes(); break;
    case SQLITE_BLOB: value = Bytes{bytes()}; break;
    default: break;
    }
    sqlite3_finalize(statement);
    return value;
  }

 private:
  sqlite3* database_ = nullptr;
};

Value take_value(FuzzedDataProvider& input, int depth = 0) {
  switch (input.ConsumeIntegralInRange(0, depth > 2 ? 6 : 7)) {
  case 0: return Null{};
  case 1: return input.ConsumeBool();
  case 2: return input.ConsumeIntegral<std::int64_t>();
  case 3: return input.ConsumeFloatingPoint<double>();
  case 4: return Decimal{input.ConsumeRandomLengthString(40)};
  case 5: return Bytes{input.ConsumeRandomLengthString(200)};
  case 6: return input.ConsumeRandomLengthString(400);
  default: {
    Array array;
    for (auto n = input.ConsumeIntegralInRange(0, 4); n > 0; --n)
      array.elements.push_back(take_value(input, depth + 1));
    return array;
  }
  }
}

void check_sqlite(Value const& value, std::string const& literal) {
  static Memory memory;
  auto const read = memory.read(literal);
  auto expected = value;
  if (auto const* flag = std::get_if<bool>(&value)) expected = std::int64_t{*flag};
  if (auto const* decimal = std::get_if<Decimal>(&value)) {
    if (sql::is_number(decimal->text)) return; // a number, or a text for the column's affinity
    expected = decimal->text;
  }
  // The digits of a double are read to the last bit or the next one: SQLite 3.40's own reading is that good.
  if (auto const* number = std::get_if<double>(&value)) {
    auto const* found = std::get_if<double>(&read);
    fuzz::require(found != nullptr, "a double is a double", literal);
    auto const near =
        *found == *number || std::fabs(*found - *number) <= std::fabs(*number) * 1e-14 || std::fabs(*number) < 1e-300;
    fuzz::require(near, "a double keeps its value", literal);
    return;
  }
  fuzz::require(read == expected, "SQLite reads the value", literal);
}

void check(Value const& value, sql::Dialect const& dialect) {
  fuzz::accepts<UsageError>([&] {
    auto const literal = dialect.literal(value);
    // Whatever stands behind it is not swallowed by it.
    auto const framed = literal + " ;end";
    auto const tokens = tokens_of(framed, dialect);
    fuzz::require(tokens.size() > 3 && tokens[tokens.size() - 2].is(';') && tokens.back().is("END"),
                  "a literal ends where it ends", literal);
    sql::Statement const statement{.text = "SELECT ?, '?'", .parameters = {value}};
    if (dialect.placeholder(0) == "?") {
      auto const text = sql::inline_parameters(statement, dialect);
      fuzz::require(text == "SELECT " + literal + ", '?'" || text == "SELECT (" + literal + "), '?'",
                    "a parameter is written out", text);
    }
    if (dialect.name() == "sqlite") return check_sqlite(value, literal);
    std::optional<std::string> expected;
    if (auto const* text = std::get_if<std::string>(&value)) expected = *text;
    if (auto const* bytes = std::get_if<Bytes>(&value)) expected = bytes->data;
    if (auto const* array = std::get_if<Array>(&value)) expected = sql::array_text(*array);
    if (auto const* decimal = std::get_if<Decimal>(&value); decimal && !sql::is_number(decimal->text))
      expected = decimal->text;
    if (expected) fuzz::require(read_text(literal, dialect) == expected, "the text is read back", literal);
    if (auto const* number = std::get_if<double>(&value); number && std::isfinite(*number))
      fuzz::require(std::strtod(literal.c_str(), nullptr) == *number, "a double is read back", literal);
  });
}

void check_name(std::string const& name, sql::Dialect const& dialect) {
  fuzz::accepts<UsageError>([&] {
    schema::Identifier const identifier{name};
    auto const quoted = dialect.quote(identifier);
    auto const framed = quoted + ";";
    auto const tokens = tokens_of(framed, dialect);
    fuzz::require(tokens.size() == 2 && tokens[0].kind == sql::TokenKind::quoted_name && tokens[1].is(';'),
                  "a name is one token", quoted);
    fuzz::require(unquote(tokens[0].text, quoted.front(), false) == name, "a name is read back", quoted);
  });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static std::array const dialects{dialect::sqlite::make_dialect(nullptr), dialect::postgresql::make_dialect(nullptr),
                                   dialect::mysql::make_dialect(nullptr)};
  FuzzedDataProvider input{data, size};
  auto const value = take_value(input);
  auto const name = input.ConsumeRandomLengthString(80);
  auto const body = input.ConsumeRemainingBytesAsString();
  for (auto const& dialect : dialects) {
    check(value, *dialect);
    check_name(name, *dialect);
  }
  auto const quoted = sql::dollar_quoted(body), framed = quoted + ";";
  auto const tokens = tokens_of(framed, *dialects[1]);
  fuzz::require(tokens.size() == 2 && tokens[0].kind == sql::TokenKind::dollar_string && tokens[1].is(';'),
                "a body is one token", quoted);
  return 0;
}
