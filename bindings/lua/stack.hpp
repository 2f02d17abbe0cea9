// Helpers that read the stack without raising, and the guard that checks their effect in debug builds.
#pragma once

#include "bindings/lua/lua.hpp"
#include "bindings/lua/state.hpp"

#include <cassert>
#include <exception>
#include <string>

namespace vm::lua {

/// In debug builds: the stack is as high at the end of the scope as at its start, plus `effect`. Not checked while an
/// exception passes, nor after the allocator refused (Lua's own error passes unseen by std::uncaught_exceptions).
class StackGuard {
 public:
#ifdef NDEBUG
  explicit StackGuard(lua_State* /*L*/, int /*effect*/ = 0) {}
#else
  explicit StackGuard(lua_State* L, int effect = 0)
      : L_{L},
        expected_{lua_gettop(L) + effect},
        exceptions_{std::uncaught_exceptions()} {}
  ~StackGuard() {
    if (std::uncaught_exceptions() == exceptions_ && !State::of(L_).memory_exceeded())
      assert(lua_gettop(L_) == expected_);
  }
#endif
  StackGuard(StackGuard const&) = delete;
  StackGuard& operator=(StackGuard const&) = delete;

#ifndef NDEBUG
 private:
  lua_State* L_;
  int expected_;
  int exceptions_;
#endif
};

/// `index` counted from the bottom, so that it stays right while values are pushed.
inline int absolute(lua_State* L, int index) {
  return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

/// A copy of a string (or of a number, turned into one in place: only for values the caller owns); "" for others.
inline std::string to_text(lua_State* L, int index) {
  std::size_t length = 0;
  char const* text = lua_tolstring(L, index, &length);
  return text != nullptr ? std::string{text, length} : std::string{};
}

} // namespace vm::lua
