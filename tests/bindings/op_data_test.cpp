#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("rows become columns in sorted order, and a cell left out is NULL") {
  auto script = test::Script{};
  auto const insert = script.one<op::BulkInsert>(R"(
    op.bulk_insert("users", {
      { name = "ann", id = 1 },
      { id = 2, made = sql.expr('now()'),
             name = sql.null
}
,
}, { on_conflict = "ignore", schema = "app" }))");
  CHECK(to_string(insert.table) == "app.users");
  CHECK(insert.on_conflict == "ignore");
  REQUIRE(insert.columns.size() == 3);
  CHECK(insert.columns[0].text() == "id");
  CHECK(insert.columns[1].text() == "made");
  CHECK(insert.rows.at(0) == std::vector<op::Cell>{Value{std::int64_t{1}}, Value{Null{}}, Value{std::string{"ann"}}});
  CHECK(insert.rows.at(1) == std::vector<op::Cell>{Value{std::int64_t{2}}, schema::Expression{"now()"}, Value{Null{}}});
}

TEST_CASE("the columns can be given, and no rows are no operation") {
  auto script = test::Script{};
  CHECK(script.one<op::BulkInsert>("op.bulk_insert('t', { { b = 1 } }, { columns = { 'b', 'a' } })").columns.size() ==
        2);
  CHECK(script.run("assert(op.bulk_insert('t', {}).rows_affected == 0)").empty());
  CHECK(script.message("op.bulk_insert('t', { { c = 1 } }, { columns = { 'b', 'a' } })") ==
        "op.bulk_insert: a row has the column 'c', which 'columns' does not list");
  CHECK(script.message("op.bulk_insert('t', { { a = 1 }, 5 })") ==
        "op.bulk_insert: row 2 must be a table of columns and values, not a number");
  CHECK(script.message("op.bulk_insert('t', { { a = print } })") ==
        "op.bulk_insert: row 1: 'a' must be a value a database can store or sql.expr, not a function");
  CHECK(script.message("op.bulk_insert('t', { { 1, 2 } })") ==
        "op.bulk_insert: row 1: a key must be the name of a column");
  CHECK(script.message("op.bulk_insert('t', { {} })") == "op.bulk_insert: the rows have no columns");
}

TEST_CASE("single rows are written with values and expressions") {
  auto script = test::Script{};
  CHECK(script.text("op.insert('t', { a = 1 }).rows_affected") == "7");
  auto const update =
      script.one<op::Update>("op.update('t', { a = 1, b = sql.expr('b + 1') }, 'id = :id', { id = 5 })");
  CHECK(update.set.size() == 2);
  CHECK(update.where == "id = :id");
  CHECK(update.parameters == op::Parameters{{"id", Value{std::int64_t{5}}}});
  CHECK_FALSE(script.one<op::Update>("op.update('t', { a = 1 })").where.has_value());
  CHECK(script.one<op::Delete>("op.delete('t', 'id = 1', nil, { schema = 's' })").table.schema->text() == "s");
  CHECK(script.message("op.insert('t', {})") == "op.insert: argument 2 'values' is empty");
}

TEST_CASE("a batch is one operation with the line of its call") {
  auto script = test::Script{};
  auto const batch = script.one<op::BatchAlterTable>(R"(
op.batch_alter_table("t", { schema = "s", recreate = "always" }, function(batch)
  batch.add_column(sql.column("a", sql.text, { index = true }), { insert_after = "id" })
  batch:drop_column("b")
  batch.alter_column("c", { nullable = false })
  batch.create_index("ix", { "a" })
  batch.drop_index("iy")
  batch.create_foreign_key("fk", "users", { "a" }, { "id" })
  batch.create_unique_constraint("uq", { "a" })
  batch.drop_constraint("ck", { type = "check" })
end))");
  CHECK(batch.recreate == op::BatchAlterTable::Recreate::always);
  REQUIRE(batch.operations.size() == 9);
  CHECK(op::describe(batch) ==
        "alter table 's.t': add column 's.t.a'; create index 'ix_t_a' on 's.t'; drop column 's.t.b'; alter column "
        "'s.t.c': not nullable; create index 'ix' on 's.t'; drop index 's.iy' on 's.t'; create foreign key 'fk' from "
        "'s.t' to 'users'; create unique constraint 'uq' on 's.t'; drop check constraint 'ck' on 's.t'");
  CHECK(std::get<op::AddColumn>(batch.operations[0]).insert_after->text() == "id");
  CHECK(script.target.places.back() == Location{"script.lua", 2});
}

TEST_CASE("errors inside a batch keep their line, and nothing is applied") {
  auto script = test::Script{};
  auto const error = script.error("op.batch_alter_table('t', function(batch)\n  batch.add_column('x')\nend)");
  CHECK(error.message() ==
        "batch.add_column: argument 1 'column' must be a column, made by sql.column(…), not a string");
  REQUIRE(error.location().has_value());
  CHECK(to_string(*error.location()) == "script.lua:2");
  CHECK(script.target.operations.empty());
  CHECK(script.message("local kept\nop.batch_alter_table('t', function(b) kept = b end)\nkept.drop_column('a')") ==
        "'batch.drop_column' used after its batch finished");
  CHECK(script.run("op.batch_alter_table('t', function() end)").empty());
  CHECK(script.message("op.batch_alter_table('t')") ==
        "op.batch_alter_table: argument 2 'function' is missing, it must be a function");
  CHECK(script.message("op.batch_alter_table('t', { copy_from = 1 }, function() end)") ==
        "op.batch_alter_table: unknown key 'copy_from'");
}

TEST_CASE("a block outside the transaction runs its function") {
  auto script = test::Script{};
  CHECK(script.lines("op.autocommit_block(function() op.execute('VACUUM') end)") == "execute VACUUM");
  CHECK(script.target.blocks == 1);
  auto const error = script.error("op.autocommit_block(function()\n  op.execute()\nend)");
  REQUIRE(error.location().has_value());
  CHECK(to_string(*error.location()) == "script.lua:2");
}
