// What MariaDB and MySQL can by their version: facts of their manuals, so that no other place compares versions.
#pragma once

#include "engine/dialect/mysql/dialect.hpp"

namespace vm::dialect::mysql {

struct Abilities {
  bool rename_column = true;         ///< RENAME COLUMN; else CHANGE COLUMN, which says the column anew
  bool expression_defaults = true;   ///< also the only kind of default that MySQL's TEXT, BLOB and JSON take
  bool literal_text_defaults = true; ///< DEFAULT 'x' for TEXT, BLOB and JSON
  bool checks = true;                ///< else a CHECK is read and dropped
  bool drop_constraint = true;       ///< DROP CONSTRAINT; else DROP CHECK
  bool index_expressions = true;
  bool invisible_columns = true;
  bool ignored_indexes = true;     ///< kept up and not used: INVISIBLE on MySQL, IGNORED on MariaDB
  bool conditional_changes = true; ///< IF [NOT] EXISTS for columns, indexes and constraints
  bool or_replace = true;          ///< CREATE OR REPLACE of routines and triggers
  bool conditional_views = true;   ///< CREATE VIEW IF NOT EXISTS
  bool conditional_triggers = true;
  bool not_null_computed = true;
  bool sequences = true;
  bool uuid = true; ///< a type of that name
};

/// `version` as in db::ServerInfo::number: 101106 is MariaDB 10.11.6, 80036 is MySQL 8.0.36.
constexpr Abilities abilities_of(Product product, int version) {
  if (product == Product::mariadb)
    return {.rename_column = version >= 100502,
            .expression_defaults = version >= 100201,
            .literal_text_defaults = version >= 100201,
            .checks = version >= 100201,
            .drop_constraint = version >= 100201,
            .index_expressions = false,
            .invisible_columns = version >= 100303,
            .ignored_indexes = version >= 100600,
            .conditional_changes = true,
            .or_replace = true,
            .conditional_views = true,
            .conditional_triggers = true,
            .not_null_computed = false,
            .sequences = version >= 100300,
            .uuid = version >= 100700};
  return {.rename_column = version >= 80003,
          .expression_defaults = version >= 80013,
          .literal_text_defaults = false,
          .checks = version >= 80016,
          .drop_constraint = version >= 80019,
          .index_expressions = version >= 80013,
          .invisible_columns = version >= 80023,
          .ignored_indexes = version >= 80000,
          .conditional_changes = false,
          .or_replace = false,
          .conditional_views = false,
          .conditional_triggers = version >= 80029,
          .not_null_computed = true,
          .sequences = false,
          .uuid = false};
}

} // namespace vm::dialect::mysql
