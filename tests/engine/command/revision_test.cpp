#include "tests/engine/command/project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using test::SqlProject;

namespace {

command::RevisionOptions options_of(std::string message, std::string id) {
  command::RevisionOptions options;
  options.message = std::move(message);
  options.rev_id = std::move(id);
  options.sql = true;
  return options;
}

std::vector<std::filesystem::path> files_of(std::filesystem::path const& folder) {
  std::vector<std::filesystem::path> files;
  for (auto const& entry : std::filesystem::directory_iterator{folder}) files.push_back(entry.path().filename());
  return files;
}

} // namespace

TEST_CASE("a new revision follows the head") {
  SqlProject project;
  auto const first = command::revision(options_of("create customers", "a1"), project.open());
  CHECK(first.revision.parents.empty());
  auto const second = command::revision(options_of("add email", "b2"), project.open());
  CHECK(second.revision.revision == "b2");
  CHECK(second.revision.parents == std::vector<std::string>{"a1"});
  CHECK(second.revision.message == "add email");
  CHECK(second.revision.path == project.folder() / "migrations/versions/b2_add_email.sql");
  CHECK(second.revision.is_head);
}

TEST_CASE("with several heads a new revision needs to be told which") {
  SqlProject project;
  project.add("a").add("b", "a").add("c", "a");
  CHECK_THROWS_WITH_AS(command::revision(options_of("x", "d"), project.open()), "there are several heads: 'b', 'c'",
                       GraphError);
  auto options = options_of("x", "d");
  options.heads = {"c"};
  CHECK(command::revision(options, project.open()).revision.parents == std::vector<std::string>{"c"});
  options.rev_id = "e";
  options.heads = {"b", "d"};
  CHECK(command::revision(options, project.open()).revision.parents == std::vector<std::string>{"b", "d"});
}

TEST_CASE("a revision in the middle is followed only with splice") {
  SqlProject project;
  project.add("a").add("b", "a");
  auto options = options_of("x", "c");
  options.heads = {"a"};
  CHECK_THROWS_WITH_AS(command::revision(options, project.open()), "revision 'a' is not a head: 'b' follows it",
                       GraphError);
  options.splice = true;
  CHECK(command::revision(options, project.open()).revision.parents == std::vector<std::string>{"a"});
}

TEST_CASE("what does not fit the graph is refused before a file is written") {
  SqlProject project;
  project.add("a", "", "shop").add("b", "a");
  auto const refused = [&](command::RevisionOptions const& options) {
    std::string message;
    try {
      command::revision(options, project.open());
    } catch (Error const& error) {
      message = error.message();
    }
    CHECK(files_of(project.folder() / "migrations/versions").size() == 2);
    return message;
  };
  CHECK(refused(options_of("x", "a")) == "revision 'a' exists already: migrations/versions/a.sql:3");
  CHECK(refused(options_of("x", "a@b")) == "character '@' not allowed in revision id 'a@b'");
  CHECK(refused(options_of("x", std::string(256, 'x'))) != "");
  auto labelled = options_of("x", "c");
  labelled.branch_labels = {"shop"};
  CHECK(refused(labelled).find("'shop'") != std::string::npos);
  auto dependent = options_of("x", "c");
  dependent.depends_on = {"nobody"};
  CHECK(refused(dependent).find("'nobody'") != std::string::npos);
  dependent.depends_on = {"base"};
  CHECK(refused(dependent) == "--depends-on 'base' names no revision");
  auto twice = options_of("x", "c");
  twice.heads = {"b", "shop@head"};
  CHECK(refused(twice) == "--head names revision 'b' twice");
}

TEST_CASE("depends_on is written with whole ids, labels stay labels") {
  SqlProject project;
  project.add("abcdef", "", "shop").add("b", "");
  auto options = options_of("x", "c");
  options.heads = {"b"};
  options.depends_on = {"abcd", "shop"};
  CHECK(command::revision(options, project.open()).revision.depends_on == std::vector<std::string>{"abcdef", "shop"});
}

TEST_CASE("a file that is there is never written over") {
  SqlProject project{"file_template = \"same\"\n"};
  command::revision(options_of("x", "a"), project.open());
  auto const before = read_file(project.folder() / "migrations/versions/same.sql");
  CHECK_THROWS_AS(command::revision(options_of("y", "b"), project.open()), ConfigError);
  CHECK(read_file(project.folder() / "migrations/versions/same.sql") == before);
}

TEST_CASE("with several folders a revision goes to its parent's") {
  SqlProject project{"version_locations = [\"one\", \"two\"]\n"};
  project.add("a", "", "", "", "one").add("b", "", "", "", "two");
  auto options = options_of("x", "c");
  options.heads = {"b"};
  CHECK(command::revision(options, project.open()).revision.path == project.folder() / "two/c_x.sql");
  options.rev_id = "d";
  options.heads = {"base"};
  CHECK_THROWS_WITH_AS(command::revision(options, project.open()), "there are several version locations: 'one', 'two'",
                       UsageError);
  options.version_path = project.folder() / "two/../one";
  CHECK(command::revision(options, project.open()).revision.path == project.folder() / "one/d_x.sql");
  options.rev_id = "e";
  options.version_path = project.folder() / "three";
  CHECK_THROWS_AS(command::revision(options, project.open()), UsageError);
}

TEST_CASE("a merge needs two revisions that are heads") {
  SqlProject project;
  project.add("a").add("b", "a").add("c", "a");
  command::MergeOptions options;
  options.revisions = {"b"};
  CHECK_THROWS_WITH_AS(command::merge(options, project.open()), "nothing to merge: 'b' is the only revision named",
                       UsageError);
  options.revisions = {"a", "c"};
  CHECK_THROWS_WITH_AS(command::merge(options, project.open()), "revision 'a' is not a head: 'b', 'c' follow it",
                       GraphError);
}

TEST_CASE("post_write_hooks run in order and name themselves when they fail") {
  SqlProject project{
      "[[post_write_hooks]]\nname = \"one\"\ncommand = [\"sh\", \"-c\", \"echo '-- one' >> $0\", \"{path}\"]\n"
      "[[post_write_hooks]]\nname = \"two\"\ncommand = [\"sh\", \"-c\", \"exit 3\"]\n"};
  CHECK_THROWS_WITH_AS(command::revision(options_of("x", "a"), project.open()),
                       "post_write_hook 'two' failed: exit status 3", ConfigError);
  auto const text = read_file(project.folder() / "migrations/versions/a_x.sql");
  CHECK(text.ends_with("-- one\n"));
}
