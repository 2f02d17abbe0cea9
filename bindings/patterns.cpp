#include "bindings/patterns.hpp"

#include "bindings/lua/bound.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/pattern.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace vm::bindings {

namespace {

using lua::ArgumentError;
using lua::Pattern;

[[noreturn]] void wrong(lua_State* L, int position, char const* function, char const* wanted) {
  throw ArgumentError{fmt::format("bad argument #{} to '{}' ({} expected, got {})", position, function, wanted,
                                  lua_isnone(L, position) ? "no value" : luaL_typename(L, position))};
}

/// Valid while the argument is on the stack. A number becomes its text there.
std::string_view text_at(lua_State* L, int position, char const* function) {
  if (lua_type(L, position) != LUA_TSTRING && lua_type(L, position) != LUA_TNUMBER)
    wrong(L, position, function, "string");
  std::size_t size = 0;
  char const* const text = lua_tolstring(L, position, &size);
  return {text, size};
}

std::int64_t integer_at(lua_State* L, int position, char const* function, std::int64_t otherwise) {
  if (lua_isnoneornil(L, position)) return otherwise;
  if (lua_isnumber(L, position) == 0) wrong(L, position, function, "number");
  auto const number = lua_tonumber(L, position);
  constexpr double most = 9007199254740992.0;
  return static_cast<std::int64_t>(std::clamp(number, -most, most));
}

/// Where a search starts, from 0; beyond the end is the end.
std::size_t start_at(lua_State* L, int position, char const* function, std::size_t size) {
  auto start = integer_at(L, position, function, 1);
  if (start < 0) start += static_cast<std::int64_t>(size) + 1;
  start = std::max<std::int64_t>(start - 1, 0);
  return std::min(static_cast<std::size_t>(start), size);
}

std::function<void()> limits_of(lua_State* L) {
  return [L] { lua::State::of(L).check(L); };
}

void push_capture(lua_State* L, Pattern const& pattern, std::string_view subject, std::size_t index) {
  auto const capture = pattern.capture(index);
  if (capture.is_position)
    lua_pushinteger(L, static_cast<lua_Integer>(capture.start + 1));
  else
    lua::push(L, subject.substr(capture.start, capture.length));
}

/// The captures, or the whole match where there are none; how many.
int push_captures(lua_State* L, Pattern const& pattern, std::string_view subject, std::size_t start, std::size_t end,
                  bool whole = true) {
  if (lua_checkstack(L, static_cast<int>(lua::most_captures) + 4) == 0) throw ArgumentError{"too many captures"};
  if (pattern.count() == 0 && whole) {
    lua::push(L, subject.substr(start, end - start));
    return 1;
  }
  for (std::size_t i = 0; i < pattern.count(); ++i) push_capture(L, pattern, subject, i);
  return static_cast<int>(pattern.count());
}

/// [-0, +n] Positions and captures for `find`, captures for `match`, nil for nothing.
int search(lua_State* L, char const* function, bool finds) {
  auto const subject = text_at(L, 1, function);
  auto pattern = text_at(L, 2, function);
  auto start = start_at(L, 3, function, subject.size());
  if (finds && (lua_toboolean(L, 4) != 0 || lua::is_plain(pattern))) {
    auto const* const from = subject.data() + start;
    auto const* const found = static_cast<char const*>(
        pattern.empty() ? from : ::memmem(from, subject.size() - start, pattern.data(), pattern.size()));
    if (found == nullptr) {
      lua_pushnil(L);
      return 1;
    }
    lua_pushinteger(L, found - subject.data() + 1);
    lua_pushinteger(L, found - subject.data() + static_cast<std::ptrdiff_t>(pattern.size()));
    return 2;
  }
  bool const is_anchored = pattern.starts_with('^');
  if (is_anchored) pattern.remove_prefix(1);
  Pattern matcher{subject, pattern, limits_of(L)};
  for (; start <= subject.size(); ++start) {
    if (auto const end = matcher.match(start)) {
      if (!finds) return push_captures(L, matcher, subject, start, *end);
      lua_pushinteger(L, static_cast<lua_Integer>(start + 1));
      lua_pushinteger(L, static_cast<lua_Integer>(*end));
      return 2 + push_captures(L, matcher, subject, start, *end, false);
    }
    if (is_anchored) break;
  }
  lua_pushnil(L);
  return 1;
}

int find(lua_State* L) {
  return search(L, "find", true);
}

int match(lua_State* L) {
  return search(L, "match", false);
}

/// Upvalues: subject, pattern, where to go on.
int next_match(lua_State* L) {
  auto const subject = text_at(L, lua_upvalueindex(1), "gmatch");
  Pattern matcher{subject, text_at(L, lua_upvalueindex(2), "gmatch"), limits_of(L)};
  for (auto start = static_cast<std::size_t>(lua_tointeger(L, lua_upvalueindex(3))); start <= subject.size(); ++start) {
    auto const end = matcher.match(start);
    if (!end) continue;
    lua_pushinteger(L, static_cast<lua_Integer>(*end == start ? *end + 1 : *end));
    lua_replace(L, lua_upvalueindex(3));
    return push_captures(L, matcher, subject, start, *end);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(subject.size() + 1));
  lua_replace(L, lua_upvalueindex(3));
  return 0;
}

int gmatch(lua_State* L) {
  text_at(L, 1, "gmatch");
  text_at(L, 2, "gmatch");
  lua_settop(L, 2);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, lua::bound<next_match>, 3);
  return 1;
}

/// The replacement text with %0 to %9 filled in.
void append_filled(std::string& result, lua_State* L, Pattern const& pattern, std::string_view subject,
                   std::size_t start, std::size_t end) {
  auto const replacement = text_at(L, 3, "gsub");
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    char const c = replacement[i];
    if (c != '%' || i + 1 == replacement.size()) {
      result += c;
      continue;
    }
    char const digit = replacement[++i];
    if (digit < '0' || digit > '9') {
      result += digit;
      continue;
    }
    auto const index = static_cast<std::size_t>(digit - '1');
    if (digit == '0' || (digit == '1' && pattern.count() == 0)) {
      result += subject.substr(start, end - start);
    } else if (index >= pattern.count()) {
      throw ArgumentError{"invalid capture index"};
    } else {
      auto const capture = pattern.capture(index);
      if (capture.is_position)
        result += fmt::format("{}", capture.start + 1);
      else
        result += subject.substr(capture.start, capture.length);
    }
  }
}

/// [-0, +0] Appends what takes the place of one match.
void append_replacement(std::string& result, lua_State* L, Pattern const& pattern, std::string_view subject,
                        std::size_t start, std::size_t end) {
  switch (lua_type(L, 3)) {
  case LUA_TFUNCTION: {
    lua::State::of(L).check(L); // a function that calls gsub that calls the function goes deep in a few instructions
    lua_pushvalue(L, 3);
    auto const count = push_captures(L, pattern, subject, start, end);
    lua::call(L, count, 1);
    break;
  }
  case LUA_TTABLE:
    if (pattern.count() == 0)
      lua::push(L, subject.substr(start, end - start));
    else
      push_capture(L, pattern, subject, 0);
    lua_gettable(L, 3);
    break;
  default: append_filled(result, L, pattern, subject, start, end); return;
  }
  if (lua_toboolean(L, -1) == 0) {
    result += subject.substr(start, end - start);
  } else if (lua_type(L, -1) == LUA_TSTRING || lua_type(L, -1) == LUA_TNUMBER) {
    std::size_t size = 0;
    char const* const text = lua_tolstring(L, -1, &size);
    result.append(text, size);
  } else {
    throw ArgumentError{fmt::format("invalid replacement value (a {})", luaL_typename(L, -1))};
  }
  lua_pop(L, 1);
}

int gsub(lua_State* L) {
  auto const subject = text_at(L, 1, "gsub");
  auto text = text_at(L, 2, "gsub");
  int const kind = lua_type(L, 3);
  if (kind != LUA_TNUMBER && kind != LUA_TSTRING && kind != LUA_TTABLE && kind != LUA_TFUNCTION)
    wrong(L, 3, "gsub", "string/function/table");
  auto const most = integer_at(L, 4, "gsub", std::numeric_limits<std::int64_t>::max());
  lua_settop(L, 3);
  bool const is_anchored = text.starts_with('^');
  if (is_anchored) text.remove_prefix(1);
  Pattern matcher{subject, text, limits_of(L)};
  // The result grows outside Lua's memory, so its limit is kept here.
  auto const limit = lua::State::of(L).memory_limit();
  std::string result;
  std::size_t at = 0;
  std::int64_t count = 0;
  while (count < most) {
    auto const end = matcher.match(at);
    if (end) {
      ++count;
      append_replacement(result, L, matcher, subject, at, *end);
      if (limit != 0 && result.size() > limit) throw lua::out_of_memory(limit);
    }
    if (end && *end > at)
      at = *end;
    else if (at < subject.size())
      result += subject[at++];
    else
      break;
    if (is_anchored) break;
  }
  if (at < subject.size()) result += subject.substr(at);
  lua::push(L, result);
  lua_pushinteger(L, static_cast<lua_Integer>(count));
  return 2;
}

} // namespace

void set_pattern_functions(lua_State* L) {
  constexpr luaL_Reg functions[] = {{"find", lua::bound<find>},
                                    {"match", lua::bound<match>},
                                    {"gmatch", lua::bound<gmatch>},
                                    {"gsub", lua::bound<gsub>}};
  for (auto const& function : functions) {
    lua_pushcfunction(L, function.func);
    lua_setfield(L, -2, function.name);
  }
}

} // namespace vm::bindings
