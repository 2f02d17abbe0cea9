#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("an enum gets values, new names and fewer values") {
  auto script = test::Script{};
  CHECK(script.lines("op.create_enum('mood', { 'sad', 'ok' }, { schema = 's', if_not_exists = true })") ==
        "create enum 's.mood' (sad, ok)");
  CHECK(script.lines("op.drop_enum('mood', { if_exists = true })") == "drop enum 'mood'");
  auto const alter = script.one<op::AlterEnum>(R"(
    op.alter_enum("role", { add = { "guest", "visitor", after = "client" }, rename = { old = "a", new = "b" },
      remove = "root", tables = { users = "role", teams = { "x", "y" } } }))");
  REQUIRE(alter.add.size() == 2);
  CHECK(alter.add[0].after == "client");
  CHECK(alter.add[1].after == "guest");
  CHECK(alter.rename.at(0) == std::pair<std::string, std::string>{"a", "b"});
  CHECK(alter.remove == std::vector<std::string>{"root"});
  CHECK(alter.tables.size() == 3);
  CHECK(script.one<op::AlterEnum>("op.alter_enum('r', { add = { { 'a', before = 'b' }, { 'c' } } })").add.size() == 2);
  CHECK(script.one<op::AlterEnum>("op.alter_enum('r', { add = 'a' })").add.at(0).value == "a");
  CHECK(script.message("op.alter_enum('r', { add = { 'a', before = 'b', after = 'c' } })") ==
        "op.alter_enum: 'add': 'before' and 'after' exclude each other");
  CHECK(script.message("op.create_enum('mood', {})") ==
        "op.create_enum: argument 2 'values' must be a list of at least one string, not a table");
}

TEST_CASE("views are made, replaced, refreshed and dropped") {
  auto script = test::Script{};
  CHECK(script.one<op::CreateView>("op.create_view('v', 'SELECT 1', { columns = { 'a' } })").columns.size() == 1);
  CHECK(script.lines("op.replace_view('v', 'SELECT 1')") == "replace view 'v'");
  CHECK_FALSE(
      script.one<op::CreateView>("op.create_materialized_view('v', 'SELECT 1', { with_data = false })").with_data);
  CHECK(script.one<op::RefreshMaterializedView>("op.refresh_materialized_view('v', { concurrently = true })")
            .concurrently);
  CHECK(script.lines("op.drop_view('v')\nop.drop_materialized_view('v')") ==
        "drop view 'v'\ndrop materialized view 'v'");
  CHECK(script.hint("op.create_view('v', 'SELECT 1', { replace = true })") == "op.replace_view makes or replaces it");
}

TEST_CASE("functions, procedures and triggers keep their text") {
  auto script = test::Script{};
  auto const create = script.one<op::CreateFunction>(R"(
    op.create_function("touch", { returns = "trigger", language = "plpgsql", body = "BEGIN RETURN NEW; END",
      replace = true, volatility = "volatile" }))");
  CHECK(create.returns == "trigger");
  CHECK(create.body == "BEGIN RETURN NEW; END");
  CHECK(create.options.contains("volatility"));
  CHECK(script.message("op.create_function('f', { body = 'x' })") == "op.create_function: 'returns' is missing");
  CHECK(script.lines("op.create_procedure('p', { arguments = 'a int', body = 'x' })") == "create procedure 'p'");
  CHECK(script.one<op::DropFunction>("op.drop_function('f', { arguments = 'int' })").arguments == "int");
  CHECK(script.lines("op.drop_procedure('p')") == "drop procedure 'p'");
  auto const trigger = script.one<op::CreateTrigger>(R"(
    op.create_trigger("touch", "users", { timing = "before", events = { "insert", "update of email, Name" },
      body = 'touch()'
}))");
  CHECK(trigger.timing == "BEFORE");
  CHECK(trigger.events == std::vector<std::string>{"INSERT", "UPDATE OF email, Name"});
  CHECK(trigger.level == "ROW");
  CHECK(script.lines("op.drop_trigger('touch', 'users')") == "drop trigger 'touch' on 'users'");
  CHECK(script.one<op::DropTrigger>("op.drop_trigger('touch', { if_exists = true })").if_exists);
  CHECK(script.message("op.create_trigger('t', 'u', { timing = 'after', events = 'select', body = 'x' })") ==
        "op.create_trigger: an event must be 'insert', 'update', 'update of column, …', 'delete' or 'truncate', not "
        "'select'");
}

TEST_CASE("schemas, sequences and extensions are made and dropped") {
  auto script = test::Script{};
  CHECK(script.lines("op.create_schema('s', { if_not_exists = true })\nop.drop_schema('s', { cascade = true })") ==
        "create schema 's'\ndrop schema 's'");
  auto const sequence = script.one<op::CreateSequence>(
      "op.create_sequence('q', { type = sql.bigint, start = 100, increment = 5, owned_by = 't.id' })");
  CHECK(sequence.type == "bigint");
  CHECK(sequence.start == 100);
  CHECK(sequence.owned_by == "t.id");
  CHECK(script.hint("op.create_sequence('q', { minvalue = 1 })") == "it is called 'minimum'");
  CHECK(script.lines("op.drop_sequence('q')") == "drop sequence 'q'");
  CHECK(script.one<op::CreateExtension>("op.create_extension('citext', { version = '1.6' })").version == "1.6");
  CHECK(script.lines("op.drop_extension('citext')") == "drop extension 'citext'");
}
