// The operation reference: every operation is in it, and every example runs.
#include "tests/support/places.hpp"
#include "tests/support/recording_target.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace vm;

namespace {

struct Example {
  int line = 0;
  std::string kind; ///< "lua" runs in a migration, "lua library" is a library's
  std::string text;
};

std::string reference() {
  auto file = std::ifstream{std::filesystem::path{test::source_folder()} / "bindings/README.md"};
  REQUIRE(file.is_open());
  auto text = std::ostringstream{};
  text << file.rdbuf();
  return text.str();
}

std::vector<Example> examples() {
  auto found = std::vector<Example>{};
  auto stream = std::istringstream{reference()};
  auto line = std::string{};
  auto is_inside = false;
  for (auto number = 1; std::getline(stream, line); ++number) {
    if (line.starts_with("```")) {
      if (!is_inside) found.push_back({.line = number, .kind = line.substr(3), .text = ""});
      is_inside = !is_inside;
    } else if (is_inside) {
      found.back().text += line + "\n";
    }
  }
  return found;
}

schema::Catalog users() {
  auto catalog = schema::Catalog{};
  auto const name = schema::TableName{std::nullopt, schema::Identifier{"users"}};
  auto table = schema::Table{.name = name};
  table.columns.push_back({.name = schema::Identifier{"id"}, .type = schema::Integer{}});
  table.columns.push_back({.name = schema::Identifier{"at"}, .type = schema::Timestamp{}, .nullable = false});
  catalog.tables.emplace(name, table);
  return catalog;
}

} // namespace

TEST_CASE("every example of the reference runs") {
  auto const folder = test::TempFolder{};
  folder.write("data/users.csv", "id\n1\n2\n");
  folder.write("data/old.csv", "exported by hand\n1;2024-01-01 00:00:00\n2;-\n");
  for (auto const& example : examples()) {
    CAPTURE(example.line);
    CAPTURE(example.text);
    auto script = test::Script{};
    script.target.catalog = users();
    script.options.project = folder.path();
    if (example.kind == "lua library") {
      CHECK_NOTHROW(lua::load(script.state(), example.text, "@library.lua"));
      lua_settop(script.state(), 0);
      continue;
    }
    CHECK(example.kind == "lua");
    auto const message = script.message(example.text);
    CHECK(message == "nothing");
  }
}

TEST_CASE("every operation has its place and its example in the reference") {
  auto const text = reference();
  auto all = std::string{};
  for (auto const& example : examples()) all += example.text;
  for (auto const& module : bindings::modules()) {
    if (module.name != "op" && module.name != "sql") continue;
    for (auto const& part : module.functions)
      for (auto const& function : part) {
        auto const call = std::string{module.name} + "." + function.name;
        CAPTURE(call);
        if (module.name == "op") CHECK(text.find("\n### " + call + "(") != std::string::npos);
        CHECK((all.find(call + "(") != std::string::npos || all.find(call + "{") != std::string::npos));
      }
  }
}

TEST_CASE("examples make the operations they show") {
  auto script = test::Script{};
  for (auto const& example : examples())
    if (example.text.find("batch_alter_table") != std::string::npos) {
      CHECK(script.lines(example.text) ==
            "alter table 'users': add column 'users.nickname'; alter column 'users.email': not nullable; drop unique "
            "constraint 'uq_users_email' on 'users'; create index 'ix_users_nickname' on 'users'");
      return;
    }
  FAIL("the reference has no example of a batch");
}
