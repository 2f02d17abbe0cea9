// op: indexes.
#include "bindings/lua/error.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"

#include <fmt/format.h>

namespace vm::bindings {
namespace {

/// `concurrently`, or the form for one database, which the others do not see.
bool read_concurrently(Call const& call, TableReader& options, schema::Options& dialect_options) {
  auto concurrently = options.boolean("concurrently", false);
  if (auto value = take_option(dialect_options, call.rules.dialect, "concurrently")) {
    auto const* flag = std::get_if<bool>(&*value);
    if (flag == nullptr) options.fail("'postgresql_concurrently' must be true or false");
    concurrently = concurrently || *flag;
  }
  return concurrently;
}

} // namespace

Operations create_index(Call& call) {
  auto const given = read_name(call.arguments, call.next++, "name");
  auto table = call.table();
  auto item = IndexItem{.index = {.name = given.name}, .name_is_final = given.final};
  item.index.elements = read_index_elements(call.arguments, call.next++, "columns");
  auto options = call.options();
  call.read_schema(options, table);
  read_index_options(options, item);
  auto const if_not_exists = options.boolean("if_not_exists", false);
  auto const concurrently = read_concurrently(call, options, item.index.options);
  call.done(options);
  return operations(op::CreateIndex{table, build_index(call.rules, table, item), concurrently, if_not_exists});
}

Operations drop_index(Call& call) {
  auto const name = read_required_name(call.arguments, call.next++, "name");
  auto table = std::optional<schema::TableName>{};
  if (call.batch) {
    table = call.batch;
  } else {
    // The table may be left out altogether, also when options follow.
    auto const is_left_out = lua_type(call.arguments.state(), call.arguments.index(call.next)) == LUA_TTABLE;
    if (!is_left_out && call.arguments.has(call.next))
      table = call.table();
    else if (!is_left_out)
      ++call.next;
  }
  auto options = call.options();
  auto index = schema::TableName{std::nullopt, *name.name};
  if (table) {
    call.read_schema(options, *table);
    index.schema = table->schema;
  } else {
    call.read_schema(options, index);
  }
  auto drop = op::DropIndex{.index = index, .table = table};
  auto dialect_options = read_dialect_options(options);
  drop.concurrently = read_concurrently(call, options, dialect_options);
  if (!dialect_options.empty()) options.fail(fmt::format("unknown key '{}'", dialect_options.begin()->first));
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

namespace {

constexpr luaL_Reg functions[] = {
    {"create_index", bound<operation<"create_index", create_index>>},
    {"drop_index", bound<operation<"drop_index", drop_index>>},
};

} // namespace

Functions op_index_functions() {
  return functions;
}

} // namespace vm::bindings
