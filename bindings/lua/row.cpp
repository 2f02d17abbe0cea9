#include "bindings/lua/row.hpp"

#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"

#include <fmt/format.h>

namespace vm::lua {

namespace {

/// LuaJIT gives a function 200 local variables; wider rows go through a list of names.
constexpr std::size_t widest = 150;

std::string lua_string(std::string_view name) {
  std::string text = "\"";
  for (unsigned char const c : name) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80)
      text += static_cast<char>(c);
    else
      text += fmt::format("\\{:03}", c);
  }
  return text + "\"";
}

} // namespace

void push_row_maker(lua_State* L, std::vector<std::string> const& columns) {
  if (columns.empty() || columns.size() > widest) {
    push(L, columns);
    return;
  }
  // The table is a copy of a template that has the keys already, which is what makes it fast.
  std::string parameters, fields;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    parameters += fmt::format("{}v{}", i == 0 ? "" : ", ", i);
    fields += fmt::format("{}[{}] = v{}", i == 0 ? "" : ", ", lua_string(columns[i]), i);
  }
  load(L, fmt::format("return function({}) return {{ {} }} end", parameters, fields), "=row");
  call(L, 0, 1);
}

void RowPusher::start(int maker) {
  if (lua_checkstack(L_, static_cast<int>(columns_) + 8) == 0) throw ScriptError{"the Lua stack is full"};
  lua_pushvalue(L_, maker);
  base_ = lua_gettop(L_);
}

void RowPusher::finish() {
  if (lua_type(L_, base_) == LUA_TFUNCTION) {
    lua_call(L_, static_cast<int>(columns_), 1); // a fixed line of ours: out of memory or an interrupt can be raised
    return;
  }
  lua_createtable(L_, 0, static_cast<int>(columns_));
  for (int i = 1; i <= static_cast<int>(columns_); ++i) {
    lua_rawgeti(L_, base_, i);
    lua_pushvalue(L_, base_ + i);
    lua_rawset(L_, -3);
  }
  lua_replace(L_, base_);
  lua_settop(L_, base_);
}

void RowPusher::abandon() {
  lua_settop(L_, base_ - 1);
}

void RowPusher::null() {
  if (keep_null_)
    push_null(L_);
  else
    lua_pushnil(L_);
}

void RowPusher::boolean(bool value) {
  lua_pushboolean(L_, value ? 1 : 0);
}

void RowPusher::integer(std::int64_t value) {
  push_integer(L_, value);
}

void RowPusher::number(double value) {
  lua_pushnumber(L_, value);
}

void RowPusher::text(std::string_view value) {
  push(L_, value);
}

void RowPusher::decimal(std::string_view value) {
  push_decimal(L_, Decimal{std::string{value}});
}

void RowPusher::bytes(std::string_view value) {
  push(L_, value);
}

void RowPusher::array(Array const& value) {
  push_value(L_, value);
}

} // namespace vm::lua
