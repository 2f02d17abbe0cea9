// The desired schema of a project, wherever it stands (schema.lua, env.lua, a file of SQL, another database), and the
// database it is held against, both as catalogs that can be compared.
#pragma once

#include "engine/autogen/compare.hpp"
#include "engine/run/environment.hpp"

#include <string>

namespace vm::command {

struct DesiredSchema {
  autogen::Desired schema;
  std::string origin; ///< "migrations/schema.lua", "schema.sql", a masked URL
};

/// Reads it; what stands in a file is made in a scratch database and read back, never in the project's. Connects.
/// Throws UsageError when there is no desired schema or nothing in it.
DesiredSchema load_desired(run::Environment& environment);

/// The schema of a `.sql` file or of the database that a URL names, as the project's database would hold it.
DesiredSchema load_target(run::Environment& environment, std::string const& file_or_url);

/// The project's database without vm's own tables. Empty when there is no database yet.
schema::Catalog read_database(run::Environment& environment);

} // namespace vm::command
