#include "engine/script/checksum.hpp"

#include "engine/core/digest.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace vm::script {

namespace {

/// Copies what matters of a text, one token boundary at a time.
class Normaliser {
 public:
  explicit Normaliser(std::string_view text) : text_{text} { out_.reserve(text.size()); }

  std::string lua() {
    while (at_ < text_.size()) {
      char const c = text_[at_];
      if (is_space(c)) {
        space();
      } else if (starts("--")) {
        at_ += 2;
        if (auto const level = long_bracket())
          skip_to("]" + std::string(*level, '=') + "]");
        else
          skip_line();
        pending_ = true;
      } else if (auto const level = long_bracket()) {
        copy_to("]" + std::string(*level, '=') + "]");
      } else if (c == '"' || c == '\'') {
        copy_quoted(c, true);
      } else {
        put(c);
        ++at_;
      }
    }
    return std::move(out_);
  }

  std::string sql() {
    while (at_ < text_.size()) {
      char const c = text_[at_];
      if (is_space(c)) {
        space();
      } else if (starts("--")) {
        skip_line();
        pending_ = true;
      } else if (starts("/*") && !starts("/*!")) {
        at_ += 2;
        skip_to("*/");
        pending_ = true;
      } else if (c == '\'' || c == '"' || c == '`') {
        copy_quoted(c, false);
      } else if (auto const tag = dollar_tag(); !tag.empty()) {
        copy_to(tag, tag.size());
      } else {
        put(c);
        ++at_;
      }
    }
    return std::move(out_);
  }

 private:
  static bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
  static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
  bool starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  void space() {
    ++at_;
    pending_ = true;
  }
  void put(char c) {
    // White space counts only where it keeps two words apart.
    if (pending_ && !out_.empty() && is_word(out_.back()) && is_word(c)) out_ += ' ';
    pending_ = false;
    out_ += c;
  }
  void copy(std::size_t end) {
    while (at_ < end) {
      pending_ = false;
      out_ += text_[at_++];
    }
  }
  void skip_line() {
    auto const end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }
  void skip_to(std::string const& end) {
    auto const found = text_.find(end, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + end.size();
  }
  void copy_to(std::string const& end, std::size_t skip = 1) {
    auto const found = text_.find(end, at_ + skip);
    copy(found == std::string_view::npos ? text_.size() : found + end.size());
  }
  void copy_quoted(char quote, bool backslash) {
    auto end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += backslash && text_[end] == '\\' ? 2 : 1;
    copy(std::min(end + 1, text_.size()));
  }
  /// The level of `[==[` here.
  std::optional<std::size_t> long_bracket() const {
    if (at_ >= text_.size() || text_[at_] != '[') return std::nullopt;
    auto end = at_ + 1;
    while (end < text_.size() && text_[end] == '=') ++end;
    if (end >= text_.size() || text_[end] != '[') return std::nullopt;
    return end - at_ - 1;
  }
  std::string dollar_tag() const {
    if (text_[at_] != '$') return {};
    auto end = at_ + 1;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end >= text_.size() || text_[end] != '$' || std::isdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0)
      return {};
    return std::string{text_.substr(at_, end - at_ + 1)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool pending_ = false;
  std::string out_;
};

} // namespace

std::string checksum(std::string_view text, Language language) {
  Normaliser normaliser{text};
  return sha256_hex(language == Language::lua ? normaliser.lua() : normaliser.sql());
}

} // namespace vm::script
