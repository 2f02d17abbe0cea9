// What kind of statement a text is, by its first words: whether it only reads, whether it sets something of the
// session.
#pragma once

#include "engine/sql/dialect.hpp"

#include <string_view>

namespace vm::sql {

/// SELECT and its relatives without a data-modifying part. A function called by a SELECT may still write; nobody can
/// tell from here.
bool is_read(std::string_view statement, Capabilities const& capabilities);

/// Lasts as long as the session and is gone with it: SET, PRAGMA, USE, ATTACH, PREPARE, set_config().
bool is_session_setting(std::string_view statement, Capabilities const& capabilities);

/// Makes a table that ends with the session.
bool makes_temporary_table(std::string_view statement, Capabilities const& capabilities);

/// COMMIT or END.
bool is_commit(std::string_view statement, Capabilities const& capabilities);

/// LOCK TABLES as MariaDB and MySQL mean it: until they are unlocked, no other table can be reached.
bool locks_tables(std::string_view statement, Capabilities const& capabilities);

/// Whether the first word is one of data or schema statements, which can share a transaction with others (unless the
/// dialect says otherwise). Not CALL and DO: a procedure may commit.
bool is_data_or_schema(std::string_view statement, Capabilities const& capabilities);

} // namespace vm::sql
