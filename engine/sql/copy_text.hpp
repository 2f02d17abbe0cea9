// Rows in the text format of PostgreSQL's COPY.
#pragma once

#include "engine/core/value.hpp"

#include <span>
#include <string>

namespace vm::sql {

/// Appends one row with its line end: fields between tabs, `\N` for NULL, backslashes before what has a meaning.
void append_copy_row(std::string& data, std::span<Value const> row);

} // namespace vm::sql
