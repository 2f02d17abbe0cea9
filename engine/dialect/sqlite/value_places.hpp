// Which column each placeholder of an INSERT or UPDATE is stored in. SQLite gives a parameter no type, and a script's
// string may be text or bytes: the column it goes to decides.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vm::dialect::sqlite {

struct ValuePlaces {
  std::string table;   ///< as written, quotes and schema included; empty: nothing is stored by placeholders alone
  std::string columns; ///< what to select from it: "a, b" as written, or "*"
  /// For each placeholder of the statement, in order, the column's place in `columns`, or `none`.
  std::vector<std::size_t> places;

  static constexpr std::size_t none = static_cast<std::size_t>(-1);
};

/// Reads `INSERT INTO t (a, b) VALUES (?, ?), …` and `UPDATE t SET a = ?, …`. A placeholder inside an expression has no
/// place.
ValuePlaces value_places(std::string_view statement);

} // namespace vm::dialect::sqlite
