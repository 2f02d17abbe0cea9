// Options that only some dialects read. A dialect takes those with a prefix of its own, refuses the ones it does not
// know and leaves the rest to the others.
#pragma once

#include "engine/schema/table.hpp"

#include <span>
#include <string_view>

namespace vm::sql {

class OptionReader {
 public:
  /// `prefixes` like {"mariadb_", "mysql_"}: the first that has a name wins. `known`: names without prefix.
  /// Throws UsageError for an unknown name with one of the prefixes, with the nearest known one.
  OptionReader(schema::Options const& options, std::string_view operation, std::span<std::string_view const> prefixes,
               std::span<std::string_view const> known);

  schema::OptionValue const* find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Throw UsageError when the value is of another kind.
  bool flag(std::string_view name) const;                       ///< false when absent
  std::optional<std::string> text(std::string_view name) const; ///< numbers as text too
  std::vector<std::string> list(std::string_view name) const;   ///< a single text is a list of one
  std::map<std::string, std::string> map(std::string_view name) const;

  /// The full name, as the person typed it.
  std::string full_name(std::string_view name) const;

 private:
  [[noreturn]] void mistyped(std::string_view name, std::string_view wanted) const;

  schema::Options const& options_;
  std::string_view operation_;
  std::vector<std::string_view> prefixes_;
};

/// A number without a fraction where it has none: 10, 0.5.
std::string number_text(double number);

} // namespace vm::sql
