// A catalog as JSON, for tools: stable, with every field that is set.
#pragma once

#include "engine/schema/catalog.hpp"

#include <string>

namespace vm::autogen {

/// One document, indented by two spaces, keys in a fixed order, without a final line break.
std::string render_json(schema::Catalog const& catalog);

} // namespace vm::autogen
