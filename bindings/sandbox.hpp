// What a script sees: globals that were chosen one by one, read-only, and an environment of its own on top of them.
// Nothing is taken away from a full library afterwards: what is not listed here was never there.
#pragma once

#include "bindings/lua/lua.hpp"

#include <string_view>
#include <vector>

namespace vm::bindings {

/// Builds the globals of a state: the safe part of the standard library, `require`, `print`, and every module of
/// module.hpp. `unsafe` adds the whole standard library. [-0, +0]
void open_sandbox(lua_State* L, bool unsafe);

/// [-0, +1] A new environment: what a script assigns stays in it.
void push_environment(lua_State* L);

/// [-0, +1] The table behind a module's read-only face, for those who add to it.
void push_module(lua_State* L, std::string_view name);

/// [-0, +2] Compiles `text` under the name of a file and gives it an environment of its own: pushes the environment,
/// then the function. Refuses bytecode and binary data. Throws ScriptError with file and line.
void load_script(lua_State* L, std::string_view text, std::string_view shown_path);

/// What a script may mean that got "attempt to call field 'creat_table' (a nil value)": a hint, or "".
std::string explain_nil(std::string_view message);

} // namespace vm::bindings
