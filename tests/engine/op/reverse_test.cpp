#include "engine/op/describe.hpp"
#include "engine/op/reverse.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::op;

namespace {

Identifier id(char const* name) {
  return Identifier{name};
}
TableName table(char const* name) {
  return {std::nullopt, id(name)};
}
schema::Column column(char const* name, schema::Type type) {
  return {.name = id(name), .type = std::move(type)};
}

schema::Index index_on(char const* name, std::initializer_list<char const*> columns) {
  auto index = schema::Index{.name = id(name)};
  for (auto const* one : columns) index.elements.push_back({.what = id(one)});
  return index;
}

/// users(id, email, team_id) with a key, a unique, a foreign key, two indexes and a trigger; orders points at it.
schema::Catalog catalog() {
  auto users = schema::Table{.name = table("users")};
  users.columns = {column("id", schema::Integer{}), column("email", schema::String{.length = 100}),
                   column("team_id", schema::Integer{})};
  users.columns[1].nullable = false;
  users.columns[1].server_default = Value{std::string{"-"}};
  users.constraints = {
      schema::PrimaryKey{.name = id("pk_users"), .columns = {id("id")}},
      schema::UniqueConstraint{.name = id("uq_email"), .columns = {id("email")}},
      schema::ForeignKey{.name = id("fk_team"), .columns = {id("team_id")}, .referent = table("teams")}};
  users.indexes = {index_on("ix_email", {"email"}), index_on("ix_both", {"email", "team_id"})};
  users.comment = "people";
  auto orders = schema::Table{.name = table("orders")};
  orders.constraints = {
      schema::ForeignKey{.name = id("fk_user"), .columns = {id("user_id")}, .referent = table("users")}};

  auto catalog = schema::Catalog{};
  catalog.tables.emplace(users.name, users);
  catalog.tables.emplace(orders.name, orders);
  catalog.views.emplace(table("v"), schema::View{table("v"), "SELECT 1"});
  catalog.enums.emplace(table("mood"), schema::EnumType{table("mood"), {"sad", "ok", "happy"}});
  catalog.sequences.emplace(table("s"), schema::Sequence{.name = table("s"), .type = "bigint", .start = 5});
  catalog.triggers = {{id("touch"), table("users"), "CREATE TRIGGER touch …"}};
  catalog.functions = {{table("f"), "integer", "CREATE FUNCTION f …"}};
  catalog.extensions = {{"citext", "1.6"}};
  return catalog;
}

std::string lines(Reversed const& reversed) {
  auto text = std::string{};
  for (auto const& operation : reversed.operations) text += (text.empty() ? "" : "\n") + describe(operation);
  return text.empty() ? "no: " + reversed.reason : text;
}

std::string back(Operation const& operation) {
  return lines(reverse(operation, nullptr));
}
std::string back_with_catalog(Operation const& operation) {
  auto const before = catalog();
  return lines(reverse(operation, &before));
}

} // namespace

TEST_CASE("what creates is reversed without knowing what was there") {
  CHECK(back(CreateTable{.table = {.name = table("t")}}) == "drop table 't'");
  CHECK(back(RenameTable{{id("app"), id("a")}, id("b")}) == "rename table 'app.b' to 'a'");
  CHECK(back(AddColumn{table("t"), column("c", schema::Text{})}) == "drop column 't.c'");
  CHECK(back(CreateIndex{.table = table("t"), .index = index_on("ix", {"c"}), .concurrently = true}) ==
        "drop index 'ix' on 't' concurrently");
  CHECK(back(CreateIndex{.table = table("t"), .index = {.elements = {{.what = id("c")}}}}) ==
        "drop index 'ix_t_c' on 't'");
  CHECK(back(CreatePrimaryKey{table("t"), {.columns = {id("c")}}}) == "drop primary key 't_pkey' on 't'");
  CHECK(back(CreateUniqueConstraint{table("t"), {.name = id("uq")}}) == "drop unique constraint 'uq' on 't'");
  CHECK(back(CreateForeignKey{table("t"), {.name = id("fk"), .referent = table("r")}}) ==
        "drop foreign key 'fk' on 't'");
  CHECK(back(CreateCheckConstraint{table("t"), {.name = id("ck")}}) == "drop check constraint 'ck' on 't'");
  CHECK(back(CreateExcludeConstraint{table("t"), {.name = id("ex")}}) == "drop exclude constraint 'ex' on 't'");
  CHECK(back(CreateUniqueConstraint{table("t"), {}}) == "no: the constraint on 't' has no name");
  CHECK(back(CreateTableComment{table("t"), "x"}) == "drop comment of table 't'");
  CHECK(back(CreateSchema{id("app")}) == "drop schema 'app'");
  CHECK(back(CreateEnum{table("mood"), {"sad"}}) == "drop enum 'mood'");
  CHECK(back(CreateView{.name = table("v")}) == "drop view 'v'");
  CHECK(back(CreateView{.name = table("v"), .materialized = true}) == "drop materialized view 'v'");
  CHECK(back(CreateTrigger{.name = id("t"), .table = table("users")}) == "drop trigger 't' on 'users'");
  CHECK(back(CreateSequence{.name = table("s")}) == "drop sequence 's'");
  CHECK(back(CreateExtension{.name = id("citext")}) == "drop extension 'citext'");
}

TEST_CASE("a function is dropped by its arguments without their defaults") {
  auto const reversed = reverse(
      CreateFunction{.name = table("f"), .arguments = "a int DEFAULT 1, b text = 'x, y', c numeric(4,2)"}, nullptr);
  REQUIRE(reversed.operations.size() == 1);
  CHECK(std::get<DropFunction>(reversed.operations[0]).arguments == "a int, b text, c numeric(4,2)");
}

TEST_CASE("a drop without the catalog says why it has no reverse") {
  CHECK(back(DropTable{table("users")}) == "no: what was there before is not known");
  CHECK(back(DropColumn{table("users"), id("email")}) == "no: what was there before is not known");
  CHECK(back(DropEnum{table("mood")}) == "no: what was there before is not known");
  CHECK(back(AlterColumn{.table = table("users"), .column = id("email"), .nullable = true}) ==
        "no: the nullability of column 'users.email' before the change is not known");
  CHECK(back_with_catalog(DropTable{table("nothing")}) == "no: table 'nothing' was not there before");
  CHECK(back_with_catalog(DropColumn{table("users"), id("nothing")}) ==
        "no: column 'users.nothing' was not there before");
}

TEST_CASE("a dropped table comes back with its triggers and, after cascade, the keys that pointed at it") {
  auto const before = catalog();
  auto const reversed = reverse(DropTable{table("users")}, &before);
  REQUIRE(reversed.operations.size() == 2);
  CHECK(std::get<CreateTable>(reversed.operations[0]).table == before.tables.at(table("users")));
  CHECK(back_with_catalog(DropTable{.table = table("users"), .cascade = true}) ==
        "create table 'users'\ncreate foreign key 'fk_user' from 'orders' to 'users'\nexecute CREATE TRIGGER touch …");
}

TEST_CASE("a dropped column comes back with what went with it") {
  CHECK(back_with_catalog(DropColumn{table("users"), id("email")}) ==
        "add column 'users.email'\ncreate unique constraint 'uq_email' on 'users'\ncreate index 'ix_email' on 'users'\n"
        "drop index 'ix_both' on 'users'\ncreate index 'ix_both' on 'users'");
}

TEST_CASE("an altered column goes back to what the catalog held") {
  CHECK(back_with_catalog(AlterColumn{.table = table("users"),
                                      .column = id("email"),
                                      .type = schema::Text{},
                                      .nullable = true,
                                      .server_default = Change<schema::ServerDefault>{},
                                      .new_column_name = id("mail"),
                                      .comment = Change<std::string>{"x"}}) ==
        "alter column 'users.mail': type string(100), not nullable, default '-', without comment, rename to 'email'");
}

TEST_CASE("an altered column goes back to what the operation says it was") {
  CHECK(back(AlterColumn{.table = table("t"),
                         .column = id("c"),
                         .type = schema::Text{},
                         .nullable = true,
                         .existing_type = schema::String{.length = 10},
                         .existing_nullable = false}) == "alter column 't.c': type string(10), not nullable");
  CHECK(back(AlterColumn{.table = table("t"), .column = id("c"), .new_column_name = id("d")}) ==
        "alter column 't.d': rename to 'c'");
}

TEST_CASE("dropped indexes, constraints and objects come back as the catalog had them") {
  CHECK(back_with_catalog(DropIndex{.index = table("ix_email")}) == "create index 'ix_email' on 'users'");
  CHECK(back_with_catalog(DropConstraint{table("users"), id("fk_team")}) ==
        "create foreign key 'fk_team' from 'users' to 'teams'");
  CHECK(back_with_catalog(DropConstraint{table("users"), id("any"), ConstraintKind::primary}) ==
        "create primary key 'pk_users' on 'users'");
  CHECK(back_with_catalog(DropConstraint{table("users"), id("fk_team"), ConstraintKind::check}) ==
        "no: constraint 'fk_team' was not on table 'users' before");
  CHECK(back_with_catalog(DropTableComment{table("users")}) == "comment table 'users'");
  CHECK(back_with_catalog(DropTableComment{table("orders")}) == "no: table 'orders' had no comment");
  CHECK(back_with_catalog(DropEnum{table("mood")}) == "create enum 'mood' (sad, ok, happy)");
  CHECK(back_with_catalog(DropView{table("v")}) == "create view 'v'");
  CHECK(back_with_catalog(CreateView{.name = table("v"), .replace = true}) == "replace view 'v'");
  CHECK(back_with_catalog(DropFunction{.name = table("f")}) == "execute CREATE FUNCTION f …");
  CHECK(back_with_catalog(DropTrigger{id("touch")}) == "execute CREATE TRIGGER touch …");
  CHECK(back_with_catalog(DropSequence{table("s")}) == "create sequence 's'");
  CHECK(back_with_catalog(DropExtension{.name = id("citext")}) == "create extension 'citext'");
}

TEST_CASE("what was there before if_not_exists is not dropped") {
  CHECK(back_with_catalog(CreateTable{.table = {.name = table("users")}, .if_not_exists = true}) ==
        "no: table 'users' was there before");
  CHECK(back_with_catalog(CreateEnum{table("mood"), {"sad"}, true}) == "no: enum 'mood' was there before");
}

TEST_CASE("an enum type that came with a table goes with it") {
  auto create = CreateTable{.table = {.name = table("t")}};
  create.table.columns = {column("a", schema::Enum{.name = table("fresh"), .values = {"x"}}),
                          column("b", schema::Enum{.name = table("mood")})};
  CHECK(back_with_catalog(create) == "drop table 't'\ndrop enum 'fresh'");
}

TEST_CASE("an enum gets removed values back where they stood") {
  CHECK(back(AlterEnum{.name = table("mood"), .add = {{.value = "x"}}, .rename = {{"ok", "fine"}}}) ==
        "alter enum 'mood': rename 'fine' to 'ok', remove 'x'");
  auto const before = catalog();
  auto const reversed = reverse(AlterEnum{.name = table("mood"), .remove = {"sad", "happy"}}, &before);
  REQUIRE(reversed.operations.size() == 1);
  auto const& add = std::get<AlterEnum>(reversed.operations[0]).add;
  REQUIRE(add.size() == 2);
  CHECK(add[0].before == "ok");
  CHECK(add[1].after == "ok");
}

TEST_CASE("a batch is reversed from its last change to its first") {
  auto batch = BatchAlterTable{.table = table("users")};
  batch.operations = {AddColumn{table("users"), column("age", schema::Integer{})},
                      AlterColumn{.table = table("users"), .column = id("age"), .nullable = false},
                      DropConstraint{table("users"), id("uq_email"), ConstraintKind::unique}};
  CHECK(back_with_catalog(batch) ==
        "alter table 'users': create unique constraint 'uq_email' on 'users'; alter column 'users.age': nullable; drop "
        "column 'users.age'");
  batch.operations.emplace_back(ExecuteSql{{"SELECT 1"}});
  CHECK(back_with_catalog(batch) == "no: execute SELECT 1: what SQL text does is not known");
}

TEST_CASE("changes of rows have no reverse") {
  CHECK(back(BulkInsert{.table = table("t")}) == "no: inserted rows are not known by key");
  CHECK(back(Update{.table = table("t")}) == "no: the old values of updated rows are gone");
  CHECK(back(Delete{.table = table("t")}) == "no: deleted rows are gone");
  CHECK(back(ExecuteSql{{"SELECT 1"}}) == "no: what SQL text does is not known");
}
