#include "engine/sql/quote.hpp"

#include <fmt/format.h>

namespace vm::sql {

std::string quoted_with(char quote, std::string_view text) {
  std::string quoted(1, quote);
  quoted.reserve(text.size() + 2);
  for (char const c : text) {
    quoted += c;
    if (c == quote) quoted += c;
  }
  return quoted += quote;
}

std::string single_quoted(std::string_view text) {
  return quoted_with('\'', text);
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (char const c : bytes) {
    auto const byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string dollar_quoted(std::string_view body) {
  // The body's end counts too: a body that ends in "$vm" would close "$vm$" one character early.
  auto const collides = [&](std::string const& tag) {
    return body.find(tag) != std::string_view::npos || (std::string{body} + tag).find(tag) != body.size();
  };
  std::string tag = "$$";
  for (int number = 0; collides(tag); ++number) tag = number == 0 ? "$vm$" : fmt::format("$vm{}$", number);
  return fmt::format("{0}{1}{0}", tag, body);
}

} // namespace vm::sql
