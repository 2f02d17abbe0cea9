#include "engine/config/toml_file.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace {

/// Where toml++ would abort.
struct NotToml {};

[[noreturn]] void give_up() {
  throw NotToml{};
}

} // namespace

// toml++ 3.3 asserts what some texts do not keep ('[/a]'), and with NDEBUG it lets the compiler rely on it. Here a text
// that is no TOML is an error in every build.
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? void() : give_up())
#include <toml++/toml.h>

namespace vm::config {

namespace {

/// The line up to which a text must be read for toml++ to give up on it.
int line_of_no_toml(std::string_view text) {
  std::vector<std::size_t> ends; // of the lines
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) ends.push_back(at + 1);
  auto const gives_up = [&](std::size_t end) {
    try {
      static_cast<void>(toml::parse(text.substr(0, end)));
      return false;
    } catch (toml::parse_error const&) {
      return false;
    } catch (NotToml) {
      return true;
    }
  };
  auto const found = std::partition_point(ends.begin(), ends.end(), [&](std::size_t end) { return !gives_up(end); });
  return 1 + static_cast<int>(found - ends.begin());
}

Setting setting_of(toml::node const& node);

Section section_of(toml::table const& table) {
  Section section;
  for (auto const& [key, node] : table) section.emplace(std::string{key.str()}, setting_of(node));
  return section;
}

Setting setting_of(toml::node const& node) {
  Setting setting;
  setting.line = static_cast<int>(node.source().begin.line);
  if (auto const* boolean = node.as_boolean()) {
    setting.value = boolean->get();
  } else if (auto const* integer = node.as_integer()) {
    setting.value = integer->get();
  } else if (auto const* real = node.as_floating_point()) {
    setting.value = real->get();
  } else if (auto const* text = node.as_string()) {
    setting.value = text->get();
  } else if (auto const* array = node.as_array()) {
    List list;
    for (auto const& element : *array) list.push_back(setting_of(element));
    setting.value = std::move(list);
  } else if (auto const* table = node.as_table()) {
    setting.value = section_of(*table);
  } else {
    setting.value = DateOrTime{};
  }
  return setting;
}

} // namespace

Section read_toml(std::string_view text, std::string const& name) {
  try {
    return section_of(toml::parse(text, name));
  } catch (toml::parse_error const& error) {
    ConfigError failure{fmt::format("not valid TOML: {}", error.description())};
    failure.locate({name, static_cast<int>(error.source().begin.line)});
    throw failure;
  } catch (NotToml) {
    ConfigError failure{"not valid TOML"};
    failure.locate({name, line_of_no_toml(text)});
    throw failure;
  }
}

std::string_view kind_of(Setting const& setting) {
  struct Name {
    std::string_view operator()(bool) const { return "a boolean"; }
    std::string_view operator()(std::int64_t) const { return "an integer"; }
    std::string_view operator()(double) const { return "a number"; }
    std::string_view operator()(std::string const&) const { return "a string"; }
    std::string_view operator()(DateOrTime) const { return "a date or time"; }
    std::string_view operator()(List const&) const { return "an array"; }
    std::string_view operator()(Section const&) const { return "a table"; }
  };
  return std::visit(Name{}, setting.value);
}

} // namespace vm::config
