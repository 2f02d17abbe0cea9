// `:name` parameters of users' SQL, found only where they are parameters: not in strings, comments, quoted names,
// dollar quotes, casts (`::int`) or slices (`a[1:2]`).
#pragma once

#include "engine/op/operation.hpp"
#include "engine/sql/dialect.hpp"

namespace vm::sql {

/// The text with the dialect's placeholders and the values in their order; a name used twice is bound twice where
/// placeholders have no numbers. Throws UsageError for a missing or unused parameter, naming it and what was given.
Statement bind(std::string_view text, op::Parameters const& parameters, Dialect const& dialect);

} // namespace vm::sql
