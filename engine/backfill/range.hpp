// Ranges of a table's key, cut by the rows that are there and never by arithmetic: ids are sparse, and a key may be
// text, a UUID or several columns.
#pragma once

#include "engine/core/value.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::backfill {

/// The values of the key's columns.
using Key = std::vector<Value>;

/// The rows whose key is greater than `after` (unset: from the first) and not greater than `upto`.
struct Range {
  std::int64_t number = 0; ///< in vm_backfill
  std::optional<Key> after = {};
  Key upto = {};
  std::int64_t rows = 0; ///< as counted when it was cut
};

/// A key as text for the progress table: "i42,t3:abc"; read back without loss.
std::string encode(Key const& key);
/// Throws DatabaseError for a text that encode() did not write.
Key decode(std::string_view text);

/// "(id = 42)" for people; several columns as "(a = 1, b = 'x')".
std::string describe(std::vector<std::string> const& names, Key const& key, sql::Dialect const& dialect);

/// How keys are compared in SQL.
class KeyText {
 public:
  /// `columns` are quoted. `row_values`: `(a, b) > (1, 2)` is answered by an index; else it is spelled out.
  KeyText(std::vector<std::string> columns, sql::Dialect const& dialect, bool row_values)
      : columns_{std::move(columns)},
        dialect_{dialect},
        row_values_{row_values} {}

  std::vector<std::string> const& columns() const { return columns_; }
  std::string list(std::string_view suffix = "") const; ///< "a, b"; with " DESC": "a DESC, b DESC"
  std::string after(Key const& key, std::string_view prefix = "") const;
  std::string upto(Key const& key, std::string_view prefix = "") const;
  /// Both ends of a range.
  std::string within(std::optional<Key> const& after, Key const& upto, std::string_view prefix = "") const;

 private:
  std::string compare(Key const& key, std::string_view sign, bool or_equal, std::string_view prefix) const;

  std::vector<std::string> columns_;
  sql::Dialect const& dialect_;
  bool row_values_;
};

} // namespace vm::backfill
