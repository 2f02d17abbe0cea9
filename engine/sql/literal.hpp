// Values as SQL text: numbers as every database reads them, and statements with their parameters written out, for
// scripts.
#pragma once

#include "engine/sql/dialect.hpp"

namespace vm::sql {

/// The shortest text that reads back as the same double, with a point or an exponent. The number must be finite.
std::string number_literal(double number);

/// Whether `text` is a plain decimal number: sign, digits, point, exponent.
bool is_number(std::string_view text);

/// The text of a PostgreSQL array, `{1,NULL,"a b"}`; elements are quoted wherever that is needed.
std::string array_text(Array const& array);

/// The statement with a literal in the place of each placeholder. Throws UsageError where placeholders and parameters
/// do not fit each other, or where a value has no literal.
std::string inline_parameters(Statement const& statement, Dialect const& dialect);

} // namespace vm::sql
