#include "engine/inspect/cells.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vm::inspect {

std::string text(Value const& cell) {
  if (auto const* value = std::get_if<std::string>(&cell)) return *value;
  if (auto const* value = std::get_if<std::int64_t>(&cell)) return std::to_string(*value);
  if (auto const* value = std::get_if<Decimal>(&cell)) return value->text;
  if (auto const* value = std::get_if<Bytes>(&cell)) return value->data;
  if (auto const* value = std::get_if<bool>(&cell)) return *value ? "true" : "false";
  if (auto const* value = std::get_if<double>(&cell)) return fmt::format("{}", *value);
  return {};
}

std::optional<std::string> optional_text(Value const& cell) {
  if (is_null(cell)) return std::nullopt;
  return text(cell);
}

std::optional<std::int64_t> optional_integer(Value const& cell) {
  if (auto const* value = std::get_if<std::int64_t>(&cell)) return *value;
  if (auto const* value = std::get_if<bool>(&cell)) return *value ? 1 : 0;
  auto const digits = text(cell);
  std::int64_t result = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  return result;
}

std::int64_t integer(Value const& cell) {
  return optional_integer(cell).value_or(0);
}

bool boolean(Value const& cell) {
  if (auto const* value = std::get_if<bool>(&cell)) return *value;
  if (auto const* value = std::get_if<std::int64_t>(&cell)) return *value != 0;
  auto const word = lower(text(cell));
  return word == "t" || word == "true" || word == "yes" || word == "1";
}

std::vector<std::string> texts(Value const& cell) {
  std::vector<std::string> result;
  if (auto const* array = std::get_if<Array>(&cell))
    for (auto const& element : array->elements) result.push_back(text(element));
  return result;
}

std::vector<schema::Identifier> identifiers(std::vector<std::string> const& names) {
  std::vector<schema::Identifier> result;
  result.reserve(names.size());
  for (auto const& name : names) result.emplace_back(name);
  return result;
}

} // namespace vm::inspect
