#include "bindings/desired.hpp"

#include "bindings/context.hpp"
#include "bindings/lua/call.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/table_reader.hpp"
#include "engine/op/describe.hpp"

#include <fmt/format.h>

#include <type_traits>

namespace vm::bindings {
namespace {

void set_field(lua_State* L, char const* key, std::string_view value) {
  if (value.empty()) return;
  lua::push(L, value);
  lua_setfield(L, -2, key);
}

/// The table and the name that an operation is about, as far as it has them.
struct Subject {
  std::optional<schema::TableName> table = {};
  std::string name = {};
};

std::string text_of(std::optional<schema::Identifier> const& name) {
  return name ? name->text() : std::string{};
}

Subject subject_of(op::Operation const& operation) {
  return std::visit(
      [](auto const& one) -> Subject {
        using O = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<O, op::CreateTable>)
          return {one.table.name};
        else if constexpr (std::is_same_v<O, op::AddColumn>)
          return {one.table, one.column.name.text()};
        else if constexpr (std::is_same_v<O, op::DropColumn> || std::is_same_v<O, op::AlterColumn>)
          return {one.table, one.column.text()};
        else if constexpr (std::is_same_v<O, op::CreateIndex>)
          return {one.table, text_of(one.index.name)};
        else if constexpr (std::is_same_v<O, op::DropIndex>)
          return {one.table, one.index.name.text()};
        else if constexpr (requires { one.constraint.name; })
          return {one.table, text_of(one.constraint.name)};
        else if constexpr (std::is_same_v<O, op::CreateTrigger> || std::is_same_v<O, op::DropTrigger> ||
                           std::is_same_v<O, op::DropConstraint>)
          return {one.table, one.name.text()};
        else if constexpr (requires { schema::TableName{one.table}; })
          return {one.table};
        else if constexpr (requires { schema::to_string(schema::TableName{one.name}); })
          return {std::nullopt, schema::to_string(schema::TableName{one.name})};
        else if constexpr (requires { one.name.text(); })
          return {std::nullopt, one.name.text()};
        else
          return {};
      },
      operation);
}

/// One way into the state, for every callback.
class Entrance {
 public:
  Entrance(lua::State& state, double time_limit, std::string shown)
      : state_{state},
        time_limit_{time_limit},
        shown_{std::move(shown)} {}

  template<typename Body>
  void operator()(Body&& body) const {
    auto& context = *static_cast<Context*>(state_.context);
    struct Phase {
      Context& context;
      Context::Phase before = context.phase;
      explicit Phase(Context& of) : context{of} { context.phase = Context::Phase::loading; }
      Phase(Phase const&) = delete;
      Phase& operator=(Phase const&) = delete;
      ~Phase() { context.phase = before; }
    } const phase{context};
    state_.begin(time_limit_);
    try {
      lua::protect(state_, std::forward<Body>(body));
    } catch (lua::CallError& failure) {
      ScriptError error = static_cast<ScriptError const&>(failure);
      error.locate({shown_, 0});
      throw error;
    }
  }

 private:
  lua::State& state_;
  double time_limit_;
  std::string shown_;
};

using Decision = std::function<std::optional<bool>(script::ColumnPair const&)>;

/// `function(table, column, database, desired)`, or the boolean itself.
Decision decision(Entrance const& enter, lua::Ref const& hook, std::string_view name) {
  if (!hook) return {};
  return [&hook, enter, name](script::ColumnPair const& pair) {
    auto result = std::optional<bool>{};
    enter([&](lua_State* L) {
      hook.push(L);
      if (lua_type(L, -1) == LUA_TBOOLEAN) {
        // `true` is vm's own comparison, `false` none at all.
        if (lua_toboolean(L, -1) == 0) result = false;
        return;
      }
      auto const push = [L](std::optional<std::string> const& text) { text ? lua::push(L, *text) : lua_pushnil(L); };
      lua::push(L, schema::to_string(pair.table));
      lua::push(L, pair.column.text());
      push(pair.database);
      push(pair.desired);
      lua::call(L, 4, 1);
      if (lua_type(L, -1) == LUA_TBOOLEAN)
        result = lua_toboolean(L, -1) != 0;
      else if (lua_type(L, -1) != LUA_TNIL)
        throw ScriptError{fmt::format("{} must return true, false or nil, not {}", name, lua::type_text(L, -1))};
    });
    return result;
  };
}

/// [-0, +1] { operation, table, schema, name, text }, marked as the `place`th.
void push_operation(lua_State* L, op::Operation const& operation) {
  auto const subject = subject_of(operation);
  lua_createtable(L, 0, 5);
  set_field(L, "operation", op::name_of(operation));
  set_field(L, "name", subject.name);
  if (subject.table) {
    set_field(L, "table", subject.table->name.text());
    set_field(L, "schema", text_of(subject.table->schema));
  }
  set_field(L, "text", op::describe(operation));
}

/// What the callback's result, on top of the stack, makes of the operations: the tables it was given, found again in
/// the list below `given`, and texts, which are SQL.
std::vector<op::Operation> read_processed(lua_State* L, int given, std::vector<op::Operation> const& operations) {
  auto result = std::vector<op::Operation>{};
  auto const count = static_cast<int>(lua_objlen(L, -1));
  for (int place = 1; place <= count; ++place) {
    lua_rawgeti(L, -1, place);
    if (lua_type(L, -1) == LUA_TSTRING) {
      result.emplace_back(op::ExecuteSql{{lua::to_text(L, -1)}, std::nullopt});
    } else {
      bool found = false;
      for (std::size_t i = 0; i < operations.size() && !found; ++i) {
        lua_rawgeti(L, given, static_cast<int>(i) + 1);
        found = lua_rawequal(L, -1, -2) != 0;
        lua_pop(L, 1);
        if (found) result.push_back(operations[i]);
      }
      if (!found)
        throw ScriptError{
            fmt::format("process_operations: element {} of the result is none of the operations given, but {}", place,
                        lua::type_text(L, -1)),
            Hint{"return those that shall stay, and SQL to add as strings"}};
    }
    lua_pop(L, 1);
  }
  return result;
}

std::vector<op::Operation> process(Entrance const& enter, lua::Ref const& hook, std::vector<op::Operation> operations,
                                   bool upgrade) {
  auto result = std::vector<op::Operation>{};
  enter([&](lua_State* L) {
    auto const count = static_cast<int>(operations.size());
    lua_createtable(L, count, 0); // the list that is kept
    int const given = lua_gettop(L);
    hook.push(L);
    lua_createtable(L, count, 0); // the list that the script may change
    for (int place = 1; place <= count; ++place) {
      push_operation(L, operations[static_cast<std::size_t>(place) - 1]);
      lua_pushvalue(L, -1);
      lua_rawseti(L, given, place);
      lua_rawseti(L, -2, place);
    }
    int const changeable = lua_gettop(L);
    lua_pushvalue(L, changeable);
    lua_insert(L, given + 1); // survives the call
    lua::push(L, upgrade ? std::string_view{"upgrade"} : std::string_view{"downgrade"});
    lua::call(L, 2, 1);
    if (lua_type(L, -1) == LUA_TNIL) lua_pop(L, 1); // then the list it was given, as it is now
    if (lua_type(L, -1) != LUA_TTABLE)
      throw ScriptError{
          fmt::format("process_operations must return a list of operations, not {}", lua::type_text(L, -1))};
    result = read_processed(L, given, operations);
  });
  return result;
}

} // namespace

script::ComparisonHooks comparison_hooks(lua::State& state, EnvironmentTable const& environment, double time_limit,
                                         std::string const& shown) {
  auto hooks = script::ComparisonHooks{};
  auto const enter = Entrance{state, time_limit, shown};
  hooks.compare_type = decision(enter, environment.compare_type, "compare_type");
  hooks.compare_server_default = decision(enter, environment.compare_server_default, "compare_server_default");
  if (environment.include_object) {
    hooks.include_object = [&hook = environment.include_object, enter](script::SchemaObject const& object) {
      bool included = true;
      enter([&](lua_State* L) {
        hook.push(L);
        lua_createtable(L, 0, 5);
        set_field(L, "name", object.name);
        set_field(L, "kind", object.kind);
        set_field(L, "schema", object.schema);
        set_field(L, "table", object.table);
        lua_pushboolean(L, object.reflected ? 1 : 0);
        lua_setfield(L, -2, "reflected");
        lua::push(L, object.name);
        lua::push(L, object.kind);
        lua_pushboolean(L, object.reflected ? 1 : 0);
        lua::call(L, 4, 1);
        if (lua_type(L, -1) != LUA_TBOOLEAN)
          throw ScriptError{fmt::format("include_object must return true or false, not {}, for {} '{}'",
                                        lua::type_text(L, -1), object.kind, object.name)};
        included = lua_toboolean(L, -1) != 0;
      });
      return included;
    };
  }
  if (environment.process_operations) {
    hooks.process_operations = [&hook = environment.process_operations, enter](std::vector<op::Operation> operations,
                                                                               bool upgrade) {
      return process(enter, hook, std::move(operations), upgrade);
    };
  }
  return hooks;
}

} // namespace vm::bindings
