// What the dialect writes and refuses by the server's product and version. No server of these versions is needed.
#include "engine/core/error.hpp"
#include "engine/sql/literal.hpp"
#include "tests/support/live_dialect.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace vm;
using namespace vm::test;

namespace {

std::unique_ptr<sql::Dialect> server(std::string const& product, int number) {
  db::ServerInfo const info{.product = product, .number = number};
  return dialect::mysql::make_dialect(&info);
}

/// The first statement, or "refused: " and why.
std::string answer(sql::Dialect const& dialect, op::Operation const& operation) {
  try {
    std::string text;
    for (auto const& statement : dialect.compile(operation, nullptr))
      text += (text.empty() ? "" : "; ") + sql::inline_parameters(statement, dialect);
    return text;
  } catch (UsageError const& error) {
    CHECK_FALSE(error.hints().empty());
    return "refused: " + error.message();
  }
}

op::AddColumn add(schema::Column column) {
  return {table("t"), std::move(column)};
}

schema::Column with_default(schema::Type type, schema::ServerDefault value) {
  schema::Column made{.name = id("a"), .type = std::move(type)};
  made.server_default = std::move(value);
  return made;
}

struct Row {
  op::Operation operation;
  std::map<std::string, std::string> expected; ///< by product and version
};

} // namespace

TEST_CASE("MySQL and MariaDB are written to as their versions can") {
  std::map<std::string, std::unique_ptr<sql::Dialect>> servers;
  servers["5.7"] = server("MySQL", 50744);
  servers["8.0.12"] = server("MySQL", 80012);
  servers["8.0.16"] = server("MySQL", 80016);
  servers["8.0.36"] = server("MySQL", 80036);
  servers["8.4"] = server("MySQL", 80400);
  servers["10.4"] = server("MariaDB", 100432);
  servers["10.11"] = server("MariaDB", 101106);

  op::AlterColumn rename{.table = table("t"), .column = id("a")};
  rename.new_column_name = id("b");
  rename.existing_type = schema::Integer{};
  rename.existing_nullable = false;
  op::AlterColumn rename_blind{.table = table("t"), .column = id("a")};
  rename_blind.new_column_name = id("b");
  op::CreateIndex expression{.table = table("t"),
                             .index = {.name = id("ix"), .elements = {{.what = schema::Expression{"lower(a)"}}}}};
  op::CreateIndex invisible{.table = table("t"), .index = {.name = id("ix"), .elements = {{.what = id("a")}}}};
  invisible.index.options["mysql_invisible"] = true;
  op::CreateIndex conditional{
      .table = table("t"), .index = {.name = id("ix"), .elements = {{.what = id("a")}}}, .if_not_exists = true};
  op::CreateCheckConstraint const check{table("t"), {.name = id("ck"), .condition = "a > 0"}};
  schema::Column invisible_column{.name = id("a"), .type = schema::Integer{}};
  invisible_column.options["mysql_invisible"] = true;
  schema::Column computed{.name = id("a"), .type = schema::Integer{}, .nullable = false};
  computed.computed = schema::Computed{.expression = "b + 1"};
  op::CreateTrigger const trigger{.name = id("tr"),
                                  .table = table("t"),
                                  .timing = "BEFORE",
                                  .events = {"INSERT"},
                                  .body = "SET NEW.a = 1",
                                  .if_not_exists = true};
  op::CreateFunction const function{.name = table("f"), .returns = "INT", .body = "RETURN 1", .replace = true};
  op::DropConstraint const drop_check{.table = table("t"), .name = id("ck"), .kind = op::ConstraintKind::check};
  op::DropConstraint const drop_unknown{.table = table("t"), .name = id("ck")};

  auto const text_default = add(with_default(schema::Text{}, Value{std::string{"x"}}));
  auto const expression_default = add(with_default(schema::String{36}, schema::Expression{"uuid()"}));
  auto const clock = add(with_default(schema::Timestamp{}, schema::Expression{"CURRENT_TIMESTAMP"}));

  std::vector<Row> const rows{
      {rename,
       {{"5.7", "ALTER TABLE `t` CHANGE COLUMN `a` `b` INTEGER NOT NULL"},
        {"8.0.12", "ALTER TABLE `t` RENAME COLUMN `a` TO `b`"},
        {"8.0.36", "ALTER TABLE `t` RENAME COLUMN `a` TO `b`"},
        {"10.4", "ALTER TABLE `t` CHANGE COLUMN `a` `b` INTEGER NOT NULL"},
        {"10.11", "ALTER TABLE `t` RENAME COLUMN `a` TO `b`"}}},
      {rename_blind,
       {{"5.7",
         "refused: op.alter_column: MySQL says a column anew to change it, and nobody can be asked what the type "
         "of 't.a' is"},
        {"8.0.36", "ALTER TABLE `t` RENAME COLUMN `a` TO `b`"}}},
      {expression,
       {{"5.7", "refused: op.create_index: MySQL has no indexes over expressions"},
        {"8.0.12", "refused: op.create_index: MySQL has no indexes over expressions"},
        {"8.0.16", "CREATE INDEX `ix` ON `t` ((lower(a)))"},
        {"8.4", "CREATE INDEX `ix` ON `t` ((lower(a)))"},
        {"10.11", "refused: op.create_index: MariaDB has no indexes over expressions"}}},
      {invisible,
       {{"5.7", "refused: op.create_index: MySQL has no invisible indexes in this version"},
        {"8.0.12", "CREATE INDEX `ix` ON `t` (`a`) INVISIBLE"},
        {"10.4", "refused: op.create_index: MariaDB has no invisible indexes in this version"},
        {"10.11", "CREATE INDEX `ix` ON `t` (`a`) IGNORED"}}},
      {conditional,
       {{"8.0.36", "refused: op.create_index: MySQL has no IF NOT EXISTS for indexes, and table 't' is not known here"},
        {"10.11", "CREATE INDEX IF NOT EXISTS `ix` ON `t` (`a`)"}}},
      {check,
       {{"5.7", "refused: op.create_check_constraint: MySQL reads a CHECK in this version and does not keep it"},
        {"8.0.12", "refused: op.create_check_constraint: MySQL reads a CHECK in this version and does not keep it"},
        {"8.0.16", "ALTER TABLE `t` ADD CONSTRAINT `ck` CHECK (a > 0)"},
        {"10.4", "ALTER TABLE `t` ADD CONSTRAINT `ck` CHECK (a > 0)"}}},
      {drop_check,
       {{"8.0.16", "ALTER TABLE `t` DROP CHECK `ck`"},
        {"8.0.36", "ALTER TABLE `t` DROP CONSTRAINT `ck`"},
        {"10.11", "ALTER TABLE `t` DROP CONSTRAINT `ck`"}}},
      {drop_unknown,
       {{"8.0.16", "refused: op.drop_constraint: MySQL has no DROP CONSTRAINT in this version"},
        {"8.0.36", "ALTER TABLE `t` DROP CONSTRAINT `ck`"}}},
      {text_default,
       {{"5.7", "refused: op.add_column: MySQL has no default for text, bytes and JSON in this version"},
        {"8.0.16", "ALTER TABLE `t` ADD COLUMN `a` TEXT DEFAULT ('x')"},
        {"10.11", "ALTER TABLE `t` ADD COLUMN `a` TEXT DEFAULT 'x'"}}},
      {expression_default,
       {{"5.7", "refused: op.add_column: MySQL has no expression as a default in this version: uuid()"},
        {"8.0.16", "ALTER TABLE `t` ADD COLUMN `a` VARCHAR(36) DEFAULT (uuid())"},
        {"10.11", "ALTER TABLE `t` ADD COLUMN `a` VARCHAR(36) DEFAULT (uuid())"}}},
      {clock,
       {{"5.7", "ALTER TABLE `t` ADD COLUMN `a` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6)"},
        {"8.4", "ALTER TABLE `t` ADD COLUMN `a` DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6)"}}},
      {add(invisible_column),
       {{"8.0.16", "refused: op.add_column: MySQL has no invisible columns in this version"},
        {"8.0.36", "ALTER TABLE `t` ADD COLUMN `a` INTEGER INVISIBLE"},
        {"10.11", "ALTER TABLE `t` ADD COLUMN `a` INTEGER INVISIBLE"}}},
      {add(computed),
       {{"5.7", "ALTER TABLE `t` ADD COLUMN `a` INTEGER GENERATED ALWAYS AS (b + 1) VIRTUAL NOT NULL"},
        {"10.11", "refused: op.add_column: MariaDB has no NOT NULL for computed columns"}}},
      {trigger,
       {{"8.0.16", "refused: op.create_trigger: MySQL has no IF NOT EXISTS for triggers in this version"},
        {"8.0.36", "CREATE TRIGGER IF NOT EXISTS `tr` BEFORE INSERT ON `t` FOR EACH ROW\nSET NEW.a = 1"},
        {"10.11", "CREATE TRIGGER IF NOT EXISTS `tr` BEFORE INSERT ON `t` FOR EACH ROW\nSET NEW.a = 1"}}},
      {function,
       {{"8.4", "DROP FUNCTION IF EXISTS `f`; CREATE FUNCTION `f`() RETURNS INT\nRETURN 1"},
        {"10.11", "CREATE OR REPLACE FUNCTION `f`() RETURNS INT\nRETURN 1"}}},
      {op::CreateSequence{.name = table("s")},
       {{"8.4", "refused: op.create_sequence: MySQL has no sequences"}, {"10.4", "CREATE SEQUENCE `s`"}}},
      {add({.name = id("a"), .type = schema::Uuid{}}),
       {{"8.4", "ALTER TABLE `t` ADD COLUMN `a` CHAR(36)"},
        {"10.4", "ALTER TABLE `t` ADD COLUMN `a` CHAR(36)"},
        {"10.11", "ALTER TABLE `t` ADD COLUMN `a` UUID"}}},
      {add({.name = id("a"), .type = schema::PostgresType{"inet"}}),
       {{"8.4", "refused: op.add_column: MySQL has no type 'inet'"},
        {"10.11", "refused: op.add_column: MariaDB has no type 'inet'"}}},
      {add({.name = id("a"), .type = schema::Json{}}),
       {{"5.7", "ALTER TABLE `t` ADD COLUMN `a` JSON"}, {"10.11", "ALTER TABLE `t` ADD COLUMN `a` JSON"}}},
  };
  for (auto const& row : rows) {
    for (auto const& [version, expected] : row.expected) {
      CAPTURE(version);
      CHECK(answer(*servers.at(version), row.operation) == expected);
    }
  }
}

TEST_CASE("the name of the dialect and what it can follow the server") {
  CHECK(server("MySQL", 80036)->name() == "mysql");
  CHECK(server("MariaDB", 101106)->name() == "mariadb");
  CHECK_FALSE(server("MySQL", 80036)->capabilities().sequences);
  CHECK(server("MariaDB", 101106)->capabilities().sequences);
  CHECK_FALSE(server("MariaDB", 100200)->capabilities().sequences);
  CHECK_FALSE(server("MySQL", 90000)->capabilities().if_exists_on_index);
}
