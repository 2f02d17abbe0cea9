// `require`: Lua files of the project's library path, and the library that vm ships. Each file runs once per state.
#pragma once

#include "bindings/lua/lua.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace vm::bindings {

int require(lua_State* L);

/// "module:field" (or "module:" for a module that is the function itself) of the function at `index`, among the modules
/// required so far. [-0, +0]
std::optional<std::string> find_in_libraries(lua_State* L, int index);

/// Makes the table of loaded modules. [-0, +0]
void open_library(lua_State* L);

/// [-0, +1] The module's value. Throws ScriptError for a name that leads nowhere or out of the project, and what its
/// file throws. `function` opens the messages.
void push_library(lua_State* L, std::string const& name, std::string_view function);

/// The file a script may read: `path` relative to the project (or absolute, inside it), symbolic links followed. Throws
/// ArgumentError when it lies outside.
std::filesystem::path project_file(lua_State* L, std::string const& path, std::string_view function);

} // namespace vm::bindings
