// Reading the cells of a catalog query: small conversions that every inspector needs.
#pragma once

#include "engine/core/value.hpp"
#include "engine/schema/identifier.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vm::inspect {

/// The cell as text; numbers are printed, NULL is "".
std::string text(Value const& cell);
std::optional<std::string> optional_text(Value const& cell);
std::int64_t integer(Value const& cell);
std::optional<std::int64_t> optional_integer(Value const& cell);
/// true for true, a number other than 0, "t", "true", "YES".
bool boolean(Value const& cell);
/// The elements of an array; empty for NULL.
std::vector<std::string> texts(Value const& cell);
std::vector<schema::Identifier> identifiers(std::vector<std::string> const& names);

} // namespace vm::inspect
