#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

namespace {

std::vector<std::string> index_names(schema::Table const& table) {
  auto names = std::vector<std::string>{};
  for (auto const& index : table.indexes) names.push_back(index.name->text());
  return names;
}

} // namespace

TEST_CASE("a table takes its columns, constraints, indexes and options") {
  auto script = test::Script{};
  auto const create = script.one<op::CreateTable>(R"(
    op.create_table("orders", {
      sql.column("id", sql.integer),
      sql.column("code", sql.text, { unique = true }),
      sql.column("user_id", sql.integer, { index = true }),
      sql.primary_key({ "id" }, { name = "pk_orders" }),
      sql.unique("code", { name = "uq_code", deferrable = true, initially = "deferred" }),
      sql.foreign_key({ "user_id" }, "users", { "id" }, { ondelete = "cascade", match = "full" }),
      sql.check("id > 0", { name = "positive" }),
      sql.exclude({ { "code", "=" }, { sql.expr('lower(code)'),
             "="
}
}, { name = "ex", where = "id > 1" }),
      sql.index("ix_code", { sql.expr('lower(code)') }, { unique = true, postgresql_where = "id > 5" }),
}, { schema = "shop", if_not_exists = true, comment = "all", mysql_engine = "InnoDB" }))");
  CHECK(create.if_not_exists);
  CHECK(to_string(create.table.name) == "shop.orders");
  CHECK(create.table.comment == "all");
  CHECK(create.table.options.contains("mysql_engine"));
  CHECK(create.table.constraints.size() == 5);
  CHECK_FALSE(create.table.columns[0].nullable);
  CHECK(create.table.columns[1].unique);
  CHECK_FALSE(create.table.columns[2].index);
  CHECK(index_names(create.table) == std::vector<std::string>{"ix_orders_user_id", "ix_code"});
  CHECK(create.table.indexes[1].where == "id > 5");
  auto const& key = std::get<schema::ForeignKey>(create.table.constraints[2]);
  CHECK(key.ondelete == "CASCADE");
  CHECK(key.match == "FULL");
  CHECK(std::get<schema::UniqueConstraint>(create.table.constraints[1]).deferral ==
        schema::Deferral::initially_deferred);
}

TEST_CASE("the naming convention names what has no name, and op.f is left alone") {
  auto script = test::Script{};
  script.target.convention.patterns = {{"pk", "pk_%(table_name)s"},
                                       {"uq", "uq_%(table_name)s_%(column_0_name)s"},
                                       {"fk", "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s"},
                                       {"ck", "ck_%(table_name)s_%(constraint_name)s"},
                                       {"ix", "idx_%(table_name)s_%(column_0_name)s"}};
  auto const create = script.one<op::CreateTable>(R"(
    op.create_table("t", {
      sql.column("id", sql.integer, { primary_key = true }),
      sql.column("a", sql.integer, { unique = true, check = { "a > 0", name = "positive" } }),
      sql.column("b", sql.integer, { index = true, references = "r.id" }),
      sql.check("b > 0", { name = op.f("b_is_positive") }),
    }))");
  auto const& table = create.table;
  CHECK(std::get<schema::PrimaryKey>(table.constraints.at(0)).name->text() == "pk_t");
  CHECK_FALSE(table.columns[0].primary_key);
  CHECK(std::get<schema::UniqueConstraint>(table.constraints.at(1)).name->text() == "uq_t_a");
  CHECK(table.columns[1].check->name->text() == "ck_t_positive");
  CHECK(table.columns[2].references->name->text() == "fk_t_b_r");
  CHECK(index_names(table) == std::vector<std::string>{"idx_t_b"});
  CHECK(std::get<schema::CheckConstraint>(table.constraints.at(2)).name->text() == "b_is_positive");
  CHECK(script.lines("op.drop_constraint('positive', 't', { type = 'check' })") ==
        "drop check constraint 'ck_t_positive' on 't'");
  CHECK(script.lines("op.drop_constraint(op.f('positive'), 't', { type = 'check' })") ==
        "drop check constraint 'positive' on 't'");
  CHECK(script.lines("op.create_unique_constraint(nil, 't', { 'a' })") == "create unique constraint 'uq_t_a' on 't'");
  CHECK(script.lines("op.add_column('t', sql.column('c', sql.text, { unique = true, index = false }))") ==
        "add column 't.c'\ncreate unique constraint 'uq_t_c' on 't'");
}

TEST_CASE("what a table cannot be is refused with the place") {
  auto script = test::Script{};
  CHECK(script.message("op.create_table('t', { sql.column('a', sql.text), sql.column('a', sql.text) })") ==
        "op.create_table: table 't' has two columns 'a'");
  CHECK(script.message("op.create_table('t', { sql.column('a', sql.text), sql.primary_key{ 'b' } })") ==
        "op.create_table: primary key of table 't' is about the column 'b', which the table does not have");
  CHECK(
      script.message("op.create_table('t', { sql.column('a', sql.text, { primary_key = true }), sql.primary_key{ 'a' } "
                     "})") == "op.create_table: table 't' has two primary keys");
  CHECK(script.message("op.create_table('t', {})") == "op.create_table: table 't' has no columns");
  CHECK(script.message("op.create_table('t', { 'id' })") ==
        "op.create_table: item 1 must be a column, a constraint or an index, not a string");
  CHECK(script.message("op.create_table('t', { sql.column('a', sql.text) }, { if_not_exist = true })") ==
        "op.create_table: unknown key 'if_not_exist'");
  CHECK(script.message("op.create_table(5, {})") ==
        "op.create_table: argument 1 'name' must be a string, not a number");
  auto const error = script.error("\n\nop.drop_table()");
  CHECK(error.message() == "op.drop_table: argument 1 'name' is missing, it must be a string");
  REQUIRE(error.location().has_value());
  CHECK(to_string(*error.location()) == "script.lua:3");
}

TEST_CASE("a created table can be handed to other operations") {
  auto script = test::Script{};
  CHECK(script.lines(R"(
    local users = op.create_table("users", { sql.column("id", sql.integer) }, { schema = "app" })
    op.bulk_insert(users, { { id = 1 }, { id = 2 } }))") == "create table 'app.users'\ninsert 2 rows into 'app.users'");
}

TEST_CASE("tables are dropped, renamed and commented") {
  auto script = test::Script{};
  auto const drop = script.one<op::DropTable>("op.drop_table('t', { schema = 's', if_exists = true, cascade = true })");
  CHECK(to_string(drop.table) == "s.t");
  CHECK(drop.if_exists);
  CHECK(drop.cascade);
  CHECK(script.lines("op.rename_table('a', 'b', { schema = 's' })") == "rename table 's.a' to 'b'");
  CHECK(script.one<op::CreateTableComment>("op.create_table_comment('t', 'x')").comment == "x");
  CHECK(script.lines("op.drop_table_comment('t')") == "drop comment of table 't'");
}

TEST_CASE("every operation carries the line of its call") {
  auto script = test::Script{};
  script.run("op.drop_table('a')\n\nop.drop_table('b')");
  CHECK(script.target.places == std::vector<Location>{{"script.lua", 1}, {"script.lua", 3}});
}

TEST_CASE("operations outside a migration are refused") {
  auto script = test::Script{};
  CHECK(test::error_of(script.state(), "op.drop_table('a')").message() ==
        "'op.drop_table' used after its migration finished");
}
