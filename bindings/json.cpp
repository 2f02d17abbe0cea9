#include "bindings/json.hpp"

#include "bindings/arguments.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace vm::bindings {

namespace {

constexpr int deepest = 200;
char list_key; // its address is the registry key of the metatable that marks a list

void push_list_mark(lua_State* L) { // [-0, +1]
  lua_pushlightuserdata(L, &list_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

bool is_marked(lua_State* L, int index) {
  if (lua_getmetatable(L, index) == 0) return false;
  push_list_mark(L);
  bool const same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same;
}

class Encoder {
 public:
  explicit Encoder(lua_State* L) : L_{L} {}

  void value(int index, int depth) {
    if (depth > deepest || lua_checkstack(L_, 6) == 0)
      throw lua::ArgumentError{"vm.json.encode: the value is nested too deep, or holds itself"};
    index = lua::absolute(L_, index);
    if (lua_type(L_, index) == LUA_TTABLE) {
      table(index, depth);
      return;
    }
    auto const found = lua::to_value(L_, index);
    if (!found)
      throw lua::ArgumentError{fmt::format("vm.json.encode: {} cannot be written as JSON", lua::type_text(L_, index))};
    std::visit([this](auto const& plain) { write(plain); }, *found);
  }

  std::string take() { return std::move(text_); }

 private:
  void write(Null) { text_ += "null"; }
  void write(bool flag) { text_ += flag ? "true" : "false"; }
  void write(std::int64_t number) { text_ += std::to_string(number); }
  void write(double number) {
    if (!std::isfinite(number)) throw lua::ArgumentError{"vm.json.encode: JSON has no infinity and no NaN"};
    text_ += fmt::format("{}", number);
  }
  void write(std::string const& text) {
    if (!is_utf8(text)) throw lua::ArgumentError{"vm.json.encode: a string is not valid UTF-8"};
    text_ += nlohmann::json(text).dump();
  }
  void write(Decimal const& number) {
    if (number.text == "NaN" || number.text.find("Infinity") != std::string::npos)
      throw lua::ArgumentError{"vm.json.encode: JSON has no infinity and no NaN"};
    text_ += number.text;
  }
  void write(Bytes const&) { throw lua::ArgumentError{"vm.json.encode: sql.bytes cannot be written as JSON"}; }
  void write(Array const&) {} // tables are walked by table()

  void table(int index, int depth) {
    auto const length = lua_objlen(L_, index);
    std::vector<std::string> keys;
    std::size_t others = 0;
    lua_pushnil(L_);
    while (lua_next(L_, index) != 0) {
      lua_pop(L_, 1);
      if (lua_type(L_, -1) == LUA_TSTRING)
        keys.push_back(lua::to_text(L_, -1));
      else
        ++others;
    }
    if (others != 0 && (!keys.empty() || others != length))
      throw lua::ArgumentError{"vm.json.encode: a table must be a list without gaps, or have names only"};
    if (others != 0 || (keys.empty() && is_marked(L_, index))) {
      text_ += '[';
      for (std::size_t i = 1; i <= length; ++i) {
        if (i > 1) text_ += ',';
        lua_rawgeti(L_, index, static_cast<int>(i));
        value(-1, depth + 1);
        lua_pop(L_, 1);
      }
      text_ += ']';
      return;
    }
    std::sort(keys.begin(), keys.end()); // the same text every time
    text_ += '{';
    for (auto const& key : keys) {
      if (text_.back() != '{' || &key != keys.data()) text_ += &key == keys.data() ? "" : ",";
      write(key);
      text_ += ':';
      lua::push(L_, key);
      lua_rawget(L_, index);
      value(-1, depth + 1);
      lua_pop(L_, 1);
    }
    text_ += '}';
  }

  lua_State* L_;
  std::string text_;
};

/// [-0, +1]
void push_json(lua_State* L, nlohmann::json const& value, int depth) {
  if (depth > deepest || lua_checkstack(L, 4) == 0)
    throw lua::ArgumentError{"vm.json.decode: the text is nested too deep"};
  switch (value.type()) {
  case nlohmann::json::value_t::boolean: lua_pushboolean(L, value.get<bool>() ? 1 : 0); return;
  case nlohmann::json::value_t::number_integer: lua::push_integer(L, value.get<std::int64_t>()); return;
  case nlohmann::json::value_t::number_unsigned: {
    auto const number = value.get<std::uint64_t>();
    if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      lua::push_integer(L, static_cast<std::int64_t>(number));
    else
      lua::push_decimal(L, {std::to_string(number)});
    return;
  }
  case nlohmann::json::value_t::number_float: lua_pushnumber(L, value.get<double>()); return;
  case nlohmann::json::value_t::string: lua::push(L, value.get_ref<std::string const&>()); return;
  case nlohmann::json::value_t::array: {
    lua_createtable(L, static_cast<int>(value.size()), 0);
    int position = 0;
    for (auto const& element : value) {
      push_json(L, element, depth + 1);
      lua_rawseti(L, -2, ++position);
    }
    push_list_mark(L);
    lua_setmetatable(L, -2);
    return;
  }
  case nlohmann::json::value_t::object:
    lua_createtable(L, 0, static_cast<int>(value.size()));
    for (auto const& [key, element] : value.items()) {
      lua::push(L, key);
      push_json(L, element, depth + 1);
      lua_rawset(L, -3);
    }
    return;
  default: lua::push_null(L); return;
  }
}

int encode(lua_State* L) {
  Arguments args{L, "vm.json.encode"};
  Encoder encoder{L};
  encoder.value(args.index(1), 1);
  args.done();
  lua::push(L, encoder.take());
  return 1;
}

int decode(lua_State* L) {
  Arguments args{L, "vm.json.decode"};
  auto const text = args.text(1, "text");
  args.done();
  nlohmann::json parsed;
  try {
    parsed = nlohmann::json::parse(text);
  } catch (nlohmann::json::parse_error const& error) {
    auto const before = std::string_view{text}.substr(0, error.byte > 0 ? error.byte - 1 : 0);
    auto const line = 1 + std::count(before.begin(), before.end(), '\n');
    args.fail(fmt::format("the text is no JSON: line {}, byte {}", line, error.byte));
  }
  push_json(L, parsed, 1);
  return 1;
}

/// Marks a table as a list, for one that may be empty.
int list(lua_State* L) {
  Arguments args{L, "vm.json.list"};
  args.table(1, "table");
  args.done();
  lua_settop(L, 1);
  if (lua_getmetatable(L, 1) != 0) args.fail("the table has a metatable already");
  push_list_mark(L);
  lua_setmetatable(L, 1);
  return 1;
}

constexpr luaL_Reg functions[] = {{"encode", bound<encode>}, {"decode", bound<decode>}, {"list", bound<list>}};

} // namespace

Functions json_functions() {
  return functions;
}

void define_json(lua_State* L) {
  lua_pushlightuserdata(L, &list_key);
  lua_newtable(L);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

} // namespace vm::bindings
