#include "engine/sql/copy_text.hpp"

#include "engine/sql/literal.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace vm::sql {

namespace {

struct CopyField {
  std::string& data;

  void escaped(std::string_view text) const {
    for (char const c : text) {
      switch (c) {
      case '\\': data += "\\\\"; break;
      case '\n': data += "\\n"; break;
      case '\r': data += "\\r"; break;
      case '\t': data += "\\t"; break;
      default: data += c;
      }
    }
  }

  void operator()(Null) const { data += "\\N"; }
  void operator()(bool value) const { data += value ? 't' : 'f'; }
  void operator()(std::int64_t value) const { fmt::format_to(std::back_inserter(data), "{}", value); }
  void operator()(double value) const {
    if (std::isnan(value))
      data += "NaN";
    else if (std::isinf(value))
      data += value < 0 ? "-Infinity" : "Infinity";
    else
      fmt::format_to(std::back_inserter(data), "{}", value);
  }
  void operator()(std::string const& value) const { escaped(value); }
  void operator()(Decimal const& value) const { data += value.text; }
  void operator()(Bytes const& value) const {
    constexpr std::string_view digits = "0123456789abcdef";
    data += "\\\\x";
    for (char const c : value.data) {
      auto const byte = static_cast<unsigned char>(c);
      data += digits[byte >> 4];
      data += digits[byte & 15u];
    }
  }
  void operator()(Array const& value) const { escaped(array_text(value)); }
};

} // namespace

void append_copy_row(std::string& data, std::span<Value const> row) {
  bool first = true;
  for (auto const& value : row) {
    if (!first) data += '\t';
    first = false;
    std::visit(CopyField{data}, value);
  }
  data += '\n';
}

} // namespace vm::sql
