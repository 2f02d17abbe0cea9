// A table on its way to a rebuild: the text of its CREATE TABLE in pieces that can be changed one by one. Each piece is
// what a person wrote, so unnamed checks, collations, conflict clauses and AUTOINCREMENT come out as they went in.
#pragma once

#include "engine/dialect/sqlite/table_text.hpp"

namespace vm::dialect::sqlite {

/// A constraint of a column or a table.
struct Clause {
  ConstraintTextKind kind;
  std::optional<std::string> name;  ///< of CONSTRAINT name
  std::string text;                 ///< from its keyword on
  std::vector<std::string> columns; ///< PRIMARY KEY, UNIQUE and FOREIGN KEY of a table

  std::string sql() const; ///< with CONSTRAINT name
};

struct ColumnDraft {
  std::string name;
  std::string type; ///< may be empty
  std::vector<Clause> clauses;

  Clause const* find(ConstraintTextKind kind) const;
  void drop(ConstraintTextKind kind);
  std::string sql() const;
};

struct TableDraft {
  std::vector<ColumnDraft> columns;
  std::vector<Clause> constraints;
  bool strict = false, without_rowid = false;

  ColumnDraft* find(std::string_view column);
  /// The columns of the primary key, in its order.
  std::vector<std::string> key() const;
  bool has_autoincrement() const;
  std::string sql(std::string_view head) const; ///< `head (…) STRICT`
};

/// Throws UsageError for a virtual table.
TableDraft draft_of_table(std::string_view create_table);
/// A single column definition, as it stands in a CREATE TABLE.
ColumnDraft draft_of_column(std::string_view definition);
/// A single table constraint.
Clause draft_of_constraint(std::string_view definition);

/// Whether a text names a column: as a word or a quoted name, not in strings or comments.
bool mentions(std::string_view text, std::string_view column);
/// The text with the column under its other name; a column of another table with that name is not told apart.
std::string with_renamed_column(std::string_view text, std::string_view column, std::string_view new_name);
/// The text without `table.` in front of columns: the table's name changes while it is rebuilt.
std::string without_qualifier(std::string_view text, std::string_view table);

/// The values of `CHECK ("column" IN ('a', 'b'))`; nullopt for any other text.
std::optional<std::vector<std::string>> enum_values(std::string_view check, std::string_view column);

} // namespace vm::dialect::sqlite
