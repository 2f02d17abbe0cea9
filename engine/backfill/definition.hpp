// What a backfill was started with, as text beside its checkpoint: so that a run continues only what it means, and
// another process can join.
#pragma once

#include "engine/op/backfill.hpp"
#include "engine/sql/dialect.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vm::backfill {

struct Definition {
  op::Backfill job;                    ///< cells of `set` are expressions once it was text
  std::optional<std::string> function; ///< its name; unset for a set-based backfill and for a closure
  bool has_function = false;
  std::string checksum; ///< of the migration's script
};

std::string write(Definition const& definition, sql::Dialect const& dialect);
Definition read(std::string_view text);

/// The lines that say what is done, without those that say how fast.
std::string meaning(std::string_view text);

} // namespace vm::backfill
