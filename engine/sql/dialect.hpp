// What a database's SQL looks like, as an interface and a value of capabilities. Every dialect folder has one
// implementation; what all databases share is in sql/compile. Knows nothing of connections.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"
#include "engine/sql/settlement.hpp"
#include "engine/sql/statement.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vm::sql {

/// Differences that are facts, not code. Filled per dialect, by server version where it matters.
struct Capabilities {
  bool transactional_ddl = true; ///< false: every DDL statement commits (MariaDB, MySQL)
  bool alter_column_type = true; ///< false: SQLite rebuilds the table
  bool schemas = true;
  bool schemas_are_databases = false; ///< CREATE SCHEMA makes a database of the server (MariaDB, MySQL)
  bool comments = true;
  bool enum_types = false; ///< enums are types of their own
  bool sequences = false;
  bool if_exists_on_index = true;
  bool backslash_escapes = false; ///< in string literals (MariaDB/MySQL by default)
  bool dollar_quotes = false;
  bool nested_comments = false;
  bool hash_comments = false;
  bool carriage_return_ends_line = false; ///< and with it a `--` comment, without a line feed (PostgreSQL)
  bool backtick_quotes = false;           ///< `name`
  bool double_quotes_are_strings = false; ///< MariaDB/MySQL without ANSI_QUOTES
  bool bracket_quotes = false;            ///< SQLite reads [name]
  bool delimiter_command = false;         ///< DELIMITER lines in .sql files
  bool copy_from_stdin = false;
  bool foreign_keys_need_index = false;    ///< and make one by themselves (MariaDB, MySQL)
  bool views_follow_renames = true;        ///< a renamed table has its new name in the views that read it
  bool views_pin_columns = false;          ///< a column that a view reads cannot be altered or dropped (PostgreSQL)
  bool replaces_routines = false;          ///< CREATE OR REPLACE FUNCTION
  std::string_view no_cycle = "NO CYCLE";  ///< of a sequence
  std::string_view default_collation = {}; ///< what a column is said to have that shall have none of its own
  bool compound_bodies = false;            ///< BEGIN … END in triggers and routines without quotes (SQLite, MariaDB)
  std::size_t identifier_limit = 63;
  bool identifier_limit_in_characters = false; ///< else in bytes
  std::size_t parameter_limit = 65535;         ///< most parameters in one statement
};

/// What the compiler may ask of the live database; absent offline.
class Existing {
 public:
  virtual ~Existing() = default;
  /// The table as it is, with indexes and constraints, or null.
  virtual schema::Table const* table(schema::TableName const& name) const = 0;
  /// Which table an index belongs to, where only the index's name is known.
  virtual std::optional<schema::TableName> table_of_index(schema::TableName const& index) const = 0;
  /// The whole catalog, for a rebuild that must keep views, triggers and foreign keys of others.
  virtual schema::Catalog const& catalog() const = 0;
  /// One column of text from a query of the dialect's own (sqlite_schema, information_schema).
  virtual std::vector<std::vector<Value>> query(std::string_view text, std::vector<Value> const& parameters) const = 0;
  /// False for a catalog made from earlier operations of the run: then query() is never called.
  virtual bool live() const { return true; }
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string_view name() const = 0; ///< "sqlite", "postgresql", "mysql", "mariadb"
  virtual Capabilities const& capabilities() const = 0;

  virtual std::string quote(std::string_view identifier) const = 0; ///< always quoted, safely
  std::string quote(schema::Identifier const& identifier) const { return quote(identifier.text()); }
  std::string quote(schema::TableName const& table) const; ///< "schema"."name"

  /// A value as SQL text that means the same value; for `--sql` and defaults.
  virtual std::string literal(Value const& value) const = 0;
  /// `$1` or `?`; `index` counts from 0.
  virtual std::string placeholder(std::size_t index) const = 0;
  /// The column type as SQL. Throws UsageError for what the database lacks, naming the way round.
  virtual std::string type_name(schema::Type const& type) const = 0;

  /// An inspected table with what this database keeps in pieces put together again, as a person would have written it:
  /// on SQLite an enum is a VARCHAR with a CHECK.
  virtual schema::Table recognised(schema::Table table) const { return table; }

  /// What USING of a type change needs where the database does not cast by itself; nothing elsewhere.
  virtual std::optional<std::string> cast_for_type_change(schema::Identifier const& /*column*/,
                                                          schema::Type const& /*from*/,
                                                          schema::Type const& /*to*/) const {
    return std::nullopt;
  }

  /// Everything one operation becomes, in order. Throws UsageError, before anything ran, for what the database cannot
  /// do. `existing` is null offline.
  virtual std::vector<Statement> compile(op::Operation const& operation, Existing const* existing) const = 0;

  /// Whether a user's statement must run outside a transaction (CREATE INDEX CONCURRENTLY, VACUUM …).
  virtual bool must_run_outside_transaction(std::string_view statement) const = 0;
  /// Whether a user's statement ends an open transaction by itself (DDL on MariaDB/MySQL).
  virtual bool commits_implicitly(std::string_view statement) const = 0;

  /// What can be learnt of a statement that ran outside a transaction when its outcome is not known.
  virtual Settlement settlement(std::string_view /*statement*/) const { return {}; }

  /// A query for the locks of tables that this session's transaction holds: relation and mode; empty where the database
  /// does not tell.
  virtual std::string_view held_locks_query() const { return {}; }

  /// "BEGIN", "BEGIN IMMEDIATE", "START TRANSACTION".
  virtual std::string_view begin_statement() const = 0;
};

} // namespace vm::sql
