// op: tables and their comments.
#include "bindings/lua/error.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"

#include <fmt/format.h>

namespace vm::bindings {
namespace {

Operations create_table(Call& call) {
  auto item = TableItem{.name = call.table("name")};
  read_items(call.arguments, call.next++, item);
  auto options = call.options();
  call.read_schema(options, item.name);
  if (auto change = read_comment(options, "comment")) item.comment = std::move(change->value);
  auto create = op::CreateTable{.table = {.name = item.name}};
  create.if_not_exists = options.boolean("if_not_exists", false);
  create.temporary = options.boolean("temporary", false);
  item.options = read_dialect_options(options);
  call.done(options);
  create.table = build_table(call.rules, item);
  if (create.table.columns.empty()) call.arguments.fail(fmt::format("table '{}' has no columns", to_string(item.name)));
  call.result = TableItem{.name = item.name};
  return operations(std::move(create));
}

Operations drop_table(Call& call) {
  auto drop = op::DropTable{call.table("name")};
  auto options = call.options();
  call.read_schema(options, drop.table);
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

Operations rename_table(Call& call) {
  auto table = call.table("old");
  auto rename = op::RenameTable{table, call.arguments.identifier(call.next++, "new")};
  auto options = call.options();
  call.read_schema(options, rename.table);
  call.done(options);
  schema::check_name(call.rules.naming, rename.new_name);
  return operations(std::move(rename));
}

constexpr luaL_Reg functions[] = {
    {"create_table", bound<operation<"create_table", create_table>>},
    {"drop_table", bound<operation<"drop_table", drop_table>>},
    {"rename_table", bound<operation<"rename_table", rename_table>>},
    {"create_table_comment", bound<operation<"create_table_comment", create_table_comment>>},
    {"drop_table_comment", bound<operation<"drop_table_comment", drop_table_comment>>},
};

} // namespace

Operations create_table_comment(Call& call) {
  auto create = op::CreateTableComment{call.table()};
  create.comment = call.arguments.text(call.next++, "comment");
  auto options = call.options();
  call.read_schema(options, create.table);
  options.text("existing_comment");
  call.done(options);
  return operations(std::move(create));
}

Operations drop_table_comment(Call& call) {
  auto drop = op::DropTableComment{call.table()};
  auto options = call.options();
  call.read_schema(options, drop.table);
  options.text("existing_comment");
  call.done(options);
  return operations(std::move(drop));
}

Functions op_table_functions() {
  return functions;
}

} // namespace vm::bindings
