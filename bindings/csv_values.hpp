// A field of a CSV file as a value of a column's type. Knows neither the file nor the database.
#pragma once

#include "engine/core/value.hpp"
#include "engine/schema/type.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vm::bindings {

/// Numbers, booleans (true/false, t/f, yes/no, on/off, 1/0) and bytes (`\x` and hexadecimal digits, else the text's
/// own) are read here; every other type is text that the database reads. Unset for a text that is no such value.
std::optional<Value> value_of(std::string_view text, schema::Type const& type);

/// The text as it may stand in a message: short, on one line.
std::string excerpt(std::string_view text);

} // namespace vm::bindings
