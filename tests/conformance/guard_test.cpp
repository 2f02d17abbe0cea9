// What keeps a person from losing data: the question before a downgrade, protected environments, backups, the history
// and scripts that changed after they ran.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <sstream>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* users = R"lua(
function upgrade()
  op.create_table("users", { sql.column("id", sql.integer, { primary_key = true }), sql.column("name", sql.string(20)) })
  op.bulk_insert("users", { { name = "ann" }, { name = sql.null } })
end
function downgrade()
  print("the downgrade speaks")
  op.drop_table("users")
end)lua";

constexpr char const* note = R"lua(
function upgrade() op.add_column("users", sql.column("note", sql.string(20))) op.execute("UPDATE users SET note = 'x' WHERE name = 'ann'") end
function downgrade() op.execute("ALTER TABLE users DROP COLUMN note") end)lua";

/// Runs vm with a terminal on all three streams and `input` typed.
Finished on_a_terminal(TempProject const& project, std::string const& arguments, std::string const& input) {
  Start start{{"/usr/bin/script", "-qec", std::string{binary_file()} + " " + arguments, "/dev/null"},
              project.path(),
              {{"TERM", "dumb"}, {"SHELL", "/bin/sh"}},
              input};
  return run(start);
}

std::string versions(TestDatabase const& database) {
  std::string text;
  for (auto const& row : database.connect()->all("SELECT version_num FROM vm_version"))
    text += std::get<std::string>(row[0]);
  return text;
}

} // namespace

TEST_CASE("a downgrade on a terminal shows what it drops, with the rows, and asks") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", note);
    REQUIRE(project.vm({"upgrade"}).exit_code == 0);

    auto const no = on_a_terminal(project, "downgrade base", "n\n");
    CAPTURE(no.out);
    CHECK(no.exit_code == 2);
    CHECK(contains(no.out, "column 'users.note' (1 of 2 rows hold a value)"));
    CHECK(contains(no.out, "table 'users' (2 rows)"));
    CHECK(contains(no.out, "go on? [y/N]"));
    CHECK(contains(no.out, "not confirmed; nothing was done"));
    CHECK_FALSE(contains(no.out, "the downgrade speaks"));
    CHECK(versions(database) == "a2");

    CHECK(on_a_terminal(project, "downgrade -1", "y\n").exit_code == 0);
    CHECK(versions(database) == "a1");
    auto const yes = on_a_terminal(project, "downgrade -1 --yes", "");
    CHECK(yes.exit_code == 0);
    CHECK_FALSE(contains(yes.out, "go on?"));
    CHECK(versions(database).empty());
  });
}

TEST_CASE("a downgrade that asks the database cannot be foreseen, and that is said") {
  TempProject const project;
  project.migration("a1", "", users);
  project.migration("a2", "a1", R"lua(
function upgrade() end
function downgrade()
  local count = op.get_bind():scalar("SELECT count(*) FROM users")
  if count == 2 then op.drop_column("users", "name") end
end)lua");
  REQUIRE(project.vm({"upgrade"}).exit_code == 0);
  auto const asked = on_a_terminal(project, "downgrade -1", "n\n");
  CAPTURE(asked.out);
  CHECK(
      contains(asked.out, "what 'a2' drops cannot be foreseen: it asks the database at migrations/versions/a2.lua:9"));
  CHECK(contains(asked.out, "go on? [y/N]"));
}

TEST_CASE("without a terminal a downgrade goes ahead, unless the environment is protected") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url()), "[env.production]\nprotected = true\n"};
    project.migration("a1", "", users);
    project.migration("a2", "a1", note);
    REQUIRE(project.vm({"upgrade"}).exit_code == 0);
    for (std::vector<std::string> const& arguments :
         {std::vector<std::string>{"downgrade", "-1", "-e", "production"}}) {
      auto const refused = project.vm(arguments);
      CAPTURE(refused.err);
      CHECK(refused.exit_code == 2);
      CHECK(contains(refused.err, "environment 'production' is protected: a downgrade there needs its name and a yes"));
      CHECK(contains(refused.err, "add --yes --env production"));
      CHECK(versions(database) == "a2");
    }
    auto const wrong = on_a_terminal(project, "downgrade -1 -e production", "y\n");
    CAPTURE(wrong.out);
    CHECK(wrong.exit_code == 2);
    CHECK(contains(wrong.out, "type its name to go on"));
    CHECK(versions(database) == "a2");
    CHECK(on_a_terminal(project, "downgrade -1 -e production", "production\n").exit_code == 0);
    CHECK(versions(database) == "a1");
    CHECK(project.vm({"downgrade", "-1", "--env", "production", "--yes"}).exit_code == 0);
    CHECK(versions(database).empty());
    CHECK(project.vm({"upgrade"}).exit_code == 0);
    CHECK(project.vm({"downgrade", "base"}).exit_code == 0);
  });
}

TEST_CASE("a missing downgrade is found before anything runs") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", "function upgrade() end");
    project.migration("a2", "a1", "function upgrade() end\nfunction downgrade() end");
    REQUIRE(project.vm({"upgrade"}).exit_code == 0);
    auto const refused = project.vm({"downgrade", "base"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 1);
    CHECK(contains(refused.err, "revision 'a1' has no downgrade"));
    CHECK(contains(refused.err, "nothing was changed"));
    CHECK(versions(database) == "a2");
  });
}

TEST_CASE("--backup copies the database first, and a failed copy stops the run") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", note);
    REQUIRE(project.vm({"upgrade", "a1"}).exit_code == 0);
    auto const up = project.vm({"upgrade", "--backup", "--json"});
    CAPTURE(up.err);
    CAPTURE(up.out);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "The database is backed up in "));
    CHECK(contains(up.out, "\"backup\": \""));
    std::filesystem::path copy;
    for (auto const& file : std::filesystem::directory_iterator{project.path() / "backups"})
      if (file.path().filename() != ".gitignore") copy = file.path();
    CHECK(std::filesystem::file_size(copy) > 500);
    if (database.dialect() == "sqlite") {
      DatabaseUrl url;
      url.dialect = "sqlite";
      url.database = copy.native();
      CHECK(connect_to(url)->scalar("SELECT version_num FROM vm_version") == Value{std::string{"a1"}});
      CHECK(connect_to(url)->scalar("SELECT count(*) FROM users") == Value{std::int64_t{2}});
    } else if (database.dialect() == "mysql") {
      std::stringstream text;
      text << std::ifstream{copy}.rdbuf();
      CHECK(contains(text.str(), "CREATE TABLE `users`"));
      CHECK(contains(text.str(), "'ann'"));
    } else {
      auto const listed = run({{"/usr/bin/pg_restore", "--list", copy.native()}, project.path()});
      CHECK(listed.exit_code == 0);
      CHECK(contains(listed.out, "TABLE DATA public users"));
    }
    // The folder is a file now, so that no copy can be made.
    std::filesystem::remove_all(project.path() / "backups");
    project.write("backups", "");
    auto const refused = project.vm({"downgrade", "base", "--backup"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code != 0);
    CHECK(contains(refused.err, "backup"));
    CHECK(versions(database) == "a2");
  });
  for (std::string const dialect : {"postgresql", "mysql"}) {
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    TempProject const project{url_text(database->url())};
    project.migration("a1", "", users);
    auto const refused = project.vm({"upgrade", "--backup"}, {{"PATH", "/nowhere"}});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(contains(refused.err, dialect == "mysql" ? "there is no mariadb-dump" : "there is no pg_dump"));
    CHECK(contains(refused.err, "nothing was changed"));
    CHECK_THROWS_AS(database->connect()->all("SELECT * FROM vm_version"), DatabaseError);
  }
}

TEST_CASE("the history tells who ran what, when, how long and how it ended") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", "function upgrade() error('it broke') end\nfunction downgrade() end");
    CHECK(project.vm({"upgrade"}).exit_code == 1);
    CHECK(project.vm({"downgrade", "base"}).exit_code == 0);
    auto const all = project.vm({"run", "history", "--applied"});
    CAPTURE(all.out);
    CHECK(all.exit_code == 0);
    CHECK(contains(all.out, "upgrade    a1  done  "));
    CHECK(contains(all.out, "upgrade    a2  failed  "));
    CHECK(contains(all.out, "    it broke\n"));
    CHECK(contains(all.out, "downgrade  a1  done  "));
    CHECK(all.out.find("upgrade    a1") < all.out.find("downgrade  a1"));
    CHECK(contains(all.out, "@"));
    auto const json = project.vm({"history", "--applied", "--json", "--since", "1h"});
    CHECK(contains(json.out, "\"outcome\": \"failed\""));
    CHECK(contains(json.out, "\"error\": \"it broke\""));
    CHECK(contains(json.out, "\"checksum\": \""));
    CHECK(project.vm({"history", "--applied", "--until", "2020-01-01"}).out.empty());
    CHECK(project.vm({"history", "--applied", "--since", "2020-01-01T10:00:00Z"}).out == all.out);
    auto const wrong = project.vm({"history", "--applied", "--since", "yesterday"});
    CHECK(wrong.exit_code == 2);
    CHECK(contains(wrong.err, "--since does not take 'yesterday'"));
    CHECK(project.vm({"history", "--since", "1h"}).exit_code == 2);
  });
}

TEST_CASE("a script that changed after it ran is told as the configuration says; comments do not count") {
  on_every_database([](TestDatabase const& database) {
    for (std::string const policy : {"warn", "error", "ignore"}) {
      CAPTURE(policy);
      TempProject const project{url_text(database.url()), "on_drift = \"" + policy + "\"\n"};
      project.migration("a1", "", users);
      REQUIRE(project.vm({"upgrade"}).exit_code == 0);
      project.migration("a1", "", "-- only a comment\n\n" + std::string{users} + "   -- and another");
      project.migration("a2", "a1", "function upgrade() end\nfunction downgrade() end");
      auto const same = project.vm({"upgrade", "+1"});
      CHECK(same.exit_code == 0);
      CHECK_FALSE(contains(same.err, "changed since"));
      project.migration("a1", "", std::string{users} + "\nlocal x = 1");
      project.migration("a3", "a2", "function upgrade() end\nfunction downgrade() end");
      auto const changed = project.vm({"upgrade"});
      CAPTURE(changed.err);
      CHECK(changed.exit_code == (policy == "error" ? 1 : 0));
      CHECK(contains(changed.err, "applied script changed since it ran: 'a1'") == (policy != "ignore"));
      CHECK(contains(project.vm({"status"}).out, "a1"));
      CHECK(versions(database) == (policy == "error" ? "a2" : "a3"));
      CHECK(project.vm({"downgrade", "base"}).exit_code == (policy == "error" ? 1 : 0));
      database.connect()->execute("DROP TABLE vm_history");
      if (policy != "error") continue;
      CHECK(project.vm({"downgrade", "base"}).exit_code == 0);
      database.connect()->execute("DROP TABLE vm_history");
    }
  });
}
