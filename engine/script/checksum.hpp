// The checksum of a migration: equal for texts that differ only in comments and white space.
#pragma once

#include "engine/script/header.hpp"

#include <string>
#include <string_view>

namespace vm::script {

/// SHA-256 of the text without comments and with every run of white space outside strings as one space. Lua: `--`, long
/// brackets; SQL: `--` and `/* */`, quotes and dollar quotes kept as they are. 64 hex digits.
std::string checksum(std::string_view text, Language language);

} // namespace vm::script
