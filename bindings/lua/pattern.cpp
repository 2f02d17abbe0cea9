#include "bindings/lua/pattern.hpp"

#include "bindings/lua/error.hpp"

#include <fmt/format.h>

#include <cctype>

namespace vm::lua {

namespace {

constexpr unsigned steps_between_checks = 4096;
constexpr int deepest = 200;

bool is_in_class(unsigned char c, unsigned char letter) {
  bool found = false;
  switch (std::tolower(letter)) {
  case 'a': found = std::isalpha(c) != 0; break;
  case 'c': found = std::iscntrl(c) != 0; break;
  case 'd': found = std::isdigit(c) != 0; break;
  case 'g': found = std::isgraph(c) != 0; break;
  case 'l': found = std::islower(c) != 0; break;
  case 'p': found = std::ispunct(c) != 0; break;
  case 's': found = std::isspace(c) != 0; break;
  case 'u': found = std::isupper(c) != 0; break;
  case 'w': found = std::isalnum(c) != 0; break;
  case 'x': found = std::isxdigit(c) != 0; break;
  case 'z': found = c == 0; break;
  default: return letter == c;
  }
  return std::isupper(letter) != 0 ? !found : found;
}

} // namespace

Pattern::Pattern(std::string_view subject, std::string_view pattern, std::function<void()> check)
    : subject_{subject},
      pattern_{pattern},
      check_{std::move(check)} {}

void Pattern::step() {
  if (++steps_ % steps_between_checks == 0) check_();
}

std::optional<std::size_t> Pattern::match(std::size_t start) {
  count_ = 0;
  depth_ = 0;
  auto const end = run(start, 0);
  if (!end) return end;
  for (std::size_t i = 0; i < count_; ++i)
    if (states_[i] == State::open) throw ArgumentError{"unfinished capture"};
  return end;
}

/// Where the single-character item that begins at `item` ends.
std::size_t Pattern::item_end(std::size_t item) const {
  char const first = pattern_[item++];
  if (first == '%') {
    if (item == pattern_.size()) throw ArgumentError{"malformed pattern (ends with '%')"};
    return item + 1;
  }
  if (first != '[') return item;
  if (item < pattern_.size() && pattern_[item] == '^') ++item;
  // A ']' that comes first stands for itself.
  for (bool is_first = true;; is_first = false) {
    if (item >= pattern_.size()) throw ArgumentError{"malformed pattern (missing ']')"};
    char const c = pattern_[item++];
    if (c == ']' && !is_first) return item;
    if (c != '%') continue;
    if (item >= pattern_.size()) throw ArgumentError{"malformed pattern (missing ']')"};
    ++item;
  }
}

/// `set` is at '[', `set_end` behind ']'.
bool Pattern::is_in_set(unsigned char c, std::size_t set, std::size_t set_end) const {
  bool const is_negated = pattern_[set + 1] == '^';
  auto at = set + (is_negated ? 2 : 1);
  auto const last = set_end - 1;
  while (at < last) {
    auto const letter = static_cast<unsigned char>(pattern_[at]);
    if (letter == '%' && at + 1 < last) {
      if (is_in_class(c, static_cast<unsigned char>(pattern_[at + 1]))) return !is_negated;
      at += 2;
    } else if (at + 2 < last && pattern_[at + 1] == '-') {
      if (letter <= c && c <= static_cast<unsigned char>(pattern_[at + 2])) return !is_negated;
      at += 3;
    } else {
      if (letter == c) return !is_negated;
      ++at;
    }
  }
  return is_negated;
}

bool Pattern::is_match(std::size_t at, std::size_t item, std::size_t item_end) const {
  if (at >= subject_.size()) return false;
  auto const c = static_cast<unsigned char>(subject_[at]);
  switch (pattern_[item]) {
  case '.': return true;
  case '%': return is_in_class(c, static_cast<unsigned char>(pattern_[item + 1]));
  case '[': return is_in_set(c, item, item_end);
  default: return static_cast<unsigned char>(pattern_[item]) == c;
  }
}

Pattern::End Pattern::greedy(std::size_t at, std::size_t item, std::size_t item_end, std::size_t least) {
  std::size_t count = 0;
  for (; is_match(at + count, item, item_end); ++count) step();
  for (;; --count) {
    if (count < least) return std::nullopt;
    if (auto const end = run(at + count, item_end + 1)) return end;
    if (count == 0) return std::nullopt;
  }
}

Pattern::End Pattern::lazy(std::size_t at, std::size_t item, std::size_t item_end) {
  for (;; ++at) {
    step();
    if (auto const end = run(at, item_end + 1)) return end;
    if (!is_match(at, item, item_end)) return std::nullopt;
  }
}

/// `%bxy`; `item` is at x.
Pattern::End Pattern::balance(std::size_t at, std::size_t item) {
  if (item + 1 >= pattern_.size()) throw ArgumentError{"unbalanced pattern"};
  char const begin = pattern_[item], end = pattern_[item + 1];
  if (at >= subject_.size() || subject_[at] != begin) return std::nullopt;
  std::size_t depth = 1;
  for (++at; at < subject_.size(); ++at) {
    step();
    if (subject_[at] == end) {
      if (--depth == 0) return at + 1;
    } else if (subject_[at] == begin) {
      ++depth;
    }
  }
  return std::nullopt;
}

Pattern::End Pattern::open(std::size_t at, std::size_t item, bool is_position) {
  if (count_ == most_captures) throw ArgumentError{"too many captures"};
  captures_[count_] = {at, 0, is_position};
  states_[count_] = is_position ? State::closed : State::open;
  ++count_;
  auto const end = run(at, item);
  if (!end) --count_;
  return end;
}

Pattern::End Pattern::close(std::size_t at, std::size_t item) {
  auto index = count_;
  while (index > 0 && states_[index - 1] != State::open) --index;
  if (index == 0) throw ArgumentError{"invalid pattern capture"};
  --index;
  states_[index] = State::closed;
  captures_[index].length = at - captures_[index].start;
  auto const end = run(at, item);
  if (!end) states_[index] = State::open;
  return end;
}

Pattern::End Pattern::repeat_capture(std::size_t at, char digit) {
  auto const index = static_cast<std::size_t>(digit - '1');
  if (digit == '0' || index >= count_ || states_[index] == State::open) throw ArgumentError{"invalid capture index"};
  if (captures_[index].is_position) return std::nullopt;
  auto const text = subject_.substr(captures_[index].start, captures_[index].length);
  if (subject_.substr(at, text.size()) != text) return std::nullopt;
  return at + text.size();
}

/// Matches the pattern from `item` on against the subject from `at` on.
Pattern::End Pattern::run(std::size_t at, std::size_t item) {
  if (++depth_ > deepest) throw ArgumentError{"pattern too complex"};
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } const leave{depth_};
  while (item < pattern_.size()) {
    step();
    char const c = pattern_[item];
    if (c == '(') {
      bool const is_position = item + 1 < pattern_.size() && pattern_[item + 1] == ')';
      return open(at, item + (is_position ? 2 : 1), is_position);
    }
    if (c == ')') return close(at, item + 1);
    if (c == '$' && item + 1 == pattern_.size()) return at == subject_.size() ? End{at} : std::nullopt;
    if (c == '%' && item + 1 < pattern_.size()) {
      char const kind = pattern_[item + 1];
      if (kind == 'b') {
        auto const end = balance(at, item + 2);
        if (!end) return std::nullopt;
        at = *end;
        item += 4;
        continue;
      }
      if (kind == 'f') {
        item += 2;
        if (item >= pattern_.size() || pattern_[item] != '[') throw ArgumentError{"missing '[' after '%f' in pattern"};
        auto const end = item_end(item);
        auto const before = at == 0 ? '\0' : subject_[at - 1];
        auto const here = at < subject_.size() ? subject_[at] : '\0';
        if (is_in_set(static_cast<unsigned char>(before), item, end) ||
            !is_in_set(static_cast<unsigned char>(here), item, end))
          return std::nullopt;
        item = end;
        continue;
      }
      if (kind >= '0' && kind <= '9') {
        auto const end = repeat_capture(at, kind);
        if (!end) return std::nullopt;
        at = *end;
        item += 2;
        continue;
      }
    }
    auto const end = item_end(item);
    char const suffix = end < pattern_.size() ? pattern_[end] : '\0';
    if (suffix == '*') return greedy(at, item, end, 0);
    if (suffix == '+') return greedy(at, item, end, 1);
    if (suffix == '-') return lazy(at, item, end);
    if (suffix == '?') {
      if (is_match(at, item, end))
        if (auto const found = run(at + 1, end + 1)) return found;
      item = end + 1;
      continue;
    }
    if (!is_match(at, item, end)) return std::nullopt;
    ++at;
    item = end;
  }
  return at;
}

bool is_plain(std::string_view pattern) {
  return pattern.find_first_of("^$*+?.([%-") == std::string_view::npos;
}

} // namespace vm::lua
