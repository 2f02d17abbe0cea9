// vm.toml as plain values that know their lines. Knows TOML; knows none of the keys.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vm::config {

struct Setting;
using List = std::vector<Setting>;
using Section = std::map<std::string, Setting>;

/// What vm never takes; only its name matters, for messages.
struct DateOrTime {};

struct Setting {
  std::variant<bool, std::int64_t, double, std::string, DateOrTime, List, Section> value;
  int line = 0;
};

/// Throws ConfigError at `name`:line for text that is not TOML.
Section read_toml(std::string_view text, std::string const& name);

/// "a string", "an integer", "a table": for messages.
std::string_view kind_of(Setting const& setting);

} // namespace vm::config
