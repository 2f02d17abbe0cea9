#include "bindings/operation.hpp"

#include "bindings/lua/error.hpp"
#include "bindings/lua/userdata.hpp"

#include <fmt/format.h>

namespace vm::bindings {

schema::TableName Call::table(std::string_view name) {
  if (batch) return *batch;
  return read_table_name(arguments, next++, name);
}

TableReader Call::options() {
  return arguments.options(next++);
}

void Call::read_schema(TableReader& options, schema::TableName& table, std::string_view key) const {
  if (batch) return;
  if (auto schema = read_identifier(options, key)) table.schema = std::move(schema);
}

void Call::done(TableReader& options) {
  options.done();
  arguments.done();
}

Operations read_operations(Parse parse, Call& call) {
  try {
    return parse(call);
  } catch (UsageError const& error) {
    auto wrong = lua::ArgumentError{fmt::format("{}: {}", call.arguments.function(), error.message())};
    for (auto const& hint : error.hints()) wrong.add_hint(hint);
    throw wrong;
  }
}

int apply_call(lua_State* L, std::string_view function, Parse parse) {
  Arguments args{L, fmt::format("op.{}", function)};
  auto& target = active_target(L, args.function());
  auto call = Call{.arguments = args, .rules = {target.naming(), target.surroundings().dialect}};
  auto const list = read_operations(parse, call);
  auto const where = call_site(L);
  for (auto const& operation : list) target.apply(operation, where);
  if (!call.result) return 0;
  lua::push_userdata(L, std::move(*call.result));
  return 1;
}

} // namespace vm::bindings
