#include "bindings/lua/state.hpp"

#include "bindings/lua/call.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <sys/resource.h>

namespace vm::lua {

namespace {

/// Few enough that string.gsub and its like, calling back into Lua 9 KiB deeper each time, are seen before the C stack
/// ends.
constexpr int instructions_between_checks = 1000;

/// How deep Lua and C may call each other: half of the thread's stack, at most 4 MiB.
std::size_t stack_limit() {
  constexpr std::size_t most = std::size_t{4} << 20;
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return most;
  return std::min<std::size_t>(most, limit.rlim_cur / 2);
}

} // namespace

std::string memory_text(std::size_t bytes) {
  constexpr std::size_t mib = 1u << 20;
  constexpr std::size_t gib = 1u << 30;
  if (bytes >= gib) return fmt::format("{:g} GiB", static_cast<double>(bytes) / gib);
  if (bytes >= mib) return fmt::format("{:g} MiB", static_cast<double>(bytes) / mib);
  return fmt::format("{} bytes", bytes);
}

State::State(std::size_t memory_limit, std::atomic<bool> const* interrupted)
    : interrupted_{interrupted},
      stack_limit_{stack_limit()} {
  main_ = lua_newstate(&State::allocate, this);
  if (main_ == nullptr) throw std::bad_alloc{};
  try {
    // Hooks, and with them interrupts and time limits, do not run in compiled code.
    luaJIT_setmode(main_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    open(main_);
    // The heap is small beside what a loop over rows throws away: waiting longer between collections costs a few MiB
    // and spares walking the same modules again and again.
    lua_gc(main_, LUA_GCSETPAUSE, 400);
  } catch (std::exception const&) {
    lua_close(main_);
    throw;
  }
  limit_ = memory_limit;
  hard_limit_ = memory_limit + memory_limit / 8;
  begin(0);
}

State::~State() {
  lua_close(main_);
  assert(used_ == 0); // else something was forgotten, or freed by another size than it had
}

State& State::of(lua_State* L) {
  void* state = nullptr;
  lua_getallocf(L, &state);
  return *static_cast<State*>(state);
}

void* State::allocate(void* state, void* block, std::size_t old_size, std::size_t new_size) {
  auto& self = *static_cast<State*>(state);
  if (new_size == 0) {
    self.used_ -= old_size;
    return self.blocks_.change(block, old_size, 0);
  }
  if (self.hard_limit_ != 0 && new_size > old_size && self.used_ + (new_size - old_size) > self.hard_limit_) {
    self.exceeded_ = true;
    self.note_place(self.main_);
    return nullptr;
  }
  void* moved = self.blocks_.change(block, old_size, new_size);
  if (moved != nullptr)
    self.used_ += new_size - old_size;
  else
    self.exceeded_ = true;
  return moved;
}

void State::open(lua_State* L) {
  error_handler = install_error_handler(L);
  protect(L, [this](lua_State* inner) {
    define_error_type(inner);
    define_value_types(inner, *this);
  });
}

void State::begin(double time_limit) {
  exceeded_ = false;
  last_line_ = 0;
  last_file_.reserve(4096); // a path; noting a place must not allocate
  time_limit_ = time_limit;
  deadline_.reset();
  if (time_limit > 0)
    deadline_ = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                       std::chrono::duration<double>{time_limit});
  if (lua_gethookcount(main_) != instructions_between_checks)
    lua_sethook(main_, &State::on_count, LUA_MASKCOUNT, instructions_between_checks);
}

void State::note_place(lua_State* L) noexcept {
  if (L == nullptr) return;
  lua_Debug record{};
  for (int level = 0; lua_getstack(L, level, &record) == 1; ++level) {
    lua_getinfo(L, "Sl", &record);
    if (record.source[0] != '@' || record.currentline <= 0) continue;
    auto const length = std::min(std::strlen(record.source + 1), last_file_.capacity());
    last_file_.assign(record.source + 1, length);
    last_line_ = record.currentline;
    return;
  }
}

std::optional<Location> State::last_place() const {
  if (last_line_ == 0) return std::nullopt;
  return Location{last_file_, last_line_};
}

void State::on_count(lua_State* L, lua_Debug* /*record*/) {
  try {
    of(L).check_limits(L);
    return;
  } catch (std::exception& error) {
    push_error(L, error);
  }
  lua_error(L);
}

void State::check_limits(lua_State* L) {
  note_place(L);
  auto const* here = static_cast<char const*>(__builtin_frame_address(0));
  if (stack_base != nullptr && static_cast<std::size_t>(stack_base - here) > stack_limit_)
    throw LimitError{std::string{stack_overflow}};
  if (interrupted_ != nullptr && interrupted_->load(std::memory_order_relaxed)) {
    // From now on at every instruction: a pcall in the script may catch it, and the next instruction raises it again.
    lua_sethook(L, &State::on_count, LUA_MASKCOUNT, 1);
    throw Interrupted{"interrupted"};
  }
  if (deadline_ && std::chrono::steady_clock::now() > *deadline_) {
    lua_sethook(L, &State::on_count, LUA_MASKCOUNT, 1);
    throw LimitError{fmt::format("the script ran longer than the time limit of {:g} s", time_limit_),
                     Hint{"raise 'time_limit' in vm.toml"}};
  }
  if (limit_ != 0 && used_ > limit_) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    // With less than a tenth to spare the next checks would do nothing but collect again.
    if (used_ > limit_ - limit_ / 10) throw out_of_memory(limit_);
  }
}

} // namespace vm::lua
