#include "engine/cli/excerpt.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace vm::cli {
namespace {

constexpr std::size_t line_width = 100;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

// Tabs and control characters would move the marker away from its place.
std::string printable(std::string_view text) {
  std::string result;
  for (char const c : text) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return result;
}

struct Cut {
  std::string text;
  std::size_t offset; ///< of the place, in bytes of `text`
};

// A part of a long line with the place in it, cut between characters.
Cut cut_line(std::string_view line, std::size_t offset) {
  if (line.size() <= line_width) return {printable(line), offset};
  std::size_t begin = offset > line_width * 2 / 3 ? offset - line_width * 2 / 3 : 0;
  while (begin > 0 && is_continuation(line[begin])) --begin;
  std::size_t end = std::min(line.size(), begin + line_width);
  while (end < line.size() && is_continuation(line[end])) ++end;
  std::string_view const before = begin > 0 ? "…" : "";
  return {fmt::format("{}{}{}", before, printable(line.substr(begin, end - begin)), end < line.size() ? "…" : ""),
          offset - begin + before.size()};
}

} // namespace

Excerpt excerpt(std::string_view statement, std::optional<std::size_t> position) {
  while (!statement.empty() && (statement.back() == '\n' || statement.back() == '\r' || statement.back() == ' '))
    statement.remove_suffix(1);
  std::vector<std::string_view> lines = split(statement, '\n');
  for (auto& line : lines)
    if (line.ends_with('\r')) line.remove_suffix(1);

  Excerpt result;
  std::size_t marked = 0, offset = 0;
  if (position) {
    auto const at = std::min(*position, statement.size());
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (static_cast<std::size_t>(lines[i].data() - statement.data()) <= at) marked = i;
    offset = std::min(at - static_cast<std::size_t>(lines[marked].data() - statement.data()), lines[marked].size());
    result.line = marked + 1;
    result.column = characters(lines[marked].substr(0, offset)) + 1;
  }

  std::size_t const first = position && marked > 2 ? marked - 2 : 0;
  std::size_t const last = std::min(lines.size(), first + (position ? 5 : 4));
  auto const digits = std::to_string(last).size();
  auto const add = [&](std::string const& text) {
    if (!result.text.empty()) result.text += '\n';
    result.text += text;
  };
  for (std::size_t i = first; i < last; ++i) {
    auto const cut = cut_line(lines[i], position && i == marked ? offset : 0);
    add(fmt::format("{:>{}} | {}", i + 1, digits, cut.text));
    if (position && i == marked)
      add(fmt::format("{:>{}} | {}^", "", digits,
                      std::string(display_width(std::string_view{cut.text}.substr(0, cut.offset)), ' ')));
  }
  if (last < lines.size()) add(fmt::format("{:>{}} | …", "", digits));
  return result;
}

} // namespace vm::cli
