// A Lua state with nothing in it but what a test registers.
#pragma once

#include "bindings/lua/bound.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/state.hpp"

#include <string>
#include <string_view>

namespace vm::test {

/// Runs `text` as the file `name`; its results stay on the stack.
inline void run(lua_State* L, std::string_view text, int results = 0, char const* name = "@script.lua") {
  lua::load(L, text, name);
  lua::call(L, 0, results);
}

/// What `text` throws, or "nothing".
inline lua::CallError error_of(lua_State* L, std::string_view text, char const* name = "@script.lua") {
  try {
    run(L, text, 0, name);
  } catch (lua::CallError const& error) {
    return error;
  }
  return lua::CallError{"nothing"};
}

inline void add_function(lua_State* L, char const* name, lua_CFunction function) {
  lua_pushcfunction(L, function);
  lua_setglobal(L, name);
}

} // namespace vm::test
