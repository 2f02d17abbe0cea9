#include "engine/op/describe.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::op;

namespace {

TableName table(char const* name) {
  return {std::nullopt, Identifier{name}};
}
Identifier id(char const* name) {
  return Identifier{name};
}

struct Rule {
  Operation operation;
  char const* name;
  char const* line;
};

std::vector<Rule> rules() {
  auto const users = table("users");
  auto const email = schema::Column{.name = id("email"), .type = schema::Text{}};
  return {
      {CreateTable{.table = {.name = {id("app"), id("users")}}}, "create_table", "create table 'app.users'"},
      {CreateTable{.table = {.name = users}, .temporary = true}, "create_table", "create temporary table 'users'"},
      {DropTable{users}, "drop_table", "drop table 'users'"},
      {RenameTable{users, id("people")}, "rename_table", "rename table 'users' to 'people'"},
      {AddColumn{users, email}, "add_column", "add column 'users.email'"},
      {DropColumn{users, id("email")}, "drop_column", "drop column 'users.email'"},
      {AlterColumn{.table = users,
                   .column = id("email"),
                   .type = schema::String{.length = 100},
                   .nullable = false,
                   .server_default = Change<schema::ServerDefault>{Value{std::string{"x"}}},
                   .new_column_name = id("mail")},
       "alter_column", "alter column 'users.email': type string(100), not nullable, default 'x', rename to 'mail'"},
      {AlterColumn{.table = users,
                   .column = id("email"),
                   .server_default = Change<schema::ServerDefault>{},
                   .comment = Change<std::string>{}},
       "alter_column", "alter column 'users.email': without default, without comment"},
      {AlterColumn{.table = users, .column = id("email")}, "alter_column", "alter column 'users.email': nothing"},
      {CreateIndex{.table = users, .index = {.name = id("ix"), .unique = true}, .concurrently = true}, "create_index",
       "create unique index 'ix' on 'users' concurrently"},
      {DropIndex{.index = table("ix"), .table = users}, "drop_index", "drop index 'ix' on 'users'"},
      {CreatePrimaryKey{users, {.columns = {id("a"), id("b")}}}, "create_primary_key",
       "create primary key (a, b) on 'users'"},
      {CreateUniqueConstraint{users, {.name = id("uq")}}, "create_unique_constraint",
       "create unique constraint 'uq' on 'users'"},
      {CreateForeignKey{users, {.name = id("fk"), .referent = table("teams")}}, "create_foreign_key",
       "create foreign key 'fk' from 'users' to 'teams'"},
      {CreateCheckConstraint{users, {.condition = "a\n  > 0"}}, "create_check_constraint",
       "create check constraint (a > 0) on 'users'"},
      {CreateExcludeConstraint{users, {.name = id("ex")}}, "create_exclude_constraint",
       "create exclude constraint 'ex' on 'users'"},
      {ValidateConstraint{users, id("fk")}, "validate_constraint", "validate constraint 'fk' on 'users'"},
      {DropConstraint{users, id("fk"), ConstraintKind::foreignkey}, "drop_constraint",
       "drop foreign key 'fk' on 'users'"},
      {DropConstraint{users, id("fk")}, "drop_constraint", "drop constraint 'fk' on 'users'"},
      {CreateTableComment{users, "people"}, "create_table_comment", "comment table 'users'"},
      {DropTableComment{users}, "drop_table_comment", "drop comment of table 'users'"},
      {CreateSchema{id("app")}, "create_schema", "create schema 'app'"},
      {DropSchema{id("app")}, "drop_schema", "drop schema 'app'"},
      {CreateEnum{table("mood"), {"sad", "ok"}}, "create_enum", "create enum 'mood' (sad, ok)"},
      {DropEnum{table("mood")}, "drop_enum", "drop enum 'mood'"},
      {AlterEnum{.name = table("mood"), .add = {{.value = "happy"}}, .rename = {{"ok", "fine"}}, .remove = {"sad"}},
       "alter_enum", "alter enum 'mood': add 'happy', rename 'ok' to 'fine', remove 'sad'"},
      {CreateView{.name = table("v")}, "create_view", "create view 'v'"},
      {CreateView{.name = table("v"), .replace = true}, "replace_view", "replace view 'v'"},
      {CreateView{.name = table("v"), .materialized = true}, "create_materialized_view",
       "create materialized view 'v'"},
      {DropView{table("v")}, "drop_view", "drop view 'v'"},
      {DropView{.name = table("v"), .materialized = true}, "drop_materialized_view", "drop materialized view 'v'"},
      {RefreshMaterializedView{table("v")}, "refresh_materialized_view", "refresh materialized view 'v'"},
      {CreateFunction{.name = table("f")}, "create_function", "create function 'f'"},
      {CreateFunction{.name = table("f"), .replace = true, .procedure = true}, "create_procedure",
       "replace procedure 'f'"},
      {DropFunction{.name = table("f")}, "drop_function", "drop function 'f'"},
      {DropFunction{.name = table("f"), .procedure = true}, "drop_procedure", "drop procedure 'f'"},
      {CreateTrigger{.name = id("t"), .table = users}, "create_trigger", "create trigger 't' on 'users'"},
      {DropTrigger{id("t"), users}, "drop_trigger", "drop trigger 't' on 'users'"},
      {DropTrigger{id("t")}, "drop_trigger", "drop trigger 't'"},
      {CreateSequence{.name = table("s")}, "create_sequence", "create sequence 's'"},
      {DropSequence{table("s")}, "drop_sequence", "drop sequence 's'"},
      {CreateExtension{.name = id("citext")}, "create_extension", "create extension 'citext'"},
      {DropExtension{.name = id("citext")}, "drop_extension", "drop extension 'citext'"},
      {BulkInsert{.table = users, .rows = {{}, {}}}, "bulk_insert", "insert 2 rows into 'users'"},
      {Insert{users}, "insert", "insert 1 row into 'users'"},
      {Update{.table = users, .where = "id = :id"}, "update", "update 'users' where id = :id"},
      {Update{.table = users}, "update", "update 'users' (every row)"},
      {Delete{.table = users}, "delete", "delete from 'users' (every row)"},
      {ExecuteSql{{"SELECT\n 1", "SELECT 2"}}, "execute", "execute SELECT 1 (and 1 more)"},
      {BatchAlterTable{.table = users, .operations = {AddColumn{users, email}, DropColumn{users, id("x")}}},
       "batch_alter_table", "alter table 'users': add column 'users.email'; drop column 'users.x'"},
  };
}

} // namespace

TEST_CASE("every operation is described in one line and named as in Lua") {
  auto seen = std::vector<bool>(std::variant_size_v<Operation>);
  for (auto const& rule : rules()) {
    CHECK(describe(rule.operation) == rule.line);
    CHECK(name_of(rule.operation) == rule.name);
    seen.at(rule.operation.index()) = true;
  }
  for (auto place = std::size_t{0}; place < seen.size(); ++place) {
    CAPTURE(place);
    CHECK(seen[place]);
  }
}

TEST_CASE("long SQL is cut between characters") {
  auto text = std::string{"SELECT '"};
  for (int i = 0; i < 100; ++i) text += "ü";
  auto const line = describe(ExecuteSql{{text}});
  CHECK(line.size() < 100);
  CHECK(line.ends_with("ü …"));
}
