// Which changes of a column's type PostgreSQL makes by itself: those with an assignment cast ("CREATE CAST" and
// "Type Conversion" in its manual). Everything can be assigned to text; nothing from text.
#include "engine/dialect/postgresql/dialect.hpp"

#include <array>

namespace vm::dialect::postgresql {
namespace {

enum class Family { number, text, moment, time, json, other };

struct Families {
  Family operator()(schema::SmallInt const&) const { return Family::number; }
  Family operator()(schema::Integer const&) const { return Family::number; }
  Family operator()(schema::BigInt const&) const { return Family::number; }
  Family operator()(schema::Real const&) const { return Family::number; }
  Family operator()(schema::Float const&) const { return Family::number; }
  Family operator()(schema::Double const&) const { return Family::number; }
  Family operator()(schema::Numeric const&) const { return Family::number; }
  Family operator()(schema::String const&) const { return Family::text; }
  Family operator()(schema::Text const&) const { return Family::text; }
  Family operator()(schema::Char const&) const { return Family::text; }
  Family operator()(schema::Date const&) const { return Family::moment; }
  Family operator()(schema::Timestamp const&) const { return Family::moment; }
  Family operator()(schema::Time const&) const { return Family::time; }
  Family operator()(schema::Json const&) const { return Family::json; }
  template<typename Other>
  Family operator()(Other const&) const {
    return Family::other;
  }
};

} // namespace

bool needs_cast(schema::Type const& from, schema::Type const& to) {
  if (from.index() == to.index() && !std::holds_alternative<schema::Raw>(to) &&
      !std::holds_alternative<schema::PostgresType>(to) && !std::holds_alternative<schema::Array>(to))
    return false;
  auto const source = std::visit(Families{}, from), target = std::visit(Families{}, to);
  return target != Family::text && (source != target || target == Family::other);
}

} // namespace vm::dialect::postgresql
