// JSON for scripts: vm.json.encode and vm.json.decode.
#pragma once

#include "bindings/module.hpp"

namespace vm::bindings {

Functions json_functions();

/// Registers the mark of decoded lists, so that an empty one is written as [] again. [-0, +0]
void define_json(lua_State* L);

} // namespace vm::bindings
