// LuaJIT's own header, in one place.
#pragma once

#include <lua.hpp> // IWYU pragma: export

/// LuaJIT's type of cdata; its public headers do not name it.
inline constexpr int lua_tcdata = 10;
