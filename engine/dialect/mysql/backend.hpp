// MariaDB and MySQL as backends: sessions, SQL, inspection and lock put together. Connected, the server says which of
// the two it is, whatever the URL said.
#pragma once

#include "engine/dialect/backend.hpp"

namespace vm::dialect::mysql {

Backend const& mariadb_backend();
Backend const& mysql_backend();

} // namespace vm::dialect::mysql
