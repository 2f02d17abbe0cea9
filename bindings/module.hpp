// The registry of what scripts can call: module name -> functions. The sandbox builds its globals from it, and a test
// holds it against the declarations in scripts/meta, name by name.
#pragma once

#include "bindings/lua/lua.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace vm::bindings {

/// Entries are made of `bound<body>` only.
using Functions = std::span<luaL_Reg const>;

/// A module is one global table. `fill`, where given, adds what is no function: constants, dynamic fields. [-0, +0]
/// with the module's table on top of the stack.
struct Module {
  std::string_view name;
  std::vector<Functions> functions;
  void (*fill)(lua_State* L) = nullptr;
  /// Answers fields that are looked up each time: (module, key) -> value or nothing.
  lua_CFunction field = nullptr;
};

/// Every module, in the order they are made.
std::vector<Module> modules();

// Each part of a module, by the file that holds it.
Functions op_data_functions();
Functions op_table_functions();
Functions op_column_functions();
Functions op_constraint_functions();
Functions op_index_functions();
Functions op_object_functions();
Functions op_rows_functions();
Functions op_batch_functions();
Functions op_inspect_functions();
Functions sql_functions();
Functions sql_schema_functions();

// What a module's functions hand out has functions of its own; `op`'s fill registers the types.
void fill_op(lua_State* L);
void fill_sql(lua_State* L);
void define_batch(lua_State* L);
void define_inspector(lua_State* L);

/// The functions of what op.batch_alter_table passes and of what op.inspect returns, for the test of the declarations.
Functions batch_methods();
Functions inspector_methods();
Functions op_query_functions();
Functions op_register_functions();
Functions op_csv_functions();
Functions vm_functions();
Functions vm_csv_functions();
Functions log_functions();

// What the modules hand out besides functions.
void fill_vm(lua_State* L);
int vm_field(lua_State* L);
void define_bind(lua_State* L);
void define_csv(lua_State* L);

} // namespace vm::bindings
