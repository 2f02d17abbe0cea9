#include "engine/core/error.hpp"
#include "engine/dialect/sqlite/compiler.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::dialect::sqlite {

namespace {

std::string with_length(std::string_view name, std::optional<int> length) {
  return length ? fmt::format("{}({})", name, *length) : std::string{name};
}

[[noreturn]] void missing(std::string const& type, std::string const& way_round) {
  throw UsageError{fmt::format("SQLite has no type '{}'", type), Hint{way_round}};
}

struct TypeName {
  bool strict;

  std::string operator()(schema::SmallInt) const { return strict ? "INTEGER" : "SMALLINT"; }
  std::string operator()(schema::Integer) const { return "INTEGER"; }
  std::string operator()(schema::BigInt) const { return strict ? "INTEGER" : "BIGINT"; }
  std::string operator()(schema::Real) const { return "REAL"; }
  std::string operator()(schema::Float) const { return strict ? "REAL" : "FLOAT"; }
  std::string operator()(schema::Double) const { return strict ? "REAL" : "DOUBLE"; }
  std::string operator()(schema::Numeric const& type) const {
    if (strict) return "ANY"; // the one strict type that keeps a number as it was given
    if (type.precision && type.scale) return fmt::format("NUMERIC({},{})", *type.precision, *type.scale);
    return with_length("NUMERIC", type.precision);
  }
  std::string operator()(schema::Boolean) const { return strict ? "INTEGER" : "BOOLEAN"; }
  std::string operator()(schema::String const& type) const {
    return strict ? "TEXT" : with_length("VARCHAR", type.length);
  }
  std::string operator()(schema::Text) const { return "TEXT"; }
  std::string operator()(schema::Char const& type) const { return strict ? "TEXT" : with_length("CHAR", type.length); }
  std::string operator()(schema::Binary const&) const { return "BLOB"; }
  std::string operator()(schema::Date) const { return strict ? "TEXT" : "DATE"; }
  std::string operator()(schema::Time const&) const { return strict ? "TEXT" : "TIME"; }
  std::string operator()(schema::Timestamp const&) const { return strict ? "TEXT" : "DATETIME"; }
  std::string operator()(schema::Interval) const { return "TEXT"; }
  std::string operator()(schema::Uuid) const { return "TEXT"; }
  std::string operator()(schema::Json const&) const { return strict ? "TEXT" : "JSON"; }
  std::string operator()(schema::Enum const& type) const { return strict ? "TEXT" : enum_type(type.values); }
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

std::string type_name(schema::Type const& type, bool strict) {
  return std::visit(TypeName{strict}, type);
}

std::string enum_type(std::vector<std::string> const& values) {
  std::size_t longest = 0;
  for (auto const& value : values) {
    auto const characters =
        std::ranges::count_if(value, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    longest = std::max(longest, static_cast<std::size_t>(characters));
  }
  return longest == 0 ? "VARCHAR" : fmt::format("VARCHAR({})", longest);
}

std::string enum_check(sql::Dialect const& dialect, schema::Identifier const& column,
                       std::vector<std::string> const& values) {
  std::string list;
  for (auto const& value : values) list += fmt::format("{}{}", list.empty() ? "" : ", ", dialect.literal(Value{value}));
  return fmt::format("CHECK ({} IN ({}))", dialect.quote(column), list);
}

} // namespace vm::dialect::sqlite
