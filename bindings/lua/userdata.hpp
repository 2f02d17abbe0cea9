// C++ values inside Lua: one metatable per type, found by the type itself, so that no script can forge one.
#pragma once

#include "bindings/lua/bound.hpp"
#include "bindings/lua/lua.hpp"
#include "bindings/lua/stack.hpp"

#include <new>
#include <type_traits>
#include <utility>

namespace vm::lua {

/// The registry key of a type's metatable.
template<typename T>
void* type_key() {
  static char key;
  return &key;
}

template<typename T>
int destroy_userdata(lua_State* L) {
  static_cast<T*>(lua_touserdata(L, 1))->~T();
  return 0;
}

/// Registers `T` under the name that messages, `tostring` and `getmetatable` show. `metamethods` may hold `__index`;
/// otherwise it is a table of `methods`. Ends with {nullptr, nullptr}; either may be null. [-0, +0]
template<typename T>
void define_userdata(lua_State* L, char const* name, luaL_Reg const* metamethods, luaL_Reg const* methods = nullptr) {
  StackGuard guard{L};
  lua_newtable(L);
  if (methods != nullptr) {
    lua_newtable(L);
    luaL_register(L, nullptr, methods);
    lua_setfield(L, -2, "__index");
  }
  if (metamethods != nullptr) luaL_register(L, nullptr, metamethods);
  if constexpr (!std::is_trivially_destructible_v<T>) {
    lua_pushcfunction(L, bound<destroy_userdata<T>>);
    lua_setfield(L, -2, "__gc");
  }
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__metatable"); // scripts cannot reach in, and can ask getmetatable(x) == "vm.error"
  lua_pushlightuserdata(L, type_key<T>());
  lua_insert(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

/// [-0, +1] `T` must have been defined in this state.
template<typename T>
T& push_userdata(lua_State* L, T value) {
  static_assert(alignof(T) <= 8 && std::is_nothrow_move_constructible_v<T>);
  auto* object = new (lua_newuserdata(L, sizeof(T))) T{std::move(value)};
  lua_pushlightuserdata(L, type_key<T>());
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_setmetatable(L, -2);
  return *object;
}

/// The value inside, or null when the value is of another type. Valid while the userdata is on the stack.
template<typename T>
T* to_userdata(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return nullptr;
  lua_pushlightuserdata(L, type_key<T>());
  lua_rawget(L, LUA_REGISTRYINDEX);
  bool const same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return same ? static_cast<T*>(lua_touserdata(L, index)) : nullptr;
}

} // namespace vm::lua
