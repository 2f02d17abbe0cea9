#include "bindings/env.hpp"

#include "bindings/arguments.hpp"
#include "bindings/items.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"

#include <fmt/format.h>

namespace vm::bindings {

namespace {

lua::Ref function(TableReader& reader, std::string_view key) {
  if (!reader.push(key)) return {};
  if (lua_type(reader.state(), -1) != LUA_TFUNCTION) reader.wrong(key, "a function");
  return lua::Ref{reader.state()};
}

lua::Ref switch_or_function(TableReader& reader, std::string_view key) {
  if (!reader.push(key)) return {};
  int const type = lua_type(reader.state(), -1);
  if (type != LUA_TFUNCTION && type != LUA_TBOOLEAN) reader.wrong(key, "true, false or a function");
  return lua::Ref{reader.state()};
}

/// A text goes to `text`, a sql.schema is kept.
lua::Ref schema(TableReader& reader, std::string_view key, std::optional<std::string>& text) {
  if (!reader.push(key)) return {};
  auto* const L = reader.state();
  if (lua_type(L, -1) == LUA_TSTRING) {
    text = lua::to_text(L, -1);
    lua_pop(L, 1);
    return {};
  }
  if (lua::to_userdata<SchemaItem>(L, -1) == nullptr)
    reader.wrong(key, "a sql.schema, the path of a .sql file or a database URL");
  return lua::Ref{L};
}

std::map<std::string, std::string> naming(TableReader& reader) {
  std::map<std::string, std::string> patterns;
  if (!reader.push("naming_convention")) return patterns;
  auto* const L = reader.state();
  if (lua_type(L, -1) != LUA_TTABLE) reader.wrong("naming_convention", "a table");
  TableReader names{L, -1, fmt::format("{}: naming_convention", reader.context())};
  for (auto const* kind : {"ix", "uq", "ck", "fk", "pk"}) {
    if (auto pattern = names.text(kind)) patterns.emplace(kind, std::move(*pattern));
  }
  names.done();
  lua_pop(L, 1);
  return patterns;
}

} // namespace

EnvironmentTable read_environment(lua_State* L, std::string_view shown_path) {
  try {
    if (lua_type(L, -1) != LUA_TTABLE)
      throw ScriptError{fmt::format("the file must return a table, not {}", lua::type_text(L, -1)),
                        Hint{"end it with: return { … }"}};
    TableReader reader{L, -1, "env.lua"};
    EnvironmentTable environment;
    environment.settings.naming_convention = naming(reader);
    environment.settings.version_table = reader.text("version_table");
    environment.before_migration = function(reader, "before_migration");
    environment.after_migration = function(reader, "after_migration");
    environment.include_object = function(reader, "include_object");
    environment.process_operations = function(reader, "process_operations");
    environment.compare_type = switch_or_function(reader, "compare_type");
    environment.compare_server_default = switch_or_function(reader, "compare_server_default");
    environment.target_schema = schema(reader, "target_schema", environment.settings.target_schema);
    reader.done();
    environment.settings.has_before_migration = static_cast<bool>(environment.before_migration);
    environment.settings.has_after_migration = static_cast<bool>(environment.after_migration);
    return environment;
  } catch (Error& error) {
    error.locate({std::string{shown_path}, 0});
    throw;
  }
}

} // namespace vm::bindings
