// What the thin layer takes for granted of LuaJIT. When one of these fails, a new LuaJIT unwinds in another way: read
// bindings/README.md before anything else.
#include "bindings/lua/lua.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Flag {
  bool* raised;
  ~Flag() { *raised = true; }
};

bool destroyed = false;
bool caught_as_standard = false;

int raise_lua_error(lua_State* L) {
  Flag flag{&destroyed};
  return luaL_error(L, "raised");
}

int allocate_without_end(lua_State* L) {
  Flag flag{&destroyed};
  lua_newuserdata(L, std::size_t{64} << 20);
  return 0;
}

int throw_unconverted(lua_State* /*L*/) {
  throw std::runtime_error{"the message"};
}

int catch_everything(lua_State* L) {
  try {
    luaL_checkinteger(L, 1);
  } catch (...) {
    throw;
  }
  return 0;
}

int catch_standard(lua_State* L) {
  try {
    luaL_checkinteger(L, 1);
  } catch (std::exception const&) {
    caught_as_standard = true;
  }
  return 0;
}

void through_noexcept(lua_State* L) noexcept {
  luaL_error(L, "raised");
}

int raise_through_noexcept(lua_State* L) {
  through_noexcept(L);
  return 0;
}

struct Close {
  void operator()(lua_State* L) const { lua_close(L); }
};
using OwnedState = std::unique_ptr<lua_State, Close>;

void* at_most_a_megabyte(void* used_bytes, void* block, std::size_t old_size, std::size_t new_size) {
  auto& used = *static_cast<std::size_t*>(used_bytes);
  if (new_size > old_size && used + new_size - old_size > (std::size_t{1} << 20)) return nullptr;
  used += new_size - old_size;
  if (new_size == 0) {
    std::free(block);
    return nullptr;
  }
  return std::realloc(block, new_size);
}

int pcall(lua_State* L, lua_CFunction function) {
  lua_pushcfunction(L, function);
  return lua_pcall(L, 0, 0, 0);
}

} // namespace

TEST_CASE("a Lua error that passes C++ frames runs their destructors") {
  OwnedState L{luaL_newstate()};
  destroyed = false;
  CHECK(pcall(L.get(), raise_lua_error) == LUA_ERRRUN);
  CHECK(destroyed);
}

TEST_CASE("out of memory that passes C++ frames runs their destructors") {
  std::size_t used = 0;
  OwnedState L{lua_newstate(at_most_a_megabyte, &used)};
  destroyed = false;
  CHECK(pcall(L.get(), allocate_without_end) == LUA_ERRMEM);
  CHECK(destroyed);
}

TEST_CASE("an unconverted C++ exception reaches Lua without its message") {
  OwnedState L{luaL_newstate()};
  CHECK(pcall(L.get(), throw_unconverted) == LUA_ERRRUN);
  CHECK(lua_tostring(L.get(), -1) == std::string{"C++ exception"});
}

TEST_CASE("catch (...) sees Lua's errors, and throw passes them on intact") {
  OwnedState L{luaL_newstate()};
  CHECK(pcall(L.get(), catch_everything) == LUA_ERRRUN);
  CHECK(lua_tostring(L.get(), -1) == std::string{"bad argument #1 to '?' (number expected, got no value)"});
}

TEST_CASE("catch (std::exception const&) does not see Lua's errors") {
  OwnedState L{luaL_newstate()};
  caught_as_standard = false;
  CHECK(pcall(L.get(), catch_standard) == LUA_ERRRUN);
  CHECK_FALSE(caught_as_standard);
}

TEST_CASE("a Lua error through a noexcept function ends the process") {
  auto const child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    std::set_terminate([] { _exit(77); });
    OwnedState L{luaL_newstate()};
    pcall(L.get(), raise_through_noexcept);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 77);
}
