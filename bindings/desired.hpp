// The desired schema and the comparison's callbacks: what `schema.lua` and `env.lua` say, as values the engine can use.
#pragma once

#include "bindings/env.hpp"
#include "bindings/lua/state.hpp"
#include "engine/script/desired.hpp"

namespace vm::bindings {

/// include_object, compare_type, compare_server_default and process_operations as functions; `environment` and `state`
/// outlive them. Each call may take `time_limit` seconds (0: no limit) and throws ScriptError placed in `shown`.
script::ComparisonHooks comparison_hooks(lua::State& state, EnvironmentTable const& environment, double time_limit,
                                         std::string const& shown);

} // namespace vm::bindings
