#include "bindings/module.hpp"

namespace vm::bindings {

std::vector<Module> modules() {
  return {
      {"op",
       {op_data_functions(), op_table_functions(), op_column_functions(), op_constraint_functions(), op_index_functions(),
        op_object_functions(), op_rows_functions(), op_batch_functions(), op_inspect_functions()},
       fill_op},
      {"sql", {sql_functions()}, fill_sql},
  };
}

void fill_op(lua_State* L) {
  define_batch(L);
  define_inspector(L);
}

} // namespace vm::bindings
