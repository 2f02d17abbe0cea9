// sql: types, columns, constraints and indexes as values.
#include "bindings/items.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "bindings/register.hpp"
#include "bindings/types.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {
namespace {

using schema::Identifier;

// --- types ---

int make_enum(lua_State* L) {
  Arguments args{L, "sql.enum"};
  auto type = schema::Enum{.name = args.table_name(1, "name"), .values = args.texts(2, "values")};
  auto options = args.options(3);
  type.name.schema = read_identifier(options, "schema");
  type.create_type = options.boolean("create_type", true);
  options.done();
  args.done();
  auto sorted = type.values;
  std::ranges::sort(sorted);
  if (auto const twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
    args.fail(fmt::format("the value '{}' appears twice", *twice));
  push_type(L, std::move(type));
  return 1;
}

int make_array(lua_State* L) {
  Arguments args{L, "sql.array"};
  auto element = read_type(args, 1, "type");
  args.done();
  if (std::holds_alternative<schema::Array>(element)) args.fail("an array of arrays is the same type as the array");
  push_type(L, schema::Array{{std::move(element)}});
  return 1;
}

int make_raw(lua_State* L) {
  Arguments args{L, "sql.raw"};
  auto text = args.text(1, "text");
  args.done();
  if (trim(text).empty()) args.fail("argument 1 'text' is empty");
  push_type(L, schema::Raw{std::move(text)});
  return 1;
}

// --- values ---

int make_expression(lua_State* L) {
  Arguments args{L, "sql.expr"};
  auto text = args.text(1, "text");
  args.done();
  if (trim(text).empty()) args.fail("argument 1 'text' is empty");
  lua::push_userdata(L, schema::Expression{std::move(text)});
  return 1;
}

int make_decimal(lua_State* L) {
  Arguments args{L, "sql.decimal"};
  if (args.has(1)) {
    if (auto const whole = lua::to_integer(L, args.index(1))) {
      args.done();
      lua::push_decimal(L, Decimal{fmt::format("{}", *whole)});
      return 1;
    }
  }
  // A number with a fraction has lost digits already.
  auto text = args.text(1, "text");
  args.done();
  if (!lua::is_decimal(text)) args.fail(fmt::format("'{}' is not a decimal number", text));
  lua::push_decimal(L, Decimal{std::move(text)});
  return 1;
}

int make_bytes(lua_State* L) {
  Arguments args{L, "sql.bytes"};
  auto data = args.text(1, "data");
  args.done();
  lua::push_bytes(L, Bytes{std::move(data)});
  return 1;
}

// --- columns ---

/// "teams.id", "app.teams.id" or "teams", taken apart into the table and, where it is named, the column.
void split_reference(TableReader& reader, std::string_view text, schema::ForeignKey& key) {
  auto const parts = split(text, '.');
  if (parts.size() > 3 || std::ranges::any_of(parts, [](auto part) { return part.empty(); }))
    reader.fail(fmt::format("'references' must look like 'table.column' or 'schema.table.column', not '{}'", text));
  auto const names = [&](std::size_t place) { return Identifier{std::string{parts[place]}}; };
  if (parts.size() == 3) {
    key.referent = {names(0), names(1)};
  } else {
    key.referent = {std::nullopt, names(0)};
  }
  if (parts.size() > 1) key.referent_columns = {names(parts.size() - 1)};
}

void read_references(TableReader& options, ColumnItem& item) {
  auto* L = options.state();
  if (!options.push("references")) {
    for (auto const* key : {"ondelete", "onupdate", "match", "deferrable", "initially", "not_valid"})
      if (options.has(key)) options.fail(fmt::format("'{}' needs 'references'", key));
    return;
  }
  auto key = schema::ForeignKey{.referent = {std::nullopt, Identifier{"?"}}};
  if (lua_type(L, -1) == LUA_TSTRING) {
    split_reference(options, lua::to_text(L, -1), key);
    read_foreign_key_options(options, key);
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    auto reader = TableReader{L, -1, fmt::format("{}: 'references'", options.context())};
    if (auto table = read_identifier(reader, "table")) {
      key.referent = {read_identifier(reader, "schema"), std::move(*table)};
      if (auto column = read_identifier(reader, "column")) key.referent_columns = {std::move(*column)};
    } else {
      reader.push_element(1);
      if (lua_type(L, -1) != LUA_TSTRING) reader.fail("the first element must be a string such as 'teams.id'");
      split_reference(reader, lua::to_text(L, -1), key);
      lua_pop(L, 1);
      if (reader.size() > 1) reader.fail("takes one 'table.column', several were given");
    }
    auto const given = read_name(reader, "name");
    read_foreign_key_options(reader, key);
    reader.done();
    // The options may stand at the column as well; what stands nearer wins.
    auto outer = schema::ForeignKey{.referent = key.referent};
    read_foreign_key_options(options, outer);
    if (key.ondelete.empty()) key.ondelete = outer.ondelete;
    if (key.onupdate.empty()) key.onupdate = outer.onupdate;
    if (key.match.empty()) key.match = outer.match;
    if (key.deferral == schema::Deferral::unspecified) key.deferral = outer.deferral;
    key.not_valid = key.not_valid || outer.not_valid;
    key.name = given.name;
    item.references_name_is_final = given.final;
  } else {
    options.wrong("references", "a string such as 'teams.id' or a table");
  }
  lua_pop(L, 1);
  item.column.references = std::move(key);
}

void read_check(TableReader& options, ColumnItem& item) {
  auto* L = options.state();
  if (!options.push("check")) return;
  if (lua_type(L, -1) == LUA_TTABLE) {
    auto reader = TableReader{L, -1, fmt::format("{}: 'check'", options.context())};
    reader.push_element(1);
    if (lua_type(L, -1) != LUA_TSTRING) reader.fail("the first element must be a string of SQL");
    auto check = schema::CheckConstraint{.condition = lua::to_text(L, -1)};
    lua_pop(L, 1);
    auto const given = read_name(reader, "name");
    check.name = given.name;
    item.check_name_is_final = given.final;
    check.not_valid = reader.boolean("not_valid", false);
    reader.done();
    item.column.check = std::move(check);
    lua_pop(L, 1);
    return;
  }
  lua_pop(L, 1);
  item.column.check = schema::CheckConstraint{.condition = *read_sql(options, "check")};
}

int make_column(lua_State* L) {
  Arguments args{L, "sql.column"};
  auto item = ColumnItem{.column = {.name = args.identifier(1, "name"), .type = read_type(args, 2, "type")}};
  auto options = args.options(3);
  auto& column = item.column;
  column.primary_key = options.boolean("primary_key", false);
  auto const nullable = options.boolean("nullable");
  column.nullable = nullable.value_or(!column.primary_key);
  column.unique = options.boolean("unique", false);
  column.index = options.boolean("index", false);
  column.autoincrement = options.boolean("autoincrement");
  if (auto change = read_server_default(options, "server_default")) column.server_default = std::move(change->value);
  if (auto change = read_comment(options, "comment")) column.comment = std::move(change->value);
  read_references(options, item);
  read_check(options, item);
  if (auto change = read_computed(options, "computed")) column.computed = std::move(change->value);
  if (auto change = read_identity(options, "identity")) column.identity = change->value;
  column.collation = options.text("collation");
  column.renamed_from = read_identifier(options, "renamed_from");
  column.options = read_dialect_options(options);
  options.refuse("name", "the name is the first argument");
  options.refuse("type", "the type is the second argument");
  options.refuse("foreign_key", "it is called 'references'");
  options.done();
  args.done();

  auto const named = fmt::format("column '{}'", column.name.text());
  if (column.primary_key && nullable == true) args.fail(named + ": a primary key cannot be nullable");
  if (column.computed && column.server_default) args.fail(named + " is computed and has no default");
  if (column.computed && column.identity) args.fail(named + " cannot be computed and an identity");
  if (column.identity && column.server_default) args.fail(named + " is an identity and has no default");
  lua::push_userdata(L, std::move(item));
  return 1;
}

// --- constraints and indexes ---

int push_constraint(lua_State* L, Arguments& args, TableReader& options, ConstraintItem item) {
  auto const given = read_name(options, "name");
  std::visit([&](auto& one) { one.name = given.name; }, item.constraint);
  item.name_is_final = given.final;
  options.done();
  args.done();
  lua::push_userdata(L, std::move(item));
  return 1;
}

int make_primary_key(lua_State* L) {
  Arguments args{L, "sql.primary_key"};
  auto key = schema::PrimaryKey{.columns = read_columns(args, 1, "columns")};
  auto options = args.options(2);
  return push_constraint(L, args, options, {.constraint = std::move(key)});
}

int make_unique(lua_State* L) {
  Arguments args{L, "sql.unique"};
  auto unique = schema::UniqueConstraint{.columns = read_columns(args, 1, "columns")};
  auto options = args.options(2);
  unique.deferral = read_deferral(options);
  unique.nulls_not_distinct = options.boolean("nulls_not_distinct", false);
  auto item = ConstraintItem{.constraint = std::move(unique)};
  item.postgresql_nulls_not_distinct = options.boolean("postgresql_nulls_not_distinct", false);
  return push_constraint(L, args, options, std::move(item));
}

int make_foreign_key(lua_State* L) {
  Arguments args{L, "sql.foreign_key"};
  auto key =
      schema::ForeignKey{.columns = read_columns(args, 1, "columns"), .referent = read_table_name(args, 2, "table")};
  if (args.has(3)) key.referent_columns = read_columns(args, 3, "referent_columns");
  auto options = args.options(4);
  if (auto schema = read_identifier(options, "referent_schema")) key.referent.schema = std::move(schema);
  read_foreign_key_options(options, key);
  if (!key.referent_columns.empty() && key.referent_columns.size() != key.columns.size())
    args.fail(fmt::format("{} columns cannot refer to {}", key.columns.size(), key.referent_columns.size()));
  auto item = ConstraintItem{.constraint = std::move(key)};
  item.postgresql_not_valid = options.boolean("postgresql_not_valid", false);
  return push_constraint(L, args, options, std::move(item));
}

int make_check(lua_State* L) {
  Arguments args{L, "sql.check"};
  auto check = schema::CheckConstraint{.condition = read_sql(args, 1, "condition")};
  auto options = args.options(2);
  check.not_valid = options.boolean("not_valid", false);
  auto item = ConstraintItem{.constraint = std::move(check)};
  item.postgresql_not_valid = options.boolean("postgresql_not_valid", false);
  return push_constraint(L, args, options, std::move(item));
}

int make_exclude(lua_State* L) {
  Arguments args{L, "sql.exclude"};
  auto exclude = schema::ExcludeConstraint{};
  read_exclude_elements(args, 1, "elements", exclude);
  auto options = args.options(2);
  exclude.using_method = options.text("using").value_or("gist");
  exclude.where = read_sql(options, "where");
  exclude.deferral = read_deferral(options);
  return push_constraint(L, args, options, {.constraint = std::move(exclude)});
}

int make_index(lua_State* L) {
  Arguments args{L, "sql.index"};
  auto const given = read_name(args, 1, "name");
  auto item = IndexItem{.index = {.name = given.name}, .name_is_final = given.final};
  item.index.elements = read_index_elements(args, 2, "columns");
  auto options = args.options(3);
  read_index_options(options, item);
  options.done();
  args.done();
  lua::push_userdata(L, std::move(item));
  return 1;
}

constexpr luaL_Reg functions[] = {
    {"enum", bound<make_enum>},       {"array", bound<make_array>},
    {"raw", bound<make_raw>},         {"expr", bound<make_expression>},
    {"decimal", bound<make_decimal>}, {"bytes", bound<make_bytes>},
    {"column", bound<make_column>},   {"primary_key", bound<make_primary_key>},
    {"unique", bound<make_unique>},   {"foreign_key", bound<make_foreign_key>},
    {"check", bound<make_check>},     {"exclude", bound<make_exclude>},
    {"index", bound<make_index>},     {"register_type", bound<register_type>},
};

} // namespace

Functions sql_functions() {
  return functions;
}

void fill_sql(lua_State* L) {
  define_items(L);
  fill_types(L);
  lua::push_null(L);
  lua_setfield(L, -2, "null");
}

} // namespace vm::bindings
