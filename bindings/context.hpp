// What a Lua state's modules share: the target of the migration that runs now, the script it came from, where output
// goes. The host owns one per state; modules find it through the state.
#pragma once

#include "bindings/lua/handle.hpp"
#include "bindings/lua/lua.hpp"
#include "engine/op/backfill.hpp"
#include "engine/op/target.hpp"
#include "engine/script/host.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vm::bindings {

struct Context {
  /// loading: a file's top level runs, operations are refused. running: a migration or hook runs. idle: neither.
  enum class Phase { loading, running, idle };

  script::HostOptions const* options = nullptr;
  Phase phase = Phase::idle;
  op::Target* target = nullptr;                   ///< only while running
  op::Surroundings const* surroundings = nullptr; ///< what `vm.*` shows; also while a migration's top level is loaded
  std::string script;                             ///< the migration's path as it stands in chunk names, without "@"
  lua::Generation generation;                     ///< of handles given to the running migration
  std::map<std::uint64_t, std::unique_ptr<op::Rows>> open_rows; ///< queries being read; gone when the migration ends
  std::uint64_t next_rows = 1;
  std::vector<std::string> requiring; ///< modules whose files run now, outermost first
  bool is_reader = false;             ///< reads headers only: output is dropped, nothing is registered twice
  int backfill_types = LUA_NOREF;     ///< in the registry: what boot/backfill_types.lua returned, once a state
  op::Say const* say = nullptr;       ///< while a row function runs: where its output goes
};

Context& context_of(lua_State* L);

/// The target of the running migration. `function` ("op.drop_column") opens the error where none runs:
/// "'op.drop_column' used after its migration finished", or that the top level of a file is no place for it.
op::Target& active_target(lua_State* L, std::string_view function);

/// Throws the same errors, also when the handle was made in an earlier migration.
op::Target& active_target(lua_State* L, std::string_view function, lua::Handle const& handle);

/// The line of the migration that is being executed: the nearest function on the stack that stands in its file; else
/// the nearest function a person wrote; else the file as a whole.
Location call_site(lua_State* L);

/// Applies one operation for the function `function`, with the place of the call.
op::Outcome apply(lua_State* L, std::string_view function, op::Operation const& operation);

/// The time a migration runs: opens `target` for its operations, and ends every handle at the end. Nests (hooks).
class ActiveTarget {
 public:
  ActiveTarget(Context& context, op::Target& target);
  ~ActiveTarget();
  ActiveTarget(ActiveTarget const&) = delete;
  ActiveTarget& operator=(ActiveTarget const&) = delete;

 private:
  Context& context_;
  op::Target* outer_target_;
  op::Surroundings const* outer_surroundings_;
  Context::Phase outer_phase_;
};

} // namespace vm::bindings
