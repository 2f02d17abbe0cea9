// Sessions on MariaDB and MySQL. A statement without parameters goes verbatim through the text protocol; parameters,
// and the rows of a streamed SELECT, go through a prepared statement with a read-only cursor on the server.
#pragma once

#include "engine/db/session.hpp"

namespace vm::dialect::mysql {

/// URL parameters: `unix_socket`, `connect_timeout` (10 s), `read_timeout`, `write_timeout`, `ssl_ca`, `ssl_cert`,
/// `ssl_key`, `local_infile`; `charset` is accepted and the session speaks utf8mb4. With `ssl_ca` the connection is
/// encrypted or refused. Other TLS settings cannot pass through SOCI's connection string and are refused. `localhost`
/// with a port means TCP, as a URL that names a port does not mean a socket. `sql_mode` and `time_zone` stay the
/// server's.
///
/// Values: TINYINT(1), which is what BOOLEAN is, gives true and false for 1 and 0 and numbers beyond; BIGINT UNSIGNED
/// beyond 2^63-1 a decimal; BIT, BLOB and BINARY bytes; dates and times text with every stored digit.
std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options);

} // namespace vm::dialect::mysql
