// Colour and when to use it. NO_COLOR (https://no-color.org), CLICOLOR_FORCE and --color decide; a pipe gets none.
#pragma once

#include "engine/config/config.hpp"

#include <string>
#include <string_view>

namespace vm::cli {

enum class ColorMode { automatic, always, never };

/// --color wins; then NO_COLOR (set and not empty), CLICOLOR_FORCE (set and not "0"), TERM=dumb, and the terminal
/// itself.
bool use_color(ColorMode mode, config::EnvironmentVariables const& variables, bool is_terminal);

enum class Paint { bold, dim, red, green, yellow, cyan };

class Style {
 public:
  Style() = default;
  explicit Style(bool color) : color_{color} {}
  bool has_color() const { return color_; }
  std::string operator()(Paint paint, std::string_view text) const; ///< `text` as it is without colour

 private:
  bool color_ = false;
};

} // namespace vm::cli
