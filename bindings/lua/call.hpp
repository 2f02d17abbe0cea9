// The only way from C++ into Lua: lua::call runs a function and turns what it raises into a C++ exception; lua::protect
// runs C++ that touches the API several times outside a call.
#pragma once

#include "bindings/lua/error.hpp"
#include "bindings/lua/lua.hpp"

#include <memory>
#include <string_view>
#include <type_traits>

namespace vm::lua {

/// [-(arguments + 1), +results] Calls the function below its arguments. Throws CallError with the traceback and, as its
/// cause, the C++ exception that a bound function threw. An inner CallError that passes an outer call is kept as it is.
void call(lua_State* L, int arguments, int results);

/// [-0, +1] Compiles text (never bytecode). `chunk` is "@" and a path relative to the project, or "=name" for ours.
/// Throws ScriptError with file and line.
void load(lua_State* L, std::string_view text, char const* chunk);

void protect_raw(lua_State* L, void (*body)(lua_State*, void*), void* data);

/// Runs `body(L)` so that an error of Lua (out of memory) ends in a CallError, not in a panic. Leaves the stack as it
/// was: what the body pushes is gone.
template<typename Body>
void protect(lua_State* L, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  protect_raw(
      L, [](lua_State* inner, void* data) { (*static_cast<Plain*>(data))(inner); },
      const_cast<void*>(static_cast<void const*>(std::addressof(body))));
}

/// Makes the message handler and returns its reference; State does it.
int install_error_handler(lua_State* L);

} // namespace vm::lua
