// Small text helpers that every room may use: trimming, splitting, the nearest name for "did you mean".
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vm {

/// Without white space at both ends (space, tab, CR, LF, VT, FF).
std::string_view trim(std::string_view text);

/// The parts between `separator`, empty ones included; "" gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);

std::string join(std::span<std::string const> parts, std::string_view separator);

/// "'a', 'b', 'c'": names as they stand in messages.
std::string quoted_list(std::span<std::string const> names);

/// ASCII only: SQL keywords, header fields.
std::string lower(std::string_view text);
std::string upper(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);

/// The candidate nearest to `name` by edit distance (insert, delete, replace, swap of neighbours), if it is near
/// enough that a person may have meant it: distance at most a third of the longer one's length, at least 1.
std::optional<std::string> nearest_name(std::string_view name, std::span<std::string const> candidates);

/// Whether `text` is well-formed UTF-8 (no overlong forms, no surrogates; Unicode 15, table 3-7).
bool is_utf8(std::string_view text);

/// How many terminal columns `text` takes, for alignment; East Asian wide characters count as two.
std::size_t display_width(std::string_view text);

} // namespace vm
