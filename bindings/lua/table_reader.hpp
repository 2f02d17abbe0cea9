// Strict reading of a table with named fields: types checked, unknown keys refused with the nearest known key. Tables
// are read raw, so no metamethod of a script runs in the middle.
#pragma once

#include "bindings/lua/lua.hpp"
#include "engine/core/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vm::lua {

/// A string, or a list of strings; unset for anything else. [-0, +0]
std::optional<std::vector<std::string>> read_texts(lua_State* L, int index);

/// Reads the table at `index`, which must stay on the stack. The keys that were asked for are the known ones.
class TableReader {
 public:
  /// `index` 0 stands for a table that was not given: every key is absent. `context` opens every message
  /// ("op.drop_column").
  TableReader(lua_State* L, int index, std::string context);

  lua_State* state() const { return L_; }
  std::string const& context() const { return context_; }
  bool is_given() const { return index_ != 0; }

  bool has(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  bool boolean(std::string_view key, bool default_value) { return boolean(key).value_or(default_value); }
  std::optional<double> number(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key);
  /// A string or a list of strings.
  std::optional<std::vector<std::string>> texts(std::string_view key);
  std::optional<Value> value(std::string_view key);
  /// Like the above, but absent is an error.
  std::string required_text(std::string_view key);

  /// [-0, +1] Pushes the field and says true, or pushes nothing and says false when it is absent.
  bool push(std::string_view key);

  /// How many elements the list part has: 1..n.
  std::size_t size() const;
  /// [-0, +1] The element, counted from 1.
  void push_element(std::size_t position);

  /// The string keys with one of the prefixes, sorted; they count as known.
  std::vector<std::string> keys_with_prefix(std::vector<std::string_view> const& prefixes);
  /// All string keys, sorted; they count as known.
  std::vector<std::string> keys();
  /// A key that is not read but should be named in "did you mean".
  void know(std::string_view key);
  /// A key that people type and that is called something else here: it is refused with that hint.
  void refuse(std::string_view key, std::string hint);
  /// The list part was read (or is allowed): its numbers are no unknown keys.
  void allow_elements() { elements_ = true; }

  /// Unknown keys are errors.
  void done();

  [[noreturn]] void wrong(std::string_view key, std::string_view wanted);
  [[noreturn]] void fail(std::string const& problem) const;

 private:
  bool find(std::string_view key); // [-0, +1] also for nil

  lua_State* L_;
  int index_;
  std::string context_;
  std::vector<std::string> known_;
  std::vector<std::pair<std::string, std::string>> refused_;
  bool elements_ = false;
};

} // namespace vm::lua
