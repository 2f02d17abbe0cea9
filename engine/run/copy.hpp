// Rows into a table by COPY, where the database has it: in constant memory, errors with the place of the row.
#pragma once

#include "engine/op/copy.hpp"
#include "engine/sql/dialect.hpp"

#include <functional>

namespace vm::run {

/// Makes a COPY with its data, as a script holds it, of every megabyte of rows. `run` runs each and returns the rows
/// stored; their sum is returned.
std::int64_t copy_by_stream(sql::Dialect const& dialect, op::CopyRows const& copy, op::RowSource& rows,
                            std::function<std::int64_t(std::string)> const& run);

} // namespace vm::run
