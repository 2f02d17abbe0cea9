// print() and the log module: what scripts tell the person who runs them.
#pragma once

#include "bindings/lua/lua.hpp"

namespace vm::bindings {

int print(lua_State* L);

} // namespace vm::bindings
