// URL scheme to backend.
#pragma once

#include "engine/dialect/backend.hpp"

namespace vm::dialect {

/// "sqlite", "postgresql", "mysql", "mariadb". Throws ConfigError for others, with the nearest name.
Backend const& backend_for(std::string_view dialect);

} // namespace vm::dialect
