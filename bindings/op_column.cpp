// op: columns.
#include "bindings/lua/error.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"

#include <fmt/format.h>

namespace vm::bindings {

Operations add_column(Call& call) {
  auto table = call.table();
  auto const item = read_column(call.arguments, call.next++, "column");
  auto options = call.options();
  call.read_schema(options, table);
  auto const if_not_exists = options.boolean("if_not_exists", false);
  auto before = std::optional<schema::Identifier>{};
  auto after = std::optional<schema::Identifier>{};
  if (call.batch) {
    before = read_identifier(options, "insert_before");
    after = read_identifier(options, "insert_after");
    if (before && after) options.fail("'insert_before' and 'insert_after' exclude each other");
  }
  call.done(options);

  auto built = build_column(call.rules, table, item);
  auto add = op::AddColumn{table, std::move(built.column), if_not_exists, std::move(before), std::move(after)};
  // A constraint cannot be made "if it is missing"; the column that is carries it.
  if (if_not_exists && built.unique) {
    add.column.unique = true;
    built.unique.reset();
  }
  auto list = operations(std::move(add));
  if (built.unique) list.emplace_back(op::CreateUniqueConstraint{table, std::move(*built.unique)});
  if (built.index) list.emplace_back(op::CreateIndex{table, std::move(*built.index), false, if_not_exists});
  return list;
}

Operations drop_column(Call& call) {
  auto table = call.table();
  auto drop = op::DropColumn{table, call.arguments.identifier(call.next++, "column")};
  auto options = call.options();
  call.read_schema(options, drop.table);
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  read_type(options, "existing_type"); // Alembic's hint for rebuilds; the database knows
  call.done(options);
  return operations(std::move(drop));
}

Operations alter_column(Call& call) {
  auto table = call.table();
  auto alter = op::AlterColumn{.table = std::move(table), .column = call.arguments.identifier(call.next++, "column")};
  if (!call.arguments.has(call.next)) call.arguments.wrong(call.next, "options", "a table of what changes");
  auto options = call.options();
  call.read_schema(options, alter.table);
  alter.type = read_type(options, "type");
  alter.nullable = options.boolean("nullable");
  alter.server_default = read_server_default(options, "server_default");
  alter.new_column_name = read_identifier(options, "new_column_name");
  alter.comment = read_comment(options, "comment");
  alter.using_expression = read_sql(options, "using");
  alter.autoincrement = options.boolean("autoincrement");
  alter.computed = read_computed(options, "computed");
  alter.identity = read_identity(options, "identity");
  alter.collation = options.text("collation");
  if (call.batch) {
    alter.insert_before = read_identifier(options, "insert_before");
    alter.insert_after = read_identifier(options, "insert_after");
    if (alter.insert_before && alter.insert_after)
      options.fail("'insert_before' and 'insert_after' exclude each other");
  }
  alter.existing_type = read_type(options, "existing_type");
  alter.existing_nullable = options.boolean("existing_nullable");
  if (auto change = read_server_default(options, "existing_server_default"))
    alter.existing_server_default = std::move(change->value);
  if (auto change = read_comment(options, "existing_comment")) alter.existing_comment = std::move(change->value);
  alter.existing_autoincrement = options.boolean("existing_autoincrement");
  alter.options = read_dialect_options(options);
  options.refuse("type_", "it is called 'type'");
  options.refuse("name", "it is called 'new_column_name'");
  call.done(options);

  if (auto value = take_option(alter.options, call.rules.dialect, "using")) {
    auto const* text = std::get_if<std::string>(&*value);
    if (text == nullptr) call.arguments.fail("'postgresql_using' must be a string of SQL");
    alter.using_expression = *text;
  }
  if (alter.using_expression && !alter.type) call.arguments.fail("'using' needs a 'type'");
  if (alter.new_column_name) schema::check_name(call.rules.naming, *alter.new_column_name);
  auto const changes = alter.type || alter.nullable || alter.server_default || alter.new_column_name || alter.comment ||
                       alter.autoincrement || alter.computed || alter.identity || alter.collation ||
                       alter.insert_before || alter.insert_after || !alter.options.empty();
  if (!changes) return {};
  return operations(std::move(alter));
}

namespace {

constexpr luaL_Reg functions[] = {
    {"add_column", bound<operation<"add_column", add_column>>},
    {"drop_column", bound<operation<"drop_column", drop_column>>},
    {"alter_column", bound<operation<"alter_column", alter_column>>},
};

} // namespace

Functions op_column_functions() {
  return functions;
}

} // namespace vm::bindings
