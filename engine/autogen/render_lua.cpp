#include "engine/autogen/render_lua.hpp"

#include "engine/autogen/compare.hpp"
#include "engine/autogen/lua_items.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::autogen {
namespace {

using schema::Identifier;
using schema::TableName;

Lua flag(bool value) {
  return Lua::atom(value ? "true" : "false");
}
Lua text(Identifier const& name) {
  return Lua::string(name.text());
}
Lua name_or_nil(std::optional<Identifier> const& name) {
  return name ? text(*name) : Lua::atom("nil");
}
Lua final_name_or_nil(std::optional<Identifier> const& name) {
  return name ? Lua::call("op.f", {text(*name)}) : Lua::atom("nil");
}

void add_flag(LuaFields& fields, char const* key, bool value) {
  if (value) fields.emplace_back(key, flag(true));
}
void add_text(LuaFields& fields, char const* key, std::string const& value) {
  if (!value.empty()) fields.emplace_back(key, Lua::string(value));
}

/// Writes one operation as the call of `prefix` ("op." or "batch."); a batch knows its table.
class Writer {
 public:
  explicit Writer(bool in_batch) : in_batch_{in_batch} {}

  Lua operator()(op::CreateTable const& create) const {
    LuaFields options;
    add_flag(options, "if_not_exists", create.if_not_exists);
    add_flag(options, "temporary", create.temporary);
    add_table_options(options, create.table);
    return call("create_table", {text(create.table.name.name), lua_table_items(create.table)}, std::move(options));
  }
  Lua operator()(op::DropTable const& drop) const {
    return call("drop_table", {text(drop.table.name)}, dropping(drop.table, drop.if_exists, drop.cascade));
  }
  Lua operator()(op::RenameTable const& rename) const {
    return call("rename_table", {text(rename.table.name), text(rename.new_name)}, in_schema(rename.table));
  }
  Lua operator()(op::AddColumn const& add) const {
    auto options = of_table(add.table);
    add_flag(options, "if_not_exists", add.if_not_exists);
    if (add.insert_before) options.emplace_back("insert_before", text(*add.insert_before));
    if (add.insert_after) options.emplace_back("insert_after", text(*add.insert_after));
    return call("add_column", on(add.table, {lua_column(add.column)}), std::move(options));
  }
  Lua operator()(op::DropColumn const& drop) const {
    auto options = of_table(drop.table);
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    return call("drop_column", on(drop.table, {text(drop.column)}), std::move(options));
  }
  Lua operator()(op::AlterColumn const& alter) const;
  Lua operator()(op::CreateIndex const& create) const {
    auto options = of_table(create.table);
    add_index_options(options, create.index);
    add_flag(options, "concurrently", create.concurrently);
    add_flag(options, "if_not_exists", create.if_not_exists);
    auto arguments = std::vector{name_or_nil(create.index.name)};
    if (!in_batch_) arguments.push_back(text(create.table.name));
    arguments.push_back(lua_index_elements(create.index.elements));
    return call("create_index", std::move(arguments), std::move(options));
  }
  Lua operator()(op::DropIndex const& drop) const {
    LuaFields options;
    if (drop.index.schema && !in_batch_) options.emplace_back("schema", text(*drop.index.schema));
    add_flag(options, "concurrently", drop.concurrently);
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    auto arguments = std::vector{text(drop.index.name)};
    if (drop.table && !in_batch_) arguments.push_back(text(drop.table->name));
    return call("drop_index", std::move(arguments), std::move(options));
  }
  Lua operator()(op::CreatePrimaryKey const& create) const {
    return call("create_primary_key",
                named(create.constraint.name, create.table, {lua_names(create.constraint.columns)}),
                of_table(create.table));
  }
  Lua operator()(op::CreateUniqueConstraint const& create) const {
    auto options = of_table(create.table);
    add_deferral(options, create.constraint.deferral);
    add_flag(options, "nulls_not_distinct", create.constraint.nulls_not_distinct);
    return call("create_unique_constraint",
                named(create.constraint.name, create.table, {lua_names(create.constraint.columns)}),
                std::move(options));
  }
  Lua operator()(op::CreateForeignKey const& create) const {
    auto const& key = create.constraint;
    LuaFields options;
    add_foreign_key_options(options, key);
    if (create.table.schema && !in_batch_) options.emplace_back("source_schema", text(*create.table.schema));
    if (key.referent.schema) options.emplace_back("referent_schema", text(*key.referent.schema));
    auto arguments = named(key.name, create.table, {text(key.referent.name), lua_names(key.columns)});
    if (!key.referent_columns.empty())
      arguments.push_back(lua_names(key.referent_columns));
    else if (!options.empty())
      arguments.push_back(Lua::atom("nil"));
    return call("create_foreign_key", std::move(arguments), std::move(options));
  }
  Lua operator()(op::CreateCheckConstraint const& create) const {
    auto options = of_table(create.table);
    add_flag(options, "not_valid", create.constraint.not_valid);
    auto arguments = std::vector{final_name_or_nil(create.constraint.name)};
    if (!in_batch_) arguments.push_back(text(create.table.name));
    arguments.push_back(Lua::string(create.constraint.condition));
    return call("create_check_constraint", std::move(arguments), std::move(options));
  }
  Lua operator()(op::CreateExcludeConstraint const& create) const {
    auto options = of_table(create.table);
    if (create.constraint.using_method != "gist")
      options.emplace_back("using", Lua::string(create.constraint.using_method));
    if (create.constraint.where) options.emplace_back("where", Lua::string(*create.constraint.where));
    add_deferral(options, create.constraint.deferral);
    return call("create_exclude_constraint",
                named(create.constraint.name, create.table, {lua_exclude_elements(create.constraint)}),
                std::move(options));
  }
  Lua operator()(op::ValidateConstraint const& validate) const {
    return call("validate_constraint", named(validate.name, validate.table, {}), of_table(validate.table));
  }
  Lua operator()(op::DropConstraint const& drop) const {
    constexpr std::array<char const*, 6> kinds{"", "primary", "unique", "foreignkey", "check", "exclude"};
    LuaFields options;
    if (drop.kind != op::ConstraintKind::unknown)
      options.emplace_back("type", Lua::string(kinds.at(static_cast<std::size_t>(drop.kind))));
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    if (!in_batch_) add_schema(options, drop.table);
    return call("drop_constraint", named(drop.name, drop.table, {}), std::move(options));
  }
  Lua operator()(op::CreateTableComment const& create) const {
    return call("create_table_comment", on(create.table, {Lua::string(create.comment)}), of_table(create.table));
  }
  Lua operator()(op::DropTableComment const& drop) const {
    return call("drop_table_comment", on(drop.table, {}), of_table(drop.table));
  }
  Lua operator()(op::CreateSchema const& create) const {
    LuaFields options;
    add_flag(options, "if_not_exists", create.if_not_exists);
    return call("create_schema", {text(create.name)}, std::move(options));
  }
  Lua operator()(op::DropSchema const& drop) const {
    LuaFields options;
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    return call("drop_schema", {text(drop.name)}, std::move(options));
  }
  Lua operator()(op::CreateEnum const& create) const {
    auto options = in_schema(create.name);
    add_flag(options, "if_not_exists", create.if_not_exists);
    return call("create_enum", {text(create.name.name), lua_texts(create.values)}, std::move(options));
  }
  Lua operator()(op::DropEnum const& drop) const {
    return call("drop_enum", {text(drop.name.name)}, dropping(drop.name, drop.if_exists, drop.cascade));
  }
  Lua operator()(op::AlterEnum const& alter) const;
  Lua operator()(op::CreateView const& create) const {
    auto options = in_schema(create.name);
    if (!create.columns.empty()) options.emplace_back("columns", lua_names(create.columns));
    add_flag(options, "if_not_exists", create.if_not_exists);
    if (create.materialized && !create.with_data) options.emplace_back("with_data", flag(false));
    add_options(options, create.options);
    auto const* name = create.materialized ? "create_materialized_view"
                       : create.replace    ? "replace_view"
                                           : "create_view";
    return call(name, {text(create.name.name), Lua::string(create.definition)}, std::move(options));
  }
  Lua operator()(op::DropView const& drop) const {
    return call(drop.materialized ? "drop_materialized_view" : "drop_view", {text(drop.name.name)},
                dropping(drop.name, drop.if_exists, drop.cascade));
  }
  Lua operator()(op::RefreshMaterializedView const& refresh) const {
    auto options = in_schema(refresh.name);
    add_flag(options, "concurrently", refresh.concurrently);
    return call("refresh_materialized_view", {text(refresh.name.name)}, std::move(options));
  }
  Lua operator()(op::CreateFunction const& create) const {
    auto options = in_schema(create.name);
    add_text(options, "arguments", create.arguments);
    if (!create.procedure) add_text(options, "returns", create.returns);
    add_text(options, "language", create.language);
    add_options(options, create.options);
    add_flag(options, "replace", create.replace);
    options.emplace_back("body", Lua::string(create.body));
    return call(create.procedure ? "create_procedure" : "create_function", {text(create.name.name)},
                std::move(options));
  }
  Lua operator()(op::DropFunction const& drop) const {
    auto options = in_schema(drop.name);
    if (drop.arguments) options.emplace_back("arguments", Lua::string(*drop.arguments));
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    return call(drop.procedure ? "drop_procedure" : "drop_function", {text(drop.name.name)}, std::move(options));
  }
  Lua operator()(op::CreateTrigger const& create) const {
    auto options = in_schema(create.table);
    add_text(options, "timing", create.timing);
    if (create.events.size() == 1)
      options.emplace_back("events", Lua::string(create.events.front()));
    else
      options.emplace_back("events", lua_texts(create.events));
    add_text(options, "level", create.level);
    add_text(options, "when", create.when);
    add_flag(options, "if_not_exists", create.if_not_exists);
    add_flag(options, "replace", create.replace);
    options.emplace_back("body", Lua::string(create.body));
    return call("create_trigger", {text(create.name), text(create.table.name)}, std::move(options));
  }
  Lua operator()(op::DropTrigger const& drop) const {
    LuaFields options;
    if (drop.table) add_schema(options, *drop.table);
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    auto arguments = std::vector{text(drop.name)};
    if (drop.table) arguments.push_back(text(drop.table->name));
    return call("drop_trigger", std::move(arguments), std::move(options));
  }
  Lua operator()(op::CreateSequence const& create) const {
    auto options = in_schema(create.name);
    add_text(options, "type", create.type);
    auto const add = [&](char const* key, std::optional<std::int64_t> const& value) {
      if (value) options.emplace_back(key, lua_value(Value{*value}));
    };
    add("start", create.start);
    add("increment", create.increment);
    add("minimum", create.minimum);
    add("maximum", create.maximum);
    add("cache", create.cache);
    add_flag(options, "cycle", create.cycle);
    if (create.owned_by) options.emplace_back("owned_by", Lua::string(*create.owned_by));
    add_flag(options, "if_not_exists", create.if_not_exists);
    return call("create_sequence", {text(create.name.name)}, std::move(options));
  }
  Lua operator()(op::DropSequence const& drop) const {
    return call("drop_sequence", {text(drop.name.name)}, dropping(drop.name, drop.if_exists, drop.cascade));
  }
  Lua operator()(op::CreateExtension const& create) const {
    LuaFields options;
    if (create.schema) options.emplace_back("schema", text(*create.schema));
    if (create.version) options.emplace_back("version", Lua::string(*create.version));
    add_flag(options, "if_not_exists", create.if_not_exists);
    add_flag(options, "cascade", create.cascade);
    return call("create_extension", {text(create.name)}, std::move(options));
  }
  Lua operator()(op::DropExtension const& drop) const {
    LuaFields options;
    add_flag(options, "if_exists", drop.if_exists);
    add_flag(options, "cascade", drop.cascade);
    return call("drop_extension", {text(drop.name)}, std::move(options));
  }
  Lua operator()(op::BulkInsert const& insert) const {
    std::vector<Lua> rows;
    for (auto const& row : insert.rows) {
      LuaFields fields;
      for (std::size_t place = 0; place < row.size(); ++place)
        fields.emplace_back(insert.columns[place].text(), cell(row[place]));
      rows.push_back(Lua::table(std::move(fields)));
    }
    auto options = in_schema(insert.table);
    if (insert.on_conflict) options.emplace_back("on_conflict", Lua::string(*insert.on_conflict));
    return call("bulk_insert", {text(insert.table.name), Lua::list(std::move(rows))}, std::move(options));
  }
  Lua operator()(op::Insert const& insert) const {
    return call("insert", {text(insert.table.name), cells(insert.values)}, in_schema(insert.table));
  }
  Lua operator()(op::Update const& update) const {
    return call("update", where({text(update.table.name), cells(update.set)}, update.where, update.parameters),
                in_schema(update.table));
  }
  Lua operator()(op::Delete const& remove) const {
    return call("delete", where({text(remove.table.name)}, remove.where, remove.parameters), in_schema(remove.table));
  }
  Lua operator()(op::ExecuteSql const& execute) const {
    auto arguments =
        std::vector{execute.texts.size() == 1 ? Lua::string(execute.texts.front()) : lua_texts(execute.texts)};
    if (execute.parameters) arguments.push_back(parameters(*execute.parameters));
    return call("execute", std::move(arguments), {});
  }
  Lua operator()(op::BatchAlterTable const& batch) const {
    // Only asked for by itself; render_operations() writes the function around its parts.
    return call("batch_alter_table", {text(batch.table.name)}, in_schema(batch.table));
  }

 private:
  Lua call(std::string name, std::vector<Lua> arguments, LuaFields options) const {
    if (!options.empty()) arguments.push_back(Lua::table(std::move(options)));
    return Lua::call((in_batch_ ? "batch." : "op.") + std::move(name), std::move(arguments));
  }
  std::vector<Lua> on(TableName const& table, std::vector<Lua> arguments) const {
    if (!in_batch_) arguments.insert(arguments.begin(), text(table.name));
    return arguments;
  }
  std::vector<Lua> named(std::optional<Identifier> const& name, TableName const& table,
                         std::vector<Lua> arguments) const {
    arguments = on(table, std::move(arguments));
    arguments.insert(arguments.begin(), name_or_nil(name));
    return arguments;
  }
  LuaFields of_table(TableName const& table) const { return in_batch_ ? LuaFields{} : in_schema(table); }
  static LuaFields in_schema(TableName const& name) {
    LuaFields fields;
    add_schema(fields, name);
    return fields;
  }
  static LuaFields dropping(TableName const& name, bool if_exists, bool cascade) {
    auto fields = in_schema(name);
    add_flag(fields, "if_exists", if_exists);
    add_flag(fields, "cascade", cascade);
    return fields;
  }
  static Lua cell(op::Cell const& value) {
    if (auto const* sql = std::get_if<schema::Expression>(&value))
      return Lua::call("sql.expr", {Lua::string(sql->sql)});
    return lua_value(std::get<Value>(value));
  }
  static Lua cells(std::vector<std::pair<Identifier, op::Cell>> const& values) {
    LuaFields fields;
    for (auto const& [column, value] : values) fields.emplace_back(column.text(), cell(value));
    return Lua::table(std::move(fields));
  }
  static Lua parameters(op::Parameters const& values) {
    LuaFields fields;
    for (auto const& [name, value] : values) fields.emplace_back(name, lua_value(value));
    return Lua::table(std::move(fields));
  }
  static std::vector<Lua> where(std::vector<Lua> arguments, std::optional<std::string> const& condition,
                                op::Parameters const& values) {
    if (condition) arguments.push_back(Lua::string(*condition));
    if (!values.empty()) arguments.push_back(parameters(values));
    return arguments;
  }

  bool in_batch_;
};

Lua Writer::operator()(op::AlterColumn const& alter) const {
  LuaFields options;
  if (alter.type) options.emplace_back("type", lua_type(*alter.type));
  if (alter.nullable) options.emplace_back("nullable", flag(*alter.nullable));
  auto const change = [&](char const* key, auto const& field, auto const& write) {
    if (field) options.emplace_back(key, field->value ? write(*field->value) : Lua::atom("sql.null"));
  };
  change("server_default", alter.server_default, lua_default);
  if (alter.new_column_name) options.emplace_back("new_column_name", text(*alter.new_column_name));
  change("comment", alter.comment, [](std::string const& value) { return Lua::string(value); });
  if (alter.using_expression) options.emplace_back("using", Lua::string(*alter.using_expression));
  if (alter.autoincrement) options.emplace_back("autoincrement", flag(*alter.autoincrement));
  change("computed", alter.computed, lua_computed);
  change("identity", alter.identity, lua_identity);
  if (alter.collation) options.emplace_back("collation", Lua::string(*alter.collation));
  if (alter.insert_before) options.emplace_back("insert_before", text(*alter.insert_before));
  if (alter.insert_after) options.emplace_back("insert_after", text(*alter.insert_after));
  if (alter.existing_type) options.emplace_back("existing_type", lua_type(*alter.existing_type));
  if (alter.existing_nullable) options.emplace_back("existing_nullable", flag(*alter.existing_nullable));
  if (alter.existing_server_default)
    options.emplace_back("existing_server_default", lua_default(*alter.existing_server_default));
  if (alter.existing_comment) options.emplace_back("existing_comment", Lua::string(*alter.existing_comment));
  if (alter.existing_autoincrement) options.emplace_back("existing_autoincrement", flag(*alter.existing_autoincrement));
  add_options(options, alter.options);
  if (!in_batch_) add_schema(options, alter.table);
  return call("alter_column", on(alter.table, {text(alter.column)}), std::move(options));
}

Lua Writer::operator()(op::AlterEnum const& alter) const {
  LuaFields options;
  auto const one_or_list = [&](char const* key, std::vector<Lua> items) {
    if (items.size() == 1)
      options.emplace_back(key, std::move(items.front()));
    else if (!items.empty())
      options.emplace_back(key, Lua::list(std::move(items)));
  };
  std::vector<Lua> added, renamed;
  for (auto const& each : alter.add) {
    LuaFields fields{{"", Lua::string(each.value)}};
    if (each.before) fields.emplace_back("before", Lua::string(*each.before));
    if (each.after) fields.emplace_back("after", Lua::string(*each.after));
    add_flag(fields, "if_not_exists", each.if_not_exists);
    added.push_back(Lua::table(std::move(fields)));
  }
  one_or_list("add", std::move(added));
  for (auto const& [from, to] : alter.rename)
    renamed.push_back(Lua::table({{"old", Lua::string(from)}, {"new", Lua::string(to)}}));
  one_or_list("rename", std::move(renamed));
  if (!alter.remove.empty()) options.emplace_back("remove", lua_texts(alter.remove));
  std::map<std::string, std::vector<Identifier>> columns;
  for (auto const& [table, column] : alter.tables) columns[table.name.text()].push_back(column);
  LuaFields tables;
  for (auto const& [table, names] : columns) tables.emplace_back(table, lua_name_or_names(names));
  if (!tables.empty()) options.emplace_back("tables", Lua::table(std::move(tables)));
  add_schema(options, alter.name);
  return call("alter_enum", {text(alter.name.name)}, std::move(options));
}

void render(std::string& out, op::Operation const& operation, std::size_t indent, bool in_batch) {
  auto const margin = std::string(indent, ' ');
  if (auto const note = review_note(operation); !note.empty()) out += fmt::format("{}-- review: {}\n", margin, note);
  auto const* batch = std::get_if<op::BatchAlterTable>(&operation);
  if (!batch) {
    out += margin + std::visit(Writer{in_batch}, operation).text(indent) + "\n";
    return;
  }
  LuaFields options;
  if (batch->recreate != op::BatchAlterTable::Recreate::automatic) {
    auto const always = batch->recreate == op::BatchAlterTable::Recreate::always;
    options.emplace_back("recreate", Lua::string(always ? "always" : "never"));
  }
  add_schema(options, batch->table);
  add_options(options, batch->options);
  auto const with = options.empty() ? std::string{} : ", " + Lua::table(std::move(options)).text(indent);
  out += fmt::format("{}op.batch_alter_table({}{}, function(batch)\n", margin, text(batch->table.name).text(0), with);
  for (auto const& each : batch->operations) render(out, each, indent + 2, true);
  out += margin + "end)\n";
}

void schema_options(std::vector<Lua>& arguments, TableName const& name) {
  LuaFields options;
  add_schema(options, name);
  if (!options.empty()) arguments.push_back(Lua::table(std::move(options)));
}

struct Note {
  std::string operator()(op::DropTable const&) const { return "deletes the table's rows"; }
  std::string operator()(op::DropColumn const&) const { return "deletes the column's values"; }
  std::string operator()(op::AlterColumn const& alter) const {
    if (alter.type) return "rewrites the table; values that do not fit the new type end it";
    if (alter.nullable && !*alter.nullable) return "fails while the column holds NULL";
    return {};
  }
  std::string operator()(op::AddColumn const& add) const {
    auto const& column = add.column;
    auto const filled = column.nullable || column.primary_key || column.server_default || column.computed ||
                        column.identity || column.autoincrement.value_or(false);
    return filled ? "" : "fails on a table with rows: NOT NULL without a server_default";
  }
  std::string operator()(op::CreateUniqueConstraint const&) const { return "fails while rows are alike"; }
  std::string operator()(op::CreateForeignKey const& create) const {
    return create.constraint.not_valid ? "" : "fails while a row refers to nothing";
  }
  std::string operator()(op::CreateCheckConstraint const& create) const {
    return create.constraint.not_valid ? "" : "fails while a row breaks it";
  }
  std::string operator()(op::CreateIndex const& create) const {
    return create.index.unique ? "fails while rows are alike" : "";
  }
  std::string operator()(op::AlterEnum const& alter) const {
    return alter.remove.empty() ? "" : "fails while a row holds a removed value";
  }
  std::string operator()(op::DropSequence const&) const { return "forgets where the sequence stood"; }
  template<typename Other>
  std::string operator()(Other const&) const {
    return {};
  }
};

} // namespace

std::string review_note(op::Operation const& operation) {
  return std::visit(Note{}, operation);
}

std::string render_operations(std::vector<op::Operation> const& operations) {
  std::string text;
  for (auto const& operation : operations) render(text, operation, 2, false);
  return text;
}

std::string render_schema(schema::Catalog const& whole) {
  auto const catalog = as_written(whole);
  std::vector<std::string> parts;
  auto const add = [&](Lua const& item) { parts.push_back("  " + item.text(2) + ",\n"); };
  for (auto const& each : catalog.extensions) add(Lua::call("sql.extension", {Lua::string(each.name)}));
  for (auto const& [name, one] : catalog.enums) {
    std::vector<Lua> arguments{text(name.name), lua_texts(one.values)};
    schema_options(arguments, name);
    add(Lua::call("sql.enum", std::move(arguments)));
  }
  for (auto const& [name, sequence] : catalog.sequences) {
    LuaFields options;
    add_schema(options, name);
    add_text(options, "type", sequence.type);
    auto const number = [&](char const* key, std::optional<std::int64_t> const& value) {
      if (value) options.emplace_back(key, lua_value(Value{*value}));
    };
    number("start", sequence.start);
    number("increment", sequence.increment);
    number("minimum", sequence.minimum);
    number("maximum", sequence.maximum);
    number("cache", sequence.cache);
    add_flag(options, "cycle", sequence.cycle);
    std::vector<Lua> arguments{text(name.name)};
    if (!options.empty()) arguments.push_back(Lua::table(std::move(options)));
    add(Lua::call("sql.sequence", std::move(arguments)));
  }
  for (auto const& [name, table] : catalog.tables) {
    LuaFields options;
    add_table_options(options, table);
    std::vector<Lua> arguments{text(name.name), lua_table_items(table)};
    if (!options.empty()) arguments.push_back(Lua::table(std::move(options)));
    add(Lua::call("sql.table", std::move(arguments)));
  }
  for (auto const& [name, view] : catalog.views) {
    std::vector<Lua> arguments{text(name.name), Lua::string(trim(view.definition))};
    schema_options(arguments, name);
    add(Lua::call(view.materialized ? "sql.materialized_view" : "sql.view", std::move(arguments)));
  }
  for (auto const& each : catalog.functions) {
    LuaFields options;
    add_schema(options, each.name);
    add_text(options, "arguments", each.arguments);
    options.emplace_back("definition", Lua::string(each.definition));
    add(Lua::call(each.procedure ? "sql.procedure" : "sql.func",
                  {text(each.name.name), Lua::table(std::move(options))}));
  }
  for (auto const& each : catalog.triggers) {
    LuaFields options;
    add_schema(options, each.table);
    options.emplace_back("definition", Lua::string(each.definition));
    add(Lua::call("sql.trigger", {text(each.name), text(each.table.name), Lua::table(std::move(options))}));
  }
  std::string text = "return sql.schema{\n";
  for (std::size_t place = 0; place < parts.size(); ++place) {
    // An empty line around what takes several.
    auto const tall = [](std::string const& part) { return part.find('\n') + 1 < part.size(); };
    if (place > 0 && (tall(parts[place]) || tall(parts[place - 1]))) text += "\n";
    text += parts[place];
  }
  return text + "}\n";
}

} // namespace vm::autogen
