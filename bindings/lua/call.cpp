#include "bindings/lua/call.hpp"

#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/state.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string>
#include <utility>

namespace vm::lua {

/// What the message handler saw, while the stack of the error was still there.
struct Failure {
  std::exception_ptr cause;
  std::string message;
  std::optional<Location> location;
  std::vector<Frame> frames;
};

namespace {

/// Takes "short_src:line: " off the front, as luaL_where and LuaJIT put it there, and finds the whole name of the
/// chunk, which the message holds only in part when it is long.
void split_place(lua_State* L, Failure& failure) {
  lua_Debug record{};
  for (int level = 0; lua_getstack(L, level, &record) == 1; ++level) {
    lua_getinfo(L, "Sl", &record);
    if (record.currentline <= 0) continue;
    auto const place = fmt::format("{}:{}: ", record.short_src, record.currentline);
    if (failure.message.rfind(place, 0) != 0) continue;
    failure.message.erase(0, place.size());
    if (record.source[0] == '@') failure.location = Location{record.source + 1, record.currentline};
    return;
  }
}

/// [-0, +0] What an error value says to a person. Runs `__tostring` of a script's own error object, protected.
std::string error_text(lua_State* L, int index) {
  switch (lua_type(L, index)) {
  case LUA_TSTRING:
  case LUA_TNUMBER: {
    lua_pushvalue(L, index);
    auto text = to_text(L, -1);
    lua_pop(L, 1);
    return text;
  }
  case LUA_TNIL: return "error() was called without a message";
  case LUA_TTABLE: {
    if (luaL_getmetafield(L, index, "__tostring") != 0) {
      lua_pushvalue(L, index);
      bool const told = lua_pcall(L, 1, 1, 0) == 0 && lua_type(L, -1) == LUA_TSTRING;
      auto text = told ? to_text(L, -1) : std::string{"error() was called with a table whose __tostring fails"};
      lua_pop(L, 1);
      return text;
    }
    lua_pushliteral(L, "message");
    lua_rawget(L, index);
    auto text = lua_type(L, -1) == LUA_TSTRING ? to_text(L, -1) : std::string{"error() was called with a table"};
    lua_pop(L, 1);
    return text;
  }
  default: return fmt::format("error() was called with {}", type_text(L, index));
  }
}

int on_error(lua_State* L) {
  auto& failure = *State::of(L).failure;
  try {
    failure.frames = frames(L);
    failure.cause = exception_at(L, 1);
    if (failure.cause == nullptr) {
      failure.message = error_text(L, 1);
      if (lua_type(L, 1) == LUA_TSTRING) split_place(L, failure);
      if (!failure.location && !failure.frames.empty()) failure.location = failure.frames.front().location;
    }
  } catch (std::exception const&) {
    failure.message = "not enough memory to describe the error";
  }
  lua_settop(L, 1);
  return 1;
}

CallError from_cause(std::exception_ptr const& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (CallError const& inner) {
    return inner;
  } catch (Error const& error) {
    CallError wrapped{error.message()};
    for (auto const& hint : error.hints()) wrapped.add_hint(hint);
    for (auto const& note : error.notes()) wrapped.add_note(note);
    if (error.location()) wrapped.locate(*error.location());
    wrapped.cause = cause;
    return wrapped;
  } catch (std::exception const& error) {
    CallError wrapped{error.what()};
    wrapped.cause = cause;
    return wrapped;
  }
}

[[noreturn]] void raise(State const& state, int status, Failure& failure) {
  if (failure.cause != nullptr) {
    auto error = from_cause(failure.cause);
    if (error.frames.empty()) {
      error.frames = std::move(failure.frames);
      error.traceback = traceback_text(error.frames);
    }
    throw error;
  }
  CallError error{failure.message};
  bool has_overflown = false;
  if (status == LUA_ERRMEM) {
    auto const memory = out_of_memory(state.memory_limit());
    error = CallError{memory.message(), memory.hints().front()};
  } else if (failure.message.rfind("stack overflow", 0) == 0) {
    error = CallError{std::string{stack_overflow}};
    has_overflown = true;
  } else if (failure.message.empty() && status == LUA_ERRERR) {
    error = CallError{"an error was raised while another error was handled"};
  }
  if (!failure.location && (status == LUA_ERRMEM || has_overflown)) failure.location = state.last_place();
  if (failure.location) error.locate(*failure.location);
  error.frames = std::move(failure.frames);
  error.traceback = traceback_text(error.frames);
  throw error;
}

struct Protected {
  void (*body)(lua_State*, void*);
  void* data;
  std::exception_ptr thrown;
};

int run_protected(lua_State* L) {
  auto& work = *static_cast<Protected*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  try {
    work.body(L, work.data);
  } catch (std::exception const&) {
    work.thrown = std::current_exception();
  }
  return 0;
}

} // namespace

int install_error_handler(lua_State* L) {
  int reference = LUA_NOREF;
  protect(L, [&](lua_State* inner) {
    lua_pushcfunction(inner, &on_error);
    reference = luaL_ref(inner, LUA_REGISTRYINDEX);
  });
  return reference;
}

void call(lua_State* L, int arguments, int results) {
  auto& state = State::of(L);
  int const function = lua_gettop(L) - arguments;
  lua_rawgeti(L, LUA_REGISTRYINDEX, state.error_handler);
  lua_insert(L, function);
  Failure failure;
  auto* const outer = std::exchange(state.failure, &failure);
  if (outer == nullptr) state.stack_base = static_cast<char const*>(__builtin_frame_address(0));
  int const status = lua_pcall(L, arguments, results, function);
  state.failure = outer;
  if (outer == nullptr) state.stack_base = nullptr;
  lua_remove(L, function);
  if (status == 0) return;
  // Without room for the message handler LuaJIT leaves the error itself on top.
  if (status == LUA_ERRERR && failure.message.empty() && lua_type(L, -1) == LUA_TSTRING)
    failure.message = to_text(L, -1);
  lua_pop(L, 1);
  raise(state, status, failure);
}

void load(lua_State* L, std::string_view text, char const* chunk) {
  int const status = luaL_loadbufferx(L, text.data(), text.size(), chunk, "t");
  if (status == 0) return;
  if (status == LUA_ERRMEM) {
    lua_pop(L, 1);
    throw out_of_memory(State::of(L).memory_limit());
  }
  auto message = to_text(L, -1);
  lua_pop(L, 1);
  // LuaJIT writes "short_src:line: text"; the name may be cut, so it is found by the first ":<digits>: ".
  std::string_view const file = chunk[0] == '@' ? chunk + 1 : chunk;
  int line = 0;
  for (auto colon = message.find(':'); colon != std::string::npos; colon = message.find(':', colon + 1)) {
    auto const* first = message.data() + colon + 1;
    auto const [last, failure] = std::from_chars(first, message.data() + message.size(), line);
    if (failure == std::errc{} && last + 1 < message.data() + message.size() && last[0] == ':' && last[1] == ' ') {
      message.erase(0, static_cast<std::size_t>(last + 2 - message.data()));
      break;
    }
    line = 0;
  }
  ScriptError error{message};
  error.locate({std::string{file}, line});
  throw error;
}

void protect_raw(lua_State* L, void (*body)(lua_State*, void*), void* data) {
  Protected work{body, data, nullptr};
  int const status = lua_cpcall(L, &run_protected, &work);
  if (work.thrown != nullptr) std::rethrow_exception(work.thrown);
  if (status == 0) return;
  Failure failure;
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) failure.message = to_text(L, -1);
  lua_pop(L, 1);
  raise(State::of(L), status, failure);
}

} // namespace vm::lua
