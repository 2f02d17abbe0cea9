#include "engine/sql/lexer.hpp"

#include "engine/core/text.hpp"

#include <algorithm>

namespace vm::sql {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_part(char c) {
  return is_word_start(c) || is_digit(c) || c == '$';
}

} // namespace

bool Token::is(std::string_view upper_case) const {
  return kind == TokenKind::word && equals_ignore_case(text, upper_case);
}

Token Lexer::make(TokenKind kind, std::size_t end, bool closed) {
  Token const token{kind, text_.substr(position_, end - position_), position_, closed};
  position_ = end;
  return token;
}

Token Lexer::next_significant() {
  Token token = next();
  while (!token.is_significant()) token = next();
  return token;
}

Token Lexer::next() {
  if (position_ >= text_.size()) return {TokenKind::end, {}, text_.size(), true};
  char const c = text_[position_];
  if (is_space(c)) {
    std::size_t end = position_ + 1;
    while (end < text_.size() && is_space(text_[end])) ++end;
    return make(TokenKind::space, end);
  }
  if (c == '-' && at(position_ + 1) == '-') {
    // MariaDB and MySQL read `a--1` as a minus of a minus.
    char const after = at(position_ + 2);
    if (!capabilities_.hash_comments || position_ + 2 >= text_.size() || static_cast<unsigned char>(after) <= ' ')
      return line_comment();
  }
  if (c == '#' && capabilities_.hash_comments) return line_comment();
  if (c == '/' && at(position_ + 1) == '*') return block_comment();
  if (c == '\'') return quoted(TokenKind::string, '\'', capabilities_.backslash_escapes, position_);
  if ((c == 'e' || c == 'E') && at(position_ + 1) == '\'' && capabilities_.dollar_quotes) return escape_string();
  if (c == '"') {
    bool const is_string = capabilities_.double_quotes_are_strings;
    return quoted(is_string ? TokenKind::string : TokenKind::quoted_name, '"',
                  is_string && capabilities_.backslash_escapes, position_);
  }
  if (c == '`' && capabilities_.backtick_quotes) return quoted(TokenKind::quoted_name, '`', false, position_);
  if (c == '[' && capabilities_.bracket_quotes) {
    auto const end = text_.find(']', position_);
    bool const closed = end != std::string_view::npos;
    return make(TokenKind::quoted_name, closed ? end + 1 : text_.size(), closed);
  }
  if (c == '$' && capabilities_.dollar_quotes) {
    std::size_t tag_end = 0;
    if (dollar_quote(tag_end)) {
      auto const tag = text_.substr(position_, tag_end - position_);
      auto const end = text_.find(tag, tag_end);
      bool const closed = end != std::string_view::npos;
      return make(TokenKind::dollar_string, closed ? end + tag.size() : text_.size(), closed);
    }
  }
  if (is_word_start(c) || is_digit(c)) {
    std::size_t end = position_ + 1;
    // A name may hold `$`; after a number it begins a dollar quote.
    bool const ends_at_dollar = is_digit(c) && capabilities_.dollar_quotes;
    while (end < text_.size() && is_word_part(text_[end]) && !(ends_at_dollar && text_[end] == '$')) ++end;
    return make(TokenKind::word, end);
  }
  return make(TokenKind::symbol, position_ + 1);
}

Token Lexer::quoted(TokenKind kind, char quote, bool backslash, std::size_t start) {
  for (std::size_t i = start + 1; i < text_.size(); ++i) {
    if (backslash && text_[i] == '\\')
      ++i;
    else if (text_[i] == quote) {
      if (at(i + 1) != quote) return make(kind, i + 1);
      ++i;
    }
  }
  return make(kind, text_.size(), false);
}

/// E'…' of PostgreSQL. A quote after a line end goes on with the same string, in which backslashes still escape.
Token Lexer::escape_string() {
  for (std::size_t i = position_ + 2; i < text_.size(); ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == '\'') {
      if (at(i + 1) == '\'') {
        ++i;
      } else if (auto const next = continuation(i + 1); next != std::string_view::npos) {
        i = next;
      } else {
        return make(TokenKind::string, i + 1);
      }
    }
  }
  return make(TokenKind::string, text_.size(), false);
}

/// The place of a quote that stands after white space and line comments with a line end among them; npos without one.
std::size_t Lexer::continuation(std::size_t after) const {
  bool new_line = false;
  for (std::size_t i = after; i < text_.size(); ++i) {
    if (text_[i] == '\'') return new_line ? i : std::string_view::npos;
    if (text_[i] == '-' && at(i + 1) == '-') i = std::min(text_.find_first_of("\r\n", i), text_.size());
    if (i >= text_.size() || !is_space(text_[i])) break;
    new_line = new_line || text_[i] == '\n' || text_[i] == '\r';
  }
  return std::string_view::npos;
}

Token Lexer::line_comment() {
  auto const end =
      capabilities_.carriage_return_ends_line ? text_.find_first_of("\r\n", position_) : text_.find('\n', position_);
  return make(TokenKind::comment, end == std::string_view::npos ? text_.size() : end);
}

Token Lexer::block_comment() {
  bool const conditional = capabilities_.hash_comments &&
                           (at(position_ + 2) == '!' || (at(position_ + 2) == 'M' && at(position_ + 3) == '!'));
  auto const kind = conditional ? TokenKind::conditional_comment : TokenKind::comment;
  int depth = 1;
  for (std::size_t i = position_ + 2; i < text_.size(); ++i) {
    if (text_[i] == '*' && at(i + 1) == '/') {
      if (--depth == 0) return make(kind, i + 2);
      ++i;
    } else if (capabilities_.nested_comments && text_[i] == '/' && at(i + 1) == '*') {
      ++depth;
      ++i;
    }
  }
  return make(kind, text_.size(), false);
}

/// `$$` or `$tag$`; a tag is a name without `$` that does not begin with a digit.
bool Lexer::dollar_quote(std::size_t& tag_end) const {
  std::size_t i = position_ + 1;
  if (at(i) == '$') {
    tag_end = i + 1;
    return true;
  }
  if (!is_word_start(at(i))) return false;
  while (i < text_.size() && (is_word_start(text_[i]) || is_digit(text_[i]))) ++i;
  if (at(i) != '$') return false;
  tag_end = i + 1;
  return true;
}

} // namespace vm::sql
