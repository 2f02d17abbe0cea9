// What a project's libraries add to the modules: op.register and sql.register_type.
#pragma once

#include "bindings/lua/lua.hpp"

namespace vm::bindings {

/// sql.register_type(name, type): `type` is a type, or a function that makes one of its arguments. Refuses names that
/// exist, values that are no type, and calls from anything but a library.
int register_type(lua_State* L);

} // namespace vm::bindings
