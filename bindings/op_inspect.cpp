// op: questions about the live schema.
#include "bindings/items.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace vm::bindings {
namespace {

using schema::Catalog;
using schema::Identifier;
using schema::Table;
using schema::TableName;
using schema::to_string;

/// The table of the catalog that `name` means. Databases that fold case hold it under its stored spelling.
Table const* find_table(Catalog const& catalog, TableName const& name) {
  if (auto const* table = catalog.find_table(name)) return table;
  auto const is_meant = [&](auto const& entry) {
    return entry.first.schema == name.schema && equals_ignore_case(entry.first.name.text(), name.name.text());
  };
  return std::ranges::count_if(catalog.tables, is_meant) == 1 ? &std::ranges::find_if(catalog.tables, is_meant)->second
                                                              : nullptr;
}

Catalog inspect_table(lua_State* L, op::Target& target, TableName const& name) {
  return target.inspect({.tables = std::vector{name}, .tables_only = true}, call_site(L));
}

bool is_same_name(Identifier const& held, Identifier const& asked, std::string_view dialect) {
  // PostgreSQL tells "Email" and "email" apart; the others do not, for columns, indexes and constraints.
  return held == asked || (dialect != "postgresql" && equals_ignore_case(held.text(), asked.text()));
}

std::optional<Identifier> const& name_of(schema::Constraint const& constraint) {
  return std::visit([](auto const& one) -> std::optional<Identifier> const& { return one.name; }, constraint);
}

// --- has_… ---

int has_table(lua_State* L) {
  Arguments args{L, "op.has_table"};
  auto& target = active_target(L, args.function());
  auto name = read_table_name(args, 1, "table");
  auto options = args.options(2);
  if (auto schema = read_identifier(options, "schema")) name.schema = std::move(schema);
  options.done();
  args.done();
  lua_pushboolean(L, find_table(inspect_table(L, target, name), name) != nullptr ? 1 : 0);
  return 1;
}

/// The common shape of has_column, has_index and has_constraint: `is_held(table, name)`.
template<typename IsHeld>
int has_part(lua_State* L, Arguments& args, int table_position, int name_position, char const* what, IsHeld is_held) {
  auto& target = active_target(L, args.function());
  auto table = read_table_name(args, table_position, "table");
  auto const given = read_required_name(args, name_position, what);
  auto options = args.options(3);
  if (auto schema = read_identifier(options, "schema")) table.schema = std::move(schema);
  options.done();
  args.done();
  auto const catalog = inspect_table(L, target, table);
  auto const* held = find_table(catalog, table);
  auto const& dialect = target.surroundings().dialect;
  auto const is_named = [&](auto const& name) { return name && is_same_name(*name, *given.name, dialect); };
  lua_pushboolean(L, held != nullptr && is_held(*held, is_named) ? 1 : 0);
  return 1;
}

int has_column(lua_State* L) {
  Arguments args{L, "op.has_column"};
  return has_part(L, args, 1, 2, "column", [](Table const& table, auto is_named) {
    return std::ranges::any_of(table.columns, [&](auto const& column) { return is_named(std::optional{column.name}); });
  });
}

int has_index(lua_State* L) {
  Arguments args{L, "op.has_index"};
  return has_part(L, args, 2, 1, "index", [](Table const& table, auto is_named) {
    return std::ranges::any_of(table.indexes, [&](auto const& index) { return is_named(index.name); });
  });
}

int has_constraint(lua_State* L) {
  Arguments args{L, "op.has_constraint"};
  return has_part(L, args, 2, 1, "constraint", [](Table const& table, auto is_named) {
    auto const in_columns = [&](schema::Column const& column) {
      return (column.references && is_named(column.references->name)) || (column.check && is_named(column.check->name));
    };
    return std::ranges::any_of(table.constraints, [&](auto const& one) { return is_named(name_of(one)); }) ||
           std::ranges::any_of(table.columns, in_columns);
  });
}

// --- pushing what a catalog holds ---

void set(lua_State* L, char const* key, std::string_view text) {
  lua::push(L, text);
  lua_setfield(L, -2, key);
}
void set(lua_State* L, char const* key, bool flag) {
  lua_pushboolean(L, flag ? 1 : 0);
  lua_setfield(L, -2, key);
}
void set(lua_State* L, char const* key, std::optional<std::int64_t> const& number) {
  if (!number) return;
  lua::push_integer(L, *number);
  lua_setfield(L, -2, key);
}
void set(lua_State* L, char const* key, std::optional<Identifier> const& name) {
  if (name) set(L, key, std::string_view{name->text()});
}
void set(lua_State* L, char const* key, std::optional<std::string> const& text) {
  if (text) set(L, key, std::string_view{*text});
}
void set(lua_State* L, char const* key, std::vector<Identifier> const& names) {
  lua_createtable(L, static_cast<int>(names.size()), 0);
  auto place = 0;
  for (auto const& name : names) {
    lua::push(L, name.text());
    lua_rawseti(L, -2, ++place);
  }
  lua_setfield(L, -2, key);
}
void set_name(lua_State* L, TableName const& name) {
  set(L, "name", std::string_view{name.name.text()});
  set(L, "schema", name.schema);
}
void set_text_unless_empty(lua_State* L, char const* key, std::string const& text) {
  if (!text.empty()) set(L, key, std::string_view{text});
}

void set_deferral(lua_State* L, schema::Deferral deferral) {
  if (deferral == schema::Deferral::unspecified) return;
  set(L, "deferrable", deferral != schema::Deferral::not_deferrable);
  if (deferral == schema::Deferral::initially_deferred) set(L, "initially", std::string_view{"DEFERRED"});
  if (deferral == schema::Deferral::initially_immediate) set(L, "initially", std::string_view{"IMMEDIATE"});
}

/// [-0, +1] A list of one table for each element of `range`, filled by `fill`.
template<typename Range, typename Fill>
void push_list(lua_State* L, Range const& range, Fill fill) {
  lua_newtable(L);
  auto place = 0;
  for (auto const& element : range) {
    lua_newtable(L);
    fill(element);
    lua_rawseti(L, -2, ++place);
  }
}

void fill_identity(lua_State* L, schema::Identity const& identity) {
  set(L, "always", identity.always);
  set(L, "start", identity.start);
  set(L, "increment", identity.increment);
  set(L, "minimum", identity.minimum);
  set(L, "maximum", identity.maximum);
  set(L, "cache", identity.cache);
  set(L, "cycle", identity.cycle);
}

bool is_in_primary_key(Table const& table, schema::Column const& column) {
  return column.primary_key || std::ranges::any_of(table.constraints, [&](auto const& constraint) {
           auto const* key = std::get_if<schema::PrimaryKey>(&constraint);
           return key != nullptr && std::ranges::find(key->columns, column.name) != key->columns.end();
         });
}

void fill_column(lua_State* L, Table const& table, schema::Column const& column) {
  set(L, "name", std::string_view{column.name.text()});
  push_type(L, column.type);
  lua_setfield(L, -2, "type");
  set(L, "nullable", column.nullable);
  set(L, "primary_key", is_in_primary_key(table, column));
  if (column.autoincrement) set(L, "autoincrement", *column.autoincrement);
  if (column.server_default) {
    push_server_default(L, *column.server_default);
    lua_setfield(L, -2, "server_default");
  }
  set(L, "comment", column.comment);
  set(L, "collation", column.collation);
  if (column.computed) {
    lua_newtable(L);
    set(L, "expression", std::string_view{column.computed->expression});
    if (column.computed->persisted) set(L, "persisted", *column.computed->persisted);
    lua_setfield(L, -2, "computed");
  }
  if (column.identity) {
    lua_newtable(L);
    fill_identity(L, *column.identity);
    lua_setfield(L, -2, "identity");
  }
}

void fill_index(lua_State* L, schema::Index const& index) {
  set(L, "name", index.name);
  lua_newtable(L);
  auto place = 0;
  for (auto const& element : index.elements) {
    if (auto const* expression = std::get_if<schema::Expression>(&element.what))
      lua::push_userdata(L, *expression);
    else
      lua::push(L, std::get<Identifier>(element.what).text());
    lua_rawseti(L, -2, ++place);
  }
  lua_setfield(L, -2, "columns");
  set(L, "unique", index.unique);
  set(L, "where", index.where);
  set_text_unless_empty(L, "using", index.using_method);
  if (!index.include.empty()) set(L, "include", index.include);
  if (index.nulls_not_distinct) set(L, "nulls_not_distinct", true);
}

void fill_foreign_key(lua_State* L, schema::ForeignKey const& key) {
  set(L, "name", key.name);
  set(L, "columns", key.columns);
  set(L, "referred_schema", key.referent.schema);
  set(L, "referred_table", std::string_view{key.referent.name.text()});
  set(L, "referred_columns", key.referent_columns);
  set_text_unless_empty(L, "ondelete", key.ondelete);
  set_text_unless_empty(L, "onupdate", key.onupdate);
  set_text_unless_empty(L, "match", key.match);
  set_deferral(L, key.deferral);
  if (key.not_valid) set(L, "not_valid", true);
}

void fill_unique(lua_State* L, schema::UniqueConstraint const& unique) {
  set(L, "name", unique.name);
  set(L, "columns", unique.columns);
  set_deferral(L, unique.deferral);
  if (unique.nulls_not_distinct) set(L, "nulls_not_distinct", true);
}

void fill_check(lua_State* L, schema::CheckConstraint const& check) {
  set(L, "name", check.name);
  set(L, "condition", std::string_view{check.condition});
  if (check.not_valid) set(L, "not_valid", true);
}

void fill_exclude(lua_State* L, schema::ExcludeConstraint const& exclude) {
  set(L, "name", exclude.name);
  set(L, "using", std::string_view{exclude.using_method});
  set(L, "where", exclude.where);
  lua_newtable(L);
  auto place = 0;
  for (auto const& [what, with] : exclude.elements) {
    lua_createtable(L, 2, 0);
    if (auto const* expression = std::get_if<schema::Expression>(&what))
      lua::push_userdata(L, *expression);
    else
      lua::push(L, std::get<Identifier>(what).text());
    lua_rawseti(L, -2, 1);
    lua::push(L, with);
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, ++place);
  }
  lua_setfield(L, -2, "elements");
  set_deferral(L, exclude.deferral);
}

/// The constraints of one kind, those written at a column among them.
template<typename Kind>
std::vector<Kind> constraints_of(Table const& table) {
  auto found = std::vector<Kind>{};
  for (auto const& column : table.columns) {
    if constexpr (std::is_same_v<Kind, schema::ForeignKey>) {
      if (!column.references) continue;
      auto key = *column.references;
      key.columns = {column.name};
      found.push_back(std::move(key));
    } else if constexpr (std::is_same_v<Kind, schema::UniqueConstraint>) {
      if (column.unique) found.push_back({.name = std::nullopt, .columns = {column.name}});
    } else if constexpr (std::is_same_v<Kind, schema::CheckConstraint>) {
      if (column.check) found.push_back(*column.check);
    }
  }
  for (auto const& constraint : table.constraints)
    if (auto const* one = std::get_if<Kind>(&constraint)) found.push_back(*one);
  return found;
}

// --- the inspector ---

/// What op.inspect() returns. It keeps what it read; a new one sees later changes.
struct Inspector {
  lua::Handle handle;
  /// Of a schema, or of where the session looks: all kinds of things, or every table and nothing else.
  std::map<std::optional<Identifier>, Catalog> everything = {}, tables = {};
  std::map<TableName, Catalog> single = {}; ///< one table each
};

/// One method call: the inspector, its arguments, and the questions both answer.
class Question {
 public:
  Question(lua_State* L, char const* method)
      : L_{L},
        args_{L, fmt::format("inspector:{}", method), 2},
        inspector_{lua::to_userdata<Inspector>(L, 1)} {
    if (inspector_ == nullptr)
      throw lua::ArgumentError{fmt::format("inspector:{} must be called with ':'", method),
                               Hint{fmt::format("write inspector:{}(…)", method)}};
    target_ = &active_target(L, args_.function(), inspector_->handle);
  }

  /// Of the schema an option names, else of where the session looks: everything, or every table.
  Catalog const& everything() { return read_everything(read_schema()); }
  Catalog const& all_tables() { return read_all_tables(read_schema()); }
  /// What belongs to no schema.
  Catalog const& database() {
    args_.done();
    return read_everything(std::nullopt);
  }

  /// Of the table the argument names; a table that is not there is an error.
  Table const& table() {
    auto name = read_table_name(args_, 1, "table");
    auto options = args_.options(2);
    if (auto schema = read_identifier(options, "schema")) name.schema = std::move(schema);
    options.done();
    args_.done();
    if (auto const* held = read_table(name)) return *held;
    auto names = std::vector<std::string>{};
    for (auto const& [one, table] : read_all_tables(name.schema).tables) names.push_back(to_string(one));
    auto error = lua::ArgumentError{fmt::format("{}: there is no table '{}'", args_.function(), to_string(name))};
    if (auto const nearest = nearest_name(to_string(name), names))
      error.add_hint({fmt::format("did you mean '{}'?", *nearest)});
    throw error;
  }

 private:
  std::optional<Identifier> read_schema() {
    auto options = args_.options(1);
    auto schema = read_identifier(options, "schema");
    options.done();
    args_.done();
    return schema;
  }

  Catalog const& read_everything(std::optional<Identifier> const& schema) {
    auto found = inspector_->everything.find(schema);
    if (found == inspector_->everything.end())
      found = inspector_->everything.emplace(schema, target_->inspect({.schema = schema}, call_site(L_))).first;
    return found->second;
  }

  Catalog const& read_all_tables(std::optional<Identifier> const& schema) {
    if (auto const found = inspector_->everything.find(schema); found != inspector_->everything.end())
      return found->second;
    auto found = inspector_->tables.find(schema);
    if (found == inspector_->tables.end()) {
      auto catalog = target_->inspect({.tables_only = true, .schema = schema}, call_site(L_));
      found = inspector_->tables.emplace(schema, std::move(catalog)).first;
    }
    return found->second;
  }

  Table const* read_table(TableName const& name) {
    if (inspector_->everything.contains(name.schema) || inspector_->tables.contains(name.schema))
      if (auto const* held = find_table(read_all_tables(name.schema), name)) return held;
    auto found = inspector_->single.find(name);
    if (found == inspector_->single.end())
      found = inspector_->single.emplace(name, inspect_table(L_, *target_, name)).first;
    return find_table(found->second, name);
  }

  lua_State* L_;
  Arguments args_;
  Inspector* inspector_;
  op::Target* target_ = nullptr;
};

int inspect(lua_State* L) {
  Arguments args{L, "op.inspect"};
  args.done();
  active_target(L, args.function());
  lua::push_userdata(L, Inspector{{context_of(L).generation.current(), 0}});
  return 1;
}

int table_names(lua_State* L) {
  auto names = std::vector<std::string>{};
  for (auto const& [name, table] : Question{L, "table_names"}.all_tables().tables) names.push_back(name.name.text());
  lua::push(L, names);
  return 1;
}

int columns(lua_State* L) {
  auto question = Question{L, "columns"};
  auto const& table = question.table();
  push_list(L, table.columns, [&](auto const& column) { fill_column(L, table, column); });
  return 1;
}

int indexes(lua_State* L) {
  auto question = Question{L, "indexes"};
  push_list(L, question.table().indexes, [&](auto const& index) { fill_index(L, index); });
  return 1;
}

int primary_key(lua_State* L) {
  auto question = Question{L, "primary_key"};
  auto const& table = question.table();
  auto keys = constraints_of<schema::PrimaryKey>(table);
  auto key = keys.empty() ? schema::PrimaryKey{} : std::move(keys.front());
  if (key.columns.empty())
    for (auto const& column : table.columns)
      if (column.primary_key) key.columns.push_back(column.name);
  lua_newtable(L);
  set(L, "name", key.name);
  set(L, "columns", key.columns);
  return 1;
}

int foreign_keys(lua_State* L) {
  auto question = Question{L, "foreign_keys"};
  push_list(L, constraints_of<schema::ForeignKey>(question.table()),
            [&](auto const& key) { fill_foreign_key(L, key); });
  return 1;
}

int unique_constraints(lua_State* L) {
  auto question = Question{L, "unique_constraints"};
  push_list(L, constraints_of<schema::UniqueConstraint>(question.table()),
            [&](auto const& one) { fill_unique(L, one); });
  return 1;
}

int check_constraints(lua_State* L) {
  auto question = Question{L, "check_constraints"};
  push_list(L, constraints_of<schema::CheckConstraint>(question.table()), [&](auto const& one) { fill_check(L, one); });
  return 1;
}

int exclude_constraints(lua_State* L) {
  auto question = Question{L, "exclude_constraints"};
  push_list(L, constraints_of<schema::ExcludeConstraint>(question.table()),
            [&](auto const& one) { fill_exclude(L, one); });
  return 1;
}

int table_comment(lua_State* L) {
  auto question = Question{L, "table_comment"};
  auto const& comment = question.table().comment;
  if (!comment) return 0;
  lua::push(L, *comment);
  return 1;
}

int views(lua_State* L) {
  auto question = Question{L, "views"};
  push_list(L, question.everything().views, [&](auto const& entry) {
    set_name(L, entry.first);
    set(L, "definition", std::string_view{entry.second.definition});
    set(L, "materialized", entry.second.materialized);
  });
  return 1;
}

int enums(lua_State* L) {
  auto question = Question{L, "enums"};
  push_list(L, question.everything().enums, [&](auto const& entry) {
    set_name(L, entry.first);
    lua::push(L, entry.second.values);
    lua_setfield(L, -2, "values");
  });
  return 1;
}

int sequences(lua_State* L) {
  auto question = Question{L, "sequences"};
  push_list(L, question.everything().sequences, [&](auto const& entry) {
    auto const& sequence = entry.second;
    set_name(L, entry.first);
    set_text_unless_empty(L, "type", sequence.type);
    set(L, "start", sequence.start);
    set(L, "increment", sequence.increment);
    set(L, "minimum", sequence.minimum);
    set(L, "maximum", sequence.maximum);
    set(L, "cache", sequence.cache);
    set(L, "cycle", sequence.cycle);
  });
  return 1;
}

int triggers(lua_State* L) {
  auto question = Question{L, "triggers"};
  push_list(L, question.everything().triggers, [&](auto const& trigger) {
    set(L, "name", std::string_view{trigger.name.text()});
    set(L, "schema", trigger.table.schema);
    set(L, "table", std::string_view{trigger.table.name.text()});
    set(L, "definition", std::string_view{trigger.definition});
  });
  return 1;
}

int functions_of_schema(lua_State* L) {
  auto question = Question{L, "functions"};
  push_list(L, question.everything().functions, [&](auto const& function) {
    set_name(L, function.name);
    set(L, "arguments", std::string_view{function.arguments});
    set(L, "definition", std::string_view{function.definition});
    set(L, "procedure", function.procedure);
  });
  return 1;
}

int extensions(lua_State* L) {
  auto question = Question{L, "extensions"};
  push_list(L, question.database().extensions, [&](auto const& extension) {
    set(L, "name", std::string_view{extension.name});
    set_text_unless_empty(L, "version", extension.version);
  });
  return 1;
}

int schemas(lua_State* L) {
  auto question = Question{L, "schemas"};
  auto names = std::vector<std::string>{};
  for (auto const& name : question.database().schemas) names.push_back(name.text());
  lua::push(L, names);
  return 1;
}

constexpr luaL_Reg methods[] = {
    {"table_names", bound<table_names>},
    {"columns", bound<columns>},
    {"indexes", bound<indexes>},
    {"primary_key", bound<primary_key>},
    {"foreign_keys", bound<foreign_keys>},
    {"unique_constraints", bound<unique_constraints>},
    {"check_constraints", bound<check_constraints>},
    {"exclude_constraints", bound<exclude_constraints>},
    {"table_comment", bound<table_comment>},
    {"views", bound<views>},
    {"enums", bound<enums>},
    {"sequences", bound<sequences>},
    {"triggers", bound<triggers>},
    {"functions", bound<functions_of_schema>},
    {"extensions", bound<extensions>},
    {"schemas", bound<schemas>},
    {nullptr, nullptr},
};

constexpr luaL_Reg functions[] = {
    {"has_table", bound<has_table>},           {"has_column", bound<has_column>}, {"has_index", bound<has_index>},
    {"has_constraint", bound<has_constraint>}, {"inspect", bound<inspect>},
};

} // namespace

void define_inspector(lua_State* L) {
  lua::define_userdata<Inspector>(L, "inspector", nullptr, methods);
}

Functions op_inspect_functions() {
  return functions;
}
Functions inspector_methods() {
  return {methods, std::size(methods) - 1};
}

} // namespace vm::bindings
