#include "bindings/types.hpp"

#include "bindings/items.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/userdata.hpp"

namespace vm::bindings {
namespace {

/// Types that only PostgreSQL has, under its own names.
constexpr char const* postgresql_words[] = {"citext",
                                            "inet",
                                            "cidr",
                                            "macaddr",
                                            "macaddr8",
                                            "tsvector",
                                            "tsquery",
                                            "hstore",
                                            "money",
                                            "xml",
                                            "bit",
                                            "varbit",
                                            "oid",
                                            "int4range",
                                            "int8range",
                                            "numrange",
                                            "tsrange",
                                            "tstzrange",
                                            "daterange",
                                            "int4multirange",
                                            "int8multirange",
                                            "nummultirange",
                                            "tsmultirange",
                                            "tstzmultirange",
                                            "datemultirange",
                                            "point",
                                            "line",
                                            "lseg",
                                            "box",
                                            "path",
                                            "polygon",
                                            "circle",
                                            "ltree",
                                            "jsonpath"};

// One call a word: as a list of pairs of string and Type, GCC 12 needs minutes and gigabytes for it.
template<typename Visit>
void each_word(Visit visit) {
  visit("smallint", schema::SmallInt{});
  visit("integer", schema::Integer{});
  visit("bigint", schema::BigInt{});
  visit("real", schema::Real{});
  visit("float", schema::Float{});
  visit("double", schema::Double{});
  visit("numeric", schema::Numeric{});
  visit("boolean", schema::Boolean{});
  visit("string", schema::String{});
  visit("text", schema::Text{});
  visit("char", schema::Char{});
  visit("binary", schema::Binary{});
  visit("blob", schema::Binary{});
  visit("date", schema::Date{});
  visit("time", schema::Time{});
  visit("timetz", schema::Time{.timezone = true});
  visit("timestamp", schema::Timestamp{});
  visit("datetime", schema::Timestamp{});
  visit("timestamptz", schema::Timestamp{.timezone = true});
  visit("interval", schema::Interval{});
  visit("uuid", schema::Uuid{});
  visit("json", schema::Json{});
  visit("jsonb", schema::Json{.binary = true});
  for (auto const* name : postgresql_words) visit(name, schema::PostgresType{name});
}

} // namespace

void fill_types(lua_State* L) {
  each_word([L](char const* name, schema::Type type) {
    lua::push_userdata(L, TypeItem{std::move(type), true});
    lua_setfield(L, -2, name);
  });
}

std::vector<std::string> type_words() {
  auto names = std::vector<std::string>{};
  each_word([&](char const* name, schema::Type const&) { names.emplace_back(name); });
  return names;
}

} // namespace vm::bindings
