#include "bindings/lua/blocks.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace vm::lua {

namespace {

constexpr std::size_t chunk_size = std::size_t{32} * 1024;

} // namespace

Blocks::~Blocks() {
  while (chunks_ != nullptr) {
    auto* const next = chunks_->next;
    std::free(chunks_);
    chunks_ = next;
  }
}

void* Blocks::carve(std::size_t list) noexcept {
  auto const size = (list + 1) * step;
  if (static_cast<std::size_t>(end_ - at_) < size) {
    auto* const chunk = static_cast<char*>(std::malloc(chunk_size));
    if (chunk == nullptr) return nullptr;
    // What the old one has left is smaller than `size`, and serves the list of its own size.
    if (auto const left = static_cast<std::size_t>(end_ - at_) / step * step; left > 0) give(at_, left);
    auto* const header = reinterpret_cast<Free*>(chunk);
    header->next = chunks_;
    chunks_ = header;
    at_ = chunk + step;
    end_ = chunk + chunk_size;
  }
  auto* const block = at_;
  at_ += size;
  return block;
}

void* Blocks::take(std::size_t size) noexcept {
  if (size > largest) return std::malloc(size);
  auto& list = free_[list_of(size)];
  if (list == nullptr) return carve(list_of(size));
  auto* const block = list;
  list = block->next;
  return block;
}

void Blocks::give(void* block, std::size_t size) noexcept {
  if (size > largest) {
    std::free(block);
    return;
  }
  auto* const freed = static_cast<Free*>(block);
  auto& list = free_[list_of(size)];
  freed->next = list;
  list = freed;
}

void* Blocks::change(void* block, std::size_t old_size, std::size_t new_size) noexcept {
  if (new_size == 0) {
    if (block != nullptr && old_size != 0) give(block, old_size);
    return nullptr;
  }
  if (block == nullptr || old_size == 0) return take(new_size);
  if (old_size > largest && new_size > largest) return std::realloc(block, new_size);
  if (old_size <= largest && new_size <= largest && list_of(old_size) == list_of(new_size)) return block;
  auto* const moved = take(new_size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(old_size, new_size));
  give(block, old_size);
  return moved;
}

} // namespace vm::lua
