#include "bindings/build.hpp"
#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("a type is usable with and without parentheses") {
  auto script = test::Script{};
  CHECK(script.text("sql.integer") == "integer");
  CHECK(script.text("sql.integer()") == "integer");
  CHECK(script.text("sql.string(100)") == "string(100)");
  CHECK(script.text("sql.numeric(12, 2)") == "numeric(12,2)");
  CHECK(script.text("sql.timestamp{ timezone = true }") == "timestamptz");
  CHECK(script.text("sql.timestamp{ timezone = true, precision = 3 }") == "timestamptz(3)");
  CHECK(script.text("sql.datetime(0)") == "timestamp(0)");
  CHECK(script.text("sql.enum('mood', { 'sad', 'ok' })") == "enum(mood)");
  CHECK(script.text("sql.array(sql.text)") == "array(text)");
  CHECK(script.text("sql.raw('geometry(Point)')") == "raw(geometry(Point))");
  CHECK(script.text("sql.citext") == "citext");
}

TEST_CASE("types are equal when they mean the same") {
  auto script = test::Script{};
  CHECK(script.text("sql.string(100) == sql.string(100)") == "true");
  CHECK(script.text("sql.timestamptz == sql.timestamp{ timezone = true }") == "true");
  CHECK(script.text("sql.string(100) == sql.string(99)") == "false");
  CHECK(script.text("sql.blob == sql.binary()") == "true");
}

TEST_CASE("a wrong type argument names the type, the argument and the line") {
  auto script = test::Script{};
  auto const error = script.error("\nlocal t = sql.string('x')");
  CHECK(error.message() == "sql.string: argument 1 'length' must be a whole number from 1 to 10485760, not a string");
  REQUIRE(error.location().has_value());
  CHECK(to_string(*error.location()) == "script.lua:2");
  CHECK(script.message("sql.string(5)(6)") == "sql.string(5): a type takes its arguments once");
  CHECK(script.message("sql.numeric(2, 4)") == "sql.numeric: the scale 4 is larger than the precision 2");
  CHECK(script.message("sql.timestamp{ zone = true }") == "sql.timestamp: unknown key 'zone'");
  CHECK(script.message("sql.integer(4)") == "sql.integer: takes at most 0 arguments, 1 were given");
  CHECK(script.message("sql.enum('mood', { 'a', 'a' })") == "sql.enum: the value 'a' appears twice");
}

TEST_CASE("a column keeps everything it is told") {
  auto script = test::Script{};
  auto const create = script.one<op::CreateTable>(R"(
    op.create_table("users", {
      sql.column("id", sql.bigint, { primary_key = true, identity = { always = true, start = 10 } }),
      sql.column("email", sql.string(100), { nullable = false, server_default = "none", comment = "where to write",
        collation = "C", check = { 'length(email) > 3', name = "ck_email" }, mysql_charset = "utf8mb4" }),
      sql.column("team_id", sql.integer, { references = "app.teams.id", ondelete = "cascade", deferrable = true }),
      sql.column("boss_id", sql.integer, { references = { "users.id", name = "fk_boss", ondelete = "set null" } }),
      sql.column("made", sql.timestamptz, { server_default = sql.expr('now()'), autoincrement = false }),
      sql.column("full", sql.text, { computed = { "a || b", persisted = true } }),
    }))");
  auto const& columns = create.table.columns;
  REQUIRE(columns.size() == 6);
  CHECK(columns[0].primary_key);
  CHECK_FALSE(columns[0].nullable);
  CHECK(columns[0].identity == schema::Identity{.always = true, .start = 10});
  CHECK_FALSE(columns[1].nullable);
  CHECK(columns[1].server_default == schema::ServerDefault{Value{std::string{"none"}}});
  CHECK(columns[1].comment == "where to write");
  CHECK(columns[1].collation == "C");
  CHECK(columns[1].check->name->text() == "ck_email");
  CHECK(columns[1].options.contains("mysql_charset"));
  CHECK(to_string(columns[2].references->referent) == "app.teams");
  CHECK(columns[2].references->referent_columns == std::vector{schema::Identifier{"id"}});
  CHECK(columns[2].references->ondelete == "CASCADE");
  CHECK(columns[2].references->deferral == schema::Deferral::initially_immediate);
  CHECK(columns[3].references->ondelete == "SET NULL");
  CHECK(columns[3].references->name->text() == "fk_boss");
  CHECK(columns[4].server_default == schema::ServerDefault{schema::Expression{"now()"}});
  CHECK(columns[4].autoincrement == false);
  CHECK(columns[5].computed == schema::Computed{"a || b", true});
}

TEST_CASE("what a column cannot be is refused") {
  auto script = test::Script{};
  CHECK(script.message("sql.column('a')") ==
        "sql.column: argument 2 'type' is missing, it must be a type such as sql.integer");
  CHECK(script.message("sql.column('', sql.text)") == "sql.column: argument 'name': a name must not be empty");
  CHECK(script.message("sql.column('a', sql.text, { default = 1 })") == "sql.column: unknown key 'default'");
  CHECK(script.hint("sql.column('a', sql.text, { default = 1 })") == "server_default: the database fills it in");
  CHECK(script.hint("sql.column('a', sql.text, { nulable = false })") == "did you mean 'nullable'?");
  CHECK(script.message("sql.column('a', sql.text, { ondelete = 'cascade' })") ==
        "sql.column: 'ondelete' needs 'references'");
  CHECK(script.message("sql.column('a', sql.text, { references = 't.a', ondelete = 'vanish' })") ==
        "sql.column: 'ondelete' must be one of 'CASCADE', 'SET NULL', 'SET DEFAULT', 'RESTRICT', 'NO ACTION', not "
        "'vanish'");
  CHECK(script.message("sql.column('a', sql.text, { references = 'a.b.c.d' })") ==
        "sql.column: 'references' must look like 'table.column' or 'schema.table.column', not 'a.b.c.d'");
  CHECK(script.message("sql.column('a', sql.text, { primary_key = true, nullable = true })") ==
        "sql.column: column 'a': a primary key cannot be nullable");
  CHECK(script.message("sql.column('a', sql.text, { computed = 'x', server_default = 1 })") ==
        "sql.column: column 'a' is computed and has no default");
  CHECK(script.message("sql.column('a', sql.text, { server_default = {} })") ==
        "sql.column: 'server_default' must be a string, a number, a boolean or sql.expr(…), not a table");
  CHECK(
      script.message("sql.column('a', sql.text, { references = 't.a', initially = 'deferred', deferrable = false })") ==
      "sql.column: 'initially' is DEFERRED but 'deferrable' is false");
}

TEST_CASE("a schema becomes a catalog with its enums and views") {
  auto script = test::Script{};
  test::run(script.state(), R"(
    return sql.schema{
      sql.table("users", {
        sql.column("id", sql.integer, { primary_key = true }),
        sql.column("mood", sql.enum("mood", { "sad", "ok" })),
        sql.index(nil, { "mood" }),
      }, { comment = "people", renamed_from = "persons" }),
      sql.view("sad_users", "SELECT id FROM users"),
    })",
            1);
  auto const convention = schema::NamingConvention{.patterns = {{"pk", "pk_%(table_name)s"}}};
  auto const catalog = bindings::read_schema(script.state(), -1, {convention, "sqlite"}).catalog;
  lua_pop(script.state(), 1);
  auto const users = schema::TableName{std::nullopt, schema::Identifier{"users"}};
  auto const* table = catalog.find_table(users);
  REQUIRE(table != nullptr);
  CHECK(table->comment == "people");
  CHECK(table->renamed_from->text() == "persons");
  CHECK(table->indexes.at(0).name->text() == "ix_users_mood");
  CHECK(std::get<schema::PrimaryKey>(table->constraints.at(0)).name->text() == "pk_users");
  CHECK(catalog.enums.size() == 1);
  CHECK(catalog.views.size() == 1);
  lua_pushnil(script.state());
  CHECK_THROWS_WITH(bindings::read_schema(script.state(), -1, {convention, "sqlite"}),
                    "a schema must be made by sql.schema{…}, not be nil");
  lua_pop(script.state(), 1);
  CHECK(script.message("sql.schema{ 'users' }") ==
        "sql.schema: item 1 must be a table, a view, an enum or another element of a schema, not a string");
}
