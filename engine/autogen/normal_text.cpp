#include "engine/autogen/normal_text.hpp"

#include "engine/core/text.hpp"

#include <algorithm>
#include <functional>
#include <optional>

namespace vm::autogen {
namespace {

bool is_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
         (static_cast<unsigned char>(byte) & 0x80U) != 0;
}

/// Where the quoted text that starts at `start` ends; doubled quotes belong to it.
std::size_t end_of_quoted(std::string_view sql, std::size_t start) {
  auto const quote = sql[start];
  auto place = start + 1;
  while (place < sql.size()) {
    if (sql[place] == quote) {
      if (place + 1 < sql.size() && sql[place + 1] == quote)
        ++place;
      else
        return place + 1;
    }
    ++place;
  }
  return sql.size();
}

enum class Part { word, quoted_name, literal, other };

/// Calls `take` with each piece of `sql`, in order; white space is not among them.
void for_each_part(std::string_view sql, std::function<void(Part, std::string_view, std::size_t)> const& take) {
  auto place = std::size_t{0};
  while (place < sql.size()) {
    auto const byte = sql[place];
    auto end = place + 1;
    if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
      ++place;
      continue;
    }
    auto part = Part::other;
    if (byte == '\'') {
      part = Part::literal;
      end = end_of_quoted(sql, place);
    } else if (byte == '"' || byte == '`') {
      part = Part::quoted_name;
      end = end_of_quoted(sql, place);
    } else if (is_word(byte)) {
      part = Part::word;
      while (end < sql.size() && is_word(sql[end])) ++end;
    }
    take(part, sql.substr(place, end - place), place);
    place = end;
  }
}

/// Whether the parenthesis that `text` opens with is closed by its last byte.
bool is_enclosed(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return false;
  auto depth = 0;
  for (auto place = std::size_t{0}; place < text.size(); ++place) {
    if (text[place] == '\'' || text[place] == '"' || text[place] == '`') {
      place = end_of_quoted(text, place) - 1;
      continue;
    }
    if (text[place] == '(') ++depth;
    if (text[place] == ')' && --depth == 0 && place + 1 < text.size()) return false;
  }
  return depth == 0;
}

bool is_name(Part part, std::string_view text, std::string_view word) {
  if (part == Part::word) return equals_ignore_case(text, word);
  return part == Part::quoted_name && text.size() > 2 && text.substr(1, text.size() - 2) == word;
}

/// What stands in the quotes, where it means the same without them.
std::optional<std::string_view> plain_name(std::string_view quoted) {
  auto const name = quoted.substr(1, quoted.size() - 2);
  auto const is_plain = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
  };
  if (quoted.size() < 3 || !std::ranges::all_of(name, is_plain)) return std::nullopt;
  return name;
}

/// Where a cast to text that starts at `place` ends: PostgreSQL prints more of them when it reads again what it printed
/// (`IN ('a')` over a varchar). Without a cast there: `place`.
std::size_t end_of_text_cast(std::string_view sql, std::size_t place) {
  for (std::string_view const cast : {"::text[]", "::text", "::character varying[]", "::character varying"})
    if (sql.substr(place).starts_with(cast) &&
        (place + cast.size() == sql.size() || cast.back() == ']' || !is_word(sql[place + cast.size()])))
      return place + cast.size();
  return place;
}

std::string without_text_casts(std::string_view sql) {
  auto result = std::string{};
  auto place = std::size_t{0};
  while (place < sql.size()) {
    auto end = place + 1;
    if (sql[place] == '\'' || sql[place] == '"' || sql[place] == '`') {
      end = end_of_quoted(sql, place);
    } else if (sql[place] == ':') {
      auto const after = end_of_text_cast(sql, place);
      if (after != place && sql.substr(after, 1) != "(") {
        place = after;
        continue;
      }
    }
    result += sql.substr(place, end - place);
    place = end;
  }
  return result;
}

} // namespace

std::string normal_condition(std::string_view sql) {
  return normal_text(without_text_casts(sql));
}

std::string normal_text(std::string_view sql) {
  auto result = std::string{};
  for_each_part(sql, [&](Part part, std::string_view text, std::size_t) {
    auto const name = part == Part::quoted_name ? plain_name(text) : std::nullopt;
    if (part == Part::word || name) {
      if (!result.empty() && is_word(result.back())) result += ' ';
      result += name ? std::string{*name} : lower(text);
    } else {
      result += text;
    }
  });
  while (result.ends_with(';')) result.pop_back();
  while (is_enclosed(result)) result = result.substr(1, result.size() - 2);
  return result;
}

bool mentions(std::string_view sql, std::string_view word) {
  auto found = false;
  for_each_part(sql,
                [&](Part part, std::string_view text, std::size_t) { found = found || is_name(part, text, word); });
  return found;
}

std::string with_renamed(std::string_view sql, std::string_view from, std::string_view to) {
  auto result = std::string{};
  auto copied = std::size_t{0};
  for_each_part(sql, [&](Part part, std::string_view text, std::size_t place) {
    if (!is_name(part, text, from)) return;
    result += sql.substr(copied, place - copied);
    result += part == Part::word ? std::string{to} : text.front() + std::string{to} + text.front();
    copied = place + text.size();
  });
  result += sql.substr(copied);
  return result;
}

} // namespace vm::autogen
