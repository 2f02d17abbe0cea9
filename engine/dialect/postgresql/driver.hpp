// Sessions on PostgreSQL. Statements travel as the user wrote them; parameters leave their types to the server; rows of
// a SELECT stream through a server-side cursor.
#pragma once

#include "engine/db/session.hpp"

namespace vm::dialect::postgresql {

/// Every parameter of the URL goes to libpq (`sslmode`, `options`, `connect_timeout`, …); `connect_timeout` is 10 s and
/// `application_name` the one of the options unless given. The session speaks UTF-8, prints dates in ISO form and reads
/// backslashes in plain strings as themselves; everything else is as the server has it.
///
/// query(): a SELECT (VALUES, TABLE, WITH) is read through a cursor, in pieces of about a megabyte. Outside a
/// transaction the cursor is WITH HOLD, so the server keeps the result until it was read; what cannot be a cursor
/// (INSERT … RETURNING, SHOW, FOR UPDATE outside a transaction) is read as a whole.
std::unique_ptr<db::Session> connect(DatabaseUrl const& url, db::ConnectOptions const& options);

} // namespace vm::dialect::postgresql
