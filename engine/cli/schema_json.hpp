// A catalog as JSON, for tools: stable, with every field that is set.
#pragma once

#include "engine/schema/catalog.hpp"

#include <string>

namespace vm::cli {

/// One document, indented by two spaces, with a final line break.
std::string schema_json(schema::Catalog const& catalog);

} // namespace vm::cli
