// Tables and columns that were renamed: said in the schema file, confirmed by a person, or only suspected.
#pragma once

#include "engine/autogen/compare.hpp"

#include <map>

namespace vm::autogen {

struct Renames {
  std::map<schema::TableName, schema::TableName> tables; ///< in the database -> desired
  /// By the table's desired name: column in the database -> desired.
  std::map<schema::TableName, std::map<schema::Identifier, schema::Identifier>> columns;

  bool empty() const { return tables.empty() && columns.empty(); }
};

/// Looks at `renamed_from`, then asks `options.is_rename` about what vanished and appeared alike; without it, adds a
/// warning.
Renames find_renames(schema::Catalog const& database, Desired const& desired, Options const& options,
                     std::vector<std::string>& warnings);

/// The catalog after the renames: names, foreign keys and what mentions them. `back`: from the desired names to the
/// database's.
schema::Catalog renamed(schema::Catalog catalog, Renames const& renames, bool back, sql::Dialect const& dialect);

} // namespace vm::autogen
