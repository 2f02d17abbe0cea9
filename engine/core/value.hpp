// A value on its way between a script and a database, without loss: what a parameter is bound to, what a row holds.
// Knows neither SQL text nor Lua.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vm {

struct Null {
  bool operator==(Null const&) const = default;
};

/// An exact NUMERIC as the database prints it: "-12.50", "1e400" is not used, "NaN" and "Infinity" are.
struct Decimal {
  std::string text;
  bool operator==(Decimal const&) const = default;
};

/// Bytes that may hold zeros; text is a std::string, this is not text.
struct Bytes {
  std::string data;
  bool operator==(Bytes const&) const = default;
};

struct Array;

/// Text is UTF-8. Dates, times, intervals, UUIDs, JSON, enums and ranges travel as text in the database's ISO form.
using Value = std::variant<Null, bool, std::int64_t, double, std::string, Decimal, Bytes, Array>;

/// A PostgreSQL array; elements may be arrays again.
struct Array {
  std::vector<Value> elements;
  bool operator==(Array const& other) const { return elements == other.elements; }
};

inline bool is_null(Value const& value) {
  return std::holds_alternative<Null>(value);
}

} // namespace vm
