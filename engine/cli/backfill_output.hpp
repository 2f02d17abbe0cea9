// How `backfill` is shown: lines, or one JSON document.
#pragma once

#include "engine/command/backfill.hpp"

#include <ostream>

namespace vm::cli {

void print(std::ostream& out, bool json, command::BackfillReport const& report);

} // namespace vm::cli
