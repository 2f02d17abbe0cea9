// Operations and schemas as Lua that a person would have written: two spaces, options in the contract's order, lines of
// at most 120 columns. The same input gives the same text.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"
#include "engine/script/desired.hpp"

#include <string>
#include <vector>

namespace vm::autogen {

/// The body of upgrade() or downgrade(), each line indented by two spaces, a `-- review: …` line before an operation
/// that loses data or may fail on it. Nothing to do gives an empty text.
std::string render_operations(std::vector<op::Operation> const& operations);

/// A whole schema.lua: `return sql.schema{ … }`.
std::string render_schema(schema::Catalog const& catalog);

/// What a reader has to look at before running the operation; empty: nothing.
std::string review_note(op::Operation const& operation);

} // namespace vm::autogen
