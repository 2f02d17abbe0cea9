// The words of the sql module that are types.
#pragma once

#include "bindings/lua/lua.hpp"

#include <string>
#include <vector>

namespace vm::bindings {

/// Puts every type word (`integer`, `string`, `citext` …) into the table on top of the stack. [-0, +0]
void fill_types(lua_State* L);

/// The words, for the test that compares them with the declarations.
std::vector<std::string> type_words();

} // namespace vm::bindings
