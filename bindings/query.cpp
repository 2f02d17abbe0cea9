// op.get_bind(): queries inside a migration. Rows stream from the database; nothing is held but the row being read.
#include "bindings/arguments.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/row.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

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

/// [-0, +1 or +0] The next row as a table, with what push_row_maker gave at `maker`; false and nothing at the end.
bool push_next(lua::RowPusher& pusher, int maker, op::Rows& rows) {
  pusher.start(maker);
  if (!rows.visit_next(pusher)) {
    pusher.abandon();
    return false;
  }
  pusher.finish();
  return true;
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
  auto const columns = query.rows->columns();
  context.open_rows.emplace(id, std::move(query.rows));
  lua::push_userdata(L, Cursor{{context.generation.current(), id}, query.keep_null});
  lua_createtable(L, 1, 0);
  lua::push_row_maker(L, columns);
  lua_rawseti(L, -2, 1);
  lua_setfenv(L, -2);
  return 1;
}

int bind_all(lua_State* L) {
  auto const query = open_query(L, "db:all");
  lua::push_row_maker(L, query.rows->columns());
  int const maker = lua_gettop(L);
  lua::RowPusher pusher{L, query.rows->columns().size(), query.keep_null};
  lua_newtable(L);
  for (int i = 1; push_next(pusher, maker, *query.rows); ++i) lua_rawseti(L, maker + 1, i);
  return 1;
}

int bind_one(lua_State* L) {
  auto const query = open_query(L, "db:one");
  lua::push_row_maker(L, query.rows->columns());
  lua::RowPusher pusher{L, query.rows->columns().size(), query.keep_null};
  return push_next(pusher, lua_gettop(L), *query.rows) ? 1 : 0;
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
  // Called through the metatable, which no script can reach: the first argument is always its userdata. Asking for the
  // type again would cost a tenth of the row.
  auto const* const self = static_cast<Cursor const*>(lua_touserdata(L, 1));
  if (self == nullptr) throw lua::ArgumentError{"db:rows was called without its rows"};
  auto const& [handle, keep_null] = *self;
  active_target(L, "db:rows", handle);
  auto& open = context_of(L).open_rows;
  auto const found = open.find(handle.id);
  if (found == open.end()) return 0;
  lua_getfenv(L, 1);
  lua_rawgeti(L, -1, 1);
  auto& rows = *found->second;
  lua::RowPusher pusher{L, rows.columns().size(), keep_null};
  bool more = false;
  try {
    more = push_next(pusher, lua_gettop(L), rows);
  } catch (std::exception const&) {
    open.erase(found);
    throw;
  }
  if (more) return 1;
  open.erase(found);
  return 0;
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

constexpr std::int64_t normal_batch = 1000;

/// op.each_batch(query, params, { size }, function(rows) … end): the rows in lists of `size`. What the function returns
/// counts only when it is `false`, which ends the reading.
int each_batch(lua_State* L) {
  Arguments args{L, "op.each_batch"};
  auto const text = args.text(1, "query");
  // The function comes last; the options, and the parameters too, may be left out.
  int const place =
      args.count() >= 2 && args.count() <= 3 && lua_type(L, args.count()) == LUA_TFUNCTION ? args.count() : 4;
  auto const parameters = place > 2 ? args.parameters(2) : std::nullopt;
  lua::TableReader options = place > 3 ? args.options(3) : lua::TableReader{L, 0, args.function()};
  auto const size = options.integer("size").value_or(normal_batch);
  bool const keep_null = options.boolean("null", false);
  options.done();
  args.function_at(place, "function");
  int const function = args.index(place);
  args.done();
  if (size < 1 || size > std::numeric_limits<int>::max()) args.fail("'size' must be at least 1");

  auto& target = active_target(L, args.function());
  auto const rows = target.query(text, parameters, call_site(L));
  check_columns(args.function(), rows->columns());
  lua::push_row_maker(L, rows->columns());
  int const maker = lua_gettop(L);
  lua::RowPusher pusher{L, rows->columns().size(), keep_null};
  std::int64_t total = 0;
  for (bool more = true; more;) {
    lua_createtable(L, static_cast<int>(std::min(size, normal_batch)), 0);
    int count = 0;
    while (count < size && (more = push_next(pusher, maker, *rows))) lua_rawseti(L, maker + 1, ++count);
    if (count == 0) break;
    total += count;
    lua_pushvalue(L, function);
    lua_insert(L, -2);
    lua::call(L, 1, 1);
    bool const stop = lua_isboolean(L, -1) && lua_toboolean(L, -1) == 0;
    lua_pop(L, 1);
    if (stop) break;
  }
  lua::push_integer(L, total);
  return 1;
}

constexpr luaL_Reg functions[] = {{"get_bind", bound<get_bind>}, {"each_batch", bound<each_batch>}};

} // namespace

Functions op_query_functions() {
  return functions;
}

void define_bind(lua_State* L) {
  lua::define_userdata<Bind>(L, "db", nullptr, bind_methods);
  lua::define_userdata<Cursor>(L, "rows", cursor_metamethods, cursor_methods);
}

} // namespace vm::bindings
