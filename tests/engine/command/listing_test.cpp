#include "tests/engine/command/project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using test::SqlProject;

namespace {

std::vector<std::string> ids_of(std::vector<command::RevisionLine> const& lines) {
  std::vector<std::string> ids;
  for (auto const& line : lines) ids.push_back(line.revision);
  return ids;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("heads with and without dependencies") {
  SqlProject project;
  project.add("a1").add("a2", "a1").add("b1").add("b2", "b1", "", "a2");
  CHECK(ids_of(command::heads({false}, project.open()).revisions) == Ids{"a2", "b2"});
  CHECK(ids_of(command::heads({true}, project.open()).revisions) == Ids{"b2"});
  auto const lines = command::heads({false}, project.open()).revisions;
  CHECK(lines[0].is_head);
  CHECK_FALSE(lines[0].is_real_head);
  CHECK(lines[1].is_real_head);
  CHECK(lines[1].depends_on == Ids{"a2"});
}

TEST_CASE("a branch point lists what follows it") {
  SqlProject project;
  project.add("a").add("b", "a", "left").add("c", "a").add("m", "b, c");
  auto const branches = command::branches(project.open()).branches;
  REQUIRE(branches.size() == 1);
  CHECK(branches[0].point.revision == "a");
  CHECK(ids_of(branches[0].into) == Ids{"b", "c"});
  CHECK(branches[0].into[0].labels == Ids{"left"});
}

TEST_CASE("history reads no database unless it must") {
  SqlProject project{"url = \"postgresql://127.0.0.1:1/none\"\n"};
  project.add("a").add("b", "a");
  CHECK(ids_of(command::history({}, project.open()).revisions) == Ids{"b", "a"});
  CHECK(ids_of(command::history({.range = ":a"}, project.open()).revisions) == Ids{"a"});
  CHECK_FALSE(command::history({}, project.open()).revisions[0].is_current.has_value());
  CHECK_THROWS_AS(command::history({.range = "", .indicate_current = true}, project.open()), ConnectError);
  CHECK_THROWS_AS(command::history({.range = "current:"}, project.open()), ConnectError);
}

TEST_CASE("show takes any name, and refuses what names nothing") {
  SqlProject project;
  CHECK_THROWS_WITH_AS(command::show({}, project.open()), "there are no revisions yet", GraphError);
  project.add("abcd").add("b", "abcd").add("c", "abcd");
  CHECK(ids_of(command::show({"ab"}, project.open()).revisions) == Ids{"abcd"});
  CHECK(ids_of(command::show({"heads"}, project.open()).revisions) == Ids{"b", "c"});
  CHECK_THROWS_WITH_AS(command::show({"base"}, project.open()), "'base' is no revision", GraphError);
  auto const line = command::show({"abcd"}, project.open()).revisions.front();
  CHECK(line.is_branch_point);
  CHECK(line.children == Ids{"b", "c"});
  CHECK(line.message == "make abcd");
  CHECK(line.path == project.folder() / "migrations/versions/abcd.sql");
}

TEST_CASE("the editor gets the file, its failure is told") {
  SqlProject project;
  project.add("a");
  auto const report = command::edit({"a", "echo edited >"}, project.open());
  CHECK(report.files.front().filename() == "a.sql");
  CHECK(read_file(report.files.front()) == "edited\n");
  CHECK_THROWS_WITH_AS(command::open_editor("", {}), "no editor is set", UsageError);
  CHECK_THROWS_WITH_AS(command::open_editor("false", {"a"}), "the editor 'false' ended with exit status 1", UsageError);
}

TEST_CASE("init writes a project, keeps what is there, and refuses a second one") {
  test::TempFolder const folder;
  folder.write("shop/migrations/env.lua", "mine");
  auto const report = command::init({folder / "shop", "generic", "sqlite:///a\"b.db"});
  CHECK(report.kept == std::vector<std::filesystem::path>{"migrations/env.lua"});
  CHECK(read_file(folder / "shop/migrations/env.lua") == "mine");
  CHECK(config::load({}, {}, folder / "shop").url == "sqlite:///a\"b.db");
  CHECK_THROWS_AS(command::init({folder / "shop", "generic", ""}), UsageError);
  CHECK_THROWS_WITH_AS(command::init({folder / "other", "generc", ""}), "there is no template 'generc'", UsageError);
  CHECK_FALSE(std::filesystem::exists(folder / "other"));
  folder.write("file", "");
  CHECK_THROWS_AS(command::init({folder / "file", "generic", ""}), UsageError);
}
