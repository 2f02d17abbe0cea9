#include "bindings/lua/arguments.hpp"

#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/stack.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::lua {

Arguments::Arguments(lua_State* L, std::string_view function, int first)
    : L_{L},
      function_{function},
      offset_{first - 1},
      count_{lua_gettop(L) - offset_} {
  while (count_ > 0 && lua_type(L_, offset_ + count_) == LUA_TNIL) --count_;
  count_ = std::max(count_, 0);
}

int Arguments::index(int position) {
  read_ = std::max(read_, position);
  return offset_ + position;
}

bool Arguments::has(int position) {
  read_ = std::max(read_, position);
  return position <= count_ && lua_type(L_, offset_ + position) > LUA_TNIL;
}

std::string Arguments::text(int position, std::string_view name) {
  if (!has(position) || lua_type(L_, index(position)) != LUA_TSTRING) wrong(position, name, "a string");
  return to_text(L_, index(position));
}

std::optional<std::string> Arguments::optional_text(int position, std::string_view name) {
  if (!has(position)) return std::nullopt;
  return text(position, name);
}

bool Arguments::boolean(int position, std::string_view name, bool default_value) {
  if (!has(position)) return default_value;
  if (lua_type(L_, index(position)) != LUA_TBOOLEAN) wrong(position, name, "true or false");
  return lua_toboolean(L_, index(position)) != 0;
}

std::int64_t Arguments::integer(int position, std::string_view name) {
  auto const value = has(position) ? to_integer(L_, index(position)) : std::nullopt;
  if (!value) wrong(position, name, "a whole number");
  return *value;
}

double Arguments::number(int position, std::string_view name) {
  if (!has(position) || lua_type(L_, index(position)) != LUA_TNUMBER) wrong(position, name, "a number");
  return lua_tonumber(L_, index(position));
}

std::vector<std::string> Arguments::texts(int position, std::string_view name) {
  if (!has(position)) return {};
  auto list = read_texts(L_, index(position));
  if (!list) wrong(position, name, "a string or a list of strings");
  return std::move(*list);
}

Value Arguments::value(int position, std::string_view name) {
  auto value = to_value(L_, index(position));
  if (!value) wrong(position, name, "a value a database can store");
  return std::move(*value);
}

TableReader Arguments::options(int position, std::string_view name) {
  if (!has(position)) return {L_, 0, function_};
  return table(position, name);
}

TableReader Arguments::table(int position, std::string_view name) {
  if (!has(position) || lua_type(L_, index(position)) != LUA_TTABLE) wrong(position, name, "a table");
  return {L_, index(position), function_};
}

void Arguments::function_at(int position, std::string_view name) {
  if (!has(position) || lua_type(L_, index(position)) != LUA_TFUNCTION) wrong(position, name, "a function");
}

void Arguments::done() {
  if (count_ <= read_) return;
  fail(fmt::format("takes at most {} argument{}, {} were given", read_, read_ == 1 ? "" : "s", count_));
}

void Arguments::wrong(int position, std::string_view name, std::string_view wanted) {
  if (position > count_)
    throw ArgumentError{
        fmt::format("{}: argument {} '{}' is missing, it must be {}", function_, position, name, wanted)};
  throw ArgumentError{fmt::format("{}: argument {} '{}' must be {}, not {}", function_, position, name, wanted,
                                  type_text(L_, offset_ + position))};
}

void Arguments::fail(std::string const& problem) const {
  throw ArgumentError{fmt::format("{}: {}", function_, problem)};
}

} // namespace vm::lua
