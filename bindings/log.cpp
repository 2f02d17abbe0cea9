#include "bindings/log.hpp"

#include "bindings/arguments.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/module.hpp"

#include <string>
#include <string_view>

namespace vm::bindings {

namespace {

/// [-0, +0] The arguments as print() shows them, joined. Runs __tostring of a script's own values.
std::string joined(lua_State* L, std::string_view separator) {
  int const count = lua_gettop(L);
  std::string text;
  for (int i = 1; i <= count; ++i) {
    if (i > 1) text += separator;
    if (lua_type(L, i) == LUA_TSTRING) {
      text += lua::to_text(L, i);
      continue;
    }
    lua_getfield(L, LUA_GLOBALSINDEX, "tostring"); // of the state, not of the script
    lua_pushvalue(L, i);
    lua::call(L, 1, 1);
    text += lua::to_text(L, -1);
    lua_pop(L, 1);
  }
  return text;
}

void send(lua_State* L, std::string_view level, std::string const& text) {
  auto const& context = context_of(L);
  if (context.say != nullptr) return (*context.say)(level, text);
  if (context.options->log && !context.is_reader) context.options->log(level, text);
}

int debug(lua_State* L) {
  send(L, "debug", joined(L, " "));
  return 0;
}

int info(lua_State* L) {
  send(L, "info", joined(L, " "));
  return 0;
}

int warn(lua_State* L) {
  send(L, "warning", joined(L, " "));
  return 0;
}

int error(lua_State* L) {
  send(L, "error", joined(L, " "));
  return 0;
}

constexpr luaL_Reg functions[] = {
    {"debug", bound<debug>}, {"info", bound<info>}, {"warn", bound<warn>}, {"error", bound<error>}};

} // namespace

int print(lua_State* L) {
  send(L, "info", joined(L, "\t"));
  return 0;
}

Functions log_functions() {
  return functions;
}

} // namespace vm::bindings
