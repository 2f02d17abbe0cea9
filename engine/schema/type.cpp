#include "engine/schema/type.hpp"

#include <fmt/format.h>

namespace vm::schema {

bool Array::operator==(Array const& other) const {
  return element == other.element;
}

namespace {

std::string with_length(char const* name, std::optional<int> length) {
  return length ? fmt::format("{}({})", name, *length) : std::string{name};
}

struct Writer {
  std::string operator()(SmallInt const&) const { return "smallint"; }
  std::string operator()(Integer const&) const { return "integer"; }
  std::string operator()(BigInt const&) const { return "bigint"; }
  std::string operator()(Real const&) const { return "real"; }
  std::string operator()(Float const&) const { return "float"; }
  std::string operator()(Double const&) const { return "double"; }
  std::string operator()(Numeric const& type) const {
    if (!type.precision) return "numeric";
    return type.scale ? fmt::format("numeric({},{})", *type.precision, *type.scale)
                      : fmt::format("numeric({})", *type.precision);
  }
  std::string operator()(Boolean const&) const { return "boolean"; }
  std::string operator()(String const& type) const { return with_length("string", type.length); }
  std::string operator()(Text const&) const { return "text"; }
  std::string operator()(Char const& type) const { return with_length("char", type.length); }
  std::string operator()(Binary const& type) const { return with_length("binary", type.length); }
  std::string operator()(Date const&) const { return "date"; }
  std::string operator()(Time const& type) const {
    return with_length(type.timezone ? "timetz" : "time", type.precision);
  }
  std::string operator()(Timestamp const& type) const {
    return with_length(type.timezone ? "timestamptz" : "timestamp", type.precision);
  }
  std::string operator()(Interval const&) const { return "interval"; }
  std::string operator()(Uuid const&) const { return "uuid"; }
  std::string operator()(Json const& type) const { return type.binary ? "jsonb" : "json"; }
  std::string operator()(Enum const& type) const { return fmt::format("enum({})", schema::to_string(type.name)); }
  std::string operator()(PostgresType const& type) const { return type.name; }
  std::string operator()(Raw const& type) const { return fmt::format("raw({})", type.text); }
  std::string operator()(Array const& type) const {
    return fmt::format("array({})", type.element.empty() ? std::string{} : schema::to_string(type.element.front()));
  }
};

} // namespace

std::string to_string(Type const& type) {
  return std::visit(Writer{}, type);
}

bool is_integer(Type const& type) {
  return std::holds_alternative<SmallInt>(type) || std::holds_alternative<Integer>(type) ||
         std::holds_alternative<BigInt>(type);
}

} // namespace vm::schema
