#include "engine/cli/terminal.hpp"

namespace vm::cli {
namespace {

std::string_view variable(config::EnvironmentVariables const& variables, std::string const& name) {
  auto const found = variables.find(name);
  return found == variables.end() ? std::string_view{} : std::string_view{found->second};
}

} // namespace

bool use_color(ColorMode mode, config::EnvironmentVariables const& variables, bool is_terminal) {
  if (mode != ColorMode::automatic) return mode == ColorMode::always;
  if (!variable(variables, "NO_COLOR").empty()) return false;
  auto const force = variable(variables, "CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return is_terminal && variable(variables, "TERM") != "dumb";
}

std::string Style::operator()(Paint paint, std::string_view text) const {
  if (!color_ || text.empty()) return std::string{text};
  std::string_view code;
  switch (paint) {
  case Paint::bold: code = "1"; break;
  case Paint::dim: code = "2"; break;
  case Paint::red: code = "1;31"; break;
  case Paint::green: code = "32"; break;
  case Paint::yellow: code = "33"; break;
  case Paint::cyan: code = "36"; break;
  }
  std::string result = "\x1b[";
  result.append(code).append("m").append(text).append("\x1b[0m");
  return result;
}

} // namespace vm::cli
