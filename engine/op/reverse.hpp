// The inverse of an operation, or why there is none. Drops are reversed through what the catalog held before them.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"

namespace vm::op {

struct Reversed {
  std::vector<Operation> operations; ///< empty when it cannot be reversed
  std::string reason;                ///< why not; empty otherwise
};

/// `before` is the catalog as it was before `operation` ran; may be null, then only creating operations have a reverse.
Reversed reverse(Operation const& operation, schema::Catalog const* before);

} // namespace vm::op
