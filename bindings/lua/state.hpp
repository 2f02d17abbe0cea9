// Owner of a Lua state: its memory ceiling, its main thread, the hook that stops a script. Knows nothing of migrations;
// opens no library (the sandbox chooses what scripts see).
#pragma once

#include "bindings/lua/blocks.hpp"
#include "bindings/lua/lua.hpp"
#include "engine/core/error.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace vm::lua {

struct Failure;

/// One Lua universe. Everything that belongs to it (refs, userdata, functions) must go before it.
class State {
 public:
  /// `memory_limit` in bytes; 0 for none. `interrupted`, when given, is read by the hook and must outlive the state.
  explicit State(std::size_t memory_limit = 0, std::atomic<bool> const* interrupted = nullptr);
  ~State();
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  /// The state a `lua_State*` (any coroutine of it) belongs to.
  static State& of(lua_State* L);

  /// The main thread. Never keep the `lua_State*` of a call: it may be a coroutine.
  lua_State* main() const { return main_; }
  /// A State is used where its main thread is.
  operator lua_State*() const { return main_; } // NOLINT(google-explicit-constructor)

  std::size_t memory_used() const { return used_; }
  std::size_t memory_limit() const { return limit_; }
  /// Whether the allocator ever said no; cleared by begin().
  bool memory_exceeded() const { return exceeded_; }

  /// Starts a new piece of work: forgets an earlier stop, sets the time it may take (seconds; 0: any).
  void begin(double time_limit);

  /// For work in C++ that may take long: throws what the hook would throw, LimitError or Interrupted.
  void check(lua_State* L) { check_limits(L); }

  /// What the bindings keep beside the state; a pointer, not owned.
  void* context = nullptr;

  /// The innermost lua::call in progress; for call.cpp alone.
  Failure* failure = nullptr;
  /// Where the outermost call stands on the C stack; what runs inside may go only so much deeper.
  char const* stack_base = nullptr;
  /// Where the script was lately: the only place known when an error leaves no stack to look at.
  std::optional<Location> last_place() const;
  int error_handler = LUA_NOREF;
  /// The ffi library, which scripts never see: pushed by push_ffi().
  int ffi = LUA_NOREF;
  /// From it: makes an int64_t; tells 1 for int64_t, 2 for uint64_t, 0 for other
  /// cdata.
  int new_int64 = LUA_NOREF;
  int int64_kind = LUA_NOREF;

 private:
  static void* allocate(void* state, void* block, std::size_t old_size, std::size_t new_size);
  static void on_count(lua_State* L, lua_Debug* record);
  void check_limits(lua_State* L);
  void note_place(lua_State* L) noexcept; ///< looks at the stack, which cannot raise
  void open(lua_State* L);

  lua_State* main_ = nullptr;
  Blocks blocks_;
  std::size_t used_ = 0;
  std::size_t limit_ = 0;
  std::size_t hard_limit_ = 0; ///< the hook raises at the limit, with a place; the allocator refuses a little above it
  bool exceeded_ = false;
  std::atomic<bool> const* interrupted_;
  double time_limit_ = 0;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::size_t stack_limit_;
  std::string last_file_;
  int last_line_ = 0;
};

/// "512 MiB", "1.5 GiB", "900 bytes".
std::string memory_text(std::size_t bytes);

} // namespace vm::lua
