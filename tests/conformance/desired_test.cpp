// From the desired schema, end to end with the real binary, on every database: check, revision --autogenerate, schema
// dump and diff, init --from-database.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr char const* teams_and_users = R"lua(
return sql.schema{
  sql.table("teams", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("name", sql.string(50), { nullable = false }),
  }),
  sql.table("users", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("email", sql.string(100), { nullable = false }),
    sql.column("balance", sql.numeric(12, 2), { nullable = false, server_default = 0 }),
    sql.column("is_active", sql.boolean, { server_default = true }),
    sql.column("team_id", sql.integer, { references = { "teams.id", name = "fk_users_team", ondelete = "CASCADE" } }),
    sql.check("balance >= 0", { name = "ck_users_balance" }),
    sql.unique({ "email" }, { name = "uq_users_email" }),
    sql.index("ix_users_team", { "team_id" }),
  }),
  sql.view("active_users", "SELECT id, email FROM users WHERE is_active"),
})lua";

std::string read(std::filesystem::path const& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

std::string only_migration(TempProject const& project, std::string const& rev) {
  for (auto const& entry : std::filesystem::directory_iterator{project.path() / "migrations/versions"})
    if (entry.path().filename().native().starts_with(rev)) return read(entry.path());
  return {};
}

std::size_t migrations(TempProject const& project) {
  std::size_t count = 0;
  for (auto const& entry : std::filesystem::directory_iterator{project.path() / "migrations/versions"})
    if (entry.path().extension() == ".lua") ++count;
  return count;
}

std::size_t scratch_databases(TestDatabase const& database) {
  if (database.dialect() == "sqlite") return 0;
  auto const* query = database.dialect() == "postgresql"
                          ? "SELECT count(*) FROM pg_database WHERE datname LIKE 'vm\\_scratch\\_%' AND datname NOT IN "
                            "(SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)"
                          : "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'vm|_scratch|_%' "
                            "ESCAPE '|' AND IS_FREE_LOCK(SCHEMA_NAME)";
  return static_cast<std::size_t>(std::get<std::int64_t>(*database.connect()->scalar(query)));
}

Finished must(Finished finished, int exit_code = 0) {
  CAPTURE(finished.out);
  CAPTURE(finished.err);
  REQUIRE(finished.exit_code == exit_code);
  return finished;
}

} // namespace

TEST_CASE("a schema becomes a migration, the migration the schema, and then check is silent") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("migrations/schema.lua", teams_and_users);
    auto const differs = must(project.vm({"check"}), 3);
    CHECK(contains(differs.out, "added table 'users'"));
    CHECK(contains(differs.out, "added view 'active_users'"));

    auto const made = must(project.vm({"revision", "--autogenerate", "-m", "first", "--rev-id", "a1"}));
    CHECK(contains(made.err, "Detected added table 'users'"));
    auto const text = only_migration(project, "a1");
    CHECK(contains(text, "op.create_table(\"users\""));
    CHECK(contains(text, "op.drop_table(\"users\")"));

    auto const late = must(project.vm({"check"}), 2);
    CHECK(contains(late.err, "target database is not up to date"));
    CHECK(contains(late.err, "vm run upgrade head"));
    CHECK(contains(must(project.vm({"check", "--pending"}), 3).out, "pending: a1, first"));
    must(project.vm({"upgrade"}));
    CHECK(must(project.vm({"check"})).out == "no differences\n");
    CHECK(must(project.vm({"check", "--pending"})).out == "nothing is pending\n");

    auto const nothing = must(project.vm({"revision", "--autogenerate", "-m", "second"}));
    CHECK(contains(nothing.err, "No changes detected"));
    CHECK(nothing.out.empty());
    CHECK(migrations(project) == 1);

    must(project.vm({"downgrade", "base", "--yes"}));
    must(project.vm({"upgrade"}));
    must(project.vm({"check"}));
    must(project.vm({"create", "again", "--autogenerate", "--allow-empty", "--rev-id", "a2"}));
    CHECK(migrations(project) == 2);
    CHECK(scratch_databases(database) == 0);
  });
}

TEST_CASE("a changed schema becomes the migration that leads there and back") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("migrations/schema.lua", teams_and_users);
    must(project.vm({"revision", "--autogenerate", "-m", "first", "--rev-id", "a1"}));
    must(project.vm({"upgrade"}));
    project.write("migrations/schema.lua", R"lua(
return sql.schema{
  sql.table("groups", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("title", sql.string(50), { nullable = false, renamed_from = "name" }),
    sql.column("notes", sql.text),
  }, { renamed_from = "teams" }),
  sql.table("users", {
    sql.column("id", sql.integer, { primary_key = true }),
    sql.column("email", sql.string(200), { nullable = false }),
    sql.column("balance", sql.numeric(12, 2), { nullable = false, server_default = 5 }),
    sql.column("team_id", sql.integer, { references = { "groups.id", name = "fk_users_team", ondelete = "CASCADE" } }),
    sql.check("balance >= 0", { name = "ck_users_balance" }),
    sql.unique({ "email" }, { name = "uq_users_email" }),
    sql.index("ix_users_team", { "team_id", "email" }),
  }),
})lua");
    auto const made = must(project.vm({"revision", "--autogenerate", "-m", "second", "--rev-id", "a2"}));
    CAPTURE(made.err);
    auto const text = only_migration(project, "a2");
    CAPTURE(text);
    CHECK(contains(text, "op.rename_table(\"teams\", \"groups\")"));
    CHECK_FALSE(contains(text, "op.drop_table"));
    must(project.vm({"upgrade"}));
    must(project.vm({"check"}));
    must(project.vm({"downgrade", "-1", "--yes"}));
    // The same but for the place of a column that came back, which no database moves.
    project.write("migrations/schema.lua", teams_and_users);
    for (auto const& entry : std::filesystem::directory_iterator{project.path() / "migrations/versions"})
      if (entry.path().filename().native().starts_with("a2")) std::filesystem::remove(entry.path());
    CHECK(must(project.vm({"check"})).out == "no differences\n");
  });
}

TEST_CASE("a missing, an empty and a broken desired schema are refused, and nothing is written") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    auto const missing = must(project.vm({"revision", "--autogenerate", "-m", "x"}), 2);
    CHECK(contains(missing.err, "the project has no desired schema to compare with"));
    project.write("migrations/schema.lua", "return sql.schema({})");
    database.connect()->execute("CREATE TABLE kept (id integer)");
    auto const empty = must(project.vm({"revision", "--autogenerate", "-m", "x"}), 2);
    CHECK(contains(empty.err, "the desired schema in 'migrations/schema.lua' is empty"));
    project.write("migrations/schema.lua", "\n\nreturn sql.schema{ sql.tabel('x', {}) }");
    auto const broken = must(project.vm({"check"}), 2);
    CHECK(contains(broken.err, "migrations/schema.lua:3"));
    project.write("migrations/schema.lua",
                  "return sql.schema{ sql.table('a', { sql.column('b_id', sql.integer, { references = 'b.id' }) }) }");
    auto const dangling = project.vm({"check"});
    CHECK(dangling.exit_code != 0);
    CHECK(migrations(project) == 0);
    CHECK(scratch_databases(database) == 0);
  });
}

TEST_CASE("a file of SQL and another database can be the desired schema") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("schema.sql",
                  "-- what shall be\nCREATE TABLE orders (id integer NOT NULL PRIMARY KEY, note varchar(20));\n"
                  "CREATE INDEX ix_orders_note ON orders (note);\n");
    project.write("migrations/env.lua", "return { target_schema = \"schema.sql\" }");
    must(project.vm({"revision", "--autogenerate", "-m", "first"}));
    must(project.vm({"upgrade"}));
    must(project.vm({"check"}));
    project.write("schema.sql", "CREATE TABLE orders (id integer,);\n");
    auto const broken = must(project.vm({"check"}), 1);
    CHECK(contains(broken.err, "schema.sql:1"));

    auto const other = TestDatabase::make(database.dialect());
    other->connect()->execute("CREATE TABLE orders (id integer NOT NULL PRIMARY KEY)");
    project.write("migrations/env.lua", "return { target_schema = \"" + url_text(other->url()) + "\" }");
    auto const check = must(project.vm({"check"}), 3);
    CHECK(contains(check.out, "removed column 'orders.note'"));
    auto const diff = must(project.vm({"schema", "diff", url_text(other->url()), url_text(database.url())}), 3);
    CHECK(contains(diff.out, "added column 'orders.note'"));
    CHECK(contains(must(project.vm({"schema", "diff", url_text(other->url()), url_text(other->url())})).out,
                   "no differences"));
  });
}

TEST_CASE("a dump makes the same schema elsewhere, in every format") {
  on_every_database([](TestDatabase const& database) {
    TempProject const project{url_text(database.url())};
    project.write("migrations/schema.lua", teams_and_users);
    must(project.vm({"revision", "--autogenerate", "-m", "first"}));
    must(project.vm({"upgrade"}));
    auto const session = database.connect();
    if (database.dialect() == "postgresql") {
      session->execute("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN\n  RETURN NEW;\nEND$$");
      session->execute("CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql AS 'SELECT n * 2'");
      session->execute("CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()");
    } else if (database.dialect() == "mysql") {
      session->execute("CREATE FUNCTION doubled(n INT) RETURNS INT DETERMINISTIC RETURN n * 2");
      session->execute(
          "CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW BEGIN SET NEW.email = NEW.email; END");
    } else {
      session->execute("CREATE TRIGGER touched AFTER UPDATE ON users BEGIN UPDATE teams SET name = name; END");
    }
    auto const json = must(project.vm({"schema", "dump", "--format", "json"})).out;
    CHECK(must(project.vm({"schema", "dump", "--format", "json"})).out == json);
    CHECK_FALSE(contains(json, "vm_version"));

    auto const elsewhere = TestDatabase::make(database.dialect());
    auto const url = url_text(elsewhere->url());
    must(project.vm({"schema", "dump", "dump.sql", "--format", "sql"}));
    project.write("migrations/env.lua", "return { target_schema = \"dump.sql\" }");
    must(project.vm({"check"}));

    std::filesystem::remove(project.path() / "migrations/env.lua");
    must(project.vm({"schema", "dump", "migrations/schema.lua"}));
    must(project.vm({"check"}));
    TempProject const copy{url};
    copy.write("migrations/schema.lua", read(project.path() / "migrations/schema.lua"));
    must(copy.vm({"revision", "--autogenerate", "-m", "copy"}));
    must(copy.vm({"upgrade"}));
    CHECK(must(copy.vm({"schema", "dump", "--format", "json"})).out == json);
  });
}

TEST_CASE("a project starts from a database that is there") {
  on_every_database([](TestDatabase const& database) {
    auto const session = database.connect();
    session->execute("CREATE TABLE teams (id integer NOT NULL PRIMARY KEY, name varchar(50) NOT NULL)");
    session->execute("CREATE INDEX ix_teams_name ON teams (name)");
    TempProject const place;
    auto const url = url_text(database.url());
    auto const made = must(place.vm({"init", "shop", "--from-database", "-u", url, "--yes"}));
    CHECK(contains(made.out, "1 table written down; the database is marked as being at"));
    must(place.vm({"-C", "shop", "check"}));
    must(place.vm({"-C", "shop", "check", "--pending"}));
    auto const empty = TestDatabase::make(database.dialect());
    auto const again = place.vm({"init", "other", "--from-database", "-u", url});
    CHECK(again.exit_code == 2);
    CHECK(contains(again.err, "the database is tracked already"));
    CHECK_FALSE(std::filesystem::exists(place.path() / "other"));
    must(place.vm({"-C", "shop", "-u", url_text(empty->url()), "upgrade"}));
    must(place.vm({"-C", "shop", "-u", url_text(empty->url()), "check"}));
  });
}

TEST_CASE("env.lua leaves objects out of a comparison") {
  on_every_database([](TestDatabase const& database) {
    database.connect()->execute("CREATE TABLE spatial_ref_sys (id integer)");
    TempProject const project{url_text(database.url())};
    project.write("migrations/schema.lua",
                  "return sql.schema{ sql.table('a', { sql.column('id', sql.integer, { primary_key = true }) }) }");
    project.write("migrations/env.lua", R"lua(return {
      include_object = function(_, name, kind) return not (kind == "table" and name == "spatial_ref_sys") end,
      process_operations = function(list, direction)
        if direction == "upgrade" then table.insert(list, "INSERT INTO a (id) VALUES (7)") end
      end,
    })lua");
    must(project.vm({"revision", "--autogenerate", "-m", "first", "--rev-id", "a1"}));
    auto const text = only_migration(project, "a1");
    CHECK_FALSE(contains(text, "spatial_ref_sys"));
    CHECK(contains(text, "INSERT INTO a (id) VALUES (7)"));
    must(project.vm({"upgrade"}));
    auto const checked = must(project.vm({"check"}));
    CHECK(contains(checked.err, "in force: include_object, process_operations"));
  });
}

TEST_CASE("on a terminal what looks renamed is asked about, and the answer decides") {
  TempProject const project{"sqlite:///test.db"};
  auto const schema = [](std::string const& table, std::string const& column) {
    return "return sql.schema{ sql.table('" + table +
           "', { sql.column('id', sql.integer, { primary_key = true }), sql.column('" + column +
           "', sql.integer), sql.column('email', sql.string(50)) }) }";
  };
  project.write("migrations/schema.lua", schema("users", "age"));
  must(project.vm({"revision", "--autogenerate", "-m", "first", "--rev-id", "a1"}));
  must(project.vm({"upgrade"}));
  project.write("migrations/schema.lua", schema("people", "years"));
  auto const ask = [&](std::string const& revision, std::string const& answers) {
    auto const command = "'" + binary_file() + "' --color never revision --autogenerate -m second --rev-id " + revision;
    auto start = Start{{"/usr/bin/script", "-qec", command, "/dev/null"}, project.path()};
    start.input = answers;
    auto const done = must(run(start));
    auto const text = only_migration(project, revision);
    for (auto const& entry : std::filesystem::directory_iterator{project.path() / "migrations/versions"})
      if (entry.path().filename().native().starts_with(revision)) std::filesystem::remove(entry.path());
    return std::pair{done.out, text};
  };
  auto const [both, renamed] = ask("b1", "y\ny\n");
  CHECK(contains(both, "was table 'users' renamed to 'people'?"));
  CHECK(contains(both, "was column 'age'"));
  CHECK(contains(both, "renamed to 'years'?"));
  CHECK(contains(renamed, "op.rename_table(\"users\", \"people\")"));
  CHECK(contains(renamed, "op.alter_column(\"people\", \"age\", { new_column_name = \"years\" })"));
  CHECK_FALSE(contains(renamed, "drop"));
  auto const [one, table_only] = ask("b2", "y\nn\n");
  CHECK(contains(table_only, "op.rename_table(\"users\", \"people\")"));
  CHECK(contains(table_only, "op.drop_column(\"people\", \"age\")"));
  auto const [none, apart] = ask("b3", "n\n");
  CHECK_FALSE(contains(none, "was column"));
  CHECK(contains(apart, "op.create_table(\"people\""));
  CHECK(contains(apart, "op.drop_table(\"users\")"));
}

TEST_CASE("who may make no database gets a scratch schema, or the way out") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  auto const admin = database->connect();
  auto const role = fmt::format("vm_plain_{}", getpid());
  admin->execute("CREATE ROLE " + role + " LOGIN NOCREATEDB NOSUPERUSER PASSWORD 'plain'");
  admin->execute("ALTER DATABASE " + database->url().database + " OWNER TO " + role);
  auto url = database->url();
  url.user = role;
  url.password = "plain";
  {
    TempProject const project{url_text(url)};
    project.write("migrations/schema.lua", teams_and_users);
    must(project.vm({"revision", "--autogenerate", "-m", "first"}));
    must(project.vm({"upgrade"}));
    must(project.vm({"check"}));
    CHECK(admin->scalar("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'vm\\_scratch\\_%'") ==
          Value{std::int64_t{0}});
    // A function's text may name its schema: only a database of its own will do.
    project.write("migrations/schema.lua",
                  "return sql.schema{ sql.func('one', { returns = 'integer', body = 'SELECT 1' }) }");
    auto const refused = must(project.vm({"check"}), 1);
    CHECK(contains(refused.err, "ALTER ROLE \"" + role + "\" CREATEDB"));
  }
  admin->execute("ALTER DATABASE " + database->url().database + " OWNER TO CURRENT_USER");
  admin->execute("DROP OWNED BY " + role);
  admin->execute("REASSIGN OWNED BY " + role + " TO CURRENT_USER");
  admin->execute("DROP ROLE " + role);
}

TEST_CASE("a scratch database goes with an interrupt, and what a kill leaves goes with the next run") {
  on_every_database([](TestDatabase const& database) {
    if (database.dialect() == "sqlite") return; // a file in a folder that the next run finds
    TempProject const project{url_text(database.url())};
    project.write("migrations/env.lua", "return { target_schema = \"schema.sql\" }");
    auto const sleep = database.dialect() == "postgresql" ? "SELECT pg_sleep(2);\n" : "SELECT SLEEP(2);\n";
    project.write("schema.sql", std::string{"CREATE TABLE a (id integer NOT NULL PRIMARY KEY);\n"} + sleep);
    auto const left = [&](int pid) {
      auto const* query =
          database.dialect() == "postgresql"
              ? "SELECT count(*) FROM pg_database WHERE datname LIKE 'vm_scratch_{}_%'"
              : "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'vm_scratch_{}_%'";
      return database.connect()->scalar(fmt::format(fmt::runtime(query), pid)) != Value{std::int64_t{0}};
    };
    auto const start_and = [&](int signal) {
      auto process = Process{project.start({"check"})};
      auto const pid = process.pid();
      for (int wait = 0; wait < 200 && !left(pid); ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      CHECK(left(pid));
      process.signal(signal);
      process.wait();
      return pid;
    };
    CHECK_FALSE(left(start_and(SIGINT)));
    auto const killed = start_and(SIGKILL);
    CHECK(left(killed));
    std::this_thread::sleep_for(std::chrono::milliseconds(2500)); // the server still runs the statement
    must(project.vm({"check"}), 3);
    CHECK_FALSE(left(killed));
  });
}

TEST_CASE("partitions are told and left alone") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  auto const session = database->connect();
  session->execute("CREATE TABLE events (id integer NOT NULL, at date NOT NULL) PARTITION BY RANGE (at)");
  session->execute("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')");
  TempProject const project{url_text(database->url())};
  must(project.vm({"schema", "dump", "migrations/schema.lua"}));
  auto const dumped = read(project.path() / "migrations/schema.lua");
  CHECK(contains(dumped, "postgresql_partition_by"));
  CHECK_FALSE(contains(dumped, "events_2026"));
  auto const checked = must(project.vm({"check"}));
  CHECK(contains(checked.out + checked.err, "table 'events_2026' is a partition and left alone"));
}
