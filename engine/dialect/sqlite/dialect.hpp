// SQLite's SQL, written for 3.40. What ALTER TABLE cannot do becomes a rebuild of the table (rebuild_table.cpp).
#pragma once

#include "engine/db/session.hpp"
#include "engine/sql/dialect.hpp"

namespace vm::dialect::sqlite {

/// For a connected library, or for offline use (then SQLite 3.40) when `server` is null.
std::unique_ptr<sql::Dialect> make_dialect(db::ServerInfo const* server);

} // namespace vm::dialect::sqlite
