#include "engine/sql/options.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::sql {

OptionReader::OptionReader(schema::Options const& options, std::string_view operation,
                           std::span<std::string_view const> prefixes, std::span<std::string_view const> known)
    : options_{options},
      operation_{operation},
      prefixes_{prefixes.begin(), prefixes.end()} {
  for (auto const& [name, value] : options) {
    for (auto const prefix : prefixes_) {
      if (!name.starts_with(prefix)) continue;
      if (std::ranges::find(known, std::string_view{name}.substr(prefix.size())) != known.end()) break;
      std::vector<std::string> candidates;
      for (auto const candidate : known) candidates.push_back(fmt::format("{}{}", prefix, candidate));
      UsageError error{fmt::format("{}: unknown option '{}'", operation, name)};
      if (auto const nearest = nearest_name(name, candidates)) {
        error.add_hint({fmt::format("did you mean '{}'?", *nearest)});
      } else if (!candidates.empty()) {
        error.add_hint({fmt::format("it knows {}", quoted_list(candidates))});
      }
      throw error;
    }
  }
}

std::string OptionReader::full_name(std::string_view name) const {
  for (auto const prefix : prefixes_) {
    auto full = fmt::format("{}{}", prefix, name);
    if (options_.contains(full)) return full;
  }
  return fmt::format("{}{}", prefixes_.front(), name);
}

schema::OptionValue const* OptionReader::find(std::string_view name) const {
  auto const found = options_.find(full_name(name));
  return found == options_.end() ? nullptr : &found->second;
}

void OptionReader::mistyped(std::string_view name, std::string_view wanted) const {
  throw UsageError{fmt::format("{}: option '{}' must be {}", operation_, full_name(name), wanted)};
}

bool OptionReader::flag(std::string_view name) const {
  auto const* value = find(name);
  if (value == nullptr) return false;
  if (auto const* flag = std::get_if<bool>(value)) return *flag;
  mistyped(name, "true or false");
}

std::optional<std::string> OptionReader::text(std::string_view name) const {
  auto const* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (auto const* text = std::get_if<std::string>(value)) return *text;
  if (auto const* number = std::get_if<double>(value)) return number_text(*number);
  mistyped(name, "a text");
}

std::vector<std::string> OptionReader::list(std::string_view name) const {
  auto const* value = find(name);
  if (value == nullptr) return {};
  if (auto const* list = std::get_if<std::vector<std::string>>(value)) return *list;
  if (auto const* text = std::get_if<std::string>(value)) return {*text};
  mistyped(name, "a list of texts");
}

std::map<std::string, std::string> OptionReader::map(std::string_view name) const {
  auto const* value = find(name);
  if (value == nullptr) return {};
  if (auto const* map = std::get_if<std::map<std::string, std::string>>(value)) return *map;
  mistyped(name, "a table of names and texts");
}

std::string number_text(double number) {
  return fmt::format("{}", number);
}

} // namespace vm::sql
