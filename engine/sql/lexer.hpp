// A script cut into tokens, without changing a byte: what splitting, parameters and the drivers need to know about SQL
// text before a database sees it. Knows no grammar.
#pragma once

#include "engine/sql/dialect.hpp"

#include <string_view>

namespace vm::sql {

enum class TokenKind {
  end,
  space,
  comment,
  conditional_comment, ///< `/*! … */`, which MariaDB and MySQL run
  word,                ///< a keyword, an unquoted name, a number
  quoted_name,         ///< "name", `name`, [name]
  string,              ///< '…', E'…' with what continues it on the next line, and "…" where that is a string
  dollar_string,       ///< $tag$ … $tag$
  symbol,              ///< one character of anything else
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;
  std::size_t offset = 0;
  bool closed = true; ///< false: the text ended before the string, comment or name did

  /// Whether this is the keyword `upper_case`, in any letter case.
  bool is(std::string_view upper_case) const;
  bool is(char symbol) const { return kind == TokenKind::symbol && text.front() == symbol; }
  /// Neither white space nor a comment that no database runs.
  bool is_significant() const { return kind != TokenKind::space && kind != TokenKind::comment; }
};

class Lexer {
 public:
  Lexer(std::string_view text, Capabilities const& capabilities, std::size_t offset = 0)
      : text_{text},
        capabilities_{capabilities},
        position_{offset} {}

  Token next();
  /// The next significant token, or the end.
  Token next_significant();

  std::size_t position() const { return position_; }
  void move_to(std::size_t position) { position_ = position; }

 private:
  char at(std::size_t index) const { return index < text_.size() ? text_[index] : '\0'; }
  Token make(TokenKind kind, std::size_t end, bool closed = true);
  Token quoted(TokenKind kind, char quote, bool backslash, std::size_t start);
  Token escape_string();
  std::size_t continuation(std::size_t after) const;
  Token line_comment();
  Token block_comment();
  bool dollar_quote(std::size_t& tag_end) const;

  std::string_view text_;
  Capabilities const& capabilities_;
  std::size_t position_ = 0;
};

} // namespace vm::sql
