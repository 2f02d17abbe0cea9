#include "bindings/csv_values.hpp"

#include "bindings/lua/push.hpp"
#include "engine/core/text.hpp"

#include <charconv>
#include <limits>

namespace vm::bindings {

namespace {

/// The range of a type is the database's to hold: SQLite's INTEGER has 64 bits.
std::optional<Value> integer(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int64_t number = 0;
  auto const* const end = text.data() + text.size();
  auto const [rest, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::optional<Value> decimal(std::string_view text) {
  text = trim(text);
  if (!lua::is_decimal(text)) return std::nullopt;
  return Decimal{std::string{text}};
}

std::optional<Value> real(std::string_view text) {
  text = trim(text);
  if (!lua::is_decimal(text)) return std::nullopt;
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text.ends_with("Infinity")) {
    auto const infinity = std::numeric_limits<double>::infinity();
    return text.front() == '-' ? -infinity : infinity;
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) return std::nullopt;
  return number;
}

std::optional<Value> boolean(std::string_view text) {
  auto const word = lower(trim(text));
  for (auto const* yes : {"true", "t", "yes", "y", "on", "1"})
    if (word == yes) return true;
  for (auto const* no : {"false", "f", "no", "n", "off", "0"})
    if (word == no) return false;
  return std::nullopt;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Value> bytes(std::string_view text) {
  if (!text.starts_with("\\x")) return Bytes{std::string{text}};
  text.remove_prefix(2);
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes value;
  value.data.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    int const high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    value.data.push_back(static_cast<char>(high << 4 | low));
  }
  return value;
}

struct Reader {
  std::string_view text;

  std::optional<Value> operator()(schema::SmallInt) const { return integer(text); }
  std::optional<Value> operator()(schema::Integer) const { return integer(text); }
  std::optional<Value> operator()(schema::BigInt) const { return integer(text); }
  std::optional<Value> operator()(schema::Real) const { return real(text); }
  std::optional<Value> operator()(schema::Float) const { return real(text); }
  std::optional<Value> operator()(schema::Double) const { return real(text); }
  std::optional<Value> operator()(schema::Numeric const&) const { return decimal(text); }
  std::optional<Value> operator()(schema::Boolean) const { return boolean(text); }
  std::optional<Value> operator()(schema::Binary const&) const { return bytes(text); }
  template<typename Other>
  std::optional<Value> operator()(Other const&) const {
    return std::string{text};
  }
};

} // namespace

std::optional<Value> value_of(std::string_view text, schema::Type const& type) {
  return std::visit(Reader{text}, type);
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string result{text.substr(0, text.find_first_of("\r\n"))};
  if (result.size() == text.size() && text.size() <= longest) return result;
  if (result.size() > longest) {
    auto cut = longest;
    while (cut > 0 && (static_cast<unsigned char>(result[cut]) & 0xC0u) == 0x80u) --cut;
    result.resize(cut);
  }
  return result + "…";
}

} // namespace vm::bindings
