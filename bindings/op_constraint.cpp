// op: primary keys, unique, foreign key, check and exclude constraints.
#include "bindings/lua/error.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"

#include <fmt/format.h>

namespace vm::bindings {
namespace {

/// The constraint with its name settled.
template<typename Kind>
Kind settle(Call const& call, schema::TableName const& table, GivenName const& given, ConstraintItem item) {
  std::visit([&](auto& one) { one.name = given.name; }, item.constraint);
  item.name_is_final = given.final;
  return std::get<Kind>(build_constraint(call.rules, table, item));
}

op::ConstraintKind read_kind(TableReader& options) {
  options.refuse("type_", "it is called 'type'");
  auto const word = read_word(options, "type", {"FOREIGNKEY", "UNIQUE", "CHECK", "PRIMARY", "EXCLUDE"});
  if (word == "FOREIGNKEY") return op::ConstraintKind::foreignkey;
  if (word == "UNIQUE") return op::ConstraintKind::unique;
  if (word == "CHECK") return op::ConstraintKind::check;
  if (word == "PRIMARY") return op::ConstraintKind::primary;
  if (word == "EXCLUDE") return op::ConstraintKind::exclude;
  return op::ConstraintKind::unknown;
}

/// An empty constraint of the kind: enough for a convention that only prefixes the typed name.
std::optional<schema::Constraint> empty_constraint(op::ConstraintKind kind, schema::TableName const& table) {
  switch (kind) {
  case op::ConstraintKind::primary: return schema::PrimaryKey{};
  case op::ConstraintKind::unique: return schema::UniqueConstraint{};
  case op::ConstraintKind::foreignkey: return schema::ForeignKey{.referent = table};
  case op::ConstraintKind::check: return schema::CheckConstraint{};
  case op::ConstraintKind::exclude: return schema::ExcludeConstraint{};
  case op::ConstraintKind::unknown: break;
  }
  return std::nullopt;
}

} // namespace

Operations create_primary_key(Call& call) {
  auto const given = read_name(call.arguments, call.next++, "name");
  auto table = call.table();
  auto key = schema::PrimaryKey{.columns = read_columns(call.arguments, call.next++, "columns")};
  auto options = call.options();
  call.read_schema(options, table);
  call.done(options);
  return operations(op::CreatePrimaryKey{table, settle<schema::PrimaryKey>(call, table, given, {.constraint = key})});
}

Operations create_unique_constraint(Call& call) {
  auto const given = read_name(call.arguments, call.next++, "name");
  auto table = call.table();
  auto unique = schema::UniqueConstraint{.columns = read_columns(call.arguments, call.next++, "columns")};
  auto options = call.options();
  call.read_schema(options, table);
  unique.deferral = read_deferral(options);
  unique.nulls_not_distinct = options.boolean("nulls_not_distinct", false);
  auto item = ConstraintItem{.constraint = std::move(unique)};
  item.postgresql_nulls_not_distinct = options.boolean("postgresql_nulls_not_distinct", false);
  call.done(options);
  return operations(
      op::CreateUniqueConstraint{table, settle<schema::UniqueConstraint>(call, table, given, std::move(item))});
}

Operations create_foreign_key(Call& call) {
  auto const given = read_name(call.arguments, call.next++, "name");
  auto table = call.table("source");
  auto key = schema::ForeignKey{.referent = read_table_name(call.arguments, call.next++, "referent")};
  key.columns = read_columns(call.arguments, call.next++, "local_cols");
  if (call.arguments.has(call.next)) key.referent_columns = read_columns(call.arguments, call.next, "remote_cols");
  ++call.next;
  auto options = call.options();
  call.read_schema(options, table, "source_schema");
  if (auto schema = read_identifier(options, "referent_schema")) key.referent.schema = std::move(schema);
  read_foreign_key_options(options, key);
  auto item = ConstraintItem{.constraint = schema::PrimaryKey{}};
  item.postgresql_not_valid = options.boolean("postgresql_not_valid", false);
  options.refuse("schema", "here it is 'source_schema' and 'referent_schema'");
  call.done(options);
  if (!key.referent_columns.empty() && key.referent_columns.size() != key.columns.size())
    call.arguments.fail(fmt::format("{} columns cannot refer to {}", key.columns.size(), key.referent_columns.size()));
  item.constraint = std::move(key);
  return operations(op::CreateForeignKey{table, settle<schema::ForeignKey>(call, table, given, std::move(item))});
}

Operations create_check_constraint(Call& call) {
  auto const given = read_name(call.arguments, call.next++, "name");
  auto table = call.table();
  auto check = schema::CheckConstraint{.condition = read_sql(call.arguments, call.next++, "condition")};
  auto options = call.options();
  call.read_schema(options, table);
  check.not_valid = options.boolean("not_valid", false);
  auto item = ConstraintItem{.constraint = std::move(check)};
  item.postgresql_not_valid = options.boolean("postgresql_not_valid", false);
  call.done(options);
  return operations(
      op::CreateCheckConstraint{table, settle<schema::CheckConstraint>(call, table, given, std::move(item))});
}

Operations create_exclude_constraint(Call& call) {
  auto const given = read_name(call.arguments, call.next++, "name");
  auto table = call.table();
  auto exclude = schema::ExcludeConstraint{};
  read_exclude_elements(call.arguments, call.next++, "elements", exclude);
  auto options = call.options();
  call.read_schema(options, table);
  exclude.using_method = options.text("using").value_or("gist");
  exclude.where = read_sql(options, "where");
  exclude.deferral = read_deferral(options);
  call.done(options);
  return operations(op::CreateExcludeConstraint{
      table, settle<schema::ExcludeConstraint>(call, table, given, {.constraint = std::move(exclude)})});
}

Operations validate_constraint(Call& call) {
  auto const given = read_required_name(call.arguments, call.next++, "name");
  auto validate = op::ValidateConstraint{call.table(), *given.name};
  auto options = call.options();
  call.read_schema(options, validate.table);
  call.done(options);
  return operations(std::move(validate));
}

Operations drop_constraint(Call& call) {
  auto const given = read_required_name(call.arguments, call.next++, "name");
  auto drop = op::DropConstraint{.table = call.table(), .name = *given.name};
  auto options = call.options();
  call.read_schema(options, drop.table);
  drop.kind = read_kind(options);
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  if (auto const constraint = empty_constraint(drop.kind, drop.table))
    drop.name = *name_constraint(call.rules, drop.table, *constraint, given);
  return operations(std::move(drop));
}

namespace {

constexpr luaL_Reg functions[] = {
    {"create_primary_key", bound<operation<"create_primary_key", create_primary_key>>},
    {"create_unique_constraint", bound<operation<"create_unique_constraint", create_unique_constraint>>},
    {"create_foreign_key", bound<operation<"create_foreign_key", create_foreign_key>>},
    {"create_check_constraint", bound<operation<"create_check_constraint", create_check_constraint>>},
    {"create_exclude_constraint", bound<operation<"create_exclude_constraint", create_exclude_constraint>>},
    {"validate_constraint", bound<operation<"validate_constraint", validate_constraint>>},
    {"drop_constraint", bound<operation<"drop_constraint", drop_constraint>>},
};

} // namespace

Functions op_constraint_functions() {
  return functions;
}

} // namespace vm::bindings
