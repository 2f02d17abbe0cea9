#include "engine/schema/identifier.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

namespace vm::schema {

Identifier::Identifier(std::string text) : text_{std::move(text)} {
  if (text_.empty()) throw UsageError{"a name must not be empty"};
  if (text_.find('\0') != std::string::npos)
    throw UsageError{fmt::format("the name '{}' holds a NUL byte", text_.substr(0, text_.find('\0')))};
  if (!is_utf8(text_)) throw UsageError{"a name is not well-formed UTF-8"};
}

std::string to_string(TableName const& name) {
  return name.schema ? fmt::format("{}.{}", name.schema->text(), name.name.text()) : name.name.text();
}

} // namespace vm::schema
