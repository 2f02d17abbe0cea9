// vm run test, end to end with the real binary, on every database.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* sound = R"lua(
function upgrade()
  op.create_table("users", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("email", sql.string(100), { nullable = false }),
  })
end
function sample(db)
  db:execute("INSERT INTO users (id, email) VALUES (10, 'ann@x.org')")
end
function downgrade()
  op.drop_table("users")
end)lua";

std::string read(std::filesystem::path const& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

} // namespace

TEST_CASE("sound migrations pass, and the project's database is not touched") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", sound);
    project.migration("a2", "a1", R"lua(
function upgrade() op.add_column("users", sql.column("age", sql.integer)) end
function downgrade() op.drop_column("users", "age") end)lua");
    project.write("migrations/versions/a3.sql",
                  "-- revision: a3\n-- down_revision: a2\n\n-- upgrade\n"
                  "CREATE TABLE plain (id integer);\n\n-- downgrade\nDROP TABLE plain;\n");
    auto const done = project.vm({"test"});
    CAPTURE(done.err);
    CAPTURE(done.out);
    CHECK(done.exit_code == 0);
    CHECK(contains(done.out, "passed  a1, a1 of the test\npassed  a2, a2 of the test\npassed  a3"));
    CHECK(contains(done.out, "3 of 3 revisions passed"));
    CHECK(contains(project.vm({"test", "a2"}).out, "1 of 1 revision passed"));
    CHECK(contains(project.vm({"test", "a1:a2"}).out, "2 of 2 revisions passed"));
    if (database.dialect() == "sqlite")
      CHECK_FALSE(std::filesystem::exists(database.url().database));
    else
      CHECK_THROWS_AS(database.connect()->all("SELECT * FROM vm_version"), DatabaseError);
  });
}

TEST_CASE("what does not lead back, loses rows or fails is told, and the rest is tested") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", sound);
    project.migration("a2", "a1", R"lua(
function upgrade() op.add_column("users", sql.column("age", sql.integer)) end
function downgrade() end)lua");
    project.migration("a3", "a2", R"lua(
function upgrade()
  op.create_table("copy_of_people", { sql.column("id", sql.integer, { primary_key = true }), sql.column("email", sql.string(100)) })
  op.drop_column("users", "email")
end
function downgrade()
  op.add_column("users", sql.column("email", sql.string(100), { nullable = false, server_default = "" }))
  op.alter_column("users", "email", { server_default = sql.null })
  op.drop_table("copy_of_people")
end)lua");
    project.migration("a4", "a3", "function upgrade() op.create_table('b', { sql.column('id', sql.integer) }) end");
    project.migration("a5", "a4", "function upgrade() op.execute('SELEC 1') end\nfunction downgrade() end");
    project.migration("a6", "a5", "function upgrade() end\nfunction downgrade() end");
    auto const done = project.vm({"test", "--junit", "report.xml"});
    CAPTURE(done.err);
    CAPTURE(done.out);
    CHECK(done.exit_code == 1);
    CHECK(contains(done.out, "passed  a1"));
    CHECK(contains(done.out, "failed  a2, a2 of the test\n  downgrade: the downgrade does not lead back\n"
                             "    column 'users.age' is left over\n"));
    CHECK(contains(done.out, "passed  a3"));
    CHECK(contains(done.out, "irreversible  a4"));
    CHECK(contains(done.out, "failed  a5, a5 of the test\n  upgrade: "));
    CHECK(contains(done.out, "statement: SELEC 1"));
    CHECK(contains(done.out, "not run  a6"));
    CHECK(contains(done.out, "2 of 6 revisions passed, 2 failed, 1 without a downgrade, 1 not run"));
    auto const xml = read(project.path() / "report.xml");
    CHECK(contains(xml, "tests=\"6\" failures=\"2\" errors=\"0\" skipped=\"1\""));
    CHECK(contains(xml, "<failure message=\"downgrade: the downgrade does not lead back\">column 'users.age' is left "
                        "over</failure>"));
  });
}

TEST_CASE("values that end up in another column are found, though no statement writes rows") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"lua(
function upgrade()
  op.create_table("users", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("first", sql.string(100)),
    sql.column("last", sql.string(100)),
  })
end
function sample(db)
  db:execute("INSERT INTO users (id, first, last) VALUES (10, 'ann', 'lee')")
end
function downgrade() op.drop_table("users") end)lua");
    // The names of the two columns change places: the schema stays what it was, and so does the number of rows.
    std::string const swap = R"lua(
  op.alter_column("users", "first", { new_column_name = "other" })
  op.alter_column("users", "last", { new_column_name = "first" })
  op.alter_column("users", "other", { new_column_name = "last" })
end
)lua";
    project.migration("a2", "a1", "function upgrade()" + swap + "function downgrade()" + swap);
    auto const done = project.vm({"test"});
    CAPTURE(done.out);
    CHECK(done.exit_code == 1);
    CHECK(contains(done.out, "passed  a1"));
    CHECK(contains(done.out, "failed  a2, a2 of the test\n  upgrade: the upgrade loses data\n"));
    CHECK(contains(done.out, "values of column 'users.first' are no longer what they were: "));
  });
}

TEST_CASE("a column that a table with rows cannot take is found by the rows vm makes") {
  on_every_database([](TestDatabase const& database) {
    if (database.dialect() == "mysql") return; // it fills the column with ''
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"lua(
function upgrade()
  op.create_table("users", { sql.column("id", sql.integer, { primary_key = true }), sql.column("email", sql.string(100)) })
end
function downgrade() op.drop_table("users") end)lua");
    project.migration("a2", "a1", R"lua(
function upgrade() op.add_column("users", sql.column("name", sql.string(100), { nullable = false })) end
function downgrade() op.drop_column("users", "name") end)lua");
    auto const with_rows = project.vm({"test"});
    CAPTURE(with_rows.out);
    CHECK(with_rows.exit_code == 1);
    CHECK(contains(with_rows.out, "failed  a2"));
    auto const without = project.vm({"test", "--no-rows"}); // an empty table takes it
    CAPTURE(without.out);
    CHECK(without.exit_code == 0);
  });
}

TEST_CASE("many revisions are tested on several scratch databases") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    for (int i = 0; i < 12; ++i)
      project.migration("r" + std::to_string(100 + i), i == 0 ? "" : "r" + std::to_string(99 + i),
                        "function upgrade() op.create_table('t" + std::to_string(i) +
                            "', { sql.column('id', sql.integer, { primary_key = true }) }) end\nfunction downgrade() "
                            "op.drop_table('t" +
                            std::to_string(i) + "') end");
    auto const done = project.vm({"--json", "test", "--jobs", "3"});
    CAPTURE(done.out);
    CHECK(done.exit_code == 0);
    CHECK(contains(done.out, "\"jobs\": 3"));
    CHECK(contains(done.out, "\"passed\": 12"));
    CHECK(project.vm({"test", "--jobs", "none"}).exit_code == 2);
  });
}

TEST_CASE("an interrupted test leaves no scratch database behind") {
  on_every_database([](TestDatabase const& database) {
    if (database.dialect() == "sqlite") return;
    TempProject const project{url_text(database.url())};
    auto const sleep = database.dialect() == "postgresql" ? "SELECT pg_sleep(30)" : "SELECT SLEEP(30)";
    project.migration("a1", "", fmt::format("function upgrade() op.execute(\"{}\") end", sleep));
    auto process = Process{project.start({"test"})};
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    auto const pid = process.pid();
    process.signal(SIGINT);
    auto const done = process.wait();
    CAPTURE(done.err);
    CHECK(done.exit_code == 130);
    auto const* query =
        database.dialect() == "postgresql"
            ? "SELECT count(*) FROM pg_database WHERE datname LIKE 'vm_scratch_{}_%'"
            : "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'vm_scratch_{}_%'";
    CHECK(database.connect()->scalar(fmt::format(fmt::runtime(query), pid)) == Value{std::int64_t{0}});
  });
}
