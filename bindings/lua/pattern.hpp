// Lua's patterns, matched by us: the library's own matcher may run for years on a few characters of ill will, and
// nothing can stop it. This one looks up at the time limit and at interrupts as it goes.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace vm::lua {

inline constexpr std::size_t most_captures = 32;

/// What one match found in the subject.
struct Capture {
  std::size_t start = 0;
  std::size_t length = 0;
  bool is_position = false; ///< `()`: the position itself, which counts from 1
};

/// One pattern on one subject, used for any number of starts. Both texts outlive it.
class Pattern {
 public:
  /// `check` is called every few thousand steps and may throw. A leading '^' is not part of `pattern` here.
  Pattern(std::string_view subject, std::string_view pattern, std::function<void()> check);

  /// The end of the match that starts at `start`, if there is one; captures() then tells what was caught. Throws
  /// ArgumentError for a malformed pattern.
  std::optional<std::size_t> match(std::size_t start);

  std::size_t count() const { return count_; }
  Capture capture(std::size_t index) const { return captures_[index]; }

 private:
  enum class State { open, closed };
  using End = std::optional<std::size_t>;

  End run(std::size_t at, std::size_t item);
  End greedy(std::size_t at, std::size_t item, std::size_t item_end, std::size_t least);
  End lazy(std::size_t at, std::size_t item, std::size_t item_end);
  End balance(std::size_t at, std::size_t item);
  End open(std::size_t at, std::size_t item, bool is_position);
  End close(std::size_t at, std::size_t item);
  End repeat_capture(std::size_t at, char digit);
  std::size_t item_end(std::size_t item) const;
  bool is_match(std::size_t at, std::size_t item, std::size_t item_end) const;
  bool is_in_set(unsigned char c, std::size_t set, std::size_t set_end) const;
  void step();

  std::string_view subject_, pattern_;
  std::function<void()> check_;
  std::array<Capture, most_captures> captures_{};
  std::array<State, most_captures> states_{};
  std::size_t count_ = 0;
  int depth_ = 0;
  unsigned steps_ = 0;
};

/// Whether the text holds no character that a pattern reads in its own way.
bool is_plain(std::string_view pattern);

} // namespace vm::lua
