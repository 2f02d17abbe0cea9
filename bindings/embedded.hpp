// scripts/vm compiled in: `require "vm.names"` needs no file.
#pragma once

#include "engine/core/embedded.hpp"

namespace vm::bindings {

std::span<EmbeddedFile const> embedded_files();

} // namespace vm::bindings
