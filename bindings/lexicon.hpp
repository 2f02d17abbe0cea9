// Lua's words and marks, for skim.cpp: fewer than LuaJIT takes. A text it does not know is `unknown`, never an error.
#pragma once

#include <cstddef>
#include <string_view>

namespace vm::bindings {

enum class Token { name, keyword, number, string, mark, end, unknown };

/// One token after the other. Strings and numbers are only those whose value needs no thought.
class Lexicon {
 public:
  explicit Lexicon(std::string_view text) : text_{text} { next(); }

  Token kind() const { return kind_; }
  /// The token as written; of a string what is between its quotes.
  std::string_view token() const { return token_; }
  bool is(std::string_view keyword_or_mark) const {
    return (kind_ == Token::keyword || kind_ == Token::mark) && token_.front() == keyword_or_mark.front() &&
           token_ == keyword_or_mark; // most differ in the first letter
  }
  /// Whether a string holds a backslash, so that token() is not its value.
  bool is_escaped() const { return escaped_; }
  /// Whether the token starts on a later line than the one before it ended.
  bool is_first_on_line() const { return first_on_line_; }

  void next();

 private:
  bool skip_space(); ///< false when a comment does not end
  void scan();
  void quoted(char quote);
  bool long_text(); ///< at a `[`: takes the whole of a long string
  std::size_t long_level() const;
  void take(Token kind, std::size_t length) {
    kind_ = kind;
    token_ = text_.substr(at_, length);
    at_ += length;
  }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  std::string_view text_;
  std::size_t at_ = 0;
  Token kind_ = Token::end;
  std::string_view token_;
  bool escaped_ = false, first_on_line_ = false;
};

} // namespace vm::bindings
