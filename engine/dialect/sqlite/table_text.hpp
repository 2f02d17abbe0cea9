// The text of a CREATE TABLE taken apart, each part with its place in the text. SQLite keeps no other record of
// constraint names, CHECKs, collations and AUTOINCREMENT (https://www.sqlite.org/lang_createtable.html), so the
// inspector reads it here and a rebuild edits it here without losing what it does not understand.
#pragma once

#include "engine/schema/table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::dialect::sqlite {

enum class TokenKind { word, quoted_name, string, number, blob, punctuation };

/// `text` is the token as written; `value` without quotes. Comments and white space are left out.
struct Token {
  TokenKind kind;
  std::size_t begin = 0, end = 0;
  std::string value;

  bool is_word(std::string_view keyword) const; ///< an unquoted word, ignoring case
  bool is(char punctuation) const {
    return kind == TokenKind::punctuation && value.size() == 1 && value[0] == punctuation;
  }
  bool is_name() const {
    return kind == TokenKind::word || kind == TokenKind::quoted_name || kind == TokenKind::string;
  }
};

std::vector<Token> tokenize(std::string_view sql);

enum class ConstraintTextKind {
  primary_key,
  not_null,
  null,
  unique,
  check,
  default_value,
  collate,
  references,
  generated,
  foreign_key
};

/// A constraint of a column or of the table; [begin, end) is its span with a leading CONSTRAINT name.
struct ConstraintText {
  ConstraintTextKind kind;
  std::size_t begin = 0, end = 0;
  std::optional<std::string> name;
  std::string expression; ///< CHECK and GENERATED: inside the parentheses; DEFAULT: as written; COLLATE: the name
  std::vector<std::string> columns; ///< of a table constraint; expressions as written
  bool autoincrement = false;
  bool stored = false;  ///< GENERATED … STORED
  std::string referent; ///< REFERENCES table
  std::vector<std::string> referent_columns;
  std::string ondelete, onupdate, match; ///< upper case
  schema::Deferral deferral = schema::Deferral::unspecified;
  std::string on_conflict; ///< upper case, "REPLACE" …
};

struct ColumnText {
  std::string name;
  std::string type;               ///< as written, may be empty
  std::size_t begin = 0, end = 0; ///< from the name to the last constraint
  std::size_t name_end = 0;
  std::size_t type_begin = 0, type_end = 0; ///< equal where there is no type
  std::vector<ConstraintText> constraints;

  ConstraintText const* find(ConstraintTextKind kind) const;
};

struct TableText {
  std::string name;
  std::size_t name_begin = 0, name_end = 0; ///< without a schema before it
  std::size_t body_begin = 0, body_end = 0; ///< of the parentheses' inside
  std::vector<ColumnText> columns;
  std::vector<ConstraintText> constraints;
  bool temporary = false, without_rowid = false, strict = false;

  ColumnText const* find(std::string_view column) const; ///< ignoring ASCII case, as SQLite does
};

/// Throws vm::DatabaseError for a text that is no CREATE TABLE with a column list (a virtual table, CREATE TABLE … AS
/// is stored by SQLite with a list).
TableText parse_create_table(std::string_view sql);

/// Declared type to vm's: "VARCHAR(100)", "DATETIME" … by the names vm writes; Raw for others.
schema::Type parse_type(std::string_view declared);

} // namespace vm::dialect::sqlite
