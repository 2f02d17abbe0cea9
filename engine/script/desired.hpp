// The schema a project says it wants, and what its env.lua has to say about comparing it with a database: values and
// callbacks that the engine can use without knowing the language behind them.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vm::script {

/// What `sql.schema{…}` says. Functions, procedures and triggers stay what their operation would be, since only a
/// dialect knows their text.
struct DesiredSchema {
  schema::Catalog catalog = {};
  std::vector<op::Operation> objects = {}; ///< CreateFunction and CreateTrigger, in the order written
};

/// Something that a comparison looks at.
struct SchemaObject {
  std::string kind;       ///< "table", "column", "index", "unique_constraint", "foreign_key_constraint", "view", …
  std::string name;       ///< empty for what has none
  std::string schema;     ///< of the object or its table; empty: the session's own
  std::string table;      ///< whose part it is; empty for what stands by itself
  bool reflected = false; ///< read from the database; false: from the desired schema
};

/// A column whose type or default the two sides give differently, as texts; a default is unset where there is none.
struct ColumnPair {
  schema::TableName table;
  schema::Identifier column;
  std::optional<std::string> database, desired;
};

/// What env.lua decides about comparing. Each may be unset; each throws what the script throws, and is good as long as
/// its host.
struct ComparisonHooks {
  std::function<bool(SchemaObject const&)> include_object; ///< false: leave it out
  /// Whether a difference counts; nothing: vm decides. `false` in env.lua is a function that always says so.
  std::function<std::optional<bool>(ColumnPair const&)> compare_type, compare_server_default;
  /// What becomes of the operations that were found; gets each direction by itself.
  std::function<std::vector<op::Operation>(std::vector<op::Operation>, bool upgrade)> process_operations;
};

} // namespace vm::script
