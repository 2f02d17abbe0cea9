// The main job, end to end with the real binary, on every database.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* users = R"(
function upgrade()
  op.create_table("users", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("email", sql.string(100), { nullable = false }),
    sql.column("name", sql.string(50)),
  })
  op.create_index("ix_users_email", "users", { "email" }, { unique = true })
  op.bulk_insert("users", { { email = "ann@x.org", name = "ann" }, { email = "bob@x.org", name = sql.null } })
end

function downgrade()
  op.drop_table("users")
end)";

constexpr char const* display_name = R"(
function upgrade()
  op.add_column("users", sql.column("display", sql.string(60)))
  local db = op.get_bind()
  for row in db:rows("SELECT id, name, email FROM users ORDER BY id") do
    local text = row.name and string.upper(row.name) or string.match(row.email, "^[^@]+")
    db:execute("UPDATE users SET display = :d WHERE id = :id", { d = text, id = row.id })
  end
end

function downgrade()
  op.drop_column("users", "display")
end)";

std::string scalar(TestDatabase const& database, std::string_view sql) {
  auto const value = database.connect()->scalar(sql);
  if (!value) return "(none)";
  if (auto const* text = std::get_if<std::string>(&*value)) return *text;
  if (auto const* number = std::get_if<std::int64_t>(&*value)) return std::to_string(*number);
  return "(other)";
}

std::vector<std::string> versions(TestDatabase const& database, std::string const& table = "vm_version") {
  std::vector<std::string> rows;
  for (auto const& row : database.connect()->all("SELECT version_num FROM " + table + " ORDER BY version_num"))
    rows.push_back(std::get<std::string>(row[0]));
  return rows;
}

bool has_table(TestDatabase const& database, std::string const& table) {
  try {
    database.connect()->all("SELECT * FROM " + table);
    return true;
  } catch (DatabaseError const&) {
    return false;
  }
}

} // namespace

TEST_CASE("a project goes up to head, back to base and up again") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", display_name);

    auto const up = project.vm({"run", "upgrade", "head"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(contains(up.err, "Running upgrade  -> a1, a1 of the test"));
    CHECK(contains(up.err, "Running upgrade a1 -> a2, a2 of the test"));
    CHECK(versions(database) == std::vector<std::string>{"a2"});
    CHECK(scalar(database, "SELECT display FROM users WHERE email = 'ann@x.org'") == "ANN");
    CHECK(scalar(database, "SELECT display FROM users WHERE email = 'bob@x.org'") == "bob");
    CHECK(project.vm({"current"}).out == "a2 (head)\n");

    auto const again = project.vm({"upgrade"});
    CHECK(again.exit_code == 0);
    CHECK_FALSE(contains(again.err, "Running upgrade"));

    auto const down = project.vm({"downgrade", "-1"});
    CAPTURE(down.err);
    CHECK(down.exit_code == 0);
    CHECK(contains(down.err, "Running downgrade a2 -> a1"));
    CHECK(versions(database) == std::vector<std::string>{"a1"});

    CHECK(project.vm({"downgrade", "base"}).exit_code == 0);
    CHECK(versions(database).empty());
    CHECK_FALSE(has_table(database, "users"));

    CHECK(project.vm({"upgrade", "+1"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"a1"});
    CHECK(scalar(database, "SELECT count(*) FROM vm_history") == "5");
    CHECK(scalar(database, "SELECT count(*) FROM vm_history WHERE outcome = 'done' AND length(checksum) = 64") == "5");
  });
}

TEST_CASE("a failing migration tells where, what and in which state, and leaves no half") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", R"(
function upgrade()
  op.execute("UPDATE users SET name = 'changed'")
  op.execute("UPDATE no_such_table SET x = 1")
end
function downgrade() end)");

    auto const up = project.vm({"upgrade"});

    CAPTURE(up.err);
    CHECK(up.exit_code == 1);
    CHECK(contains(up.err, "migrations/versions/a2.lua:9"));
    CHECK(contains(up.err, "no_such_table"));
    CHECK(contains(up.err, "UPDATE no_such_table SET x = 1"));
    CHECK(contains(up.err, "rolled back; the database is at 'a1'"));
    CHECK(versions(database) == std::vector<std::string>{"a1"});
    CHECK(scalar(database, "SELECT count(*) FROM users WHERE name = 'changed'") == "0");
    CHECK(scalar(database, "SELECT revision FROM vm_history WHERE outcome = 'failed'") == "a2");
  });
}

TEST_CASE("branches run one after the other and a merge leaves one row") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    auto const empty = "function upgrade() end\nfunction downgrade() end";
    project.migration("base1", "", empty);
    project.migration("left", "base1", empty);
    project.migration("right", "base1", empty);

    auto const refused = project.vm({"upgrade", "head"});
    CHECK(refused.exit_code == 2);
    CHECK(contains(refused.err, "left"));
    CHECK(contains(refused.err, "right"));

    REQUIRE(project.vm({"upgrade", "heads"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"left", "right"});

    auto const ambiguous = project.vm({"downgrade", "-1"});
    CHECK(ambiguous.exit_code == 2);
    CHECK(versions(database) == std::vector<std::string>{"left", "right"});

    auto const merged = project.vm({"merge", "heads", "-m", "both", "--rev-id", "both"});
    CAPTURE(merged.err);
    REQUIRE(merged.exit_code == 0);
    REQUIRE(project.vm({"upgrade"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"both"});
    CHECK(project.vm({"downgrade", "left"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"left", "right"});
  });
}

TEST_CASE("an Alembic version table is taken over as it is") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url()), "version_table = \"alembic_version\"\n"};
    project.migration("a1", "", "function upgrade() op.execute('SELECT no such') end\nfunction downgrade() end");
    project.migration("a2", "a1", users);
    {
      auto const session = database.connect();
      session->execute(
          "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY "
          "(version_num))");
      session->execute("INSERT INTO alembic_version VALUES ('a1')");
    }
    CHECK(project.vm({"current"}).out == "a1\n");
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    CHECK(up.exit_code == 0);
    CHECK(versions(database, "alembic_version") == std::vector<std::string>{"a2"});
  });
}

TEST_CASE("stamp moves the record and runs nothing") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", display_name);
    REQUIRE(project.vm({"stamp", "head"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"a2"});
    CHECK_FALSE(has_table(database, "users"));
    REQUIRE(project.vm({"stamp", "-1"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"a1"});
    REQUIRE(project.vm({"stamp", "base"}).exit_code == 0);
    CHECK(versions(database).empty());
    // A row that no script defines is explained, and --purge is the way out.
    database.connect()->execute("INSERT INTO vm_version VALUES ('deadbeef')");
    auto const refused = project.vm({"upgrade"});
    CHECK(refused.exit_code == 2);
    CHECK(contains(refused.err, "deadbeef"));
    CHECK(contains(refused.err, "stamp --purge"));
    REQUIRE(project.vm({"stamp", "--purge", "a1"}).exit_code == 0);
    CHECK(versions(database) == std::vector<std::string>{"a1"});
  });
}

TEST_CASE("of many upgrades at once exactly one applies and all succeed") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", users);
    project.migration("a2", "a1", display_name);
    constexpr int count = 8;
    std::vector<std::unique_ptr<Process>> processes;
    for (int i = 0; i < count; ++i) processes.push_back(std::make_unique<Process>(project.start({"upgrade"})));
    int applied = 0;
    for (auto const& process : processes) {
      auto const done = process->wait();
      CAPTURE(done.err);
      CHECK(done.exit_code == 0);
      if (contains(done.err, "Running upgrade a1 -> a2")) ++applied;
    }
    CHECK(applied == 1);
    CHECK(versions(database) == std::vector<std::string>{"a2"});
    CHECK(scalar(database, "SELECT count(*) FROM users") == "2");
  });
}

TEST_CASE("a run that waits for the lock gives up in time and names the holder") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"(
function upgrade()
  log.info("the slow one has begun")
  local start = os.time()
  while os.time() - start < 30 do end
end
function downgrade() end)");
    Process slow{project.start({"upgrade"})};
    REQUIRE(slow.wait_for_output("the slow one has begun"));
    auto const refused = project.vm({"upgrade", "--lock-timeout", "0.3"});
    CAPTURE(refused.err);
    CHECK(refused.exit_code == 4);
    CHECK(contains(refused.err, "held by"));
    auto const held = project.vm({"status"});
    CAPTURE(held.out);
    CHECK(held.exit_code == 0);

    SUBCASE("and a killed holder frees it at once") {
      slow.signal(SIGKILL);
      CHECK(slow.wait().exit_code == 128 + SIGKILL);
      project.migration("a1", "", users);
      auto const after = project.vm({"upgrade", "--lock-timeout", "20"});
      CAPTURE(after.err);
      CHECK(after.exit_code == 0);
    }
    SUBCASE("and an interrupted one rolls back, frees it and ends with 130") {
      slow.signal(SIGINT);
      auto const done = slow.wait();
      CAPTURE(done.err);
      CHECK(done.exit_code == 130);
      CHECK(contains(done.err, "interrupted while running upgrade 'a1'"));
      CHECK(contains(done.err, "the database is at base"));
      CHECK(contains(done.err, "run `vm run upgrade` again to continue"));
      CHECK(versions(database).empty());
      project.migration("a1", "", users);
      auto const after = project.vm({"upgrade", "--lock-timeout", "20"});
      CAPTURE(after.err);
      CHECK(after.exit_code == 0);
    }
  });
}

TEST_CASE("an interrupt cancels the statement that runs on the server") {
  on_every_database([](TestDatabase const& database) {
    std::string const slow =
        database.dialect() == "postgresql" ? "SELECT pg_sleep(60)"
        : database.dialect() == "sqlite"
            ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            : "SELECT sleep(60)";
    TempProject const project{url_text(database.url())};
    project.migration(
        "a1", "",
        "function upgrade()\n  op.execute('CREATE TABLE t1 (id INTEGER)')\n  log.info('begun')\n  op.execute(\"" +
            slow + "\")\nend\nfunction downgrade() end");
    Process process{project.start({"upgrade"})};
    REQUIRE(process.wait_for_output("begun"));
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    process.signal(SIGTERM);
    auto const done = process.wait(std::chrono::seconds{20});
    CAPTURE(done.err);
    CHECK(done.exit_code == 130);
    CHECK(contains(done.err, "interrupted while running upgrade 'a1'"));
    // Where DDL commits, the journal knows the step that is done; elsewhere nothing is left of the migration.
    bool const keeps_steps = database.dialect() == "mysql";
    CHECK(contains(done.err, keeps_steps ? "run `vm run upgrade` again: it goes on after step 1"
                                         : "run `vm run upgrade` again to continue"));
    CHECK(versions(database).empty());
    CHECK(has_table(database, "t1") == keeps_steps);
  });
}

TEST_CASE("one transaction for the whole run undoes everything") {
  on_every_database([](TestDatabase const& database) {
    if (database.dialect() == "mysql") return; // every DDL statement commits there
    TempProject const project{url_text(database.url()), "transaction = \"all\"\n"};
    project.migration("a1", "", users);
    project.migration("a2", "a1", "function upgrade() error('no') end\nfunction downgrade() end");
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    CHECK(up.exit_code == 1);
    CHECK(contains(up.err, "the database is at base"));
    CHECK_FALSE(has_table(database, "users"));
  });
}

TEST_CASE("a .sql migration runs verbatim both ways") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("migrations/versions/s1.sql",
                  "-- a table in plain SQL\n-- revision: s1\n-- upgrade\nCREATE TABLE notes (id INTEGER, "
                  "body VARCHAR(40));\nINSERT INTO notes VALUES (1, 'semi; colon :name');\n-- downgrade\nDROP "
                  "TABLE notes;\n");
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    CHECK(scalar(database, "SELECT body FROM notes") == "semi; colon :name");
    CHECK(project.vm({"downgrade", "base"}).exit_code == 0);
    CHECK_FALSE(has_table(database, "notes"));
  });
}

TEST_CASE("names with quotes, dots, spaces, unicode and reserved words survive") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    std::string const body = R"lua(
local names = { 'select', 'two words', 'a.b', 'quo"te', "apo'strophe", 'back`tick', 'straße', '日本', 'semi;colon', 'br[ack]et', 'per%cent', ':colon' }
function upgrade()
  local columns = { sql.column("id", sql.integer, { primary_key = true }) }
  local row = { id = 1 }
  for i, name in ipairs(names) do
    columns[#columns + 1] = sql.column(name, sql.string(20))
    row[name] = "v" .. i
  end
  op.create_table("order", columns)
  op.bulk_insert("order", { row })
  for i, name in ipairs(names) do
    op.create_index("ix " .. name, "order", { name })
    assert(op.has_column("order", name), name)
  end
  local db = op.get_bind()
  local read = db:one("SELECT * FROM " .. (vm.dialect == "mariadb" and "`order`" or '"order"'))
  for i, name in ipairs(names) do assert(read[name] == "v" .. i, name) end
end
function downgrade()
  for _, name in ipairs(names) do op.drop_index("ix " .. name, "order") end
  for _, name in ipairs(names) do op.drop_column("order", name) end
  op.drop_table("order")
end)lua";
    project.migration("a1", "", body);
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    auto const down = project.vm({"downgrade", "base"});
    CAPTURE(down.err);
    CHECK(down.exit_code == 0);
  });
}

TEST_CASE("a table of two hundred columns is made, filled and read") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.migration("a1", "", R"(
function upgrade()
  local columns, row = { sql.column("id", sql.integer, { primary_key = true }) }, { id = 1 }
  for i = 1, 200 do
    columns[#columns + 1] = sql.column("c" .. i, sql.integer)
    row["c" .. i] = i
  end
  op.create_table("wide", columns)
  op.bulk_insert("wide", { row })
  local read = op.get_bind():one("SELECT * FROM wide")
  for i = 1, 200 do assert(read["c" .. i] == i) end
end
function downgrade() op.drop_table("wide") end)");
    auto const up = project.vm({"upgrade"});
    CAPTURE(up.err);
    CHECK(up.exit_code == 0);
  });
}
