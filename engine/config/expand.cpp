#include "engine/config/expand.hpp"

#include <algorithm>

namespace vm::config {

namespace {

bool is_name(std::string_view text) {
  auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

} // namespace

std::string expand(std::string_view text, Lookup const& lookup,
                   std::function<std::string(std::string const& name)> const& missing) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("$${")) {
      result += "${";
      i += 3;
      continue;
    }
    auto const end = text.substr(i).starts_with("${") ? text.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      result += text[i++];
      continue;
    }
    auto const inside = text.substr(i + 2, end - i - 2);
    auto const mark = inside.find(":-");
    std::string const name{inside.substr(0, mark)};
    if (!is_name(name)) {
      result += text[i++];
      continue;
    }
    auto const value = lookup(name);
    if (mark != std::string_view::npos && (!value || value->empty()))
      result += inside.substr(mark + 2);
    else
      result += value ? *value : missing(name);
    i = end + 1;
  }
  return result;
}

} // namespace vm::config
