// The cases of tests/golden/ddl and what their scripts ask for.
#pragma once

#include "tests/support/live_dialect.hpp"
#include "tests/support/places.hpp"
#include "tests/support/recording_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace vm::test {

inline std::vector<std::filesystem::path> golden_cases() {
  std::vector<std::filesystem::path> found;
  for (auto const& entry :
       std::filesystem::directory_iterator{std::filesystem::path{test::source_folder()} / "tests/golden/ddl"})
    found.push_back(entry);
  std::sort(found.begin(), found.end());
  return found;
}

inline std::optional<std::string> read_golden(std::filesystem::path const& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What a script of the case asks for on a database.
inline std::vector<op::Operation> golden_operations(std::filesystem::path const& file, std::string_view dialect) {
  auto const text = read_golden(file);
  if (!text) return {};
  Script script;
  script.target.around.dialect = dialect;
  return script.run(fmt::format("vm = {{ dialect = \"{}\" }} {}", dialect, *text));
}

} // namespace vm::test
