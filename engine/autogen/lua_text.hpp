// Lua source as a small tree: calls, tables and atoms, printed on one line where it fits and broken where it does not.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vm::autogen {

/// A Lua string that reads back as `text`: quoted, or in long brackets where it has line breaks.
std::string lua_string(std::string_view text);

class Lua {
 public:
  static Lua atom(std::string text);
  static Lua string(std::string_view text) { return atom(lua_string(text)); }
  static Lua call(std::string function, std::vector<Lua> arguments);
  /// A table of values: `{ a, b }`.
  static Lua list(std::vector<Lua> items);
  /// A table of fields: `{ key = value }`; keys that are no names are put in brackets.
  static Lua table(std::vector<std::pair<std::string, Lua>> fields);

  /// Breaks over lines even where it would fit; for lists of columns.
  Lua broken() &&;
  bool is_empty() const { return children_.empty() && kind_ != Kind::atom; }

  /// Printed from column `indent` on; lines after the first start with at least `indent` spaces. At most 120 columns
  /// where it can be broken so far.
  std::string text(std::size_t indent) const { return print(indent, indent, 0); }

 private:
  enum class Kind { atom, call, table };
  std::string flat() const;
  std::string print(std::size_t indent, std::size_t column, std::size_t after) const;
  bool must_break() const;

  Kind kind_ = Kind::atom;
  std::string text_;                                  ///< an atom; a call's function
  std::vector<std::pair<std::string, Lua>> children_; ///< "key = " or empty, and the value
  bool broken_ = false;
};

} // namespace vm::autogen
