// The declarations that editors read, held against what scripts can really call.
#include "bindings/types.hpp"
#include "tests/support/places.hpp"
#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace vm;

namespace {

using Names = std::set<std::string>;

std::string meta_text(std::string const& module) {
  auto const path = std::filesystem::path{test::source_folder()} / "scripts/meta" / (module + ".lua");
  auto file = std::ifstream{path};
  REQUIRE_MESSAGE(file.is_open(), path.string());
  auto text = std::ostringstream{};
  text << file.rdbuf();
  return text.str();
}

/// Every first group of `pattern`, at the start of a line.
Names found(std::string const& text, std::string const& pattern) {
  auto names = Names{};
  auto const expression = std::regex{"(?:^|\n)" + pattern};
  for (auto match = std::sregex_iterator{text.begin(), text.end(), expression}; match != std::sregex_iterator{};
       ++match)
    CHECK_MESSAGE(names.insert((*match)[1].str()).second, "declared twice: ", (*match)[1].str());
  return names;
}

Names declared_functions(std::string const& module, std::string const& separator) {
  return found(meta_text(module), "function " + module + separator + "(\\w+)\\(");
}

Names names_of(bindings::Functions functions) {
  auto names = Names{};
  for (auto const& function : functions) names.insert(function.name);
  return names;
}

std::string listed(Names const& names) {
  auto text = std::string{};
  for (auto const& name : names) text += name + "\n";
  return text;
}

} // namespace

TEST_CASE("every function of every module is declared, and nothing else is") {
  for (auto const& module : bindings::modules()) {
    auto registered = Names{};
    for (auto const& part : module.functions) registered.merge(names_of(part));
    CAPTURE(module.name);
    CHECK(listed(declared_functions(std::string{module.name}, "\\.")) == listed(registered));
  }
}

TEST_CASE("every type word is declared") {
  auto words = Names{"null"};
  for (auto const& word : bindings::type_words()) words.insert(word);
  CHECK(listed(found(meta_text("sql"), "sql\\.(\\w+) = nil")) == listed(words));
}

TEST_CASE("what modules hand out is declared by its methods") {
  CHECK(listed(declared_functions("batch", "\\.")) == listed(names_of(bindings::batch_methods())));
  CHECK(listed(declared_functions("inspector", ":")) == listed(names_of(bindings::inspector_methods())));
}

TEST_CASE("a declaration is a Lua file without bodies") {
  auto script = test::Script{};
  for (auto const& file :
       std::filesystem::directory_iterator{std::filesystem::path{test::source_folder()} / "scripts/meta"}) {
    auto const text = meta_text(file.path().stem().string());
    CAPTURE(file.path().filename().string());
    CHECK(text.starts_with("---@meta\n"));
    CHECK_NOTHROW(lua::load(script.state(), text, "@meta.lua"));
    lua_settop(script.state(), 0);
    auto const with_body = std::regex{"(?:^|\n)function [^\n]*\\)(?! end\n)"};
    CHECK_FALSE(std::regex_search(text, with_body));
  }
}
