// What --sql prints, run by sqlite3, psql and mariadb, leaves the same as a run of vm: upgrade, downgrade, stamp,
// ranges, with a connection and without one, and .sql files with COPY and DELIMITER.
#include "tests/support/live_dialect.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

namespace {

/// The database's own client, reading a script and stopping at the first error.
Finished client(TestDatabase const& database, std::string const& script) {
  auto const& url = database.url();
  TempFolder const folder;
  folder.write("script.sql", script);
  std::vector<std::string> command{"/bin/sh", "-c", "exec \"$@\" < script.sql", "sh"};
  std::map<std::string, std::string> variables;
  if (url.dialect == "sqlite") {
    command.insert(command.end(), {"sqlite3", "-bail", url.database});
  } else if (url.dialect == "postgresql") {
    command.insert(command.end(), {"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url_text(url)});
  } else {
    command.insert(command.end(), {"mariadb", "--no-defaults", "-h", url.host, "-P",
                                   std::to_string(url.port.value_or(3306)), "-u", url.user, url.database});
    if (url.password) variables["MYSQL_PWD"] = *url.password;
  }
  return run({command, folder.path(), variables});
}

void run_by_client(TestDatabase const& database, Finished const& printed) {
  INFO(printed.err);
  REQUIRE(printed.exit_code == 0);
  auto const ran = client(database, printed.out);
  INFO(printed.out);
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
}

void rich_project(TempProject const& project) {
  project.migration("r1", "", R"lua(
local odd = "it's; \\ \"$$ $a$ -- /* \n\t:x ä漢 #"
function upgrade()
  op.create_table("teams", { sql.column("id", sql.integer, { primary_key = true }), sql.column("name", sql.string(200), { nullable = false, unique = true }) })
  op.create_table("users", {
    sql.column("id", sql.bigint, { primary_key = true }),
    sql.column("email", sql.string(100), { nullable = false, server_default = "it's; \\" }),
    sql.column("team_id", sql.integer, { references = "teams.id", ondelete = "CASCADE", index = true }),
    sql.column("balance", sql.numeric(12, 2), { server_default = 0 }),
    sql.column("at", sql.timestamp, { server_default = sql.expr("CURRENT_TIMESTAMP") }),
    sql.column("kind", sql.enum("kind", { "a", "it's" })),
    sql.column("doubled", sql.integer, { computed = { "team_id * 2", persisted = true } }),
    sql.check("balance >= 0", { name = "ck_balance" }),
  })
  op.create_index("ix_users_email", "users", { "email" }, { unique = true })
  op.bulk_insert("teams", { { id = 1, name = odd }, { id = 2, name = "b" } })
  op.insert("users", { id = 1, email = odd:sub(1, 20), team_id = 1, balance = sql.decimal("12.50"), kind = "it's" })
  op.create_view("rich", "SELECT id, email FROM users WHERE balance > 10")
  if vm.dialect == "postgresql" then
    op.create_function("touch", { returns = "trigger", language = "plpgsql", body = "BEGIN NEW.email := NEW.email || '$$;'; RETURN NEW; END" })
    op.create_trigger("touch_users", "users", { timing = "before", events = { "update" }, body = "touch()" })
  elseif vm.dialect == "sqlite" then
    op.create_trigger("touch_users", "users", { timing = "after", events = { "update" }, body = "UPDATE teams SET name = name || ';'; UPDATE teams SET name = name;" })
  else
    op.create_trigger("touch_users", "users", { timing = "before", events = { "update" }, body = "BEGIN SET NEW.email = CONCAT(NEW.email, ';'); SET NEW.balance = 11; END" })
  end
end
function downgrade()
  op.drop_view("rich")
  op.drop_trigger("touch_users", "users")
  if vm.dialect == "postgresql" then op.drop_function("touch") end
  op.drop_table("users") op.drop_table("teams")
  op.drop_enum("kind", { if_exists = true })
end)lua");
  project.migration("r2", "r1", R"lua(
function upgrade()
  op.alter_column("teams", "name", { type = sql.string(300), existing_type = sql.string(200), existing_nullable = false })
  op.add_column("users", sql.column("nick", sql.string(20), { server_default = "x" }))
  op.execute("UPDATE users SET nick = 'a;b' WHERE id = :id", { id = 1 })
  op.drop_index("ix_users_email", "users")
end
function downgrade() op.drop_column("users", "nick") end)lua");
  project.migration("r3", "r2", R"lua(
function upgrade()
  op.create_table("notes", { sql.column("id", sql.integer, { primary_key = true }), sql.column("body", sql.text) })
  op.create_index("ix_notes", "notes", { "id" })
  op.insert("notes", { id = 7, body = "a\\b'c" })
end
function downgrade() op.drop_table("notes") end)lua");
}

schema::Catalog catalog(TestDatabase const& database) {
  LiveDialect live{database};
  auto found = live.catalog();
  std::erase_if(found.tables, [](auto const& entry) { return entry.first.name.text().starts_with("vm_"); });
  return found;
}

void check_same(TestDatabase const& one, TestDatabase const& other) {
  auto const a = catalog(one), b = catalog(other);
  REQUIRE(a.tables.size() == b.tables.size());
  for (auto const& [name, table] : a.tables) {
    CAPTURE(to_string(name));
    auto const* same = b.find_table(name);
    REQUIRE((same != nullptr));
    CHECK((table == *same));
  }
  CHECK((a.enums == b.enums));
  CHECK(a.views.size() == b.views.size());
  CHECK(a.triggers.size() == b.triggers.size());
  CHECK((a.functions == b.functions));
  for (std::string const query : {"SELECT id, name FROM teams ORDER BY id",
                                  "SELECT id, email, balance, kind FROM users", "SELECT version_num FROM vm_version"})
    CHECK(one.connect()->all(query) == other.connect()->all(query));
}

} // namespace

TEST_CASE("what --sql prints leaves the same through the database's own client as a run") {
  on_every_database([](TestDatabase const& online) {
    auto const by_client = TestDatabase::make(online.dialect());
    REQUIRE((by_client != nullptr));
    TempProject const project{url_text(online.url())};
    rich_project(project);
    TempProject const without{"", ""};
    without.write("vm.toml", "");
    rich_project(without);
    auto const url = url_text(by_client->url());
    auto const vm = [&](std::vector<std::string> arguments) {
      auto const done = project.vm(std::move(arguments));
      INFO(done.err);
      REQUIRE(done.exit_code == 0);
    };
    auto const dialect = online.dialect() == "mysql" ? std::string{"mariadb"} : online.dialect();

    vm({"run", "upgrade", "head"});
    run_by_client(*by_client, project.vm({"-u", url, "run", "upgrade", "head", "--sql"}));
    check_same(online, *by_client);

    vm({"run", "downgrade", "-1"});
    run_by_client(*by_client, project.vm({"-u", url, "run", "downgrade", "-1", "--sql"}));
    check_same(online, *by_client);

    // Without a connection: a range, named by its ends.
    vm({"run", "upgrade", "r3"});
    run_by_client(*by_client, without.vm({"run", "upgrade", "r2:r3", "--sql", "--dialect", dialect}));
    check_same(online, *by_client);

    vm({"run", "downgrade", "base"});
    run_by_client(*by_client, project.vm({"-u", url, "run", "downgrade", "base", "--sql"}));
    CHECK(catalog(online).tables.empty());
    CHECK(catalog(*by_client).tables.empty());

    // Without a connection and without a range it begins at base, on a database that never saw vm.
    by_client->connect()->execute("DROP TABLE vm_version");
    run_by_client(*by_client, without.vm({"run", "upgrade", "r1", "--sql", "--dialect", dialect}));
    CHECK(by_client->connect()->scalar("SELECT version_num FROM vm_version") == Value{std::string{"r1"}});

    run_by_client(*by_client, project.vm({"-u", url, "run", "stamp", "r2", "--sql"}));
    CHECK(by_client->connect()->scalar("SELECT version_num FROM vm_version") == Value{std::string{"r2"}});
  });
}

TEST_CASE("COPY … FROM stdin of a .sql file takes its options, online and through psql") {
  auto const online = TestDatabase::make("postgresql");
  if (!online) return;
  auto const by_client = TestDatabase::make("postgresql");
  TempProject const project{url_text(online->url())};
  project.write("migrations/versions/c1.sql", "-- revision: c1\n-- down_revision:\n-- upgrade\n"
                                              "CREATE TABLE t (a integer, b text);\n"
                                              "COPY t (a, b) FROM stdin;\n1\tone; it's $$\n2\t\\N\n3\ta\\tb\\\\\n\\.\n"
                                              "copy t from STDIN with (format csv, header, delimiter ';', null '-');\n"
                                              "a;b\n4;\"x;\"\"y\"\"\nz\"\n5;-\n6;\"-\"\n\\.\n"
                                              "COPY t FROM stdin CSV HEADER;\na,b\n7,--no comment\n\\.\n"
                                              "COPY t FROM stdin WITH DELIMITER ',' NULL 'none';\n8,none\n9,/* x\n\\.\n"
                                              "COPY t FROM stdin;\n\\.\n"
                                              "INSERT INTO t VALUES (10, 'after');\n"
                                              "-- downgrade\nDROP TABLE t;\n");
  auto const done = project.vm({"run", "upgrade", "head"});
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  run_by_client(*by_client, project.vm({"-u", url_text(by_client->url()), "run", "upgrade", "head", "--sql"}));
  std::vector<std::vector<Value>> expected;
  auto const row = [&](std::int64_t a, Value b) { expected.push_back({a, std::move(b)}); };
  using namespace std::string_literals;
  row(1, "one; it's $$"s);
  row(2, Null{});
  row(3, "a\tb\\"s);
  row(4, "x;\"y\"\nz"s);
  row(5, Null{});
  row(6, "-"s);
  row(7, "--no comment"s);
  row(8, Null{});
  row(9, "/* x"s);
  row(10, "after"s);
  CHECK(online->connect()->all("SELECT a, b FROM t ORDER BY a") == expected);
  CHECK(by_client->connect()->all("SELECT a, b FROM t ORDER BY a") == expected);
}

TEST_CASE("a .sql file with DELIMITER lines runs online and through the mariadb client") {
  auto const online = TestDatabase::make("mysql");
  if (!online) return;
  auto const by_client = TestDatabase::make("mysql");
  TempProject const project{url_text(online->url())};
  project.write(
      "migrations/versions/d1.sql",
      "-- revision: d1\n-- down_revision:\n-- upgrade\nCREATE TABLE t (a INT, b VARCHAR(20));\nDELIMITER //\n"
      "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = NEW.a + 1; SET NEW.b = 'x;//'; END //\n"
      "CREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1, ''); INSERT INTO t VALUES (2, ''); END//\n"
      "delimiter ;\nCALL p();\n-- downgrade\nDROP PROCEDURE p;\nDROP TABLE t;\n");
  auto const done = project.vm({"run", "upgrade", "head"});
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  run_by_client(*by_client, project.vm({"-u", url_text(by_client->url()), "run", "upgrade", "head", "--sql"}));
  for (auto const* database : {online.get(), by_client.get()})
    CHECK(database->connect()->scalar("SELECT group_concat(concat(a, b) ORDER BY a SEPARATOR ' ') FROM t") ==
          Value{std::string{"2x;// 3x;//"}});
}
