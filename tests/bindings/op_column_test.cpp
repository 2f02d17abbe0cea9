#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("a column is added with its index as an operation of its own") {
  auto script = test::Script{};
  CHECK(script.lines(
            "op.add_column('t', sql.column('c', sql.text, { index = true, unique = true }), { schema = 's' })") ==
        "add column 's.t.c'\ncreate unique index 'ix_t_c' on 's.t'");
  CHECK(script.one<op::AddColumn>("op.add_column('t', sql.column('c', sql.text), { if_not_exists = true })")
            .if_not_exists);
  CHECK(script.message("op.add_column('t', 'c')") ==
        "op.add_column: argument 2 'column' must be a column, made by sql.column(…), not a string");
  CHECK(script.message("op.add_column('t', sql.column('c', sql.text), { insert_after = 'a' })") ==
        "op.add_column: unknown key 'insert_after'");
}

TEST_CASE("a column is dropped") {
  auto script = test::Script{};
  auto const drop =
      script.one<op::DropColumn>("op.drop_column('t', 'c', { if_exists = true, existing_type = sql.text })");
  CHECK(drop.column.text() == "c");
  CHECK(drop.if_exists);
}

TEST_CASE("a column is altered by what is named, and by nothing else") {
  auto script = test::Script{};
  auto const alter = script.one<op::AlterColumn>(R"(
    op.alter_column("t", "c", { type = sql.string(50), nullable = false, server_default = sql.null, comment = "x",
      new_column_name = "d", using = "c::text", existing_type = sql.text, existing_nullable = true, schema = "s" }))");
  CHECK(to_string(alter.table) == "s.t");
  CHECK(alter.type == schema::Type{schema::String{.length = 50}});
  CHECK(alter.nullable == false);
  REQUIRE(alter.server_default.has_value());
  CHECK_FALSE(alter.server_default->value.has_value());
  CHECK(alter.comment->value == "x");
  CHECK(alter.new_column_name->text() == "d");
  CHECK(alter.using_expression == "c::text");
  CHECK(alter.existing_nullable == true);
  CHECK_FALSE(alter.autoincrement.has_value());
  CHECK(script.run("op.alter_column('t', 'c', { existing_type = sql.text, existing_comment = 'x' })").empty());
  CHECK(script.one<op::AlterColumn>("op.alter_column('t', 'c', { server_default = false })").server_default->value ==
        schema::ServerDefault{Value{false}});
}

TEST_CASE("what alter_column is told in other tools' words gets the right word") {
  auto script = test::Script{};
  CHECK(script.message("op.alter_column('t', 'c', { type_ = sql.text })") == "op.alter_column: unknown key 'type_'");
  CHECK(script.hint("op.alter_column('t', 'c', { type_ = sql.text })") == "it is called 'type'");
  CHECK(script.hint("op.alter_column('t', 'c', { name = 'd' })") == "it is called 'new_column_name'");
  CHECK(script.hint("op.alter_column('t', 'c', { default = 1 })") == "server_default: the database fills it in");
  CHECK(script.message("op.alter_column('t', 'c')") ==
        "op.alter_column: argument 3 'options' is missing, it must be a table of what changes");
  CHECK(script.message("op.alter_column('t', 'c', { using = 'x' })") == "op.alter_column: 'using' needs a 'type'");
}

TEST_CASE("a form for one database is its plain option there and nothing elsewhere") {
  auto script = test::Script{};
  auto const text = "op.alter_column('t', 'c', { type = sql.integer, postgresql_using = 'c::integer' })";
  CHECK(script.one<op::AlterColumn>(text).using_expression == "c::integer");
  script.target.around.dialect = "mariadb";
  CHECK_FALSE(script.one<op::AlterColumn>(text).using_expression.has_value());
}
