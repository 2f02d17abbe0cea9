// A script into its statements, without changing a byte of them: strings, dollar quotes, comments, BEGIN … END bodies,
// DELIMITER and COPY … FROM stdin are known; which of them apply is told by the capabilities.
#pragma once

#include "engine/sql/dialect.hpp"

namespace vm::sql {

struct Piece {
  std::string text;       ///< one statement, trimmed, without the trailing delimiter
  std::size_t offset = 0; ///< where it starts in the script
  int line = 1;           ///< likewise, from 1
  std::string copy_data;  ///< what follows COPY … FROM stdin, up to `\.`; empty otherwise
  bool is_copy = false;
};

/// Throws UsageError for an unterminated string, comment, dollar quote or body, with the line it began on.
std::vector<Piece> split(std::string_view script, Capabilities const& capabilities);

} // namespace vm::sql
