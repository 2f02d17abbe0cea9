#include "engine/sql/literal.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/quote.hpp"
#include "engine/sql/words.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace vm::sql {

std::string number_literal(double number) {
  auto text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool is_number(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::size_t digits = 0, at = 0;
  auto const read_digits = [&] {
    auto const start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - start;
  };
  digits += read_digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits += read_digits();
  }
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (read_digits() == 0) return false;
  }
  return at == text.size();
}

namespace {

std::string array_element(Value const& value);

struct ElementText {
  std::string operator()(Null) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "t" : "f"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    return number_literal(value);
  }
  std::string operator()(std::string const& value) const {
    std::string text = "\"";
    for (char const c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    return text += '"';
  }
  std::string operator()(Decimal const& value) const { return (*this)(value.text); }
  std::string operator()(Bytes const& value) const { return fmt::format("\"\\\\x{}\"", lower(hex(value.data))); }
  std::string operator()(Array const& value) const { return array_text(value); }
};

std::string array_element(Value const& value) {
  return std::visit(ElementText{}, value);
}

} // namespace

std::string array_text(Array const& array) {
  std::string text = "{";
  for (auto const& element : array.elements) {
    if (text.size() > 1) text += ',';
    text += array_element(element);
  }
  return text += '}';
}

std::string inline_parameters(Statement const& statement, Dialect const& dialect) {
  if (statement.parameters.empty()) return statement.text;
  std::string text;
  text.reserve(statement.text.size() * 2);
  std::size_t used = 0, next = 0;
  for (auto const& token : all_words(statement.text, dialect.capabilities())) {
    if (token.kind != WordKind::placeholder) {
      text += token.text;
      continue;
    }
    auto index = next++;
    if (token.text.size() > 1) {
      std::from_chars(token.text.data() + 1, token.text.data() + token.text.size(), index);
      --index;
    }
    if (index >= statement.parameters.size()) {
      throw UsageError{fmt::format("placeholder {} of a statement has no value: it was given {}", index + 1,
                                   statement.parameters.size())};
    }
    used = std::max(used, index + 1);
    // A sign next to an operator would make another operator or a comment: `a -?`, `a-?`.
    auto const literal = dialect.literal(statement.parameters[index]);
    text += literal.starts_with('-') ? fmt::format("({})", literal) : literal;
  }
  if (used < statement.parameters.size()) {
    throw UsageError{
        fmt::format("a statement was given {} values and has {} placeholders", statement.parameters.size(), used)};
  }
  return text;
}

} // namespace vm::sql
