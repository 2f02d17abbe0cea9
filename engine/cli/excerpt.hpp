// The part of a statement that an error points at, with the place marked, as people know it from compilers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vm::cli {

struct Excerpt {
  std::size_t line = 0, column = 0; ///< from 1, columns in characters; 0: the database gave no position
  std::string text;                 ///< at most five numbered lines and the marker; no line feed at the end
};

/// `position` is a byte offset. Without one: the first lines of the statement. Long lines are cut around the position.
Excerpt excerpt(std::string_view statement, std::optional<std::size_t> position);

} // namespace vm::cli
