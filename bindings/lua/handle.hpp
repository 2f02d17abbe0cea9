// Handles that expire: what Lua holds of an object whose life belongs to the engine.
#pragma once

#include <cstdint>

namespace vm::lua {

/// A number that changes whenever the objects handed out before are gone. A handle remembers the number of its making.
class Generation {
 public:
  std::uint64_t current() const { return number_; }
  void expire() { ++number_; }

 private:
  std::uint64_t number_ = 1;
};

struct Handle {
  std::uint64_t generation = 0;
  std::uint64_t id = 0; ///< of the object in its owner's table, where there are several

  bool is_alive(Generation const& now) const { return generation == now.current(); }
};

} // namespace vm::lua
