// string.find, match, gmatch and gsub on a matcher that can be stopped (lua/pattern.hpp), instead of the library's.
#pragma once

#include "bindings/lua/lua.hpp"

namespace vm::bindings {

/// [-0, +0] Sets the four functions in the table on top of the stack.
void set_pattern_functions(lua_State* L);

} // namespace vm::bindings
