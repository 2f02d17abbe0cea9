// A column as SHOW CREATE TABLE prints it, taken apart so that one attribute can be changed and all others stay as they
// are.
#pragma once

#include "engine/sql/dialect.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vm::dialect::mysql {

/// Each attribute as SQL, with its keyword; empty where the column has none.
struct ColumnText {
  std::string type;          ///< `int(10) unsigned`
  std::string character_set; ///< `CHARACTER SET utf8mb4`
  std::string collation;     ///< `COLLATE utf8mb4_bin`
  std::string generated;     ///< `GENERATED ALWAYS AS (…) STORED`
  bool nullable = true;
  bool auto_increment = false;
  std::string server_default;      ///< `DEFAULT 'x'`
  std::string on_update;           ///< `ON UPDATE current_timestamp()`
  std::vector<std::string> others; ///< `INVISIBLE` …
  std::string comment;             ///< `COMMENT '…'`
  std::string check;               ///< `CHECK (json_valid(`c`))`

  std::string text() const; ///< the definition without the name
};

/// The column of a CREATE TABLE as the server prints it; nullopt where it has none of that name.
std::optional<ColumnText> find_column(std::string_view create_table, std::string_view column,
                                      sql::Capabilities const& capabilities);

/// The values of `enum('a','b')`.
std::vector<std::string> enum_values(std::string_view type, sql::Capabilities const& capabilities);

} // namespace vm::dialect::mysql
