// `${NAME}` and `${NAME:-default}` in a text. Knows nothing of where variables come from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vm::config {

using Lookup = std::function<std::optional<std::string>(std::string const& name)>;

/// `default` stands in for a variable that is not set or empty. Without one, a variable that `lookup` does not know
/// becomes what `missing` gives back, unless that throws. `$${` is a plain `${`; a `$` before anything else is a plain
/// `$`.
std::string expand(std::string_view text, Lookup const& lookup,
                   std::function<std::string(std::string const& name)> const& missing);

} // namespace vm::config
