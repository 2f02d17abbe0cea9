// A migration's header: what the top level of its file assigned, read after running it in an environment of its own.
#pragma once

#include "bindings/context.hpp"
#include "engine/script/header.hpp"
#include "engine/script/host.hpp"

#include <string_view>

namespace vm::bindings {

/// The leading comment: the message (its first line), the whole text, what stands after "Created:".
struct LeadingComment {
  std::string message, doc, created;
};
LeadingComment leading_comment(std::string_view text);

/// The line of the first assignment to a global, counted from 1; 0 when there is none.
int line_of(std::string_view text, std::string_view name);

/// Runs the top level and reads the fields. What is wrong with the file is in the result, not thrown.
script::ReadResult read_header(lua_State* L, std::filesystem::path const& path, std::string_view shown,
                               std::string_view text);

} // namespace vm::bindings
