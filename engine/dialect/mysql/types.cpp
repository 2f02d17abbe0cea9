#include "engine/core/error.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/sql/quote.hpp"

#include <fmt/format.h>

namespace vm::dialect::mysql {

namespace {

struct TypeName {
  sql::Compiler const& dialect;
  bool has_uuid;

  [[noreturn]] void missing(std::string_view type, std::string_view way_round) const {
    throw UsageError{fmt::format("{} has no type '{}'", dialect.product(), type), Hint{std::string{way_round}}};
  }

  std::string operator()(schema::SmallInt) const { return "SMALLINT"; }
  std::string operator()(schema::Integer) const { return "INTEGER"; }
  std::string operator()(schema::BigInt) const { return "BIGINT"; }
  std::string operator()(schema::Real) const { return "FLOAT"; }
  std::string operator()(schema::Float) const { return "DOUBLE"; }
  std::string operator()(schema::Double) const { return "DOUBLE"; }
  std::string operator()(schema::Numeric const& type) const {
    if (type.precision && type.scale) return fmt::format("DECIMAL({},{})", *type.precision, *type.scale);
    if (type.precision) return fmt::format("DECIMAL({})", *type.precision);
    // DECIMAL alone is DECIMAL(10,0): it would round what it is given.
    throw UsageError{fmt::format("{} needs the digits of a 'numeric'", dialect.product()),
                     Hint{"write sql.numeric(12, 2)"}};
  }
  std::string operator()(schema::Boolean) const { return "BOOLEAN"; }
  std::string operator()(schema::String const& type) const {
    if (!type.length) {
      throw UsageError{fmt::format("{} needs the length of a 'string'", dialect.product()),
                       Hint{"write sql.string(255), or sql.text for a text of any length"}};
    }
    return fmt::format("VARCHAR({})", *type.length);
  }
  std::string operator()(schema::Text) const { return "TEXT"; }
  std::string operator()(schema::Char const& type) const {
    return type.length ? fmt::format("CHAR({})", *type.length) : "CHAR";
  }
  std::string operator()(schema::Binary const& type) const {
    return type.length ? fmt::format("VARBINARY({})", *type.length) : "LONGBLOB";
  }
  std::string operator()(schema::Date) const { return "DATE"; }
  std::string operator()(schema::Time const& type) const {
    if (type.timezone) missing("time with time zone", "use sql.time, or sql.string(32) with the offset in the text");
    return fmt::format("TIME({})", type.precision.value_or(6));
  }
  std::string operator()(schema::Timestamp const& type) const {
    return fmt::format("DATETIME({})", type.precision.value_or(6));
  }
  std::string operator()(schema::Interval) const {
    missing("interval", "use sql.bigint and count seconds or microseconds");
  }
  std::string operator()(schema::Uuid) const { return has_uuid ? "UUID" : "CHAR(36)"; }
  std::string operator()(schema::Json const&) const { return "JSON"; }
  std::string operator()(schema::Enum const& type) const {
    if (type.values.empty()) {
      throw UsageError{
          fmt::format("{} needs the values of the enum '{}' at the column", dialect.product(), to_string(type.name)),
          Hint{"write them: sql.enum(\"name\", { \"a\", \"b\" })"}};
    }
    std::string values;
    for (auto const& value : type.values) values += fmt::format("{}{}", values.empty() ? "" : ",", plain_text(value));
    return fmt::format("ENUM({})", values);
  }
  std::string operator()(schema::PostgresType const& type) const {
    missing(type.name, fmt::format("use sql.text or another type it has, by vm.dialect; sql.raw(\"{}\") takes any text",
                                   type.name));
  }
  std::string operator()(schema::Raw const& type) const { return type.text; }
  std::string operator()(schema::Array const& type) const {
    missing(schema::to_string(schema::Type{type}), "use sql.json, or a table of its own for the elements");
  }
};

} // namespace

std::string type_name(schema::Type const& type, sql::Compiler const& dialect, bool has_uuid) {
  return std::visit(TypeName{dialect, has_uuid}, type);
}

std::string text_literal(std::string_view text) {
  // A backslash means itself or an escape, as sql_mode says; NUL and Ctrl-Z trouble clients.
  if (text.find_first_of(std::string_view{"\\\0\x1a", 3}) != std::string_view::npos) {
    return fmt::format("_utf8mb4 X'{}'", sql::hex(text));
  }
  return sql::single_quoted(text);
}

std::string plain_text(std::string_view text) {
  std::string quoted = "'";
  for (char const c : text) {
    if (c == '\0') throw UsageError{"a comment or a value of an enum holds no NUL byte"};
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted += '\'';
}

} // namespace vm::dialect::mysql
