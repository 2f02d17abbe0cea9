#include "engine/core/files.hpp"
#include "engine/script/directory.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <stdexcept>

using namespace vm;
using namespace vm::script;
namespace fs = std::filesystem;

namespace {

std::string text_of(Error const& error) {
  auto text = (error.location() ? to_string(*error.location()) + ": " : "") + error.message();
  for (auto const& hint : error.hints()) text += " | " + hint.text;
  return text;
}

std::string error_of(auto&& action) {
  try {
    action();
  } catch (Error const& error) {
    return text_of(error);
  }
  return "no error";
}

/// Reads a "header" that is the file's text: "broken" is an error, anything else the id.
struct PlainHost : Host {
  Environment load_environment(fs::path const&) override { return {}; }
  std::vector<ReadResult> read_headers(std::span<fs::path const> files) override {
    std::vector<ReadResult> results;
    for (auto const& file : files) {
      auto const text = read_file(file);
      if (text == "broken") {
        ScriptError error{"broken"};
        error.locate({file.filename().native(), 7});
        results.push_back({std::nullopt, error});
      } else {
        Header header;
        header.path = file;
        header.revision = text;
        results.push_back({header, std::nullopt});
      }
    }
    return results;
  }
  void run(Header const&, graph::Direction, op::Target&) override { throw std::logic_error{"not called"}; }
  void before_migration(Header const&, graph::Direction, op::Target&) override {}
  void after_migration(Header const&, graph::Direction, op::Target&) override {}
  void interrupt() noexcept override {}
};

std::string const valid_sql = "-- revision: s\n-- upgrade\n";

} // namespace

TEST_CASE("migrations are the .lua and .sql files of a folder, by name") {
  test::TempFolder const folder;
  for (auto const* name :
       {"b.lua", "a.sql", "c.lua", "c.lua~", "d.lua.bak", ".hidden.lua", ".lua", "e.txt", "F.lua", "g.LUA"})
    folder.write(name, "");
  folder.write("sub/x.lua", "");
  fs::create_directory(folder / "folder.lua");
  fs::create_symlink("e.txt", folder / "link.lua");
  fs::create_symlink("sub", folder / "dir.sql");
  CHECK(find_scripts({folder.path()}) ==
        std::vector{folder / "F.lua", folder / "a.sql", folder / "b.lua", folder / "c.lua", folder / "link.lua"});
}

TEST_CASE("folders come in the order given, and each once") {
  test::TempFolder const folder;
  folder.write("one/b.lua", "");
  folder.write("two/a.lua", "");
  fs::create_symlink("two", folder / "again");
  CHECK(find_scripts({folder / "two", folder / "one", folder / "again"}) ==
        std::vector{folder / "two/a.lua", folder / "one/b.lua"});
  CHECK(find_scripts({folder.path() / "one/"}) == std::vector{folder / "one/b.lua"});
  CHECK(find_scripts({}).empty());
}

TEST_CASE("a folder that cannot be read is refused") {
  test::TempFolder const folder;
  auto const refuses = [&](fs::path const& name, std::string const& expected) {
    CHECK(error_of([&] { find_scripts({folder / name}); }) ==
          fmt::format(fmt::runtime(expected), (folder / name).native()));
  };
  folder.write("file", "");
  fs::create_symlink("loop", folder / "loop");
  refuses("missing", "the folder of migrations '{}' does not exist | make it; 'version_locations' and "
                     "'script_location' in vm.toml name another");
  refuses("file", "cannot read the folder of migrations '{}': not a directory");
  refuses("loop", "'{}' is a symbolic link that leads in a circle");
}

TEST_CASE("a migration that is a broken link is refused, not passed over") {
  test::TempFolder const folder;
  fs::create_symlink("a.lua", folder / "a.lua");
  CHECK(error_of([&] { find_scripts({folder.path()}); }) ==
        fmt::format("'{}' is a symbolic link that leads in a circle", (folder / "a.lua").native()));
  fs::remove(folder / "a.lua");
  fs::create_symlink("nowhere", folder / "b.lua");
  CHECK(error_of([&] { find_scripts({folder.path()}); }) ==
        fmt::format("cannot read '{}': no such file or directory", (folder / "b.lua").native()));
}

TEST_CASE("headers come back in the order of the files, whatever their language") {
  test::TempFolder const folder;
  PlainHost host;
  std::vector const files{folder.write("a.lua", "a"), folder.write("b.sql", valid_sql), folder.write("c.lua", "c")};
  auto const headers = read_headers(files, host, folder.path());
  REQUIRE(headers.size() == 3);
  CHECK(headers[0].revision == "a");
  CHECK(headers[1].revision == "s");
  CHECK(headers[1].path == files[1]);
  CHECK(headers[2].revision == "c");
}

TEST_CASE("a single broken file is the error, several are one error that holds each") {
  test::TempFolder const folder;
  PlainHost host;
  std::vector files{folder.write("a.lua", "a"), folder.write("b.sql", "-- upgrade\n"),
                    folder.write("c.sql", valid_sql)};
  CHECK(error_of([&] { read_headers(files, host, folder.path()); }) ==
        "b.sql: no '-- revision: ID' line at the beginning | a migration in SQL begins with '-- revision: ID'");
  files.push_back(folder.write("d.lua", "broken"));
  files.push_back(folder / "gone.sql");
  try {
    read_headers(files, host, folder.path());
    FAIL("no error");
  } catch (ScriptError const& error) {
    CHECK(error.message() == "3 migration files are broken");
    REQUIRE(error.others.size() == 3);
    CHECK(error.others[0].location() == Location{"b.sql", 0});
    CHECK(text_of(error.others[1]) == "d.lua:7: broken");
    CHECK(text_of(error.others[2]) == "gone.sql: cannot be read: no such file or directory");
  }
}

TEST_CASE("the header of a .sql migration is read from its first comments") {
  std::string const text = "\xEF\xBB\xBF-- add e-mail: the second try\r\n"
                           "--\r\n"
                           "-- For ticket 12.\r\n"
                           "-- Note: nothing.\r\n"
                           "-- Revision: ab12\r\n"
                           "--down_revision:  a, b ,\r\n"
                           "  -- branch_labels: none\r\n"
                           "-- depends_on: x\r\n"
                           "-- created: 2025-10-21 12:00:00 UTC\r\n"
                           "-- transaction: FALSE\r\n"
                           "\r\n"
                           "-- upgrade\r\n"
                           "-- revisoin: this is SQL's business\r\n"
                           "SELECT 1;\r\n"
                           "--  Downgrade  \r\n";
  auto const header = read_sql_header("/p/versions/x.sql", text, "/p");
  CHECK(header.path == "/p/versions/x.sql");
  CHECK(header.language == Language::sql);
  CHECK(header.revision == "ab12");
  CHECK(header.line == 5);
  CHECK(header.down_revision == std::vector<std::string>{"a", "b"});
  CHECK(header.branch_labels.empty());
  CHECK(header.depends_on == std::vector<std::string>{"x"});
  CHECK(header.created == "2025-10-21 12:00:00 UTC");
  CHECK(header.message == "add e-mail: the second try");
  CHECK(header.doc == "add e-mail: the second try\n\nFor ticket 12.\nNote: nothing.");
  CHECK_FALSE(header.transaction);
  CHECK(header.has_upgrade);
  CHECK(header.has_downgrade);

  auto const revision = to_revision(header, "/p");
  CHECK(revision.id == "ab12");
  CHECK(revision.parents == header.down_revision);
  CHECK(revision.depends_on == header.depends_on);
  CHECK(revision.labels.empty());
  CHECK(revision.message == header.message);
  CHECK(revision.origin == "versions/x.sql:5");
}

TEST_CASE("a .sql migration without a downgrade says so") {
  auto const header = read_sql_header("x.sql", valid_sql, "");
  CHECK(header.has_upgrade);
  CHECK_FALSE(header.has_downgrade);
  CHECK(header.transaction);
  CHECK(header.down_revision.empty());
}

TEST_CASE("what is wrong with a .sql header is said with its line") {
  struct Row {
    std::string text, expected;
  };
  std::vector<Row> const rows{
      {"", "v/x.sql: no '-- revision: ID' line at the beginning | a migration in SQL begins with '-- revision: ID'"},
      {"-- revision:\n", "v/x.sql:1: 'revision' is empty"},
      {"-- revision: a\n", "v/x.sql: no '-- upgrade' line, so there is nothing to run"},
      {"-- revision: a\n\n-- down_revison: b\n",
       "v/x.sql:3: unknown field 'down_revison' | did you mean 'down_revision'?"},
      {"-- revision: a\n-- revision: b\n", "v/x.sql:2: field 'revision' for the second time"},
      {"-- revision: a\n-- transaction: off\n", "v/x.sql:2: 'transaction' must be 'true' or 'false', found 'off'"},
      {"-- revision: a\nSELECT 1;\n-- upgrade\n",
       "v/x.sql:2: a statement before '-- upgrade' | what to run stands after '-- upgrade'"},
      {"-- revision: a\n-- upgrade\n-- upgrade\n", "v/x.sql:3: '-- upgrade' for the second time"},
      {"-- revision: a\n-- upgrade\n-- downgrade\n-- downgrade\n", "v/x.sql:4: '-- downgrade' for the second time"},
      {"SQLite format 3\xFF", "v/x.sql: not a text file in UTF-8"},
      {std::string{"-- a\0", 5}, "v/x.sql: not a text file in UTF-8"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    CHECK(error_of([&] { read_sql_header("/p/v/x.sql", row.text, "/p"); }) == row.expected);
  }
}

TEST_CASE("sections of a .sql migration are cut out byte for byte") {
  std::string const text = "\xEF\xBB\xBF-- revision: a\r\n-- upgrade\r\nA;\r\n  -- downgrade\r\n'x\n-- downgrade\nB;";
  auto const upgrade = sql_section(text, "upgrade");
  REQUIRE(upgrade);
  CHECK(upgrade->text == "A;\r\n  -- downgrade\r\n'x\n");
  CHECK(upgrade->line == 3);
  auto const downgrade = sql_section(text, "downgrade");
  REQUIRE(downgrade);
  CHECK(downgrade->text == "B;");
  CHECK(downgrade->line == 7);
  CHECK_FALSE(sql_section("-- upgrade", "downgrade"));
  CHECK(sql_section("-- upgrade", "upgrade")->text == "");
  CHECK(sql_section("-- downgrade\nx\n-- upgrade\ny", "downgrade")->text == "x\n");
}
