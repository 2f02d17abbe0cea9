// sql: tables, views, routines, triggers, sequences, extensions and whole schemas as values: the words of a desired
// schema.
#include "bindings/items.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "bindings/operation.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace vm::bindings {
namespace {

int make_table(lua_State* L) {
  Arguments args{L, "sql.table"};
  auto item = TableItem{.name = args.table_name(1, "name")};
  read_items(args, 2, item);
  auto options = args.options(3);
  item.name.schema = read_identifier(options, "schema");
  if (auto change = read_comment(options, "comment")) item.comment = std::move(change->value);
  item.renamed_from = read_identifier(options, "renamed_from");
  item.options = read_dialect_options(options);
  item.place = lua::caller(L);
  options.done();
  args.done();
  lua::push_userdata(L, std::move(item));
  return 1;
}

int push_view(lua_State* L, Arguments& args, bool materialized) {
  auto item = ViewItem{{.name = args.table_name(1, "name"), .definition = read_sql(args, 2, "definition")}};
  auto options = args.options(3);
  item.view.name.schema = read_identifier(options, "schema");
  item.view.materialized = materialized || options.boolean("materialized", false);
  options.done();
  args.done();
  lua::push_userdata(L, std::move(item));
  return 1;
}

int make_view(lua_State* L) {
  Arguments args{L, "sql.view"};
  return push_view(L, args, false);
}

int make_materialized_view(lua_State* L) {
  Arguments args{L, "sql.materialized_view"};
  return push_view(L, args, true);
}

/// Whether the options at `position` give the whole CREATE statement, as a dump writes it.
bool has_definition(Arguments& args, int position) {
  auto* L = args.state();
  if (!args.has(position) || lua_type(L, args.index(position)) != LUA_TTABLE) return false;
  lua_pushvalue(L, args.index(position));
  lua_pushliteral(L, "definition");
  lua_rawget(L, -2);
  auto const there = lua_type(L, -1) != LUA_TNIL;
  lua_pop(L, 2);
  return there;
}

/// The text of `definition`, which is there.
std::string definition_of(TableReader& options) {
  auto text = options.text("definition").value_or("");
  if (trim(text).empty()) options.fail("'definition' is empty");
  return text;
}

template<Text Name, Parse Body>
int make_object(lua_State* L);

template<Text Name, Parse Body, bool is_procedure>
int make_routine(lua_State* L) {
  Arguments args{L, std::string{std::string_view{Name}}};
  if (!has_definition(args, 2)) return make_object<Name, Body>(L);
  schema::Function function{.name = args.table_name(1, "name")};
  auto options = args.options(2);
  function.name.schema = read_identifier(options, "schema");
  function.arguments = options.text("arguments").value_or("");
  function.definition = definition_of(options);
  function.procedure = is_procedure;
  options.done();
  args.done();
  lua::push_userdata(L, ObjectItem{std::move(function)});
  return 1;
}

int make_trigger(lua_State* L) {
  Arguments args{L, "sql.trigger"};
  if (!has_definition(args, 3)) return make_object<"sql.trigger", create_trigger>(L);
  schema::Trigger trigger{.name = args.identifier(1, "name"), .table = args.table_name(2, "table")};
  auto options = args.options(3);
  trigger.table.schema = read_identifier(options, "schema");
  trigger.definition = definition_of(options);
  options.done();
  args.done();
  lua::push_userdata(L, ObjectItem{std::move(trigger)});
  return 1;
}

/// What an operation of `op` would make, with the same arguments.
template<Text Name, Parse Body>
int make_object(lua_State* L) {
  Arguments args{L, std::string{std::string_view{Name}}};
  auto const naming = schema::NamingConvention{};
  auto call = Call{.arguments = args, .rules = {naming, ""}};
  auto made = read_operations(Body, call);
  lua::push_userdata(L, ObjectItem{std::move(made.front())});
  return 1;
}

void add_list(lua_State* L, TableReader& list, SchemaItem& schema);

/// Adds the value on top of the stack. [-0, +0]
void add_item(lua_State* L, TableReader& list, std::size_t place, SchemaItem& schema) {
  auto const append = [](auto& to, auto const& from) { to.insert(to.end(), from.begin(), from.end()); };
  auto const* type = lua::to_userdata<TypeItem>(L, -1);
  if (auto const* table = lua::to_userdata<TableItem>(L, -1)) {
    schema.tables.push_back(*table);
  } else if (auto const* view = lua::to_userdata<ViewItem>(L, -1)) {
    schema.views.push_back(view->view);
  } else if (auto const* object = lua::to_userdata<ObjectItem>(L, -1)) {
    struct Add {
      SchemaItem& schema;
      void operator()(op::Operation const& create) const { schema.objects.push_back(create); }
      void operator()(schema::Function const& function) const { schema.functions.push_back(function); }
      void operator()(schema::Trigger const& trigger) const { schema.triggers.push_back(trigger); }
    };
    std::visit(Add{schema}, object->object);
  } else if (type != nullptr && std::holds_alternative<schema::Enum>(type->type)) {
    auto const& one = std::get<schema::Enum>(type->type);
    if (one.values.empty()) list.fail(fmt::format("item {}: the enum '{}' has no values", place, to_string(one.name)));
    schema.enums.push_back({one.name, one.values});
  } else if (auto const* part = lua::to_userdata<SchemaItem>(L, -1)) {
    append(schema.tables, part->tables);
    append(schema.views, part->views);
    append(schema.enums, part->enums);
    append(schema.objects, part->objects);
    append(schema.functions, part->functions);
    append(schema.triggers, part->triggers);
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    if (lua_checkstack(L, 8) == 0) list.fail("lists are nested too deeply");
    auto inner = TableReader{L, lua_gettop(L), fmt::format("{}: item {}", list.context(), place)};
    add_list(L, inner, schema);
  } else {
    list.fail(fmt::format("item {} must be a table, a view, an enum or another element of a schema, not {}", place,
                          lua::type_text(L, -1)));
  }
}

void add_list(lua_State* L, TableReader& list, SchemaItem& schema) {
  for (auto place = std::size_t{1}; place <= list.size(); ++place) {
    list.push_element(place);
    add_item(L, list, place, schema);
    lua_pop(L, 1);
  }
  list.allow_elements();
  list.done();
}

int make_schema(lua_State* L) {
  Arguments args{L, "sql.schema"};
  auto list = args.table(1, "items");
  auto item = SchemaItem{};
  add_list(L, list, item);
  args.done();
  lua::push_userdata(L, std::move(item));
  return 1;
}

constexpr luaL_Reg functions[] = {
    {"table", bound<make_table>},
    {"view", bound<make_view>},
    {"materialized_view", bound<make_materialized_view>},
    {"func", bound<make_routine<"sql.func", create_function, false>>},
    {"procedure", bound<make_routine<"sql.procedure", create_procedure, true>>},
    {"trigger", bound<make_trigger>},
    {"sequence", bound<make_object<"sql.sequence", create_sequence>>},
    {"extension", bound<make_object<"sql.extension", create_extension>>},
    {"schema", bound<make_schema>},
};

} // namespace

Functions sql_schema_functions() {
  return functions;
}

} // namespace vm::bindings
