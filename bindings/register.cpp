#include "bindings/register.hpp"

#include "bindings/arguments.hpp"
#include "bindings/items.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
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

/// [-0, +2] The module and the name a library may take in it.
void push_new_name(lua_State* L, Arguments& args, std::string_view module, std::string_view name,
                   std::string_view what) {
  if (!is_name(name)) args.fail(fmt::format("'{}' is no name a script can write after '{}.'", name, module));
  if (context_of(L).requiring.empty())
    throw lua::ArgumentError{fmt::format("{}: only a library may add {}", args.function(), what),
                             Hint{"move it to a file in the library path, and name that under 'libraries' in vm.toml"}};
  push_module(L, module);
  lua::push(L, name);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1)) args.fail(fmt::format("{}.{} exists already", module, name));
  lua_pop(L, 1);
  lua::push(L, name);
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
  push_new_name(L, args, "op", name, "operations");
  lua_pushliteral(L, "run");
  lua_rawget(L, args.index(2));
  lua_rawset(L, -3); // errors inside it show the library's line, since it is the library's own function
  return 0;
}

constexpr luaL_Reg functions[] = {{"register", bound<register_operation>}};

} // namespace

int register_type(lua_State* L) {
  Arguments args{L, "sql.register_type"};
  auto const name = args.text(1, "name");
  auto const* type = args.has(2) ? lua::to_userdata<TypeItem>(L, args.index(2)) : nullptr;
  bool const is_function = args.has(2) && lua_type(L, args.index(2)) == LUA_TFUNCTION;
  if (type == nullptr && !is_function) args.wrong(2, "type", "a type or a function that returns one");
  args.done();
  push_new_name(L, args, "sql", name, "types");
  if (type != nullptr)
    lua::push_userdata(L, TypeItem{type->type, false});
  else
    lua_pushvalue(L, args.index(2));
  lua_rawset(L, -3);
  return 0;
}

Functions op_register_functions() {
  return functions;
}

} // namespace vm::bindings
