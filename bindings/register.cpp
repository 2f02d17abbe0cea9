// op.register: operations that a project's libraries add.
#include "bindings/arguments.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/module.hpp"
#include "bindings/sandbox.hpp"

#include <fmt/format.h>

namespace vm::bindings {

namespace {

bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  for (auto const c : text) {
    if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) return false;
  }
  return true;
}

int register_operation(lua_State* L) {
  Arguments args{L, "op.register"};
  auto const name = args.text(1, "name");
  auto operation = args.table(2, "operation");
  auto const has_function = [&](std::string_view key) {
    if (!operation.push(key)) return false;
    if (lua_type(L, -1) != LUA_TFUNCTION) operation.wrong(key, "a function");
    lua_pop(L, 1);
    return true;
  };
  bool const has_run = has_function("run");
  has_function("reverse");
  has_function("describe");
  operation.done();
  args.done();
  if (!has_run) args.fail("'run' is missing");
  if (!is_name(name)) args.fail(fmt::format("'{}' is no name a script can write after 'op.'", name));
  if (context_of(L).requiring.empty())
    throw lua::ArgumentError{"op.register: only a library may add operations",
                             Hint{"move it to a file in the library path, and name that under 'libraries' in vm.toml"}};
  push_module(L, "op");
  lua::push(L, name);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1)) args.fail(fmt::format("op.{} exists already", name));
  lua_pop(L, 1);
  lua::push(L, name);
  lua_pushliteral(L, "run");
  lua_rawget(L, args.index(2));
  lua_rawset(L, -3); // errors inside it show the library's line, since it is the library's own function
  return 0;
}

constexpr luaL_Reg functions[] = {{"register", bound<register_operation>}};

} // namespace

Functions op_register_functions() {
  return functions;
}

} // namespace vm::bindings
