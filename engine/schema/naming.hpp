// Naming conventions: names for constraints and indexes that a person left unnamed. The tokens are Alembic's and
// SQLAlchemy's (https://docs.sqlalchemy.org/en/20/core/constraints.html#configuring-constraint-naming-conventions).
#pragma once

#include "engine/schema/table.hpp"

#include <map>
#include <string>

namespace vm::schema {

/// `patterns` by kind: "ix", "uq", "ck", "fk", "pk", "ex"; values like
/// "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s".
struct NamingConvention {
  std::map<std::string, std::string> patterns;
  std::size_t name_limit = 63; ///< bytes; PostgreSQL 63, MariaDB/MySQL 64 characters, SQLite none (use a large number)
  bool limit_in_characters = false; ///< MariaDB/MySQL count characters, PostgreSQL bytes

  /// Throws vm::ConfigError for an unknown kind or token.
  void check() const;
};

/// The name by the convention, or nullopt where it says nothing for the kind or a token has nothing to stand for (an
/// unnamed check under %(constraint_name)s). `given` is a name typed without op.f: it fills %(constraint_name)s and is
/// used as it is where the pattern has no such token. Longer names than the limit are cut to limit − 8 characters, `_`
/// and the last four hex digits of the md5 of the full name; a typed name over the limit throws UsageError. `columns`
/// stand in where the constraint itself has none: the column a check was written at.
std::optional<Identifier> constraint_name(NamingConvention const& convention, TableName const& table,
                                          Constraint const& constraint, std::optional<Identifier> const& given,
                                          std::vector<Identifier> const& columns = {});

/// The same for an index; without a convention `ix_<table>_<columns>`, nullopt for an index of expressions only.
std::optional<Identifier> index_name(NamingConvention const& convention, TableName const& table, Index const& index,
                                     std::optional<Identifier> const& given);

/// Throws UsageError for a name the database would cut.
void check_name(NamingConvention const& convention, Identifier const& name);

/// `name` as it is where it fits, else cut with a suffix of its digest.
std::string shortened(NamingConvention const& convention, std::string name);

} // namespace vm::schema
