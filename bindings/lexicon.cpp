#include "bindings/lexicon.hpp"

#include <algorithm>
#include <array>

namespace vm::bindings {

namespace {

constexpr std::size_t no_level = std::string_view::npos;

// `goto` is a word of its own in LuaJIT: it is unknown here.
constexpr std::array<std::string_view, 21> keywords{"and", "break",    "do",     "else", "elseif", "end",   "false",
                                                    "for", "function", "if",     "in",   "local",  "nil",   "not",
                                                    "or",  "repeat",   "return", "then", "true",   "until", "while"};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::array<bool, 256> make_words() {
  std::array<bool, 256> words{};
  for (int c = 0; c < 256; ++c) words[c] = is_letter(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  return words;
}
constexpr auto words = make_words();

bool is_word(char c) {
  return words[static_cast<unsigned char>(c)];
}

bool is_keyword(std::string_view name) {
  if (name.size() > 8) return false;
  for (auto const keyword : keywords)
    if (keyword.front() == name.front() && keyword == name) return true;
  return false;
}

/// How long the mark is that begins with `c`, followed by `next` and `last`; 0 when none does.
std::size_t mark_length(char c, char next, char last) {
  switch (c) {
  case '+':
  case '-':
  case '*':
  case '/':
  case '%':
  case '^':
  case '#':
  case '(':
  case ')':
  case '{':
  case '}':
  case '[':
  case ']':
  case ';':
  case ',': return 1;
  case '=':
  case '<':
  case '>': return next == '=' ? 2 : 1;
  case '~': return next == '=' ? 2 : 0;
  case ':': return next == ':' ? 0 : 1; // a label
  case '.':
    if (is_digit(next)) return 0; // a number
    if (next != '.') return 1;
    return last == '.' ? 3 : 2;
  default: return 0;
  }
}

} // namespace

void Lexicon::next() {
  first_on_line_ = false;
  escaped_ = false;
  if (skip_space())
    scan();
  else
    take(Token::unknown, 0);
}

std::size_t Lexicon::long_level() const {
  std::size_t ahead = 1;
  while (peek(ahead) == '=') ++ahead;
  return peek(ahead) == '[' ? ahead - 1 : no_level;
}

bool Lexicon::long_text() {
  auto const level = long_level();
  if (level == no_level) return false;
  auto const start = at_ + level + 2;
  for (auto end = text_.find(']', start); end != std::string_view::npos; end = text_.find(']', end + 1)) {
    std::size_t equals = 0;
    while (end + 1 + equals < text_.size() && text_[end + 1 + equals] == '=') ++equals;
    if (equals != level || end + 1 + equals >= text_.size() || text_[end + 1 + equals] != ']') continue;
    token_ = text_.substr(start, end - start);
    at_ = end + level + 2;
    return true;
  }
  return false;
}

bool Lexicon::skip_space() {
  while (at_ < text_.size()) {
    char const c = text_[at_];
    if (c == '\n') {
      first_on_line_ = true;
      ++at_;
    } else if (c == ' ' || c == '\t' || (c == '\r' && peek(1) == '\n')) {
      ++at_;
    } else if (c == '-' && peek(1) == '-') {
      at_ += 2;
      if (peek() == '[' && long_level() != no_level) {
        auto const start = at_;
        if (!long_text()) return false;
        first_on_line_ = first_on_line_ || text_.substr(start, at_ - start).find('\n') != std::string_view::npos;
      } else {
        auto const end = text_.find_first_of("\r\n", at_);
        at_ = end == std::string_view::npos ? text_.size() : end;
      }
    } else {
      return true;
    }
  }
  return true;
}

void Lexicon::quoted(char quote) {
  auto const start = at_ + 1;
  auto end = start;
  for (; end < text_.size() && text_[end] != quote; ++end) {
    if (text_[end] == '\n' || text_[end] == '\r') return take(Token::unknown, 0);
    if (text_[end] != '\\') continue;
    escaped_ = true;
    ++end;
    if (end >= text_.size() || std::string_view{"nrt\\\"'"}.find(text_[end]) == std::string_view::npos)
      return take(Token::unknown, 0);
  }
  if (end >= text_.size()) return take(Token::unknown, 0);
  kind_ = Token::string;
  token_ = text_.substr(start, end - start);
  at_ = end + 1;
}

void Lexicon::scan() {
  if (at_ >= text_.size()) return take(Token::end, 0);
  char const c = text_[at_];
  std::size_t length = 1;
  if (is_letter(c)) {
    while (is_word(peek(length))) ++length;
    take(Token::name, length);
    if (is_keyword(token_))
      kind_ = Token::keyword;
    else if (token_ == "goto")
      kind_ = Token::unknown;
    return;
  }
  if (is_digit(c)) {
    while (is_digit(peek(length))) ++length;
    if (peek(length) == '.' && is_digit(peek(length + 1))) {
      ++length;
      while (is_digit(peek(length))) ++length;
    }
    bool const plain = length <= 15 && !is_word(peek(length)) && peek(length) != '.';
    return take(plain ? Token::number : Token::unknown, length);
  }
  if (c == '"' || c == '\'') return quoted(c);
  if (c == '[' && (peek(1) == '[' || peek(1) == '=')) {
    if (!long_text()) return take(Token::unknown, 0);
    kind_ = Token::string;
    escaped_ = true; // a first line break is dropped: not as written
    return;
  }
  auto const mark = mark_length(c, peek(1), peek(2));
  take(mark > 0 ? Token::mark : Token::unknown, mark);
}

} // namespace vm::bindings
