#include "engine/core/error.hpp"

#include <fmt/format.h>

namespace vm {

std::string to_string(Location const& location) {
  return location.line > 0 ? fmt::format("{}:{}", location.file, location.line) : location.file;
}

Error::Error(std::string const& message) : std::runtime_error{message}, message_{message} {}

Error::Error(std::string const& message, Hint hint) : Error{message} {
  hints_.push_back(std::move(hint));
}

void Error::prefix(std::string const& text) {
  message_ = fmt::format("{}: {}", text, message_);
}

void Error::locate(Location location) {
  if (!location_) location_ = std::move(location);
}

} // namespace vm
