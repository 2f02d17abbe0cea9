// op: schemas, enums, views, functions, triggers, sequences, extensions.
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {
namespace {

using schema::Identifier;
using schema::TableName;

// --- schemas ---

Operations create_schema(Call& call) {
  auto create = op::CreateSchema{call.arguments.identifier(call.next++, "name")};
  auto options = call.options();
  create.if_not_exists = options.boolean("if_not_exists", false);
  call.done(options);
  return operations(std::move(create));
}

Operations drop_schema(Call& call) {
  auto drop = op::DropSchema{call.arguments.identifier(call.next++, "name")};
  auto options = call.options();
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

// --- enums ---

Operations create_enum(Call& call) {
  auto create = op::CreateEnum{call.table("name")};
  create.values = call.arguments.texts(call.next, "values");
  if (create.values.empty()) call.arguments.wrong(call.next, "values", "a list of at least one string");
  ++call.next;
  auto options = call.options();
  call.read_schema(options, create.name);
  create.if_not_exists = options.boolean("if_not_exists", false);
  call.done(options);
  return operations(std::move(create));
}

Operations drop_enum(Call& call) {
  auto drop = op::DropEnum{call.table("name")};
  auto options = call.options();
  call.read_schema(options, drop.name);
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

/// `{ "guest", after = "client" }`; more than one value follow each other.
void read_added(TableReader& reader, std::vector<op::AlterEnum::Add>& added) {
  auto* L = reader.state();
  auto after = reader.text("after");
  auto const before = reader.text("before");
  if (after && before) reader.fail("'before' and 'after' exclude each other");
  auto const if_not_exists = reader.boolean("if_not_exists", false);
  for (auto place = std::size_t{1}; place <= reader.size(); ++place) {
    reader.push_element(place);
    if (lua_type(L, -1) != LUA_TSTRING) reader.fail(fmt::format("value {} must be a string", place));
    auto add = op::AlterEnum::Add{.value = lua::to_text(L, -1), .if_not_exists = if_not_exists};
    lua_pop(L, 1);
    add.before = before;
    add.after = after;
    if (after) after = add.value;
    added.push_back(std::move(add));
  }
  if (reader.size() == 0) reader.fail("a value is missing");
  reader.done();
}

void read_add(TableReader& options, std::vector<op::AlterEnum::Add>& added) {
  auto* L = options.state();
  if (!options.push("add")) return;
  auto const context = fmt::format("{}: 'add'", options.context());
  if (lua_type(L, -1) == LUA_TSTRING) {
    added.push_back({.value = lua::to_text(L, -1)});
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    auto list = TableReader{L, -1, context};
    lua_rawgeti(L, -1, 1);
    auto const is_list_of_tables = lua_type(L, -1) == LUA_TTABLE;
    lua_pop(L, 1);
    if (is_list_of_tables) {
      for (auto place = std::size_t{1}; place <= list.size(); ++place) {
        list.push_element(place);
        if (lua_type(L, -1) != LUA_TTABLE) list.fail(fmt::format("element {} must be a table", place));
        auto one = TableReader{L, -1, context};
        read_added(one, added);
        lua_pop(L, 1);
      }
      list.done();
    } else {
      read_added(list, added);
    }
  } else {
    options.wrong("add", "a string or { \"value\", after = \"value\" }");
  }
  lua_pop(L, 1);
}

void read_renamed(TableReader& reader, std::vector<std::pair<std::string, std::string>>& renamed) {
  auto from = reader.required_text("old");
  renamed.emplace_back(std::move(from), reader.required_text("new"));
  reader.done();
}

void read_rename(TableReader& options, std::vector<std::pair<std::string, std::string>>& renamed) {
  auto* L = options.state();
  if (!options.push("rename")) return;
  if (lua_type(L, -1) != LUA_TTABLE) options.wrong("rename", "{ old = \"…\", new = \"…\" }");
  auto const context = fmt::format("{}: 'rename'", options.context());
  auto reader = TableReader{L, -1, context};
  if (reader.size() == 0) {
    read_renamed(reader, renamed);
  } else {
    for (auto place = std::size_t{1}; place <= reader.size(); ++place) {
      reader.push_element(place);
      if (lua_type(L, -1) != LUA_TTABLE) reader.fail(fmt::format("element {} must be a table", place));
      auto one = TableReader{L, -1, context};
      read_renamed(one, renamed);
      lua_pop(L, 1);
    }
    reader.done();
  }
  lua_pop(L, 1);
}

/// `{ users = "role", teams = { "role", "old_role" } }`
void read_enum_columns(TableReader& options, op::AlterEnum& alter) {
  auto* L = options.state();
  if (!options.push("tables")) return;
  if (lua_type(L, -1) != LUA_TTABLE) options.wrong("tables", "a table such as { users = \"role\" }");
  auto reader = TableReader{L, -1, fmt::format("{}: 'tables'", options.context())};
  for (auto const& table : reader.keys())
    for (auto const& column : reader.texts(table).value_or(std::vector<std::string>{}))
      alter.tables.emplace_back(TableName{alter.name.schema, Identifier{table}}, Identifier{column});
  reader.done();
  lua_pop(L, 1);
}

Operations alter_enum(Call& call) {
  auto alter = op::AlterEnum{.name = call.table("name")};
  if (!call.arguments.has(call.next)) call.arguments.wrong(call.next, "options", "a table of what changes");
  auto options = call.options();
  call.read_schema(options, alter.name);
  read_add(options, alter.add);
  read_rename(options, alter.rename);
  alter.remove = options.texts("remove").value_or(std::vector<std::string>{});
  read_enum_columns(options, alter);
  call.done(options);
  if (alter.add.empty() && alter.rename.empty() && alter.remove.empty()) return {};
  return operations(std::move(alter));
}

// --- views ---

op::CreateView read_view(Call& call, TableReader& options, TableName name, std::string definition) {
  auto create = op::CreateView{.name = std::move(name), .definition = std::move(definition)};
  call.read_schema(options, create.name);
  create.columns = read_identifiers(options, "columns").value_or(std::vector<Identifier>{});
  create.options = read_dialect_options(options);
  return create;
}

Operations create_view(Call& call) {
  auto name = call.table("name");
  auto definition = read_sql(call.arguments, call.next++, "definition");
  auto options = call.options();
  auto create = read_view(call, options, std::move(name), std::move(definition));
  create.if_not_exists = options.boolean("if_not_exists", false);
  options.refuse("replace", "op.replace_view makes or replaces it");
  options.refuse("materialized", "it is op.create_materialized_view");
  call.done(options);
  return operations(std::move(create));
}

Operations replace_view(Call& call) {
  auto name = call.table("name");
  auto definition = read_sql(call.arguments, call.next++, "definition");
  auto options = call.options();
  auto create = read_view(call, options, std::move(name), std::move(definition));
  create.replace = true;
  call.done(options);
  return operations(std::move(create));
}

Operations create_materialized_view(Call& call) {
  auto name = call.table("name");
  auto definition = read_sql(call.arguments, call.next++, "definition");
  auto options = call.options();
  auto create = read_view(call, options, std::move(name), std::move(definition));
  create.materialized = true;
  create.if_not_exists = options.boolean("if_not_exists", false);
  create.with_data = options.boolean("with_data", true);
  call.done(options);
  return operations(std::move(create));
}

op::DropView read_drop_view(Call& call) {
  auto drop = op::DropView{call.table("name")};
  auto options = call.options();
  call.read_schema(options, drop.name);
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return drop;
}

Operations drop_view(Call& call) {
  return operations(read_drop_view(call));
}

Operations drop_materialized_view(Call& call) {
  auto drop = read_drop_view(call);
  drop.materialized = true;
  return operations(std::move(drop));
}

Operations refresh_materialized_view(Call& call) {
  auto refresh = op::RefreshMaterializedView{call.table("name")};
  auto options = call.options();
  call.read_schema(options, refresh.name);
  refresh.concurrently = options.boolean("concurrently", false);
  call.done(options);
  return operations(std::move(refresh));
}

// --- functions and procedures ---

op::CreateFunction read_function(Call& call, bool procedure) {
  auto create = op::CreateFunction{.name = call.table("name"), .procedure = procedure};
  if (!call.arguments.has(call.next)) call.arguments.wrong(call.next, "options", "a table with the body");
  auto options = call.options();
  call.read_schema(options, create.name);
  create.arguments = options.text("arguments").value_or("");
  if (!procedure) create.returns = options.required_text("returns");
  create.language = options.text("language").value_or("");
  create.body = options.required_text("body");
  create.replace = options.boolean("replace", false);
  create.options = read_dialect_options(options);
  for (auto const* key :
       {"volatility", "security", "strict", "parallel", "cost", "rows", "leakproof", "window", "set", "deterministic"})
    if (auto value = read_option(options, key)) create.options.emplace(key, std::move(*value));
  call.done(options);
  return create;
}

} // namespace

Operations create_function(Call& call) {
  return operations(read_function(call, false));
}
Operations create_procedure(Call& call) {
  return operations(read_function(call, true));
}

namespace {

op::DropFunction read_drop_function(Call& call, bool procedure) {
  auto drop = op::DropFunction{.name = call.table("name"), .procedure = procedure};
  auto options = call.options();
  call.read_schema(options, drop.name);
  drop.arguments = options.text("arguments");
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return drop;
}

Operations drop_function(Call& call) {
  return operations(read_drop_function(call, false));
}
Operations drop_procedure(Call& call) {
  return operations(read_drop_function(call, true));
}

// --- triggers ---

/// "update of a, b": the keywords in upper case, the columns as they are.
std::string event_of(TableReader& options, std::string const& text) {
  auto const event = trim(text);
  auto const word = upper(event.substr(0, event.find_first_of(" \t\n")));
  for (auto const* known : {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}) {
    if (word != known) continue;
    auto const rest = trim(event.substr(word.size()));
    if (rest.empty()) return word;
    if (word == "UPDATE" && rest.size() > 3 && equals_ignore_case(rest.substr(0, 3), "of "))
      return fmt::format("UPDATE OF {}", trim(rest.substr(3)));
  }
  options.fail(fmt::format(
      "an event must be 'insert', 'update', 'update of column, …', 'delete' or 'truncate', not '{}'", text));
}

} // namespace

Operations create_trigger(Call& call) {
  auto const name = call.arguments.identifier(call.next++, "name");
  auto create = op::CreateTrigger{.name = name, .table = call.table()};
  if (!call.arguments.has(call.next))
    call.arguments.wrong(call.next, "options", "a table with timing, events and body");
  auto options = call.options();
  call.read_schema(options, create.table);
  auto const timing = read_word(options, "timing", {"BEFORE", "AFTER", "INSTEAD OF"});
  if (!timing) options.fail("'timing' is missing");
  create.timing = *timing;
  auto const events = options.texts("events");
  if (!events || events->empty()) options.fail("'events' is missing");
  for (auto const& event : *events) create.events.push_back(event_of(options, event));
  create.level = read_word(options, "level", {"ROW", "STATEMENT"}).value_or("ROW");
  create.when = read_sql(options, "when").value_or("");
  create.body = options.required_text("body");
  create.if_not_exists = options.boolean("if_not_exists", false);
  create.replace = options.boolean("replace", false);
  options.refuse("event", "it is called 'events'");
  call.done(options);
  return operations(std::move(create));
}

namespace {

Operations drop_trigger(Call& call) {
  auto drop = op::DropTrigger{call.arguments.identifier(call.next++, "name")};
  auto const is_left_out = lua_type(call.arguments.state(), call.arguments.index(call.next)) == LUA_TTABLE;
  if (!is_left_out) {
    if (call.arguments.has(call.next)) drop.table = read_table_name(call.arguments, call.next, "table");
    ++call.next;
  }
  auto options = call.options();
  auto const schema = read_identifier(options, "schema");
  if (auto table = read_identifier(options, "table")) drop.table = schema::TableName{std::nullopt, std::move(*table)};
  if (drop.table && schema) drop.table->schema = schema;
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

// --- sequences and extensions ---

} // namespace

Operations create_sequence(Call& call) {
  auto create = op::CreateSequence{.name = call.table("name")};
  auto options = call.options();
  call.read_schema(options, create.name);
  if (options.push("type")) {
    // "bigint" or sql.bigint: databases name these three alike.
    auto* L = options.state();
    if (lua_type(L, -1) == LUA_TSTRING) {
      create.type = lua::to_text(L, -1);
      lua_pop(L, 1);
    } else {
      lua_pop(L, 1);
      auto const type = read_type(options, "type");
      if (!schema::is_integer(*type)) options.fail("'type' must be smallint, integer or bigint");
      create.type = to_string(*type);
    }
  }
  create.start = options.integer("start");
  create.increment = options.integer("increment");
  create.minimum = options.integer("minimum");
  create.maximum = options.integer("maximum");
  create.cache = options.integer("cache");
  create.cycle = options.boolean("cycle", false);
  create.owned_by = options.text("owned_by");
  create.if_not_exists = options.boolean("if_not_exists", false);
  options.refuse("minvalue", "it is called 'minimum'");
  options.refuse("maxvalue", "it is called 'maximum'");
  call.done(options);
  return operations(std::move(create));
}

namespace {

Operations drop_sequence(Call& call) {
  auto drop = op::DropSequence{call.table("name")};
  auto options = call.options();
  call.read_schema(options, drop.name);
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

} // namespace

Operations create_extension(Call& call) {
  auto create = op::CreateExtension{.name = call.arguments.identifier(call.next++, "name")};
  auto options = call.options();
  create.schema = read_identifier(options, "schema");
  create.version = options.text("version");
  create.if_not_exists = options.boolean("if_not_exists", false);
  create.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(create));
}

namespace {

Operations drop_extension(Call& call) {
  auto drop = op::DropExtension{call.arguments.identifier(call.next++, "name")};
  auto options = call.options();
  drop.if_exists = options.boolean("if_exists", false);
  drop.cascade = options.boolean("cascade", false);
  call.done(options);
  return operations(std::move(drop));
}

constexpr luaL_Reg functions[] = {
    {"create_schema", bound<operation<"create_schema", create_schema>>},
    {"drop_schema", bound<operation<"drop_schema", drop_schema>>},
    {"create_enum", bound<operation<"create_enum", create_enum>>},
    {"drop_enum", bound<operation<"drop_enum", drop_enum>>},
    {"alter_enum", bound<operation<"alter_enum", alter_enum>>},
    {"create_view", bound<operation<"create_view", create_view>>},
    {"replace_view", bound<operation<"replace_view", replace_view>>},
    {"drop_view", bound<operation<"drop_view", drop_view>>},
    {"create_materialized_view", bound<operation<"create_materialized_view", create_materialized_view>>},
    {"drop_materialized_view", bound<operation<"drop_materialized_view", drop_materialized_view>>},
    {"refresh_materialized_view", bound<operation<"refresh_materialized_view", refresh_materialized_view>>},
    {"create_function", bound<operation<"create_function", create_function>>},
    {"drop_function", bound<operation<"drop_function", drop_function>>},
    {"create_procedure", bound<operation<"create_procedure", create_procedure>>},
    {"drop_procedure", bound<operation<"drop_procedure", drop_procedure>>},
    {"create_trigger", bound<operation<"create_trigger", create_trigger>>},
    {"drop_trigger", bound<operation<"drop_trigger", drop_trigger>>},
    {"create_sequence", bound<operation<"create_sequence", create_sequence>>},
    {"drop_sequence", bound<operation<"drop_sequence", drop_sequence>>},
    {"create_extension", bound<operation<"create_extension", create_extension>>},
    {"drop_extension", bound<operation<"drop_extension", drop_extension>>},
};

} // namespace

Functions op_object_functions() {
  return functions;
}

} // namespace vm::bindings
