// Names of things in a database. A name becomes SQL only through a dialect's quoting.
#pragma once

#include <compare>
#include <optional>
#include <string>

namespace vm::schema {

/// One name, as stored: case, spaces, dots and quotes belong to it. Not empty, well-formed UTF-8, no NUL byte.
class Identifier {
 public:
  /// Throws vm::UsageError for what no database can store.
  explicit Identifier(std::string text);

  std::string const& text() const { return text_; }
  auto operator<=>(Identifier const&) const = default;

 private:
  std::string text_;
};

/// A table, view, index, type or sequence, with the schema where one was given.
struct TableName {
  std::optional<Identifier> schema;
  Identifier name;

  auto operator<=>(TableName const&) const = default;
};

/// "schema.name" or "name", for messages only.
std::string to_string(TableName const& name);

} // namespace vm::schema
