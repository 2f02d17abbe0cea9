// The thin layer's Arguments with the engine's own words: names of tables and columns, parameters of a SQL text.
#pragma once

#include "bindings/context.hpp"
#include "bindings/lua/arguments.hpp"
#include "bindings/lua/bound.hpp"
#include "engine/op/operation.hpp"

#include <optional>
#include <string_view>

namespace vm::bindings {

using lua::bound;
using lua::TableReader;

class Arguments : public lua::Arguments {
 public:
  using lua::Arguments::Arguments;

  schema::Identifier identifier(int position, std::string_view name);
  /// A name without a schema; the schema is an option and set by the caller.
  schema::TableName table_name(int position, std::string_view name = "table");
  std::vector<schema::Identifier> identifiers(int position, std::string_view name);
  /// Named parameters, sorted by name; unset when absent (then nothing in the text is a parameter).
  std::optional<op::Parameters> parameters(int position, std::string_view name = "params");

  /// The text as an identifier, or an ArgumentError that names the function and the argument.
  schema::Identifier to_identifier(std::string text, std::string_view name);
};

/// The field of an option table as an identifier.
std::optional<schema::Identifier> read_identifier(TableReader& reader, std::string_view key);
std::optional<std::vector<schema::Identifier>> read_identifiers(TableReader& reader, std::string_view key);

/// [-0, +1] `{ rows_affected = n }`.
void push_outcome(lua_State* L, op::Outcome const& outcome);

} // namespace vm::bindings
