#include "bindings/items.hpp"

#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "engine/core/text.hpp"
#include "engine/op/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::bindings {
namespace {

using lua::to_userdata;
using schema::Identifier;

// --- what a value looks like in messages and `tostring` ---

template<typename T>
T& self(lua_State* L, char const* what) {
  auto* object = to_userdata<T>(L, 1);
  if (object == nullptr) throw lua::ArgumentError{fmt::format("{} expected, not {}", what, lua::type_text(L, 1))};
  return *object;
}

int type_tostring(lua_State* L) {
  lua::push(L, to_string(self<TypeItem>(L, "a type").type));
  return 1;
}

int type_equal(lua_State* L) {
  auto const* left = to_userdata<TypeItem>(L, 1);
  auto const* right = to_userdata<TypeItem>(L, 2);
  lua_pushboolean(L, left != nullptr && right != nullptr && left->type == right->type ? 1 : 0);
  return 1;
}

int expression_tostring(lua_State* L) {
  lua::push(L, self<schema::Expression>(L, "sql.expr").sql);
  return 1;
}

int expression_equal(lua_State* L) {
  auto const* left = to_userdata<schema::Expression>(L, 1);
  auto const* right = to_userdata<schema::Expression>(L, 2);
  lua_pushboolean(L, left != nullptr && right != nullptr && *left == *right ? 1 : 0);
  return 1;
}

int name_tostring(lua_State* L) {
  lua::push(L, self<FinalName>(L, "op.f").text);
  return 1;
}

int column_tostring(lua_State* L) {
  auto const& column = self<ColumnItem>(L, "sql.column").column;
  lua::push(L, fmt::format("column '{}' {}", column.name.text(), to_string(column.type)));
  return 1;
}

int constraint_tostring(lua_State* L) {
  constexpr std::array<std::string_view, 5> kinds{"primary key", "unique constraint", "foreign key", "check constraint",
                                                  "exclude constraint"};
  lua::push(L, kinds.at(self<ConstraintItem>(L, "a constraint").constraint.index()));
  return 1;
}

int index_tostring(lua_State* L) {
  auto const& name = self<IndexItem>(L, "sql.index").index.name;
  lua::push(L, name ? fmt::format("index '{}'", name->text()) : std::string{"index"});
  return 1;
}

int table_tostring(lua_State* L) {
  lua::push(L, fmt::format("table '{}'", to_string(self<TableItem>(L, "sql.table").name)));
  return 1;
}

int view_tostring(lua_State* L) {
  lua::push(L, fmt::format("view '{}'", to_string(self<ViewItem>(L, "sql.view").view.name)));
  return 1;
}

int schema_tostring(lua_State* L) {
  lua::push(L, fmt::format("schema of {} tables", self<SchemaItem>(L, "sql.schema").tables.size()));
  return 1;
}

// --- arguments of type words ---

std::optional<int> to_count(lua_State* L, int index, std::int64_t least, std::int64_t most) {
  auto const number = lua::to_integer(L, index);
  if (!number || *number < least || *number > most) return std::nullopt;
  return static_cast<int>(*number);
}

/// What may follow a type word in parentheses.
struct TypeArguments {
  Arguments& arguments;

  /// `(n)` or nothing.
  std::optional<int> count(int position, char const* name, int least, int most) const {
    if (!arguments.has(position)) return std::nullopt;
    auto const found = to_count(arguments.state(), arguments.index(position), least, most);
    if (!found) arguments.wrong(position, name, fmt::format("a whole number from {} to {}", least, most));
    return found;
  }

  /// `{ timezone = true, precision = 3 }`, `(3)`, or nothing.
  template<typename T>
  T moment(T type) const {
    if (!arguments.has(1)) return type;
    if (lua_type(arguments.state(), arguments.index(1)) != LUA_TTABLE) {
      type.precision = count(1, "precision", 0, 6);
      return type;
    }
    auto options = arguments.table(1, "options");
    type.timezone = options.boolean("timezone", type.timezone);
    if (auto const precision = options.integer("precision")) {
      if (*precision < 0 || *precision > 6) options.fail("'precision' must be a whole number from 0 to 6");
      type.precision = static_cast<int>(*precision);
    }
    options.done();
    return type;
  }

  schema::Type operator()(schema::Numeric type) const {
    type.precision = count(1, "precision", 1, 1000);
    type.scale = count(2, "scale", 0, 1000);
    if (type.scale && !type.precision) arguments.fail("a scale needs a precision");
    if (type.scale && *type.scale > *type.precision)
      arguments.fail(fmt::format("the scale {} is larger than the precision {}", *type.scale, *type.precision));
    return type;
  }
  schema::Type operator()(schema::String type) const {
    type.length = count(1, "length", 1, 10'485'760);
    return type;
  }
  schema::Type operator()(schema::Char type) const {
    type.length = count(1, "length", 1, 10'485'760);
    return type;
  }
  schema::Type operator()(schema::Binary type) const {
    type.length = count(1, "length", 1, 1 << 30);
    return type;
  }
  schema::Type operator()(schema::Time type) const { return moment(type); }
  schema::Type operator()(schema::Timestamp type) const { return moment(type); }
  template<typename Other>
  schema::Type operator()(Other type) const {
    return type;
  }
};

/// `sql.string(100)`: the word is called with itself as the first argument.
int type_call(lua_State* L) {
  auto const& word = self<TypeItem>(L, "a type");
  auto arguments = Arguments{L, fmt::format("sql.{}", to_string(word.type)), 2};
  if (!word.is_word && arguments.has(1)) arguments.fail("a type takes its arguments once");
  auto type = word.is_word ? std::visit(TypeArguments{arguments}, word.type) : word.type;
  arguments.done();
  push_type(L, std::move(type));
  return 1;
}

constexpr luaL_Reg type_metamethods[] = {{"__tostring", lua::bound<type_tostring>},
                                         {"__eq", lua::bound<type_equal>},
                                         {"__call", lua::bound<type_call>},
                                         {nullptr, nullptr}};
constexpr luaL_Reg expression_metamethods[] = {
    {"__tostring", lua::bound<expression_tostring>}, {"__eq", lua::bound<expression_equal>}, {nullptr, nullptr}};
constexpr luaL_Reg name_metamethods[] = {{"__tostring", lua::bound<name_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg column_metamethods[] = {{"__tostring", lua::bound<column_tostring>}, {nullptr, nullptr}};
int object_tostring(lua_State* L) {
  struct Describe {
    std::string operator()(op::Operation const& create) const { return op::describe(create); }
    std::string operator()(schema::Function const& one) const {
      return fmt::format("{} '{}'", one.procedure ? "procedure" : "function", to_string(one.name));
    }
    std::string operator()(schema::Trigger const& one) const {
      return fmt::format("trigger '{}' on '{}'", one.name.text(), to_string(one.table));
    }
  };
  lua::push(L, std::visit(Describe{}, self<ObjectItem>(L, "sql object").object));
  return 1;
}

constexpr luaL_Reg object_metamethods[] = {{"__tostring", lua::bound<object_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg constraint_metamethods[] = {{"__tostring", lua::bound<constraint_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg index_metamethods[] = {{"__tostring", lua::bound<index_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg table_metamethods[] = {{"__tostring", lua::bound<table_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg view_metamethods[] = {{"__tostring", lua::bound<view_tostring>}, {nullptr, nullptr}};
constexpr luaL_Reg schema_metamethods[] = {{"__tostring", lua::bound<schema_tostring>}, {nullptr, nullptr}};

// --- pieces ---

Identifier to_identifier(std::string text, std::string const& what) {
  try {
    return Identifier{std::move(text)};
  } catch (UsageError const& error) {
    throw lua::ArgumentError{fmt::format("{}: {}", what, error.message())};
  }
}

std::string what_argument(Arguments const& arguments, int position, std::string_view name) {
  return fmt::format("{}: argument {} '{}'", arguments.function(), position, name);
}

std::string what_key(TableReader const& options, std::string_view key) {
  return fmt::format("{}: '{}'", options.context(), key);
}

/// SQL text of a string or sql.expr; unset for anything else.
std::optional<std::string> to_sql(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) return lua::to_text(L, index);
  if (auto const* expression = to_userdata<schema::Expression>(L, index)) return expression->sql;
  return std::nullopt;
}

std::vector<Identifier> to_identifiers(std::vector<std::string> texts, std::string const& what) {
  auto identifiers = std::vector<Identifier>{};
  identifiers.reserve(texts.size());
  for (auto& text : texts) identifiers.push_back(to_identifier(std::move(text), what));
  return identifiers;
}

std::optional<std::string> number_text(lua_State* L, int index) {
  if (auto const whole = lua::to_integer(L, index)) return fmt::format("{}", *whole);
  if (lua_type(L, index) == LUA_TNUMBER) return fmt::format("{}", lua_tonumber(L, index));
  return std::nullopt;
}

/// The value at the top as a dialect option; unset for what is none.
std::optional<schema::OptionValue> to_option(lua_State* L) {
  switch (lua_type(L, -1)) {
  case LUA_TBOOLEAN: return lua_toboolean(L, -1) != 0;
  case LUA_TNUMBER: return lua_tonumber(L, -1);
  case LUA_TSTRING: return lua::to_text(L, -1);
  case LUA_TTABLE: break;
  default:
    if (auto sql = to_sql(L, -1)) return std::move(*sql);
    return std::nullopt;
  }
  if (auto texts = lua::read_texts(L, -1)) return std::move(*texts);
  auto map = std::map<std::string, std::string>{};
  auto is_map = true;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    auto text = lua_type(L, -1) == LUA_TSTRING ? std::optional{lua::to_text(L, -1)} : number_text(L, -1);
    if (lua_type(L, -1) == LUA_TBOOLEAN) text = lua_toboolean(L, -1) != 0 ? "true" : "false";
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING && text)
      map.emplace(lua::to_text(L, -1), std::move(*text));
    else
      is_map = false;
  }
  if (!is_map) return std::nullopt;
  return map;
}

/// One element of an index at the top of the stack; unset for what is none.
std::optional<schema::IndexElement> to_index_element(Arguments const& arguments, std::string const& what) {
  auto* L = arguments.state();
  if (auto const* expression = to_userdata<schema::Expression>(L, -1)) return schema::IndexElement{.what = *expression};
  if (lua_type(L, -1) == LUA_TSTRING) return schema::IndexElement{.what = to_identifier(lua::to_text(L, -1), what)};
  if (lua_type(L, -1) != LUA_TTABLE) return std::nullopt;

  auto reader = TableReader{L, -1, what};
  reader.push_element(1);
  auto element = std::optional<schema::IndexElement>{};
  if (auto const* expression = to_userdata<schema::Expression>(L, -1))
    element = schema::IndexElement{.what = *expression};
  else if (lua_type(L, -1) == LUA_TSTRING)
    element = schema::IndexElement{.what = to_identifier(lua::to_text(L, -1), what)};
  lua_pop(L, 1);
  if (!element || reader.size() != 1) return std::nullopt;
  element->descending = reader.boolean("descending", false);
  if (auto const nulls = read_word(reader, "nulls", {"FIRST", "LAST"})) element->nulls_first = *nulls == "FIRST";
  element->operator_class = reader.text("ops");
  if (auto const length = reader.integer("length")) {
    if (*length < 1 || *length > 65535) reader.fail("'length' must be a whole number from 1 to 65535");
    element->length = static_cast<int>(*length);
  }
  element->collation = reader.text("collation");
  reader.done();
  return element;
}

} // namespace

void define_items(lua_State* L) {
  lua::define_userdata<TypeItem>(L, "sql type", type_metamethods);
  lua::define_userdata<schema::Expression>(L, "sql.expr", expression_metamethods);
  lua::define_userdata<FinalName>(L, "op.f", name_metamethods);
  lua::define_userdata<ColumnItem>(L, "sql.column", column_metamethods);
  lua::define_userdata<ConstraintItem>(L, "sql constraint", constraint_metamethods);
  lua::define_userdata<IndexItem>(L, "sql.index", index_metamethods);
  lua::define_userdata<TableItem>(L, "sql.table", table_metamethods);
  lua::define_userdata<ViewItem>(L, "sql.view", view_metamethods);
  lua::define_userdata<ObjectItem>(L, "sql object", object_metamethods);
  lua::define_userdata<SchemaItem>(L, "sql.schema", schema_metamethods);
}

// --- readers: arguments ---

std::vector<Identifier> read_columns(Arguments& arguments, int position, std::string_view name) {
  if (!arguments.has(position)) arguments.wrong(position, name, "a name or a list of names");
  auto texts = lua::read_texts(arguments.state(), arguments.index(position));
  if (!texts || texts->empty()) arguments.wrong(position, name, "a name or a list of names");
  return to_identifiers(std::move(*texts), what_argument(arguments, position, name));
}

GivenName read_name(Arguments& arguments, int position, std::string_view name) {
  if (!arguments.has(position)) return {};
  if (auto const* final = to_userdata<FinalName>(arguments.state(), arguments.index(position)))
    return {to_identifier(final->text, what_argument(arguments, position, name)), true};
  if (lua_type(arguments.state(), arguments.index(position)) != LUA_TSTRING)
    arguments.wrong(position, name, "a string, op.f(…) or nil");
  return {arguments.identifier(position, name), false};
}

GivenName read_required_name(Arguments& arguments, int position, std::string_view name) {
  auto given = read_name(arguments, position, name);
  if (!given.name) arguments.wrong(position, name, "a string");
  return given;
}

schema::TableName read_table_name(Arguments& arguments, int position, std::string_view name) {
  if (arguments.has(position))
    if (auto const* table = to_userdata<TableItem>(arguments.state(), arguments.index(position))) return table->name;
  return arguments.table_name(position, name);
}

std::string read_sql(Arguments& arguments, int position, std::string_view name) {
  auto sql = arguments.has(position) ? to_sql(arguments.state(), arguments.index(position)) : std::nullopt;
  if (!sql) arguments.wrong(position, name, "a string of SQL");
  if (trim(*sql).empty()) arguments.fail(fmt::format("argument {} '{}' is empty", position, name));
  return std::move(*sql);
}

std::vector<schema::IndexElement> read_index_elements(Arguments& arguments, int position, std::string_view name) {
  constexpr auto wanted = "a list of columns and expressions";
  if (!arguments.has(position)) arguments.wrong(position, name, wanted);
  auto* L = arguments.state();
  auto const index = arguments.index(position);
  auto const what = what_argument(arguments, position, name);
  auto elements = std::vector<schema::IndexElement>{};
  if (lua_type(L, index) != LUA_TTABLE) {
    lua_pushvalue(L, index);
    auto element = to_index_element(arguments, what);
    lua_pop(L, 1);
    if (!element) arguments.wrong(position, name, wanted);
    elements.push_back(std::move(*element));
    return elements;
  }
  auto list = TableReader{L, index, what};
  for (auto place = std::size_t{1}; place <= list.size(); ++place) {
    list.push_element(place);
    auto element = to_index_element(arguments, what);
    if (!element)
      throw lua::ArgumentError{fmt::format("{}: element {} must be a column, sql.expr or {{ column, options }}, not {}",
                                           what, place, lua::type_text(L, -1))};
    lua_pop(L, 1);
    elements.push_back(std::move(*element));
  }
  list.done();
  if (elements.empty()) arguments.fail(fmt::format("argument {} '{}' is an empty list", position, name));
  return elements;
}

void read_exclude_elements(Arguments& arguments, int position, std::string_view name,
                           schema::ExcludeConstraint& exclude) {
  auto list = arguments.table(position, name);
  auto* L = arguments.state();
  auto const what = what_argument(arguments, position, name);
  for (auto place = std::size_t{1}; place <= list.size(); ++place) {
    list.push_element(place);
    auto const is_pair = lua_type(L, -1) == LUA_TTABLE && lua_objlen(L, -1) == 2;
    if (is_pair) {
      lua_rawgeti(L, -1, 1);
      lua_rawgeti(L, -2, 2);
    }
    auto const* expression = is_pair ? to_userdata<schema::Expression>(L, -2) : nullptr;
    if (!is_pair || (expression == nullptr && lua_type(L, -2) != LUA_TSTRING) || lua_type(L, -1) != LUA_TSTRING)
      throw lua::ArgumentError{fmt::format("{}: element {} must be {{ column or sql.expr, operator }}", what, place)};
    auto with = lua::to_text(L, -1);
    if (expression != nullptr)
      exclude.elements.emplace_back(*expression, std::move(with));
    else
      exclude.elements.emplace_back(to_identifier(lua::to_text(L, -2), what), std::move(with));
    lua_pop(L, 3);
  }
  list.done();
  if (exclude.elements.empty()) arguments.fail(fmt::format("argument {} '{}' is an empty list", position, name));
}

schema::Type read_type(Arguments& arguments, int position, std::string_view name) {
  auto const* type =
      arguments.has(position) ? to_userdata<TypeItem>(arguments.state(), arguments.index(position)) : nullptr;
  if (type == nullptr) arguments.wrong(position, name, "a type such as sql.integer");
  return type->type;
}

// --- readers: options ---

GivenName read_name(TableReader& options, std::string_view key) {
  if (!options.push(key)) return {};
  auto* L = options.state();
  auto given = GivenName{};
  if (auto const* final = to_userdata<FinalName>(L, -1))
    given = {to_identifier(final->text, what_key(options, key)), true};
  else if (lua_type(L, -1) == LUA_TSTRING)
    given = {to_identifier(lua::to_text(L, -1), what_key(options, key)), false};
  else
    options.wrong(key, "a string or op.f(…)");
  lua_pop(L, 1);
  return given;
}

std::optional<std::string> read_sql(TableReader& options, std::string_view key) {
  if (!options.push(key)) return std::nullopt;
  auto sql = to_sql(options.state(), -1);
  if (!sql) options.wrong(key, "a string of SQL");
  if (trim(*sql).empty()) options.fail(fmt::format("'{}' is empty", key));
  lua_pop(options.state(), 1);
  return sql;
}

std::optional<schema::Type> read_type(TableReader& options, std::string_view key) {
  if (!options.push(key)) return std::nullopt;
  auto const* item = to_userdata<TypeItem>(options.state(), -1);
  if (item == nullptr) options.wrong(key, "a type such as sql.integer");
  auto type = item->type;
  lua_pop(options.state(), 1);
  return type;
}

std::optional<op::Change<schema::ServerDefault>> read_server_default(TableReader& options, std::string_view key) {
  options.refuse("default", "server_default: the database fills it in");
  if (!options.push(key)) return std::nullopt;
  auto* L = options.state();
  auto change = op::Change<schema::ServerDefault>{};
  if (auto const* expression = to_userdata<schema::Expression>(L, -1)) {
    change.value = *expression;
  } else if (!lua::is_null(L, -1)) {
    auto value = lua_type(L, -1) == LUA_TTABLE ? std::nullopt : lua::to_value(L, -1);
    if (!value) options.wrong(key, "a string, a number, a boolean or sql.expr(…)");
    change.value = std::move(*value);
  }
  lua_pop(L, 1);
  return change;
}

std::optional<op::Change<std::string>> read_comment(TableReader& options, std::string_view key) {
  if (!options.push(key)) return std::nullopt;
  auto* L = options.state();
  auto change = op::Change<std::string>{};
  if (lua_type(L, -1) == LUA_TSTRING)
    change.value = lua::to_text(L, -1);
  else if (!lua::is_null(L, -1))
    options.wrong(key, "a string or sql.null");
  lua_pop(L, 1);
  return change;
}

std::optional<op::Change<schema::Computed>> read_computed(TableReader& options, std::string_view key) {
  if (!options.push(key)) return std::nullopt;
  auto* L = options.state();
  auto change = op::Change<schema::Computed>{};
  if (auto sql = to_sql(L, -1)) {
    change.value = schema::Computed{std::move(*sql), std::nullopt};
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    auto reader = TableReader{L, -1, what_key(options, key)};
    reader.push_element(1);
    auto text = to_sql(L, -1);
    if (!text) reader.fail("the first element must be a string of SQL");
    lua_pop(L, 1);
    change.value = schema::Computed{std::move(*text), reader.boolean("persisted")};
    reader.done();
  } else if (!lua::is_null(L, -1)) {
    options.wrong(key, "a string of SQL or { \"…\", persisted = true }");
  }
  lua_pop(L, 1);
  return change;
}

std::optional<op::Change<schema::Identity>> read_identity(TableReader& options, std::string_view key) {
  if (!options.push(key)) return std::nullopt;
  auto* L = options.state();
  auto change = op::Change<schema::Identity>{};
  if (lua_type(L, -1) == LUA_TBOOLEAN) {
    if (lua_toboolean(L, -1) != 0) change.value = schema::Identity{};
  } else if (lua_type(L, -1) == LUA_TTABLE) {
    auto reader = TableReader{L, -1, what_key(options, key)};
    auto identity = schema::Identity{};
    identity.always = reader.boolean("always", false);
    identity.start = reader.integer("start");
    identity.increment = reader.integer("increment");
    identity.minimum = reader.integer("minimum");
    identity.maximum = reader.integer("maximum");
    identity.cache = reader.integer("cache");
    identity.cycle = reader.boolean("cycle", false);
    reader.refuse("minvalue", "it is called 'minimum'");
    reader.refuse("maxvalue", "it is called 'maximum'");
    reader.done();
    change.value = identity;
  } else if (!lua::is_null(L, -1)) {
    options.wrong(key, "true or a table such as { start = 1 }");
  }
  lua_pop(L, 1);
  return change;
}

std::map<std::string, std::string> read_text_map(TableReader& options, std::string_view key) {
  if (!options.push(key)) return {};
  if (lua_type(options.state(), -1) != LUA_TTABLE) options.wrong(key, "a table of names and texts");
  auto option = to_option(options.state());
  auto* map = option ? std::get_if<std::map<std::string, std::string>>(&*option) : nullptr;
  auto const is_empty = option && std::holds_alternative<std::vector<std::string>>(*option) &&
                        std::get<std::vector<std::string>>(*option).empty();
  if (map == nullptr && !is_empty) options.wrong(key, "a table of names and texts");
  lua_pop(options.state(), 1);
  return map == nullptr ? std::map<std::string, std::string>{} : std::move(*map);
}

std::optional<schema::OptionValue> read_option(TableReader& options, std::string_view key) {
  if (!options.push(key)) return std::nullopt;
  auto value = to_option(options.state());
  if (!value) options.wrong(key, "a boolean, a number, a string, a list of strings or a table of texts");
  lua_pop(options.state(), 1);
  return value;
}

schema::Options read_dialect_options(TableReader& options) {
  auto found = schema::Options{};
  for (auto const& key : options.keys_with_prefix({"postgresql_", "mysql_", "mariadb_", "sqlite_"}))
    if (auto value = read_option(options, key)) found.emplace(key, std::move(*value));
  return found;
}

std::optional<std::string> read_word(TableReader& options, std::string_view key,
                                     std::vector<std::string> const& words) {
  auto const text = options.text(key);
  if (!text) return std::nullopt;
  auto word = upper(trim(*text));
  if (std::ranges::find(words, word) == words.end())
    options.fail(fmt::format("'{}' must be one of {}, not '{}'", key, quoted_list(words), *text));
  return word;
}

schema::Deferral read_deferral(TableReader& options) {
  auto const deferrable = options.boolean("deferrable");
  auto const initially = read_word(options, "initially", {"DEFERRED", "IMMEDIATE"});
  if (initially == "DEFERRED") {
    if (deferrable == false) options.fail("'initially' is DEFERRED but 'deferrable' is false");
    return schema::Deferral::initially_deferred;
  }
  if (!deferrable) return initially ? schema::Deferral::not_deferrable : schema::Deferral::unspecified;
  return *deferrable ? schema::Deferral::initially_immediate : schema::Deferral::not_deferrable;
}

namespace {

/// "cascade", "set null (a, b)": the words in upper case, a column list as it is; empty for the default.
std::string read_action(TableReader& options, std::string_view key) {
  auto const text = options.text(key);
  if (!text) return {};
  auto const words = std::vector<std::string>{"CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"};
  auto const list = text->find('(');
  auto action = upper(trim(text->substr(0, list)));
  if (std::ranges::find(words, action) == words.end())
    options.fail(fmt::format("'{}' must be one of {}, not '{}'", key, quoted_list(words), *text));
  if (list != std::string::npos) action += " " + text->substr(list);
  return action;
}

} // namespace

void read_foreign_key_options(TableReader& options, schema::ForeignKey& key) {
  key.ondelete = read_action(options, "ondelete");
  key.onupdate = read_action(options, "onupdate");
  key.match = read_word(options, "match", {"FULL", "SIMPLE"}).value_or("");
  key.deferral = read_deferral(options);
  key.not_valid = options.boolean("not_valid", false);
}

void read_index_options(TableReader& options, IndexItem& item) {
  auto& index = item.index;
  index.unique = options.boolean("unique", false);
  index.where = read_sql(options, "where");
  index.using_method = options.text("using").value_or("");
  index.include = read_identifiers(options, "include").value_or(std::vector<Identifier>{});
  index.nulls_not_distinct = options.boolean("nulls_not_distinct", false);
  index.with = read_text_map(options, "with");
  for (auto const& [column, ops] : read_text_map(options, "ops")) {
    auto const element = std::ranges::find_if(index.elements, [&column = column](schema::IndexElement const& one) {
      auto const* name = std::get_if<Identifier>(&one.what);
      return name != nullptr && name->text() == column;
    });
    if (element == index.elements.end())
      options.fail(fmt::format("'ops' names '{}', which is no column of the index", column));
    element->operator_class = ops;
  }
  options.refuse("ops_class", "it is called 'ops'");
  options.refuse("method", "it is called 'using'");
  index.options = read_dialect_options(options);
}

// --- readers: items ---

ColumnItem read_column(Arguments& arguments, int position, std::string_view name) {
  auto const* column =
      arguments.has(position) ? to_userdata<ColumnItem>(arguments.state(), arguments.index(position)) : nullptr;
  if (column == nullptr) arguments.wrong(position, name, "a column, made by sql.column(…)");
  return *column;
}

void read_items(Arguments& arguments, int position, TableItem& table) {
  auto list = arguments.table(position, "items");
  auto* L = arguments.state();
  for (auto place = std::size_t{1}; place <= list.size(); ++place) {
    list.push_element(place);
    if (auto const* column = to_userdata<ColumnItem>(L, -1))
      table.items.emplace_back(*column);
    else if (auto const* constraint = to_userdata<ConstraintItem>(L, -1))
      table.items.emplace_back(*constraint);
    else if (auto const* index = to_userdata<IndexItem>(L, -1))
      table.items.emplace_back(*index);
    else
      list.fail(
          fmt::format("item {} must be a column, a constraint or an index, not {}", place, lua::type_text(L, -1)));
    lua_pop(L, 1);
  }
  list.done();
}

std::optional<op::Cell> to_cell(lua_State* L, int index) {
  if (auto const* expression = to_userdata<schema::Expression>(L, index)) return op::Cell{*expression};
  if (auto value = lua::to_value(L, index)) return op::Cell{std::move(*value)};
  return std::nullopt;
}

void push_type(lua_State* L, schema::Type type) {
  lua::push_userdata(L, TypeItem{std::move(type), false});
}

void push_server_default(lua_State* L, schema::ServerDefault const& value) {
  if (auto const* expression = std::get_if<schema::Expression>(&value))
    lua::push_userdata(L, *expression);
  else
    lua::push_value(L, std::get<Value>(value));
}

} // namespace vm::bindings
