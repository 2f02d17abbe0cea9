// env.lua: one table of settings and hooks that belong to all migrations of a project.
#pragma once

#include "bindings/lua/lua.hpp"
#include "bindings/lua/ref.hpp"
#include "engine/script/host.hpp"

#include <string_view>

namespace vm::bindings {

/// What env.lua returned: the engine's part as values, the rest kept in the state.
struct EnvironmentTable {
  script::Environment settings;
  lua::Ref before_migration, after_migration;
  lua::Ref target_schema, include_object, compare_type, compare_server_default, process_operations;
};

/// Checks the table on top of the stack and takes its parts. [-0, +0] Throws ScriptError placed in the file.
EnvironmentTable read_environment(lua_State* L, std::string_view shown_path);

} // namespace vm::bindings
