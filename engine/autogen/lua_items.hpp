// Schema elements as Lua: types, columns, constraints, indexes, tables, as sql.* would be typed.
#pragma once

#include "engine/autogen/lua_text.hpp"
#include "engine/schema/catalog.hpp"

namespace vm::autogen {

using LuaFields = std::vector<std::pair<std::string, Lua>>;

Lua lua_type(schema::Type const& type);
Lua lua_default(schema::ServerDefault const& value);
Lua lua_value(Value const& value);
Lua lua_names(std::vector<schema::Identifier> const& names);
Lua lua_texts(std::vector<std::string> const& texts);
/// One name as a string, several as a list.
Lua lua_name_or_names(std::vector<schema::Identifier> const& names);
Lua lua_computed(schema::Computed const& computed);
Lua lua_identity(schema::Identity const& identity);
Lua lua_column(schema::Column const& column);
Lua lua_constraint(schema::Constraint const& constraint);
Lua lua_index(schema::Index const& index);
Lua lua_index_elements(std::vector<schema::IndexElement> const& elements);
Lua lua_exclude_elements(schema::ExcludeConstraint const& exclude);
/// `{ columns…, constraints…, indexes… }`; what a column can say by itself is said there.
Lua lua_table_items(schema::Table const& table);

void add_schema(LuaFields& fields, schema::TableName const& name);
void add_deferral(LuaFields& fields, schema::Deferral deferral);
void add_options(LuaFields& fields, schema::Options const& options);
void add_index_options(LuaFields& fields, schema::Index const& index);
void add_foreign_key_options(LuaFields& fields, schema::ForeignKey const& key);
void add_table_options(LuaFields& fields, schema::Table const& table);

} // namespace vm::autogen
