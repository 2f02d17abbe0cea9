// Strict reading of a function's arguments. Nothing here raises a Lua error: what is wrong is an ArgumentError that
// names the function, the argument and what was found.
#pragma once

#include "bindings/lua/lua.hpp"
#include "bindings/lua/table_reader.hpp"
#include "engine/core/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::lua {

/// The arguments of the C function being run. Positions count from 1. `name` is what the documentation calls the
/// argument.
class Arguments {
 public:
  Arguments(lua_State* L, std::string_view function, int first = 1);

  lua_State* state() const { return L_; }
  std::string const& function() const { return function_; }
  /// How many were given, trailing nils left out.
  int count() const { return count_; }
  /// Whether it was given and is not nil.
  bool has(int position);

  std::string text(int position, std::string_view name);
  std::optional<std::string> optional_text(int position, std::string_view name);
  bool boolean(int position, std::string_view name, bool default_value);
  std::int64_t integer(int position, std::string_view name);
  double number(int position, std::string_view name);
  /// A string, or a list of strings. Absent: an empty list.
  std::vector<std::string> texts(int position, std::string_view name);
  Value value(int position, std::string_view name);
  /// A table of options; absent gives an empty reader. The reader must be asked for every key before its done().
  TableReader options(int position, std::string_view name = "options");
  /// A table that must be there.
  TableReader table(int position, std::string_view name);
  /// Checks that there is a function; it stays on the stack at index(position).
  void function_at(int position, std::string_view name);

  /// The stack index of a position, for reading by other means; counts as read.
  int index(int position);

  /// Left-over arguments are errors.
  void done();

  /// "op.drop_column: argument 2 'column' must be a string, not nil".
  [[noreturn]] void wrong(int position, std::string_view name, std::string_view wanted);
  [[noreturn]] void fail(std::string const& problem) const;

 private:
  lua_State* L_;
  std::string function_;
  int offset_;
  int count_;
  int read_ = 0;
};

} // namespace vm::lua
