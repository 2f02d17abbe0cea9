// PostgreSQL as a backend: sessions, SQL, inspection and lock put together.
#pragma once

#include "engine/dialect/backend.hpp"

namespace vm::dialect::postgresql {

Backend const& backend();

} // namespace vm::dialect::postgresql
