// SQLite as a backend: sessions, SQL, inspection and lock put together.
#pragma once

#include "engine/dialect/backend.hpp"

namespace vm::dialect::sqlite {

Backend const& backend();

} // namespace vm::dialect::sqlite
