// The only way from Lua into C++: what a body throws becomes a `vm.error`, raised from a frame that owns nothing.
#pragma once

#include "bindings/lua/error.hpp"
#include "bindings/lua/lua.hpp"

#include <exception>

namespace vm::lua {

/// A lua_CFunction around `Body`. Every function Lua can call is one of these. Lua's own errors (out of memory) pass
/// through as foreign exceptions: they run destructors and are not caught here.
template<int (*Body)(lua_State*)>
int bound(lua_State* L) {
  try {
    return Body(L);
  } catch (std::exception& error) {
    push_error(L, error);
  }                    // keeps std::current_exception()
  return lua_error(L); // raised after the handler has ended, from a frame that owns nothing
}

} // namespace vm::lua
