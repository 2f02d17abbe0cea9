#include "bindings/arguments.hpp"

#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"

#include <fmt/format.h>

namespace vm::bindings {

schema::Identifier Arguments::to_identifier(std::string text, std::string_view name) {
  try {
    return schema::Identifier{std::move(text)};
  } catch (UsageError const& error) {
    fail(fmt::format("argument '{}': {}", name, error.message()));
  }
}

schema::Identifier Arguments::identifier(int position, std::string_view name) {
  return to_identifier(text(position, name), name);
}

schema::TableName Arguments::table_name(int position, std::string_view name) {
  return {std::nullopt, identifier(position, name)};
}

std::vector<schema::Identifier> Arguments::identifiers(int position, std::string_view name) {
  if (!has(position)) wrong(position, name, "a string or a list of strings");
  std::vector<schema::Identifier> names;
  for (auto& text : texts(position, name)) names.push_back(to_identifier(std::move(text), name));
  return names;
}

std::optional<op::Parameters> Arguments::parameters(int position, std::string_view name) {
  if (!has(position)) return std::nullopt;
  TableReader reader = table(position, name);
  op::Parameters parameters;
  auto* const L = state();
  for (auto const& key : reader.keys()) {
    lua::push(L, key);
    lua_rawget(L, index(position));
    auto value = lua::to_value(L, -1);
    if (!value)
      fail(fmt::format("parameter '{}' must be a value a database can store, not {}", key, lua::type_text(L, -1)));
    lua_pop(L, 1);
    parameters.emplace_back(key, std::move(*value));
  }
  if (reader.size() != 0)
    throw lua::ArgumentError{
        fmt::format("{}: argument {} '{}' must be a table of named values", function(), position, name),
        Hint{"write :name in the text and { name = value } here"}};
  return parameters;
}

std::optional<schema::Identifier> read_identifier(TableReader& reader, std::string_view key) {
  auto text = reader.text(key);
  if (!text) return std::nullopt;
  try {
    return schema::Identifier{std::move(*text)};
  } catch (UsageError const& error) {
    reader.fail(fmt::format("'{}': {}", key, error.message()));
  }
}

std::optional<std::vector<schema::Identifier>> read_identifiers(TableReader& reader, std::string_view key) {
  auto texts = reader.texts(key);
  if (!texts) return std::nullopt;
  std::vector<schema::Identifier> names;
  for (auto& text : *texts) {
    try {
      names.emplace_back(std::move(text));
    } catch (UsageError const& error) {
      reader.fail(fmt::format("'{}': {}", key, error.message()));
    }
  }
  return names;
}

void push_outcome(lua_State* L, op::Outcome const& outcome) {
  lua_createtable(L, 0, 1);
  lua::push_integer(L, outcome.rows_affected);
  lua_setfield(L, -2, "rows_affected");
}

} // namespace vm::bindings
