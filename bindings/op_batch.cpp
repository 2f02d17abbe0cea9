// op: several changes of one table as one, and blocks outside the transaction.
#include "bindings/lua/call.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"

#include <fmt/format.h>

namespace vm::bindings {
namespace {

/// What a batch collects, on the C++ side of its function.
struct Recording {
  op::BatchAlterTable batch;
  BuildRules rules;
};

/// What the batch's functions hold; empty once the batch is over.
struct BatchHandle {
  Recording* recording = nullptr;
};

constexpr luaL_Reg batch_functions[] = {
    {"add_column", bound<batch_operation<"add_column", add_column>>},
    {"drop_column", bound<batch_operation<"drop_column", drop_column>>},
    {"alter_column", bound<batch_operation<"alter_column", alter_column>>},
    {"create_index", bound<batch_operation<"create_index", create_index>>},
    {"drop_index", bound<batch_operation<"drop_index", drop_index>>},
    {"create_primary_key", bound<batch_operation<"create_primary_key", create_primary_key>>},
    {"create_unique_constraint", bound<batch_operation<"create_unique_constraint", create_unique_constraint>>},
    {"create_foreign_key", bound<batch_operation<"create_foreign_key", create_foreign_key>>},
    {"create_check_constraint", bound<batch_operation<"create_check_constraint", create_check_constraint>>},
    {"create_exclude_constraint", bound<batch_operation<"create_exclude_constraint", create_exclude_constraint>>},
    {"validate_constraint", bound<batch_operation<"validate_constraint", validate_constraint>>},
    {"drop_constraint", bound<batch_operation<"drop_constraint", drop_constraint>>},
    {"create_table_comment", bound<batch_operation<"create_table_comment", create_table_comment>>},
    {"drop_table_comment", bound<batch_operation<"drop_table_comment", drop_table_comment>>},
};

/// [-0, +2] The handle and the table of functions, which hold the handle and the table.
BatchHandle& push_batch(lua_State* L, Recording& recording) {
  auto& handle = lua::push_userdata(L, BatchHandle{&recording});
  lua_createtable(L, 0, static_cast<int>(std::size(batch_functions)));
  for (auto const& function : batch_functions) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, function.func, 2);
    lua_setfield(L, -2, function.name);
  }
  return handle;
}

op::BatchAlterTable read_batch(TableReader& options, schema::TableName table) {
  auto batch = op::BatchAlterTable{.table = std::move(table)};
  if (auto schema = read_identifier(options, "schema")) batch.table.schema = std::move(schema);
  auto const recreate = read_word(options, "recreate", {"AUTO", "ALWAYS", "NEVER"});
  if (recreate == "ALWAYS") batch.recreate = op::BatchAlterTable::Recreate::always;
  if (recreate == "NEVER") batch.recreate = op::BatchAlterTable::Recreate::never;
  batch.options = read_dialect_options(options);
  for (auto const* key :
       {"copy_from", "reflect_args", "reflect_kwargs", "table_args", "table_kwargs", "partial_reordering"})
    options.refuse(key, "vm reads the table itself; columns are placed with insert_before and insert_after");
  return batch;
}

int batch_alter_table(lua_State* L) {
  Arguments args{L, "op.batch_alter_table"};
  auto& target = active_target(L, args.function());
  auto table = read_table_name(args, 1, "table");
  auto const has_options = args.count() > 2 || (args.count() == 2 && lua_type(L, 2) == LUA_TTABLE);
  auto const function = has_options ? 3 : 2;
  auto options = has_options ? args.options(2) : TableReader{L, 0, args.function()};
  args.function_at(function, "function");
  auto batch = read_batch(options, std::move(table));
  auto naming = target.naming();
  for (auto& [kind, pattern] : read_text_map(options, "naming_convention")) naming.patterns[kind] = pattern;
  options.done();
  args.done();
  naming.check();

  auto recording = Recording{std::move(batch), {naming, target.surroundings().dialect}};
  auto const where = call_site(L);
  auto const top = lua_gettop(L);
  auto& handle = push_batch(L, recording);
  struct Closer {
    BatchHandle& handle;
    ~Closer() { handle.recording = nullptr; }
  };
  {
    // The handle stays on the stack, so it outlives the guard.
    auto const closer = Closer{handle};
    lua_pushvalue(L, function);
    lua_insert(L, -2);
    lua::call(L, 1, 0);
  }
  lua_settop(L, top);
  if (!recording.batch.operations.empty()) target.apply(recording.batch, where);
  return 0;
}

int autocommit_block(lua_State* L) {
  Arguments args{L, "op.autocommit_block"};
  auto& target = active_target(L, args.function());
  args.function_at(1, "function");
  args.done();
  auto const body = [L] {
    lua_pushvalue(L, 1);
    lua::call(L, 0, 0);
  };
  target.autocommit_block(body, call_site(L));
  return 0;
}

constexpr luaL_Reg functions[] = {
    {"batch_alter_table", bound<batch_alter_table>},
    {"autocommit_block", bound<autocommit_block>},
};

} // namespace

int record_call(lua_State* L, std::string_view function, Parse parse) {
  // batch:add_column(…) is what others write; it says the batch twice.
  auto const says_batch = lua_gettop(L) > 0 && lua_rawequal(L, 1, lua_upvalueindex(2)) != 0;
  Arguments args{L, fmt::format("batch.{}", function), says_batch ? 2 : 1};
  auto const* handle = lua::to_userdata<BatchHandle>(L, lua_upvalueindex(1));
  if (handle == nullptr || handle->recording == nullptr)
    throw lua::ArgumentError{fmt::format("'batch.{}' used after its batch finished", function)};
  auto& recording = *handle->recording;
  auto call = Call{.arguments = args, .rules = recording.rules, .batch = recording.batch.table};
  for (auto& operation : read_operations(parse, call)) recording.batch.operations.push_back(std::move(operation));
  return 0;
}

void define_batch(lua_State* L) {
  lua::define_userdata<BatchHandle>(L, "batch", nullptr);
}

Functions op_batch_functions() {
  return functions;
}
Functions batch_methods() {
  return batch_functions;
}

} // namespace vm::bindings
