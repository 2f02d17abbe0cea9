// A statement into tokens, without changing a byte: what each dialect takes for a string, a name, a comment. For
// looking at SQL (the first words of a statement, a CREATE TABLE to be rebuilt, placeholders), never for judging
// whether it is right.
#pragma once

#include "engine/sql/dialect.hpp"

#include <span>

namespace vm::sql {

enum class WordKind {
  space,
  comment,
  word,        ///< a keyword or an unquoted name
  quoted_name, ///< "name", `name`, [name]
  string,      ///< 'text', E'text', $tag$text$tag$, X'00'
  number,
  placeholder, ///< `?`, `?3` or `$1`
  symbol,      ///< one character of anything else
};

struct Word {
  WordKind kind;
  std::string_view text;  ///< points into the text that was read
  std::size_t offset = 0; ///< where it starts

  bool is(std::string_view word_or_symbol) const; ///< case-insensitive, words and symbols only
};

/// Every byte of `text` is in exactly one of them. What is not closed reaches to the end.
std::vector<Word> all_words(std::string_view text, Capabilities const& capabilities);

/// Without white space and comments.
std::vector<Word> words(std::string_view text, Capabilities const& capabilities);

/// Whether a statement starts with these words, comments and white space left out: {"CREATE", "INDEX"}.
bool starts_with(std::span<Word const> tokens, std::initializer_list<std::string_view> words);

/// The name a word or quoted name stands for, quotes taken off.
std::string unquoted(Word const& token);

} // namespace vm::sql
