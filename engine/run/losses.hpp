// What a downgrade would destroy, found before it runs: its scripts are run against a target that records and sends
// nothing. A script that asks the database for rows cannot be foreseen, and that is said.
#pragma once

#include "engine/graph/plan.hpp"
#include "engine/run/environment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vm::run {

struct Loss {
  std::string revision; ///< whose downgrade drops it
  schema::TableName table;
  std::optional<schema::Identifier> column; ///< unset: the whole table
  std::optional<std::int64_t> rows;         ///< of the table; unset: not counted within two seconds
  std::optional<std::int64_t> values;       ///< of a column: rows where it is not null
};

struct Losses {
  std::vector<Loss> drops;          ///< tables and columns that are there now, in the order they would go
  std::vector<std::string> unknown; ///< what could not be foreseen, a sentence each
};

/// Connects. Throws Interrupted; what goes wrong in a script is part of the answer.
Losses foresee_losses(Environment& environment, graph::Plan const& plan);

/// "table 'users' (2 rows)", "column 'users.note' (1 of 2 rows hold a value)".
std::string describe(Loss const& loss);

} // namespace vm::run
