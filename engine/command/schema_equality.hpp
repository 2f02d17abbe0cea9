// Whether two readings of one database are the same schema, and where they are not. Both were printed by the same
// server, so nothing needs to be read kindly but the order of things.
#pragma once

#include "engine/schema/catalog.hpp"

#include <string>
#include <vector>

namespace vm::command {

/// Sentences, `after` seen from `before`; empty when they are the same. The order of columns, constraints and indexes
/// counts for nothing: a column that comes back comes back last.
std::vector<std::string> schema_differences(schema::Catalog const& before, schema::Catalog const& after);

} // namespace vm::command
