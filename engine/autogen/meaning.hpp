// What a constraint or an index says, as a text to compare, and what it is called where nobody named it.
#pragma once

#include "engine/schema/table.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vm::autogen {

/// Without its name: equal texts, equal constraints.
std::string meaning(schema::Constraint const& constraint);
std::string meaning(schema::Index const& index);

std::optional<schema::Identifier> const& name_of(schema::Constraint const& constraint);
/// Of a check or an exclusion: none.
std::vector<schema::Identifier> columns_of(schema::Constraint const& constraint);
/// "foreign key 'fk_owner' on 'orders'", for people.
std::string shown(schema::TableName const& table, schema::Constraint const& constraint);
/// The name that PostgreSQL gives to what nobody named, and by which SQLite's rebuild finds it. `constraint` may be one
/// of the table's own: then those before it count.
schema::Identifier implied_name(schema::Table const& table, schema::Constraint const& constraint);

} // namespace vm::autogen
