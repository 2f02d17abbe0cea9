#include "bindings/op_backfill.hpp"

#include "bindings/items.hpp"
#include "bindings/library.hpp"
#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::bindings {

namespace {

// Their addresses are registry keys.
char environment_key;
char elsewhere_key;

/// [-0, +1]
void get(lua_State* L, void* key) {
  lua_pushlightuserdata(L, key);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

/// [-1, +0]
void set(lua_State* L, void* key) {
  lua_pushlightuserdata(L, key);
  lua_insert(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

/// Finds the name under which another state finds the function at `index`. [-0, +0]
std::optional<std::string> name_of_function(lua_State* L, int index) {
  index = lua::absolute(L, index);
  get(L, &environment_key);
  if (lua_type(L, -1) == LUA_TTABLE) {
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
      if (lua_rawequal(L, -1, index) != 0 && lua_type(L, -2) == LUA_TSTRING) {
        auto name = lua::to_text(L, -2);
        lua_pop(L, 3);
        return name;
      }
      lua_pop(L, 1);
    }
  }
  lua_pop(L, 1);
  return find_in_libraries(L, index);
}

/// The row function of one call.
class LuaFunction final : public op::TransformSource {
 public:
  LuaFunction(lua_State* L, int index, TransformOptions options)
      : L_{L},
        index_{index},
        options_{std::move(options)},
        name_{name_of_function(L, index)} {}

  void prepare(std::vector<std::string> const& columns, std::size_t key_count) override {
    options_.columns = columns;
    options_.key_count = key_count;
  }

  std::unique_ptr<op::Transform> here() override { return make_transform(L_, index_, options_); }

  std::unique_ptr<op::Transform> elsewhere() override {
    get(L_, &elsewhere_key);
    auto const* load = static_cast<LoadElsewhere const*>(lua_touserdata(L_, -1));
    lua_pop(L_, 1);
    if (!name_ || load == nullptr) {
      throw ScriptError{"op.backfill: with several workers the function must be one that each can load for itself",
                        Hint{"make it a top-level function of the migration, `function normalise(row) … end` without "
                             "`local`, or one of a required module; a closure sees what only this state has"}};
    }
    return make_transform((*load)(*name_), options_);
  }

  std::optional<std::string> name() const override { return name_; }

 private:
  lua_State* L_;
  int index_;
  TransformOptions options_;
  std::optional<std::string> name_;
};

std::optional<double> read_seconds(TableReader& options, std::string_view key) {
  auto const number = options.number(key);
  if (number && !(*number >= 0 && *number < 1e9)) options.fail(fmt::format("'{}' must be seconds, 0 or more", key));
  return number;
}

void read_batch_size(TableReader& options, op::Backfill& job) {
  if (!options.push("batch_size")) return;
  auto* L = options.state();
  if (lua_type(L, -1) == LUA_TSTRING && lua::to_text(L, -1) == "auto") {
    job.batch_size.reset();
  } else {
    auto const number = lua::to_integer(L, -1);
    if (!number || *number < 1 || *number > 10'000'000)
      options.fail("'batch_size' must be a number of rows from 1 to 10000000, or \"auto\"");
    job.batch_size = *number;
  }
  lua_pop(L, 1);
}

void read_set(TableReader& options, Arguments& args, op::Backfill& job) {
  if (!options.push("set")) return;
  auto* L = options.state();
  if (lua_type(L, -1) != LUA_TTABLE) options.wrong("set", "a table of columns and values");
  int const table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING) options.fail("'set': a key must be the name of a column");
    auto name = lua::to_text(L, -2);
    auto cell = to_cell(L, -1);
    if (!cell)
      options.fail(fmt::format("'set': '{}' must be a value a database can store or sql.expr, not {}", name,
                               lua::type_text(L, -1)));
    job.set.emplace_back(args.to_identifier(std::move(name), "set"), std::move(*cell));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  if (job.set.empty()) options.fail("'set' names no column");
  std::ranges::sort(job.set, [](auto const& a, auto const& b) { return a.first.text() < b.first.text(); });
}

std::vector<schema::Identifier> read_list(TableReader& options, Arguments& args, std::string_view key) {
  std::vector<schema::Identifier> result;
  if (auto const texts = options.texts(key))
    for (auto const& text : *texts) result.push_back(args.to_identifier(text, key));
  return result;
}

int backfill(lua_State* L) {
  Arguments args{L, "op.backfill"};
  auto& target = active_target(L, args.function());
  op::Backfill job{read_table_name(args, 1, "table")};
  auto options = args.options(2);
  job.columns = read_list(options, args, "columns");
  job.where = read_sql(options, "where");
  job.key = read_list(options, args, "key");
  read_batch_size(options, job);
  if (auto const time = read_seconds(options, "target_batch_time")) job.target_batch_time = std::max(*time, 0.01);
  auto const workers = options.integer("workers").value_or(1);
  if (workers < 1 || workers > 64) options.fail("'workers' must be from 1 to 64");
  job.workers = static_cast<int>(workers);
  job.pause = read_seconds(options, "pause").value_or(0);
  job.max_replica_lag = read_seconds(options, "max_replica_lag");
  auto const on_error = options.text("on_error").value_or("stop");
  if (on_error != "stop" && on_error != "skip") options.fail("'on_error' must be \"stop\" or \"skip\"");
  job.skip_errors = on_error == "skip";
  job.whole_batch = options.boolean("whole_batch", false);
  read_set(options, args, job);
  if (auto schema = read_identifier(options, "schema")) job.table.schema = std::move(schema);
  options.done();
  bool const has_function = args.has(3);
  if (has_function) args.function_at(3, "function");
  args.done();

  auto const where = call_site(L);
  if (!has_function) {
    if (job.set.empty()) args.fail("there is nothing to do: give a function as third argument, or { set = { … } }");
    if (!job.columns.empty()) args.fail("'columns' is what a row function reads; 'set' needs none");
    target.backfill(job, nullptr, where);
    return 0;
  }
  if (!job.set.empty()) args.fail("give a function or 'set', not both");
  if (job.skip_errors && job.whole_batch) args.fail("on_error = \"skip\" needs a function of one row, not whole_batch");
  auto const& limits = *context_of(L).options;
  LuaFunction function{L,
                       args.index(3),
                       {.columns = {},
                        .key_count = 0,
                        .skip_errors = job.skip_errors,
                        .whole_batch = job.whole_batch,
                        .compiled = limits.time_limit == 0}};
  target.backfill(job, &function, where);
  return 0;
}

constexpr luaL_Reg functions[] = {{"backfill", bound<backfill>}};

} // namespace

Reloadable::Reloadable(lua_State* L, int environment, LoadElsewhere elsewhere)
    : L_{L},
      elsewhere_{std::move(elsewhere)} {
  lua_pushvalue(L, environment);
  set(L, &environment_key);
  lua_pushlightuserdata(L, &elsewhere_);
  set(L, &elsewhere_key);
}

/// The keys are there, so nothing is allocated and nothing raised.
Reloadable::~Reloadable() {
  for (auto* const key : {&environment_key, &elsewhere_key}) {
    lua_pushlightuserdata(L_, key);
    lua_pushnil(L_);
    lua_rawset(L_, LUA_REGISTRYINDEX);
  }
}

Functions op_backfill_functions() {
  return functions;
}

} // namespace vm::bindings
