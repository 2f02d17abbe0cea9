// op.get_bind(): queries inside a migration. Rows stream from the database; nothing is held but the row being read.
#include "bindings/arguments.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {

namespace {

/// `db`: a handle, valid while its migration runs.
struct Bind {
  lua::Handle handle;
};

/// What db:rows returns: the rows themselves stand in the context, which lets go of them when the migration ends.
struct Cursor {
  lua::Handle handle;
  bool keep_null = false; ///< NULL as sql.null instead of an absent field
};

Bind const& self(lua_State* L, std::string_view function) {
  auto const* bind = lua::to_userdata<Bind>(L, 1);
  if (bind == nullptr)
    throw lua::ArgumentError{fmt::format("{} was called without its database", function),
                             Hint{"write db:rows(…) with a colon"}};
  return *bind;
}

struct Query {
  std::unique_ptr<op::Rows> rows;
  bool keep_null = false;
};

/// Two columns of one name would leave one value in the row's table and lose the other without a word.
void check_columns(std::string_view function, std::vector<std::string> columns) {
  std::sort(columns.begin(), columns.end());
  auto const twice = std::adjacent_find(columns.begin(), columns.end());
  if (twice == columns.end()) return;
  throw lua::ArgumentError{fmt::format("{}: the query returns two columns named '{}'", function, *twice),
                           Hint{"give one of them another name with AS"}};
}

/// Reads (text, params, { null }) after `db` and runs the query.
Query open_query(lua_State* L, std::string_view function) {
  auto const handle = self(L, function).handle;
  Arguments args{L, function, 2};
  auto const text = args.text(1, "text");
  auto const parameters = args.parameters(2);
  auto options = args.options(3);
  bool const keep_null = options.boolean("null", false);
  options.done();
  args.done();
  auto& target = active_target(L, function, handle);
  Query query{target.query(text, parameters, call_site(L)), keep_null};
  check_columns(function, query.rows->columns());
  return query;
}

/// [-0, +1]
void push_row(lua_State* L, std::vector<std::string> const& columns, std::vector<Value> const& values, bool keep_null) {
  lua_createtable(L, 0, static_cast<int>(columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    bool const is_null = vm::is_null(values[i]);
    if (is_null && !keep_null) continue;
    lua::push(L, columns[i]);
    if (is_null)
      lua::push_null(L);
    else
      lua::push_value(L, values[i]);
    lua_rawset(L, -3);
  }
}

int get_bind(lua_State* L) {
  Arguments args{L, "op.get_bind"};
  args.done();
  active_target(L, args.function());
  lua::push_userdata(L, Bind{{context_of(L).generation.current(), 0}});
  return 1;
}

int bind_execute(lua_State* L) {
  auto const handle = self(L, "db:execute").handle;
  Arguments args{L, "db:execute", 2};
  if (!args.has(1)) args.wrong(1, "text", "a string or a list of strings");
  op::ExecuteSql operation{args.texts(1, "text"), args.parameters(2)};
  args.done();
  active_target(L, args.function(), handle);
  push_outcome(L, apply(L, args.function(), std::move(operation)));
  return 1;
}

int bind_rows(lua_State* L) {
  auto query = open_query(L, "db:rows");
  auto& context = context_of(L);
  auto const id = context.next_rows++;
  context.open_rows.emplace(id, std::move(query.rows));
  lua::push_userdata(L, Cursor{{context.generation.current(), id}, query.keep_null});
  return 1;
}

int bind_all(lua_State* L) {
  auto const query = open_query(L, "db:all");
  lua_newtable(L);
  std::vector<Value> values;
  for (int i = 1; query.rows->next(values); ++i) {
    push_row(L, query.rows->columns(), values, query.keep_null);
    lua_rawseti(L, -2, i);
  }
  return 1;
}

int bind_one(lua_State* L) {
  auto const query = open_query(L, "db:one");
  std::vector<Value> values;
  if (!query.rows->next(values)) return 0;
  push_row(L, query.rows->columns(), values, query.keep_null);
  return 1;
}

int bind_scalar(lua_State* L) {
  auto const query = open_query(L, "db:scalar");
  std::vector<Value> values;
  if (!query.rows->next(values) || values.empty()) return 0;
  if (query.keep_null && vm::is_null(values.front()))
    lua::push_null(L);
  else
    lua::push_value(L, values.front());
  return 1;
}

constexpr luaL_Reg bind_methods[] = {{"execute", bound<bind_execute>}, {"rows", bound<bind_rows>},
                                     {"all", bound<bind_all>},         {"one", bound<bind_one>},
                                     {"scalar", bound<bind_scalar>},   {nullptr, nullptr}};

Cursor const& cursor(lua_State* L, std::string_view function) {
  auto const* found = lua::to_userdata<Cursor>(L, 1);
  if (found == nullptr) throw lua::ArgumentError{fmt::format("{} was called without its rows", function)};
  return *found;
}

/// The next row, or nil at the end and ever after.
int cursor_call(lua_State* L) {
  auto const& [handle, keep_null] = cursor(L, "db:rows");
  active_target(L, "db:rows", handle);
  auto& open = context_of(L).open_rows;
  auto const found = open.find(handle.id);
  if (found == open.end()) return 0;
  std::vector<Value> values;
  bool more = false;
  try {
    more = found->second->next(values);
  } catch (std::exception const&) {
    open.erase(found);
    throw;
  }
  if (!more) {
    open.erase(found);
    return 0;
  }
  push_row(L, found->second->columns(), values, keep_null);
  return 1;
}

int cursor_close(lua_State* L) {
  auto const& handle = cursor(L, "rows:close").handle;
  if (handle.is_alive(context_of(L).generation)) context_of(L).open_rows.erase(handle.id);
  return 0;
}

int cursor_columns(lua_State* L) {
  auto const& handle = cursor(L, "rows:columns").handle;
  active_target(L, "rows:columns", handle);
  auto& open = context_of(L).open_rows;
  auto const found = open.find(handle.id);
  if (found == open.end()) return 0;
  lua::push(L, found->second->columns());
  return 1;
}

constexpr luaL_Reg cursor_metamethods[] = {{"__call", bound<cursor_call>}, {nullptr, nullptr}};
constexpr luaL_Reg cursor_methods[] = {
    {"close", bound<cursor_close>}, {"columns", bound<cursor_columns>}, {nullptr, nullptr}};

constexpr luaL_Reg functions[] = {{"get_bind", bound<get_bind>}};

} // namespace

Functions op_query_functions() {
  return functions;
}

void define_bind(lua_State* L) {
  lua::define_userdata<Bind>(L, "db", nullptr, bind_methods);
  lua::define_userdata<Cursor>(L, "rows", cursor_metamethods, cursor_methods);
}

} // namespace vm::bindings
