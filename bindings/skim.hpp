// Reads the header of a plain migration file without running it: thousands of files cost a tenth of what Lua takes.
// Sure or silent: whatever is not obviously right is left to Lua, which runs the file and words the error.
#pragma once

#include "engine/script/header.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace vm::bindings {

/// The header, when the top level of `text` is nothing but comments, literals assigned to the fields of a migration,
/// and functions; and when LuaJIT is known to compile the text. Unset otherwise, and for everything that is an error.
/// read_header() answers the same for every text that gets a header here.
std::optional<script::Header> skim_header(std::filesystem::path const& path, std::string_view text);

} // namespace vm::bindings
