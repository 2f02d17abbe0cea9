// Quoting that several dialects share. Which quote a database wants is the dialect's choice.
#pragma once

#include <string>
#include <string_view>

namespace vm::sql {

/// `text` between two `quote`s, each one inside doubled.
std::string quoted_with(char quote, std::string_view text);

/// 'text' with quotes doubled and nothing else changed.
std::string single_quoted(std::string_view text);

/// Two upper-case hex digits a byte.
std::string hex(std::string_view bytes);

/// `$$body$$`, or with a tag that does not stand in the body.
std::string dollar_quoted(std::string_view body);

} // namespace vm::sql
