// PostgreSQL's text form of values, both ways. Knows types by OID and nothing of connections.
#pragma once

#include "engine/core/cells.hpp"
#include "engine/core/row_visitor.hpp"
#include "engine/core/value.hpp"

#include <string>
#include <string_view>

namespace vm::dialect::postgresql {

using Oid = unsigned int;

/// How the elements of an array type are read; `element` 0 means that the type is no array.
struct ArrayType {
  Oid element = 0;
  char delimiter = ',';
};

/// The arrays of PostgreSQL's own types; others are asked from pg_type.
ArrayType builtin_array(Oid type);

/// Whether a type is known to be no array, so that nobody needs to ask.
bool is_builtin_scalar(Oid type);

/// A value as the server prints it: integers, float, numeric, boolean and bytea by type, the rest as text.
Value read_scalar(std::string_view text, Oid type);
/// The same into cells.
void read_cell(std::string_view text, Oid type, Cells& cells);
/// The same without a value in between.
void visit_scalar(std::string_view text, Oid type, RowVisitor& visitor);
/// `{1,2,{…},NULL,"a, b"}`, with or without bounds in front.
Value read_array(std::string_view text, ArrayType type);

/// The other way: what is sent as a parameter in text form. Not for Null and Bytes, which travel in forms of their own.
std::string write_parameter(Value const& value);
std::string write_array(Array const& array, char delimiter);

} // namespace vm::dialect::postgresql
