#include "engine/sql/words.hpp"

#include "engine/core/text.hpp"

#include <algorithm>

namespace vm::sql {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) {
  return is_word_start(c) || is_digit(c) || c == '$';
}

class Lexer {
 public:
  Lexer(std::string_view text, Capabilities const& capabilities) : text_{text}, capabilities_{capabilities} {}

  Word next() {
    auto const start = at_;
    auto const kind = read();
    return {kind, text_.substr(start, at_ - start), start};
  }
  bool at_end() const { return at_ >= text_.size(); }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  WordKind read() {
    char const c = peek();
    if (is_space(c)) {
      while (!at_end() && is_space(peek())) ++at_;
      return WordKind::space;
    }
    if (c == '-' && peek(1) == '-') return line_comment();
    if (c == '#' && capabilities_.hash_comments) return line_comment();
    if (c == '/' && peek(1) == '*') return block_comment();
    if (c == '\'') return quoted('\'', capabilities_.backslash_escapes, WordKind::string);
    if (c == '"') {
      bool const text = capabilities_.double_quotes_are_strings;
      return quoted('"', text && capabilities_.backslash_escapes, text ? WordKind::string : WordKind::quoted_name);
    }
    if (c == '`' && capabilities_.backtick_quotes) return quoted('`', false, WordKind::quoted_name);
    if (c == '[' && capabilities_.bracket_quotes) {
      auto const end = text_.find(']', at_);
      at_ = end == std::string_view::npos ? text_.size() : end + 1;
      return WordKind::quoted_name;
    }
    if (c == '$' && capabilities_.dollar_quotes) {
      if (is_digit(peek(1))) {
        ++at_;
        digits();
        return WordKind::placeholder;
      }
      if (dollar_quoted()) return WordKind::string;
    }
    if (c == '?' && !capabilities_.dollar_quotes) {
      ++at_;
      digits();
      return WordKind::placeholder;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_word_start(c)) return word();
    ++at_;
    return WordKind::symbol;
  }

  void digits() {
    while (is_digit(peek())) ++at_;
  }

  WordKind line_comment() {
    auto const end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    return WordKind::comment;
  }

  WordKind block_comment() {
    int depth = 0;
    while (!at_end()) {
      if (peek() == '/' && peek(1) == '*' && (depth == 0 || capabilities_.nested_comments)) {
        ++depth;
        at_ += 2;
      } else if (peek() == '*' && peek(1) == '/') {
        at_ += 2;
        if (--depth == 0) break;
      } else {
        ++at_;
      }
    }
    return WordKind::comment;
  }

  WordKind quoted(char quote, bool backslashes, WordKind kind) {
    ++at_;
    while (!at_end()) {
      char const c = text_[at_++];
      if (c == '\\' && backslashes) {
        if (!at_end()) ++at_;
      } else if (c == quote) {
        if (peek() != quote) break;
        ++at_;
      }
    }
    return kind;
  }

  bool dollar_quoted() {
    auto end = at_ + 1;
    while (end < text_.size() && (is_word_start(text_[end]) || is_digit(text_[end]))) ++end;
    if (end >= text_.size() || text_[end] != '$') return false;
    auto const tag = text_.substr(at_, end + 1 - at_);
    auto const close = text_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? text_.size() : close + tag.size();
    return true;
  }

  WordKind number() {
    while (is_word(peek()) || peek() == '.' ||
           ((peek() == '+' || peek() == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E'))) {
      ++at_;
    }
    return WordKind::number;
  }

  WordKind word() {
    char const c = peek();
    bool const escaped = c == 'e' || c == 'E';
    bool const prefix = escaped || c == 'x' || c == 'X' || c == 'b' || c == 'B' || c == 'n' || c == 'N';
    if (prefix && peek(1) == '\'') {
      ++at_;
      return quoted('\'', capabilities_.backslash_escapes || (escaped && capabilities_.dollar_quotes),
                    WordKind::string);
    }
    while (is_word(peek())) ++at_;
    return WordKind::word;
  }

  std::string_view text_;
  Capabilities const& capabilities_;
  std::size_t at_ = 0;
};

} // namespace

bool Word::is(std::string_view word_or_symbol) const {
  return (kind == WordKind::word || kind == WordKind::symbol) && equals_ignore_case(text, word_or_symbol);
}

std::vector<Word> all_words(std::string_view text, Capabilities const& capabilities) {
  std::vector<Word> found;
  Lexer lexer{text, capabilities};
  while (!lexer.at_end()) found.push_back(lexer.next());
  return found;
}

std::vector<Word> words(std::string_view text, Capabilities const& capabilities) {
  auto found = all_words(text, capabilities);
  std::erase_if(found,
                [](Word const& token) { return token.kind == WordKind::space || token.kind == WordKind::comment; });
  return found;
}

bool starts_with(std::span<Word const> tokens, std::initializer_list<std::string_view> words) {
  if (tokens.size() < words.size()) return false;
  return std::equal(words.begin(), words.end(), tokens.begin(),
                    [](std::string_view word, Word const& token) { return token.is(word); });
}

std::string unquoted(Word const& token) {
  bool const quoted = token.kind == WordKind::quoted_name || token.kind == WordKind::string;
  if (!quoted || token.text.size() < 2) return std::string{token.text};
  char const quote = token.text.back() == ']' ? '\0' : token.text.back();
  std::string name;
  for (std::size_t at = 1; at + 1 < token.text.size(); ++at) {
    name += token.text[at];
    if (token.text[at] == quote && token.text[at + 1] == quote) ++at;
  }
  return name;
}

} // namespace vm::sql
