// The memory of one Lua state. Scripts over rows make and drop small objects by the million, so those come from lists
// by size, without a look at their neighbours; larger ones come from malloc. Counts nothing and limits nothing.
#pragma once

#include <array>
#include <cstddef>

namespace vm::lua {

/// Whoever frees a block says how large it was, as Lua does. A small block that is freed serves its size again; the
/// memory returns to the system with the whole.
class Blocks {
 public:
  Blocks() = default;
  Blocks(Blocks const&) = delete;
  Blocks& operator=(Blocks const&) = delete;
  ~Blocks();

  /// As a lua_Alloc: `new_size` 0 frees; null when there is no memory, and the old block stays.
  void* change(void* block, std::size_t old_size, std::size_t new_size) noexcept;

 private:
  static constexpr std::size_t step = 16, largest = 256;
  struct Free {
    Free* next;
  };

  static std::size_t list_of(std::size_t size) { return (size - 1) / step; }
  void* take(std::size_t size) noexcept;
  void give(void* block, std::size_t size) noexcept;
  void* carve(std::size_t list) noexcept;

  std::array<Free*, largest / step> free_{};
  Free* chunks_ = nullptr; ///< each begins with a pointer to the next
  char* at_ = nullptr;     ///< what the newest has left
  char* end_ = nullptr;
};

} // namespace vm::lua
