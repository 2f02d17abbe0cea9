// op.backfill, and what it keeps beside the state of a running migration.
#pragma once

#include "bindings/module.hpp"
#include "bindings/transform.hpp"

#include <functional>
#include <memory>
#include <string>

namespace vm::bindings {

Functions op_backfill_functions();

/// Loads the running migration into a state of its own and finds the function called "name" or "module:name" there.
using LoadElsewhere = std::function<std::unique_ptr<FunctionElsewhere>(std::string const& name)>;

/// While a migration runs: its environment, in which functions are looked up by name, and the way to load it again.
class Reloadable {
 public:
  /// The environment is at `environment` on the stack of the main thread. [-0, +0]
  Reloadable(lua_State* L, int environment, LoadElsewhere elsewhere);
  ~Reloadable();
  Reloadable(Reloadable const&) = delete;
  Reloadable& operator=(Reloadable const&) = delete;

 private:
  lua_State* L_;
  LoadElsewhere elsewhere_;
};

} // namespace vm::bindings
