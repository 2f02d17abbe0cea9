// Which tables are vm's: they stand beside the users' and are never shown among them.
#pragma once

#include "engine/schema/identifier.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vm::run {

inline constexpr std::array<std::string_view, 4> own_table_names{"vm_history", "vm_journal", "vm_backfill", "vm_lock"};

/// Whether `table` is the version table or one of those that stand in its schema. A name without a schema stands
/// wherever the session looks, so only two different schemas tell two tables apart.
inline bool is_own_table(schema::TableName const& table, schema::TableName const& version_table) {
  if (table.schema && version_table.schema && *table.schema != *version_table.schema) return false;
  return table.name == version_table.name ||
         std::ranges::find(own_table_names, table.name.text()) != own_table_names.end();
}

} // namespace vm::run
