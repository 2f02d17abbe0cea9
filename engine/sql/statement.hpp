// One statement on its way to a database or into a script.
#pragma once

#include "engine/core/value.hpp"

#include <string>
#include <vector>

namespace vm::sql {

struct Statement {
  std::string text;                    ///< exactly one statement, without the trailing `;`, verbatim
  std::vector<Value> parameters;       ///< positional; the text holds the dialect's placeholders
  bool outside_transaction = false;    ///< the database refuses it inside one
  bool needs_foreign_keys_off = false; ///< SQLite: enforcement is switched off while it runs (a rebuild)
  bool must_return_no_rows = false;    ///< a check: any row ends the migration (PRAGMA foreign_key_check)
  bool is_copy = false;                ///< COPY … FROM stdin; `copy_data` holds what follows it
  std::string copy_data;
  bool verbatim = false; ///< a user's text (for messages: where positions point)
};

} // namespace vm::sql
