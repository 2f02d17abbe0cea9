// A Lua value kept alive from C++ through the registry.
#pragma once

#include "bindings/lua/lua.hpp"
#include "bindings/lua/state.hpp"

#include <utility>

namespace vm::lua {

/// Owns a registry reference. Must go before its state does.
class Ref {
 public:
  Ref() = default;
  /// [-1, +0] Keeps the value on top of the stack.
  explicit Ref(lua_State* L) : main_{State::of(L).main()}, reference_{luaL_ref(L, LUA_REGISTRYINDEX)} {}
  Ref(Ref&& other) noexcept
      : main_{std::exchange(other.main_, nullptr)},
        reference_{std::exchange(other.reference_, LUA_NOREF)} {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(main_, other.main_);
    std::swap(reference_, other.reference_);
    return *this;
  }
  /// luaL_unref writes to a slot that exists: it does not allocate, so it does not raise.
  ~Ref() {
    if (main_ != nullptr) luaL_unref(main_, LUA_REGISTRYINDEX, reference_);
  }

  /// False for a default-made Ref and for nil.
  explicit operator bool() const { return reference_ != LUA_NOREF && reference_ != LUA_REFNIL; }

  /// [-0, +1] On any thread of the same state.
  void push(lua_State* L) const { lua_rawgeti(L, LUA_REGISTRYINDEX, reference_); }

 private:
  lua_State* main_ = nullptr;
  int reference_ = LUA_NOREF;
};

} // namespace vm::lua
