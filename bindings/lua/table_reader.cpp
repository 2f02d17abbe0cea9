#include "bindings/lua/table_reader.hpp"

#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::lua {

std::optional<std::vector<std::string>> read_texts(lua_State* L, int index) {
  StackGuard guard{L};
  index = absolute(L, index);
  if (lua_type(L, index) == LUA_TSTRING) return std::vector<std::string>{to_text(L, index)};
  if (lua_type(L, index) != LUA_TTABLE) return std::nullopt;
  std::vector<std::string> texts;
  auto const length = lua_objlen(L, index);
  std::size_t keys = 0;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    lua_pop(L, 1);
    ++keys;
  }
  if (keys != length) return std::nullopt;
  texts.reserve(length);
  for (std::size_t i = 1; i <= length; ++i) {
    lua_rawgeti(L, index, static_cast<int>(i));
    bool const is_text = lua_type(L, -1) == LUA_TSTRING;
    if (is_text) texts.push_back(to_text(L, -1));
    lua_pop(L, 1);
    if (!is_text) return std::nullopt;
  }
  return texts;
}

TableReader::TableReader(lua_State* L, int index, std::string context)
    : L_{L},
      index_{index == 0 ? 0 : absolute(L, index)},
      context_{std::move(context)} {}

void TableReader::know(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
}

void TableReader::refuse(std::string_view key, std::string hint) {
  refused_.emplace_back(key, std::move(hint));
}

bool TableReader::find(std::string_view key) {
  know(key);
  if (index_ == 0) {
    lua_pushnil(L_);
    return false;
  }
  lua::push(L_, key);
  lua_rawget(L_, index_);
  return lua_type(L_, -1) != LUA_TNIL;
}

bool TableReader::has(std::string_view key) {
  bool const found = find(key);
  lua_pop(L_, 1);
  return found;
}

bool TableReader::push(std::string_view key) {
  if (find(key)) return true;
  lua_pop(L_, 1);
  return false;
}

std::optional<std::string> TableReader::text(std::string_view key) {
  if (!push(key)) return std::nullopt;
  if (lua_type(L_, -1) != LUA_TSTRING) wrong(key, "a string");
  auto text = to_text(L_, -1);
  lua_pop(L_, 1);
  return text;
}

std::string TableReader::required_text(std::string_view key) {
  auto found = text(key);
  if (!found) fail(fmt::format("'{}' is missing", key));
  return std::move(*found);
}

std::optional<bool> TableReader::boolean(std::string_view key) {
  if (!push(key)) return std::nullopt;
  if (lua_type(L_, -1) != LUA_TBOOLEAN) wrong(key, "true or false");
  bool const value = lua_toboolean(L_, -1) != 0;
  lua_pop(L_, 1);
  return value;
}

std::optional<double> TableReader::number(std::string_view key) {
  if (!push(key)) return std::nullopt;
  if (lua_type(L_, -1) != LUA_TNUMBER) wrong(key, "a number");
  double const value = lua_tonumber(L_, -1);
  lua_pop(L_, 1);
  return value;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key) {
  if (!push(key)) return std::nullopt;
  auto const value = to_integer(L_, -1);
  if (!value) wrong(key, "a whole number");
  lua_pop(L_, 1);
  return value;
}

std::optional<std::vector<std::string>> TableReader::texts(std::string_view key) {
  if (!push(key)) return std::nullopt;
  auto list = read_texts(L_, -1);
  if (!list) wrong(key, "a string or a list of strings");
  lua_pop(L_, 1);
  return list;
}

std::optional<Value> TableReader::value(std::string_view key) {
  if (!push(key)) return std::nullopt;
  auto found = to_value(L_, -1);
  if (!found) wrong(key, "a value a database can store");
  lua_pop(L_, 1);
  return found;
}

std::size_t TableReader::size() const {
  return index_ == 0 ? 0 : lua_objlen(L_, index_);
}

void TableReader::push_element(std::size_t position) {
  elements_ = true;
  lua_rawgeti(L_, index_, static_cast<int>(position));
}

std::vector<std::string> TableReader::keys() {
  return keys_with_prefix({""});
}

std::vector<std::string> TableReader::keys_with_prefix(std::vector<std::string_view> const& prefixes) {
  std::vector<std::string> found;
  if (index_ == 0) return found;
  lua_pushnil(L_);
  while (lua_next(L_, index_) != 0) {
    lua_pop(L_, 1);
    if (lua_type(L_, -1) != LUA_TSTRING) continue;
    auto key = to_text(L_, -1);
    if (std::any_of(prefixes.begin(), prefixes.end(),
                    [&](std::string_view prefix) { return key.rfind(prefix, 0) == 0; }))
      found.push_back(std::move(key));
  }
  std::sort(found.begin(), found.end());
  for (auto const& key : found) know(key);
  return found;
}

void TableReader::done() {
  if (index_ == 0) return;
  StackGuard guard{L_};
  auto const length = size();
  std::vector<std::string> unknown;
  lua_pushnil(L_);
  while (lua_next(L_, index_) != 0) {
    lua_pop(L_, 1);
    if (lua_type(L_, -1) == LUA_TNUMBER) {
      double const number = lua_tonumber(L_, -1);
      if (elements_ && number >= 1 && number <= static_cast<double>(length)) continue;
      unknown.push_back(fmt::format("{}", number));
      continue;
    }
    if (lua_type(L_, -1) != LUA_TSTRING) {
      lua_pop(L_, 1);
      fail("a key must be a name");
    }
    auto key = to_text(L_, -1);
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) unknown.push_back(std::move(key));
  }
  if (unknown.empty()) return;
  std::sort(unknown.begin(), unknown.end()); // the order of a table's keys is not the same from run to run
  auto const& key = unknown.front();
  ArgumentError error{fmt::format("{}: unknown key '{}'", context_, key)};
  auto const refused =
      std::find_if(refused_.begin(), refused_.end(), [&](auto const& pair) { return pair.first == key; });
  if (refused != refused_.end())
    error.add_hint({refused->second});
  else if (auto const near = nearest_name(key, known_))
    error.add_hint({fmt::format("did you mean '{}'?", *near)});
  else if (!known_.empty()) {
    auto sorted = known_;
    std::sort(sorted.begin(), sorted.end());
    error.add_hint({fmt::format("known keys: {}", quoted_list(sorted))});
  }
  throw error;
}

void TableReader::wrong(std::string_view key, std::string_view wanted) {
  // The caller has pushed the value: it is on top.
  throw ArgumentError{fmt::format("{}: '{}' must be {}, not {}", context_, key, wanted, type_text(L_, -1))};
}

void TableReader::fail(std::string const& problem) const {
  throw ArgumentError{fmt::format("{}: {}", context_, problem)};
}

} // namespace vm::lua
