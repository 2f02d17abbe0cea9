// Column types as a person writes them: values, no SQL. What each becomes on a database is the dialect's `types.cpp`.
#pragma once

#include "engine/schema/identifier.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vm::schema {

struct SmallInt {
  bool operator==(SmallInt const&) const = default;
};
struct Integer {
  bool operator==(Integer const&) const = default;
};
struct BigInt {
  bool operator==(BigInt const&) const = default;
};
struct Real {
  bool operator==(Real const&) const = default;
};
struct Float {
  bool operator==(Float const&) const = default;
};
struct Double {
  bool operator==(Double const&) const = default;
};
struct Numeric {
  std::optional<int> precision = {}, scale = {};
  bool operator==(Numeric const&) const = default;
};
struct Boolean {
  bool operator==(Boolean const&) const = default;
};
struct String {
  std::optional<int> length = {};
  bool operator==(String const&) const = default;
};
struct Text {
  bool operator==(Text const&) const = default;
};
struct Char {
  std::optional<int> length = {};
  bool operator==(Char const&) const = default;
};
struct Binary {
  std::optional<int> length = {};
  bool operator==(Binary const&) const = default;
};
struct Date {
  bool operator==(Date const&) const = default;
};
struct Time {
  bool timezone = false;
  std::optional<int> precision = {};
  bool operator==(Time const&) const = default;
};
struct Timestamp {
  bool timezone = false;
  std::optional<int> precision = {};
  bool operator==(Timestamp const&) const = default;
};
struct Interval {
  bool operator==(Interval const&) const = default;
};
struct Uuid {
  bool operator==(Uuid const&) const = default;
};
struct Json {
  bool binary = false;
  bool operator==(Json const&) const = default;
};

struct Enum {
  TableName name;                       ///< the type's name where the database has enum types
  std::vector<std::string> values = {}; ///< may be empty when the type exists already
  bool create_type = true;              ///< PostgreSQL: make the type where it is missing
  bool operator==(Enum const&) const = default;
};

/// A type that only PostgreSQL has and that vm knows by name: citext inet cidr macaddr tsvector hstore int4range …
struct PostgresType {
  std::string name;
  bool operator==(PostgresType const&) const = default;
};

/// SQL text taken verbatim.
struct Raw {
  std::string text;
  bool operator==(Raw const&) const = default;
};

struct Array;

using Type = std::variant<SmallInt, Integer, BigInt, Real, Float, Double, Numeric, Boolean, String, Text, Char, Binary,
                          Date, Time, Timestamp, Interval, Uuid, Json, Enum, PostgresType, Raw, Array>;

/// One dimension; `element` is never an Array of its own in a catalog (PostgreSQL keeps no count of dimensions).
struct Array {
  std::vector<Type> element = {}; ///< exactly one
  bool operator==(Array const& other) const;
};

/// The type as written in Lua: "numeric(12,2)", "timestamptz", "enum(mood)": for messages and descriptions.
std::string to_string(Type const& type);

bool is_integer(Type const& type); ///< smallint, integer, bigint

} // namespace vm::schema
