// Naming conventions: names for constraints and indexes that a person left unnamed. The tokens are Alembic's and
// SQLAlchemy's (https://docs.sqlalchemy.org/en/20/core/constraints.html#configuring-constraint-naming-conventions).
#pragma once

#include "engine/schema/table.hpp"

#include <map>
#include <string>

namespace vm::schema {

/// `patterns` by kind: "ix", "uq", "ck", "fk", "pk"; values like "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s".
struct NamingConvention {
  std::map<std::string, std::string> patterns;
  std::size_t name_limit = 63;  ///< bytes; PostgreSQL 63, MariaDB/MySQL 64 characters, SQLite none (use a large number)

  /// Throws vm::ConfigError for an unknown kind or token.
  void check() const;
};

/// The name by the convention, or nullopt where it says nothing for the kind. `given` is a name typed without op.f: it fills
/// %(constraint_name)s and is used as it is where the pattern has no such token. Longer names than the limit are cut to
/// limit − 8 characters, `_` and four hex digits of the md5 of the full name; a typed name over the limit throws UsageError.
std::optional<Identifier> constraint_name(NamingConvention const& convention, TableName const& table, Constraint const& constraint,
                                          std::optional<Identifier> const& given);
std::optional<Identifier> index_name(NamingConvention const& convention, TableName const& table, Index const& index,
                                     std::optional<Identifier> const& given);

} // namespace vm::schema
