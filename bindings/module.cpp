#include "bindings/module.hpp"

#include "bindings/lua/bound.hpp"
#include "bindings/op_backfill.hpp"

namespace vm::bindings {

using lua::bound;

std::vector<Module> modules() {
  return {
      {"op",
       {op_data_functions(), op_table_functions(), op_column_functions(), op_constraint_functions(),
        op_index_functions(), op_object_functions(), op_rows_functions(), op_backfill_functions(), op_batch_functions(),
        op_inspect_functions(), op_query_functions(), op_csv_functions(), op_register_functions()},
       fill_op},
      {"sql", {sql_functions(), sql_schema_functions()}, fill_sql},
      {"vm", {vm_functions(), vm_csv_functions()}, fill_vm, bound<vm_field>},
      {"log", {log_functions()}},
  };
}

void fill_op(lua_State* L) {
  define_batch(L);
  define_inspector(L);
  define_bind(L);
}

} // namespace vm::bindings
