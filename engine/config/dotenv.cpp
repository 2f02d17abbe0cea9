#include "engine/config/config.hpp"
#include "engine/config/expand.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <algorithm>

namespace vm::config {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_key(std::string_view text) {
  auto const is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
}

class Parser {
 public:
  Parser(std::string_view text, std::string const& name, EnvironmentVariables const& environment)
      : text_{text},
        name_{name},
        environment_{environment} {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  EnvironmentVariables parse() {
    while (skip_to_next_line()) entry();
    return std::move(variables_);
  }

 private:
  [[noreturn]] void fail(std::string const& message, int line) const {
    ConfigError error{message};
    error.locate({name_, line});
    throw error;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_).starts_with("\r\n");
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  /// Past empty lines and comments to the first character of an entry; false at the end.
  bool skip_to_next_line() {
    while (at_ < text_.size()) {
      skip_blanks();
      if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (!at_line_end()) return true;
      if (peek() == '\r') ++at_;
      if (peek() == '\n') ++line_;
      ++at_;
    }
    return false;
  }

  void entry() {
    auto const line_end = std::min(text_.find('\n', at_), text_.size());
    auto const equals = text_.substr(0, line_end).find('=', at_);
    if (equals == std::string_view::npos) fail("expected KEY=VALUE", line_);
    auto key = trim(text_.substr(at_, equals - at_));
    if (key.starts_with("export") && key.size() > 6 && is_blank(key[6])) key = trim(key.substr(6));
    if (!is_key(key)) fail("the name in front of '=' is not a variable's name", line_);
    at_ = equals + 1;
    skip_blanks();
    auto value = peek() == '\'' ? single_quoted() : peek() == '"' ? double_quoted() : unquoted();
    variables_.insert_or_assign(std::string{key}, std::move(value));
  }

  void end_of_quoted() {
    skip_blanks();
    if (peek() == '#') at_ = std::min(text_.find('\n', at_), text_.size());
    if (!at_line_end()) fail("text after the closing quote", line_);
  }

  std::string single_quoted() {
    auto const end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) fail("the quote opened here is never closed", line_);
    std::string value{text_.substr(at_ + 1, end - at_ - 1)};
    line_ += static_cast<int>(std::count(value.begin(), value.end(), '\n'));
    at_ = end + 1;
    end_of_quoted();
    return value;
  }

  std::string double_quoted() {
    int const opened = line_;
    std::string value, plain; // `plain` waits to be expanded; an escaped '$' is not
    auto const flush = [&] {
      value += expanded(plain);
      plain.clear();
    };
    for (++at_; peek() != '"' || at_ >= text_.size(); ++at_) {
      if (at_ >= text_.size()) fail("the quote opened here is never closed", opened);
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '\\' || at_ + 1 >= text_.size()) {
        plain += text_[at_];
        continue;
      }
      char const escaped = text_[++at_];
      switch (escaped) {
      case 'n': plain += '\n'; break;
      case 'r': plain += '\r'; break;
      case 't': plain += '\t'; break;
      case '\\':
      case '"':
      case '\'': plain += escaped; break;
      case '$':
        flush();
        value += '$';
        break;
      default:
        if (escaped == '\n') ++line_;
        plain += '\\';
        plain += escaped;
      }
    }
    ++at_;
    flush();
    end_of_quoted();
    return value;
  }

  std::string unquoted() {
    auto const line_end = std::min(text_.find('\n', at_), text_.size());
    auto value = text_.substr(at_, line_end - at_);
    for (std::size_t i = 0; i < value.size(); ++i)
      if (value[i] == '#' && (i == 0 || is_blank(value[i - 1]))) value = value.substr(0, i);
    at_ = line_end;
    return expanded(trim(value));
  }

  std::string expanded(std::string_view text) const {
    auto const lookup = [&](std::string const& name) -> std::optional<std::string> {
      if (auto const found = environment_.find(name); found != environment_.end()) return found->second;
      if (auto const found = variables_.find(name); found != variables_.end()) return found->second;
      return std::nullopt;
    };
    // Lines that are none of our business must not stop us, so what is not set is empty, as in a shell.
    return expand(text, lookup, [](std::string const&) { return std::string{}; });
  }

  std::string_view text_;
  std::string const& name_;
  EnvironmentVariables const& environment_;
  EnvironmentVariables variables_;
  std::size_t at_ = 0;
  int line_ = 1;
};

} // namespace

EnvironmentVariables parse_dotenv(std::string_view text, std::string const& name,
                                  EnvironmentVariables const& environment) {
  return Parser{text, name, environment}.parse();
}

} // namespace vm::config
