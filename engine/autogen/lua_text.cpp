#include "engine/autogen/lua_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::autogen {
namespace {

constexpr std::size_t width = 120;

constexpr std::array<std::string_view, 22> reserved{
    "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
    "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

bool is_name(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  auto const fits = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_';
  };
  return std::ranges::all_of(text, fits) && std::ranges::find(reserved, text) == reserved.end();
}

} // namespace

std::string lua_string(std::string_view text) {
  auto const has = [&](char byte) { return text.find(byte) != std::string_view::npos; };
  // Long brackets turn every line break into \n and cannot hold a zero byte.
  if (has('\n') && !has('\r') && !has('\0')) {
    std::string level;
    while (text.find("]" + level + "]") != std::string_view::npos || text.ends_with("]" + level)) level += '=';
    return fmt::format("[{}[\n{}]{}]", level, text, level);
  }
  std::string quoted = "\"";
  for (std::size_t place = 0; place < text.size(); ++place) {
    auto const byte = text[place];
    switch (byte) {
    case '"': quoted += "\\\""; break;
    case '\\': quoted += "\\\\"; break;
    case '\n': quoted += "\\n"; break;
    case '\r': quoted += "\\r"; break;
    case '\t': quoted += "\\t"; break;
    default:
      if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f)
        quoted += fmt::format("\\{:03}", static_cast<unsigned char>(byte));
      else
        quoted += byte;
    }
  }
  return quoted + '"';
}

Lua Lua::atom(std::string text) {
  Lua made;
  made.text_ = std::move(text);
  return made;
}

Lua Lua::call(std::string function, std::vector<Lua> arguments) {
  Lua made;
  made.kind_ = Kind::call;
  made.text_ = std::move(function);
  for (auto& each : arguments) made.children_.emplace_back("", std::move(each));
  return made;
}

Lua Lua::list(std::vector<Lua> items) {
  Lua made;
  made.kind_ = Kind::table;
  for (auto& each : items) made.children_.emplace_back("", std::move(each));
  return made;
}

Lua Lua::table(std::vector<std::pair<std::string, Lua>> fields) {
  Lua made;
  made.kind_ = Kind::table;
  for (auto& field : fields) {
    auto const& key = field.first;
    auto shown = key.empty() ? key : is_name(key) ? key + " = " : "[" + lua_string(key) + "] = ";
    made.children_.emplace_back(std::move(shown), std::move(field.second));
  }
  return made;
}

Lua Lua::broken() && {
  broken_ = true;
  return std::move(*this);
}

std::string Lua::flat() const {
  if (kind_ == Kind::atom) return text_;
  std::string inside;
  for (auto const& [key, value] : children_) inside += (inside.empty() ? "" : ", ") + key + value.flat();
  if (kind_ == Kind::call) return text_ + "(" + inside + ")";
  return inside.empty() ? "{}" : "{ " + inside + " }";
}

bool Lua::must_break() const {
  if (kind_ == Kind::atom) return false;
  return (broken_ && !children_.empty()) ||
         std::ranges::any_of(children_, [](auto const& child) { return child.second.must_break(); });
}

std::string Lua::print(std::size_t indent, std::size_t column, std::size_t after) const {
  auto const whole = flat();
  auto const line = whole.find('\n');
  auto const first = line == std::string::npos ? whole.size() + after : line;
  if (kind_ == Kind::atom || (!must_break() && line == std::string::npos && column + first <= width)) return whole;

  if (kind_ == Kind::table) {
    std::string text = "{\n";
    for (auto const& [key, value] : children_) {
      text += std::string(indent + 2, ' ') + key;
      text += value.print(indent + 2, indent + 2 + key.size(), 1) + ",\n";
    }
    return text + std::string(indent, ' ') + "}";
  }

  // One argument is broken, in place: the one that has to be, else the longest table or call.
  auto chosen = children_.size();
  for (std::size_t place = 0; place < children_.size(); ++place) {
    auto const& child = children_[place].second;
    if (child.kind_ == Kind::atom || child.is_empty()) continue;
    if (chosen == children_.size()) {
      chosen = place;
      continue;
    }
    auto const& best = children_[chosen].second;
    if (child.must_break() != best.must_break() ? child.must_break() : child.flat().size() > best.flat().size())
      chosen = place;
  }
  std::string text = text_ + "(";
  for (std::size_t place = 0; place < children_.size(); ++place) {
    if (place > 0) text += ", ";
    auto const& child = children_[place].second;
    if (place != chosen) {
      text += child.flat();
      continue;
    }
    std::size_t rest = 1;
    for (auto next = place + 1; next < children_.size(); ++next) rest += 2 + children_[next].second.flat().size();
    auto const start = text.rfind('\n');
    auto const here = start == std::string::npos ? column + text.size() : text.size() - start - 1;
    text += child.print(indent, here, rest + after);
  }
  return text + ")";
}

} // namespace vm::autogen
