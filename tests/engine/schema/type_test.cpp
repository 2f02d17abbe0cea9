#include "engine/schema/type.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace vm::schema;

TEST_CASE("a type is written as in Lua") {
  auto const types = std::vector<std::pair<Type, std::string>>{
      {SmallInt{}, "smallint"},
      {Integer{}, "integer"},
      {BigInt{}, "bigint"},
      {Real{}, "real"},
      {Float{}, "float"},
      {Double{}, "double"},
      {Numeric{}, "numeric"},
      {Numeric{.precision = 12}, "numeric(12)"},
      {Numeric{.precision = 12, .scale = 2}, "numeric(12,2)"},
      {Boolean{}, "boolean"},
      {String{}, "string"},
      {String{.length = 100}, "string(100)"},
      {Text{}, "text"},
      {Char{.length = 3}, "char(3)"},
      {Binary{}, "binary"},
      {Binary{.length = 16}, "binary(16)"},
      {Date{}, "date"},
      {Time{}, "time"},
      {Time{.timezone = true, .precision = 3}, "timetz(3)"},
      {Timestamp{}, "timestamp"},
      {Timestamp{.timezone = true}, "timestamptz"},
      {Timestamp{.precision = 0}, "timestamp(0)"},
      {Interval{}, "interval"},
      {Uuid{}, "uuid"},
      {Json{}, "json"},
      {Json{.binary = true}, "jsonb"},
      {Enum{.name = {std::nullopt, Identifier{"mood"}}}, "enum(mood)"},
      {PostgresType{"citext"}, "citext"},
      {Raw{"point"}, "raw(point)"},
      {Array{{Text{}}}, "array(text)"},
  };
  for (auto const& [type, text] : types) CHECK(to_string(type) == text);
}

TEST_CASE("two arrays are equal when their elements are") {
  CHECK(Type{Array{{Text{}}}} == Type{Array{{Text{}}}});
  CHECK(Type{Array{{Text{}}}} != Type{Array{{Integer{}}}});
}

TEST_CASE("three types are integers") {
  CHECK(is_integer(SmallInt{}));
  CHECK(is_integer(Integer{}));
  CHECK(is_integer(BigInt{}));
  CHECK_FALSE(is_integer(Numeric{}));
}
