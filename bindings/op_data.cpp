// op: SQL texts and rows.
#include "bindings/arguments.hpp"
#include "bindings/module.hpp"

namespace vm::bindings {

namespace {

int execute(lua_State* L) {
  Arguments args{L, "op.execute"};
  if (!args.has(1)) args.wrong(1, "text", "a string or a list of strings");
  op::ExecuteSql operation{args.texts(1, "text"), args.parameters(2)};
  args.done();
  push_outcome(L, apply(L, args.function(), std::move(operation)));
  return 1;
}

constexpr luaL_Reg functions[] = {{"execute", bound<execute>}};

} // namespace

Functions op_data_functions() {
  return functions;
}

} // namespace vm::bindings
