// The SQL of MariaDB (10.5 and newer, written for 10.11) and MySQL 8: one family, the differences by product and
// version. Every DDL statement commits; a column is changed by saying all of it again, so what is not to change is
// asked first.
#pragma once

#include "engine/db/session.hpp"
#include "engine/sql/compile.hpp"

namespace vm::dialect::mysql {

enum class Product { mariadb, mysql };

/// For a connected server; for offline use, when `server` is null, `product` decides (MariaDB 10.11, MySQL 8.0).
std::unique_ptr<sql::Dialect> make_dialect(db::ServerInfo const* server, Product product = Product::mariadb);

/// The column type as SQL; types that only PostgreSQL has are refused.
std::string type_name(schema::Type const& type, sql::Compiler const& dialect, bool has_uuid);

/// A text as a string that reads the same whatever NO_BACKSLASH_ESCAPES is.
std::string text_literal(std::string_view text);

/// A text as a plain string, backslashes doubled for the default sql_mode: all that COMMENT and ENUM() take.
std::string plain_text(std::string_view text);

} // namespace vm::dialect::mysql
