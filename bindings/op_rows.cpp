// op: rows written as values, and names marked as final.
#include "bindings/items.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "bindings/module.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vm::bindings {
namespace {

using schema::Identifier;

op::Cell read_cell(Arguments& args, std::string const& what, std::string const& column) {
  auto* L = args.state();
  auto cell = to_cell(L, -1);
  if (!cell)
    args.fail(fmt::format("{}: '{}' must be a value a database can store or sql.expr, not {}", what, column,
                          lua::type_text(L, -1)));
  return std::move(*cell);
}

/// The cells of the row table at `index`, by column; in the order of the names, which a table does not keep.
std::map<std::string, op::Cell> read_row(Arguments& args, int index, std::string const& what) {
  auto* L = args.state();
  index = lua::absolute(L, index);
  auto row = std::map<std::string, op::Cell>{};
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING) args.fail(fmt::format("{}: a key must be the name of a column", what));
    auto column = lua::to_text(L, -2);
    auto cell = read_cell(args, what, column);
    row.emplace(std::move(column), std::move(cell));
    lua_pop(L, 1);
  }
  return row;
}

std::vector<std::pair<Identifier, op::Cell>> read_values(Arguments& args, int position, std::string_view name) {
  if (!args.has(position) || lua_type(args.state(), args.index(position)) != LUA_TTABLE)
    args.wrong(position, name, "a table of columns and values");
  auto const what = fmt::format("argument {} '{}'", position, name);
  auto values = std::vector<std::pair<Identifier, op::Cell>>{};
  for (auto& [column, cell] : read_row(args, args.index(position), what))
    values.emplace_back(args.to_identifier(column, name), std::move(cell));
  if (values.empty()) args.fail(fmt::format("{} is empty", what));
  return values;
}

void read_schema_option(Arguments& args, int position, schema::TableName& table) {
  auto options = args.options(position);
  if (auto schema = read_identifier(options, "schema")) table.schema = std::move(schema);
  options.done();
}

/// The rows as name -> cell, and every name that occurs, sorted.
std::vector<std::map<std::string, op::Cell>> read_rows(Arguments& args, int position, std::set<std::string>& names) {
  auto* L = args.state();
  auto list = args.table(position, "rows");
  auto rows = std::vector<std::map<std::string, op::Cell>>{};
  rows.reserve(list.size());
  for (auto place = std::size_t{1}; place <= list.size(); ++place) {
    list.push_element(place);
    auto const what = fmt::format("row {}", place);
    if (lua_type(L, -1) != LUA_TTABLE)
      args.fail(fmt::format("{} must be a table of columns and values, not {}", what, lua::type_text(L, -1)));
    rows.push_back(read_row(args, -1, what));
    for (auto const& [name, cell] : rows.back()) names.insert(name);
    lua_pop(L, 1);
  }
  list.done();
  return rows;
}

int insert(lua_State* L) {
  Arguments args{L, "op.insert"};
  auto operation = op::Insert{read_table_name(args, 1, "table"), read_values(args, 2, "values")};
  read_schema_option(args, 3, operation.table);
  args.done();
  push_outcome(L, apply(L, args.function(), std::move(operation)));
  return 1;
}

int update(lua_State* L) {
  Arguments args{L, "op.update"};
  auto operation = op::Update{read_table_name(args, 1, "table"), read_values(args, 2, "set")};
  if (args.has(3)) operation.where = read_sql(args, 3, "where");
  operation.parameters = args.parameters(4).value_or(op::Parameters{});
  read_schema_option(args, 5, operation.table);
  args.done();
  push_outcome(L, apply(L, args.function(), std::move(operation)));
  return 1;
}

int delete_rows(lua_State* L) {
  Arguments args{L, "op.delete"};
  auto operation = op::Delete{read_table_name(args, 1, "table")};
  if (args.has(2)) operation.where = read_sql(args, 2, "where");
  operation.parameters = args.parameters(3).value_or(op::Parameters{});
  read_schema_option(args, 4, operation.table);
  args.done();
  push_outcome(L, apply(L, args.function(), std::move(operation)));
  return 1;
}

int bulk_insert(lua_State* L) {
  Arguments args{L, "op.bulk_insert"};
  active_target(L, args.function());
  auto operation = op::BulkInsert{.table = read_table_name(args, 1, "table")};
  auto names = std::set<std::string>{};
  auto rows = read_rows(args, 2, names);
  auto options = args.options(3);
  auto const columns = read_identifiers(options, "columns");
  operation.on_conflict = options.text("on_conflict");
  if (auto schema = read_identifier(options, "schema")) operation.table.schema = std::move(schema);
  options.done();
  args.done();

  if (columns) {
    operation.columns = *columns;
    for (auto const& column : *columns) names.erase(column.text());
    if (!names.empty())
      args.fail(fmt::format("a row has the column '{}', which 'columns' does not list", *names.begin()));
  } else {
    for (auto const& name : names) operation.columns.push_back(args.to_identifier(name, "rows"));
  }
  auto outcome = op::Outcome{};
  if (!rows.empty()) {
    if (operation.columns.empty()) args.fail("the rows have no columns");
    operation.rows.reserve(rows.size());
    for (auto& row : rows) {
      auto cells = std::vector<op::Cell>{};
      cells.reserve(operation.columns.size());
      for (auto const& column : operation.columns) {
        auto const cell = row.find(column.text());
        cells.push_back(cell == row.end() ? op::Cell{Value{Null{}}} : std::move(cell->second));
      }
      operation.rows.push_back(std::move(cells));
    }
    outcome = apply(L, args.function(), std::move(operation));
  }
  push_outcome(L, outcome);
  return 1;
}

int final_name(lua_State* L) {
  Arguments args{L, "op.f"};
  auto name = args.identifier(1, "name");
  args.done();
  lua::push_userdata(L, FinalName{name.text()});
  return 1;
}

constexpr luaL_Reg functions[] = {
    {"insert", bound<insert>},           {"update", bound<update>}, {"delete", bound<delete_rows>},
    {"bulk_insert", bound<bulk_insert>}, {"f", bound<final_name>},
};

} // namespace

Functions op_rows_functions() {
  return functions;
}

} // namespace vm::bindings
