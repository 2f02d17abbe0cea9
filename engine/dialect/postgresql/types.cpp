#include "engine/core/error.hpp"
#include "engine/dialect/postgresql/dialect.hpp"

#include <fmt/format.h>

namespace vm::dialect::postgresql {

namespace {

std::string with_length(std::string_view name, std::optional<int> length) {
  return length ? fmt::format("{}({})", name, *length) : std::string{name};
}

std::string zoned(std::string_view name, std::optional<int> precision, bool timezone) {
  return fmt::format("{} {} TIME ZONE", with_length(name, precision), timezone ? "WITH" : "WITHOUT");
}

struct TypeName {
  sql::Dialect const& dialect;

  std::string operator()(schema::SmallInt) const { return "SMALLINT"; }
  std::string operator()(schema::Integer) const { return "INTEGER"; }
  std::string operator()(schema::BigInt) const { return "BIGINT"; }
  std::string operator()(schema::Real) const { return "REAL"; }
  std::string operator()(schema::Float) const { return "DOUBLE PRECISION"; }
  std::string operator()(schema::Double) const { return "DOUBLE PRECISION"; }
  std::string operator()(schema::Numeric const& type) const {
    if (type.precision && type.scale) return fmt::format("NUMERIC({},{})", *type.precision, *type.scale);
    return with_length("NUMERIC", type.precision);
  }
  std::string operator()(schema::Boolean) const { return "BOOLEAN"; }
  std::string operator()(schema::String const& type) const { return with_length("VARCHAR", type.length); }
  std::string operator()(schema::Text) const { return "TEXT"; }
  std::string operator()(schema::Char const& type) const { return with_length("CHAR", type.length); }
  std::string operator()(schema::Binary const&) const { return "BYTEA"; }
  std::string operator()(schema::Date) const { return "DATE"; }
  std::string operator()(schema::Time const& type) const { return zoned("TIME", type.precision, type.timezone); }
  std::string operator()(schema::Timestamp const& type) const {
    return zoned("TIMESTAMP", type.precision, type.timezone);
  }
  std::string operator()(schema::Interval) const { return "INTERVAL"; }
  std::string operator()(schema::Uuid) const { return "UUID"; }
  std::string operator()(schema::Json const& type) const { return type.binary ? "JSONB" : "JSON"; }
  std::string operator()(schema::Enum const& type) const { return dialect.quote(type.name); }
  std::string operator()(schema::PostgresType const& type) const { return type.name; }
  std::string operator()(schema::Raw const& type) const { return type.text; }
  std::string operator()(schema::Array const& type) const { return std::visit(*this, type.element.at(0)) + "[]"; }
};

} // namespace

std::string type_name(schema::Type const& type, sql::Dialect const& dialect) {
  return std::visit(TypeName{dialect}, type);
}

} // namespace vm::dialect::postgresql
