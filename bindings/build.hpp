// From what a script wrote to the engine's values: the naming convention applied, the options meant for one database
// put in their place, contradictions refused.
#pragma once

#include "bindings/items.hpp"
#include "engine/schema/naming.hpp"
#include "engine/script/desired.hpp"

#include <string>
#include <string_view>

namespace vm::bindings {

/// What decides how items become values. `dialect` is "sqlite", "postgresql", "mysql" or "mariadb".
struct BuildRules {
  schema::NamingConvention const& naming;
  std::string_view dialect;
};

/// The name a constraint gets: as it is after op.f, else by the convention; unset for the database's own.
/// `columns` are those a check was written at.
std::optional<schema::Identifier> name_constraint(BuildRules const& rules, schema::TableName const& table,
                                                  schema::Constraint const& constraint, GivenName const& given,
                                                  std::vector<schema::Identifier> const& columns = {});

schema::Constraint build_constraint(BuildRules const& rules, schema::TableName const& table,
                                    ConstraintItem const& item);
/// Throws UsageError when there is no name and none can be made.
schema::Index build_index(BuildRules const& rules, schema::TableName const& table, IndexItem const& item);

/// A column and what stands beside it: the index of `index = true`, a unique constraint where the convention names it.
struct BuiltColumn {
  schema::Column column;
  std::optional<schema::Index> index = {};
  std::optional<schema::UniqueConstraint> unique = {};
};
BuiltColumn build_column(BuildRules const& rules, schema::TableName const& table, ColumnItem const& item);

/// Throws UsageError: two columns of one name, two primary keys, a constraint or index about a column the table has
/// not.
schema::Table build_table(BuildRules const& rules, TableItem const& item);

/// Errors name the line that wrote the table, where it is known.
script::DesiredSchema build_schema(BuildRules const& rules, SchemaItem const& item);

/// Takes `<prefix>_<key>` for the dialect out of `options`, and drops the forms for other databases.
std::optional<schema::OptionValue> take_option(schema::Options& options, std::string_view dialect,
                                               std::string_view key);

/// The sql.schema at `index`. Throws ArgumentError when there is none. [-0, +0]
script::DesiredSchema read_schema(lua_State* L, int index, BuildRules const& rules);

} // namespace vm::bindings
