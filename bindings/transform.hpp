// A Lua function as the engine's op::Transform: rows out of cells, changes into cells, compiled by the JIT.
#pragma once

#include "bindings/lua/ref.hpp"
#include "engine/op/backfill.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vm::bindings {

/// How a function is run.
struct TransformOptions {
  std::vector<std::string> columns; ///< of the rows, the key's first
  std::size_t key_count = 0;
  bool skip_errors = false;
  bool whole_batch = false;
  bool compiled = true; ///< false where a time limit needs the hook, which compiled code does not run
};

/// [-0, +0] The function at `index` on the stack of `L`. While the transform lives, the state's JIT is on and its hook
/// off: a row function is stopped between slices only, its memory by the allocator.
std::unique_ptr<op::Transform> make_transform(lua_State* L, int index, TransformOptions const& options);

/// A function in a state of its own, which goes when this goes.
class FunctionElsewhere {
 public:
  virtual ~FunctionElsewhere() = default;
  virtual lua::State& state() = 0;
  virtual void push(lua_State* L) = 0; ///< [-0, +1]
};

/// A transform that owns the state its function lives in.
std::unique_ptr<op::Transform> make_transform(std::unique_ptr<FunctionElsewhere> function,
                                              TransformOptions const& options);

} // namespace vm::bindings
