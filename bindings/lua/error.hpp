// Errors on both sides of Lua: C++ exceptions travel through scripts as `vm.error` userdata and come out unchanged.
#pragma once

#include "bindings/lua/lua.hpp"
#include "engine/core/error.hpp"

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::lua {

/// A Lua function on the stack that a person wrote: chunks named "@…"; ours ("=…") are left out.
struct Frame {
  Location location;
  std::string function; ///< empty where Lua does not know a name
};

/// A wrong argument or option of a function that scripts call.
class ArgumentError : public ScriptError {
 public:
  using ScriptError::ScriptError;
};

/// A script met its time limit, its memory limit or the end of the stack.
class LimitError : public ScriptError {
 public:
  using ScriptError::ScriptError;
};

/// What leaves Lua through lua::call. The message, hints, notes and place are those of the cause where there is one.
class CallError : public ScriptError {
 public:
  using ScriptError::ScriptError;

  std::exception_ptr cause;  ///< the C++ exception behind it; null for an error raised in Lua
  std::vector<Frame> frames; ///< where it was raised, innermost first
};

/// [-0, +1] A `vm.error` that holds the exception being handled; call it inside a catch block. Gives a vm::Error the
/// place of the nearest Lua function, unless a level nearer to the cause has set one.
void push_error(lua_State* L, std::exception& error);

/// The exception inside a `vm.error`; null for any other value.
std::exception_ptr exception_at(lua_State* L, int index);

/// The functions on the stack, innermost first, from `level` on.
std::vector<Frame> frames(lua_State* L, int level = 0);

/// The innermost of them.
std::optional<Location> caller(lua_State* L, int level = 0);

/// "versions/ab.lua:3: in function 'upgrade'", a line each.
std::string traceback_text(std::vector<Frame> const& frames);

inline constexpr std::string_view stack_overflow = "stack overflow: a function calls itself without end";

LimitError out_of_memory(std::size_t limit);

/// Registers the type `vm.error`; State does it.
void define_error_type(lua_State* L);

} // namespace vm::lua
