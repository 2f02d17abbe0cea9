#include "bindings/context.hpp"

#include "bindings/lua/error.hpp"
#include "bindings/lua/state.hpp"

#include <fmt/format.h>

namespace vm::bindings {

Context& context_of(lua_State* L) {
  return *static_cast<Context*>(lua::State::of(L).context);
}

op::Target& active_target(lua_State* L, std::string_view function) {
  auto const& context = context_of(L);
  if (context.target != nullptr && context.phase == Context::Phase::running) return *context.target;
  if (context.phase == Context::Phase::loading)
    throw lua::ArgumentError{fmt::format("'{}' called while the file is read", function),
                             Hint{"operations belong inside upgrade() or downgrade()"}};
  throw lua::ArgumentError{fmt::format("'{}' used after its migration finished", function)};
}

op::Target& active_target(lua_State* L, std::string_view function, lua::Handle const& handle) {
  auto const& context = context_of(L);
  if (!handle.is_alive(context.generation))
    throw lua::ArgumentError{fmt::format("'{}' used after its migration finished", function)};
  return active_target(L, function);
}

Location call_site(lua_State* L) {
  auto const& script = context_of(L).script;
  lua_Debug record{};
  for (int level = 0; lua_getstack(L, level, &record) == 1; ++level) {
    lua_getinfo(L, "Sl", &record);
    if (record.currentline > 0 && record.source[0] == '@' && script == record.source + 1)
      return {script, record.currentline};
  }
  if (auto place = lua::caller(L)) return *place;
  return {script, 0};
}

op::Outcome apply(lua_State* L, std::string_view function, op::Operation const& operation) {
  return active_target(L, function).apply(operation, call_site(L));
}

ActiveTarget::ActiveTarget(Context& context, op::Target& target)
    : context_{context},
      outer_target_{context.target},
      outer_surroundings_{context.surroundings},
      outer_phase_{context.phase} {
  context_.target = &target;
  context_.surroundings = &target.surroundings();
  context_.phase = Context::Phase::running;
}

ActiveTarget::~ActiveTarget() {
  context_.target = outer_target_;
  context_.surroundings = outer_surroundings_;
  context_.phase = outer_phase_;
  context_.generation.expire();
  context_.open_rows.clear();
}

} // namespace vm::bindings
