#include "engine/dialect/postgresql/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace vm::dialect::postgresql {

namespace {

// OIDs of built-in types never change (src/include/catalog/pg_type.dat).
namespace oid {
constexpr Oid boolean = 16, bytea = 17, int8 = 20, int2 = 21, int2vector = 22, int4 = 23, oid = 26, oidvector = 30,
              float4 = 700, float8 = 701, numeric = 1700;
} // namespace oid

struct BuiltinArray {
  Oid array, element;
};

constexpr auto builtin_arrays = std::to_array<BuiltinArray>({
    {199, 114},   {143, 142},   {1000, 16},   {1001, 17},   {1002, 18},   {1003, 19},   {1005, 21},   {1007, 23},
    {1008, 24},   {1009, 25},   {1010, 27},   {1011, 28},   {1012, 29},   {1014, 1042}, {1015, 1043}, {1016, 20},
    {1021, 700},  {1022, 701},  {1028, 26},   {1033, 1034}, {1040, 829},  {1041, 869},  {651, 650},   {775, 774},
    {1115, 1114}, {1182, 1082}, {1183, 1083}, {1185, 1184}, {1187, 1186}, {1231, 1700}, {1270, 1266}, {1561, 1560},
    {1563, 1562}, {2210, 2205}, {2951, 2950}, {3643, 3614}, {3645, 3615}, {3807, 3802}, {3905, 3904}, {3907, 3906},
    {3909, 3908}, {3911, 3910}, {3913, 3912}, {3927, 3926},
});

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Bytes read_bytes(std::string_view text) {
  Bytes bytes;
  if (text.starts_with("\\x")) {
    text.remove_prefix(2);
    bytes.data.reserve(text.size() / 2);
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
      bytes.data.push_back(static_cast<char>(hex_digit(text[i]) << 4 | hex_digit(text[i + 1])));
    return bytes;
  }
  // bytea_output = escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\')
      bytes.data.push_back(text[i]);
    else if (i + 1 < text.size() && text[i + 1] == '\\')
      bytes.data.push_back(text[++i]);
    else if (i + 3 < text.size()) {
      bytes.data.push_back(
          static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')));
      i += 3;
    }
  }
  return bytes;
}

std::int64_t read_integer(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

double read_double(std::string_view text) {
  if (text == "NaN") return std::nan("");
  if (text == "Infinity") return HUGE_VAL;
  if (text == "-Infinity") return -HUGE_VAL;
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class ArrayReader {
 public:
  ArrayReader(std::string_view text, ArrayType type) : text_{text}, type_{type} {}

  Array read() {
    // "[2:4]={…}": the bounds of an array that does not begin at 1.
    if (text_.starts_with('[')) position_ = std::min(text_.find('='), text_.size() - 1) + 1;
    return read_braces();
  }

 private:
  Array read_braces() {
    Array array;
    ++position_; // the opening brace
    while (position_ < text_.size() && text_[position_] != '}') {
      if (text_[position_] == '{')
        array.elements.emplace_back(read_braces());
      else
        array.elements.push_back(read_element());
      if (position_ < text_.size() && text_[position_] == type_.delimiter) ++position_;
    }
    ++position_;
    return array;
  }

  Value read_element() {
    std::string element;
    if (text_[position_] == '"') {
      for (++position_; position_ < text_.size() && text_[position_] != '"'; ++position_) {
        if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
        element.push_back(text_[position_]);
      }
      ++position_;
      return read_scalar(element, type_.element);
    }
    while (position_ < text_.size() && text_[position_] != type_.delimiter && text_[position_] != '}') {
      if (text_[position_] == '\\' && position_ + 1 < text_.size()) ++position_;
      element.push_back(text_[position_++]);
    }
    if (element == "NULL") return Null{};
    return read_scalar(element, type_.element);
  }

  std::string_view text_;
  ArrayType type_;
  std::size_t position_ = 0;
};

std::string write_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  return fmt::format("{}", value);
}

std::string hex_bytes(std::string const& data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(data.size() * 2 + 2);
  for (char const c : data) {
    auto const byte = static_cast<unsigned char>(c);
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15u]);
  }
  return text;
}

} // namespace

std::string write_array(Array const& array, char delimiter) {
  std::string text = "{";
  for (auto const& element : array.elements) {
    if (text.size() > 1) text += delimiter;
    if (is_null(element)) {
      text += "NULL";
    } else if (auto const* const inner = std::get_if<Array>(&element)) {
      text += write_array(*inner, delimiter);
    } else {
      auto const* const bytes = std::get_if<Bytes>(&element);
      text += '"';
      for (char const c : bytes ? hex_bytes(bytes->data) : write_parameter(element)) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      text += '"';
    }
  }
  return text + "}";
}

ArrayType builtin_array(Oid type) {
  auto const found = std::find_if(builtin_arrays.begin(), builtin_arrays.end(),
                                  [type](BuiltinArray const& entry) { return entry.array == type; });
  return found == builtin_arrays.end() ? ArrayType{} : ArrayType{found->element, ','};
}

bool is_builtin_scalar(Oid type) {
  if (type == oid::int2vector || type == oid::oidvector)
    return true; // pg_type calls them arrays, their text is "1 2 3"
  if (type == 25 || type == 1043 || type == 1042 || type == 705 || (type >= 16 && type <= 29) || type == oid::float4 ||
      type == oid::float8 || type == oid::numeric)
    return true;
  return std::any_of(builtin_arrays.begin(), builtin_arrays.end(),
                     [type](BuiltinArray const& entry) { return entry.element == type; });
}

Value read_scalar(std::string_view text, Oid type) {
  switch (type) {
  case oid::boolean: return text == "t";
  case oid::bytea: return read_bytes(text);
  case oid::int2:
  case oid::int4:
  case oid::int8:
  case oid::oid: return read_integer(text);
  case oid::float4:
  case oid::float8: return read_double(text);
  case oid::numeric: return Decimal{std::string{text}};
  default: return std::string{text};
  }
}

void read_cell(std::string_view text, Oid type, Cells& cells) {
  switch (type) {
  case oid::boolean: cells.add_boolean(text == "t"); return;
  case oid::int2:
  case oid::int4:
  case oid::int8:
  case oid::oid: cells.add_integer(read_integer(text)); return;
  case oid::float4:
  case oid::float8: cells.add_real(read_double(text)); return;
  case oid::numeric: cells.add_text(text, CellKind::decimal); return;
  case oid::bytea: cells.add(read_bytes(text)); return;
  default: cells.add_text(text);
  }
}

void visit_scalar(std::string_view text, Oid type, RowVisitor& visitor) {
  switch (type) {
  case oid::boolean: return visitor.boolean(text == "t");
  case oid::bytea: return visitor.bytes(read_bytes(text).data);
  case oid::int2:
  case oid::int4:
  case oid::int8:
  case oid::oid: return visitor.integer(read_integer(text));
  case oid::float4:
  case oid::float8: return visitor.number(read_double(text));
  case oid::numeric: return visitor.decimal(text);
  default: return visitor.text(text);
  }
}

Value read_array(std::string_view text, ArrayType type) {
  return ArrayReader{text, type}.read();
}

std::string write_parameter(Value const& value) {
  struct Writer {
    std::string operator()(Null) const { return {}; }
    std::string operator()(bool flag) const { return flag ? "t" : "f"; }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return write_double(number); }
    std::string operator()(std::string const& text) const { return text; }
    std::string operator()(Decimal const& decimal) const { return decimal.text; }
    std::string operator()(Bytes const& bytes) const { return hex_bytes(bytes.data); }
    std::string operator()(Array const& array) const { return write_array(array, ','); }
  };
  return std::visit(Writer{}, value);
}

} // namespace vm::dialect::postgresql
