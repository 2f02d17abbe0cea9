#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("constraints are created with their options") {
  auto script = test::Script{};
  CHECK(script.lines("op.create_primary_key('pk', 't', { 'a', 'b' })") == "create primary key 'pk' on 't'");
  CHECK(script
            .one<op::CreateUniqueConstraint>(
                "op.create_unique_constraint('uq', 't', 'a', { postgresql_nulls_not_distinct = true })")
            .constraint.nulls_not_distinct);
  auto const key = script.one<op::CreateForeignKey>(R"(
    op.create_foreign_key("fk", "users", "teams", { "team_id" }, { "id" },
      { ondelete = "cascade", onupdate = "no action", initially = "DEFERRED", source_schema = "a", referent_schema = "b",
        postgresql_not_valid = true }))");
  CHECK(to_string(key.table) == "a.users");
  CHECK(to_string(key.constraint.referent) == "b.teams");
  CHECK(key.constraint.onupdate == "NO ACTION");
  CHECK(key.constraint.not_valid);
  CHECK(key.constraint.deferral == schema::Deferral::initially_deferred);
  CHECK(script.one<op::CreateCheckConstraint>("op.create_check_constraint('ck', 't', 'a > 0', { not_valid = true })")
            .constraint.not_valid);
  auto const exclude =
      script.one<op::CreateExcludeConstraint>("op.create_exclude_constraint('ex', 't', { { 'room', '=' }, { 'during', "
                                              "'&&' } }, { using = 'gist', where = 'x' })");
  CHECK(exclude.constraint.elements.size() == 2);
  CHECK(exclude.constraint.where == "x");
  CHECK(script.lines("op.validate_constraint('fk', 't')") == "validate constraint 'fk' on 't'");
}

TEST_CASE("a constraint is dropped by its name and kind") {
  auto script = test::Script{};
  auto const drop = script.one<op::DropConstraint>(
      "op.drop_constraint('fk', 't', { type = 'foreignkey', if_exists = true, schema = 's' })");
  CHECK(drop.kind == op::ConstraintKind::foreignkey);
  CHECK(drop.if_exists);
  CHECK(script.message("op.drop_constraint('fk', 't', { type = 'fk' })") ==
        "op.drop_constraint: 'type' must be one of 'FOREIGNKEY', 'UNIQUE', 'CHECK', 'PRIMARY', 'EXCLUDE', not 'fk'");
  CHECK(script.hint("op.drop_constraint('fk', 't', { type_ = 'foreignkey' })") == "it is called 'type'");
  CHECK(script.message("op.drop_constraint(nil, 't')") ==
        "op.drop_constraint: argument 1 'name' must be a string, not nil");
}

TEST_CASE("what does not fit together is refused") {
  auto script = test::Script{};
  CHECK(script.message("op.create_foreign_key('fk', 't', 'r', { 'a', 'b' }, { 'id' })") ==
        "op.create_foreign_key: 2 columns cannot refer to 1");
  CHECK(script.hint("op.create_foreign_key('fk', 't', 'r', { 'a' }, { 'id' }, { schema = 's' })") ==
        "here it is 'source_schema' and 'referent_schema'");
  CHECK(script.message("op.create_unique_constraint('uq', 't', {})") ==
        "op.create_unique_constraint: argument 3 'columns' must be a name or a list of names, not a table");
  CHECK(script.message("op.create_exclude_constraint('ex', 't', { 'room' })") ==
        "op.create_exclude_constraint: argument 3 'elements': element 1 must be { column or sql.expr, operator }");
  CHECK(script.message("op.create_check_constraint('ck', 't', ' ')") ==
        "op.create_check_constraint: argument 3 'condition' is empty");
}

TEST_CASE("an index takes columns, expressions and their order") {
  auto script = test::Script{};
  auto const create = script.one<op::CreateIndex>(R"(
    op.create_index("ix", "t", { "a", sql.expr('lower(b)'),
  {
    "c", descending = true, nulls = "last"
  }
},
      { unique = true, where = "a > 0", using = "btree", include = { "d" }, ops = { a = "text_pattern_ops" },
        with = { fillfactor = 70 }, nulls_not_distinct = true, concurrently = true, if_not_exists = true,
        postgresql_tablespace = "fast", mysql_length = { a = 10 } }))");
  CHECK(create.concurrently);
  CHECK(create.if_not_exists);
  CHECK(create.index.unique);
  CHECK(create.index.elements.at(0).operator_class == "text_pattern_ops");
  CHECK_FALSE(create.index.elements.at(0).length.has_value());
  CHECK(std::get<schema::Expression>(create.index.elements.at(1).what).sql == "lower(b)");
  CHECK(create.index.elements.at(2).descending);
  CHECK(create.index.elements.at(2).nulls_first == false);
  CHECK(create.index.with.at("fillfactor") == "70");
  CHECK(create.index.options.size() == 1);
  CHECK(script.lines("op.create_index(nil, 't', { 'a', 'b' })") == "create index 'ix_t_a_b' on 't'");
}

TEST_CASE("index options of other databases stay there") {
  auto script = test::Script{};
  script.target.around.dialect = "mariadb";
  auto const create = script.one<op::CreateIndex>("op.create_index('ix', 't', { 'a' }, { postgresql_where = 'a > 0', "
                                                  "postgresql_concurrently = true, mysql_length = 10 })");
  CHECK_FALSE(create.index.where.has_value());
  CHECK_FALSE(create.concurrently);
  CHECK(create.index.elements.at(0).length == 10);
  CHECK(create.index.options.empty());
}

TEST_CASE("an index is dropped with or without its table") {
  auto script = test::Script{};
  auto const with_table = script.one<op::DropIndex>("op.drop_index('ix', 't', { schema = 's', concurrently = true })");
  CHECK(to_string(*with_table.table) == "s.t");
  CHECK(to_string(with_table.index) == "s.ix");
  CHECK(with_table.concurrently);
  CHECK_FALSE(script.one<op::DropIndex>("op.drop_index('ix')").table.has_value());
  auto const bare = script.one<op::DropIndex>("op.drop_index('ix', { if_exists = true, schema = 's' })");
  CHECK(bare.if_exists);
  CHECK(to_string(bare.index) == "s.ix");
  CHECK(script.one<op::DropIndex>("op.drop_index('ix', nil, { if_exists = true })").if_exists);
}

TEST_CASE("an index that cannot be is refused") {
  auto script = test::Script{};
  CHECK(script.message("op.create_index(nil, 't', { sql.expr('lower(a)') })") ==
        "op.create_index: the index on table 't' needs a name");
  CHECK(script.message("op.create_index('ix', 't', { 5 })") ==
        "op.create_index: argument 3 'columns': element 1 must be a column, sql.expr or { column, options }, not a "
        "number");
  CHECK(script.message("op.create_index('ix', 't', { 'a' }, { ops = { b = 'x' } })") ==
        "op.create_index: 'ops' names 'b', which is no column of the index");
  CHECK(script.hint("op.create_index('ix', 't', { 'a' }, { uniqe = true })") == "did you mean 'unique'?");
}
