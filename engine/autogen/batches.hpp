// Where a table is rebuilt for what other databases alter, its changes are made in one rebuild, and tables take turns:
// a key that others refer to is there before they do and goes after they stopped.
#pragma once

#include "engine/autogen/direction.hpp"

namespace vm::autogen {

/// Whether the database rebuilds tables (SQLite).
bool rebuilds_tables(sql::Dialect const& dialect);

/// The operations of the direction, in an order that works, with the changes of each table in one batch where that
/// spares rebuilds. `operations` come as Steps orders them.
std::vector<op::Operation> in_batches(std::vector<op::Operation> operations, Direction const& way);

} // namespace vm::autogen
