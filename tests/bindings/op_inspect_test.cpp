#include "tests/support/recording_target.hpp"

#include <doctest/doctest.h>

using namespace vm;

namespace {

schema::Identifier id(char const* name) {
  return schema::Identifier{name};
}

/// users(id, email) with a key, a unique, a check, a foreign key at its column and an expression index.
void fill(schema::Catalog& catalog) {
  auto const name = schema::TableName{std::nullopt, id("users")};
  auto table = schema::Table{.name = name};
  table.columns.push_back({.name = id("id"), .type = schema::Integer{}, .nullable = false});
  table.columns.push_back({.name = id("email"), .type = schema::String{.length = 100}});
  table.columns[1].server_default = schema::Expression{"lower('X')"};
  table.columns[1].comment = "mail";
  table.columns[1].references = schema::ForeignKey{
      .referent = {id("app"), id("mails")}, .referent_columns = {id("address")}, .ondelete = "CASCADE"};
  table.constraints.emplace_back(schema::PrimaryKey{.name = id("pk_users"), .columns = {id("id")}});
  table.constraints.emplace_back(schema::UniqueConstraint{.name = id("uq_email"), .columns = {id("email")}});
  table.constraints.emplace_back(schema::CheckConstraint{.name = id("ck"), .condition = "id > 0"});
  auto index = schema::Index{.name = id("ix_lower"), .unique = true, .where = "id > 5"};
  index.elements.push_back({.what = schema::Expression{"lower(email)"}});
  index.elements.push_back({.what = id("id")});
  table.indexes.push_back(index);
  table.comment = "people";
  catalog.tables.emplace(name, table);
  catalog.enums.emplace(schema::TableName{std::nullopt, id("mood")},
                        schema::EnumType{{std::nullopt, id("mood")}, {"sad", "ok"}});
  catalog.views.emplace(schema::TableName{std::nullopt, id("v")}, schema::View{{std::nullopt, id("v")}, "SELECT 1"});
  catalog.sequences.emplace(schema::TableName{std::nullopt, id("s")},
                            schema::Sequence{.name = {std::nullopt, id("s")}, .start = 5});
  catalog.triggers.push_back({id("touch"), name, "CREATE TRIGGER"});
  catalog.functions.push_back({{std::nullopt, id("f")}, "integer", "CREATE FUNCTION"});
  catalog.extensions.push_back({"citext", "1.6"});
  catalog.schemas.push_back(id("app"));
}

} // namespace

TEST_CASE("a migration asks what is there") {
  auto script = test::Script{};
  fill(script.target.catalog);
  auto const rules = std::vector<std::pair<char const*, char const*>>{
      {"op.has_table('users')", "true"},
      {"op.has_table('nothing')", "false"},
      {"op.has_table('users', { schema = 'app' })", "false"},
      {"op.has_column('users', 'email')", "true"},
      {"op.has_column('users', 'phone')", "false"},
      {"op.has_column('nothing', 'email')", "false"},
      {"op.has_index('ix_lower', 'users')", "true"},
      {"op.has_index('ix', 'users')", "false"},
      {"op.has_constraint('uq_email', 'users')", "true"},
      {"op.has_constraint(op.f('ck'), 'users')", "true"},
      {"op.has_constraint('ix_lower', 'users')", "false"},
  };
  for (auto const& [question, answer] : rules) CHECK_MESSAGE(script.text(question) == answer, question);
  REQUIRE(script.target.inspections.front().tables.has_value());
  CHECK(script.target.inspections.front().tables_only);
  CHECK(script.message("op.has_column('users')") ==
        "op.has_column: argument 2 'column' is missing, it must be a string");
}

TEST_CASE("names are compared as the database compares them") {
  auto script = test::Script{};
  fill(script.target.catalog);
  CHECK(script.text("op.has_column('users', 'EMAIL')") == "false");
  script.target.around.dialect = "sqlite";
  CHECK(script.text("op.has_column('users', 'EMAIL')") == "true");
}

TEST_CASE("the inspector gives everything as plain tables") {
  auto script = test::Script{};
  fill(script.target.catalog);
  auto const rules = std::vector<std::pair<char const*, char const*>>{
      {"table.concat(i:table_names(), ',')", "users"},
      {"i:columns('users')[2].name", "email"},
      {"i:columns('users')[2].type", "string(100)"},
      {"i:columns('users')[2].type == sql.string(100)", "true"},
      {"i:columns('users')[1].nullable", "false"},
      {"i:columns('users')[1].primary_key", "true"},
      {"i:columns('users')[2].primary_key", "false"},
      {"i:columns('users')[2].server_default", "lower('X')"},
      {"i:columns('users')[2].comment", "mail"},
      {"i:primary_key('users').name", "pk_users"},
      {"i:primary_key('users').columns[1]", "id"},
      {"i:unique_constraints('users')[1].columns[1]", "email"},
      {"i:check_constraints('users')[1].condition", "id > 0"},
      {"i:foreign_keys('users')[1].referred_table", "mails"},
      {"i:foreign_keys('users')[1].referred_schema", "app"},
      {"i:foreign_keys('users')[1].ondelete", "CASCADE"},
      {"i:foreign_keys('users')[1].columns[1]", "email"},
      {"i:indexes('users')[1].columns[1]", "lower(email)"},
      {"i:indexes('users')[1].columns[2]", "id"},
      {"i:indexes('users')[1].where", "id > 5"},
      {"#i:exclude_constraints('users')", "0"},
      {"i:table_comment('users')", "people"},
      {"i:enums()[1].values[2]", "ok"},
      {"i:views()[1].definition", "SELECT 1"},
      {"i:sequences()[1].start", "5"},
      {"i:triggers()[1].table", "users"},
      {"i:functions()[1].arguments", "integer"},
      {"i:extensions()[1].version", "1.6"},
      {"i:schemas()[1]", "app"},
  };
  for (auto const& [question, answer] : rules) {
    auto const call = "(function() local i = op.inspect() return " + std::string{question} + " end)()";
    CHECK_MESSAGE(script.text(call) == answer, question);
  }
}

TEST_CASE("an inspector reads once and ends with its migration") {
  auto script = test::Script{};
  fill(script.target.catalog);
  script.run("local i = op.inspect() i:table_names() i:columns('users') i:columns('users') kept = i");
  CHECK(script.target.inspections.size() == 1);
  CHECK(script.message("kept:table_names()") == "'inspector:table_names' used after its migration finished");
  CHECK(script.message("op.inspect():columns('user')") == "inspector:columns: there is no table 'user'");
  CHECK(script.hint("op.inspect():columns('user')") == "did you mean 'users'?");
  CHECK(script.message("local i = op.inspect() i.columns('users')") == "inspector:columns must be called with ':'");
}

TEST_CASE("an inspector asked about a schema reads that schema, once") {
  auto script = test::Script{};
  fill(script.target.catalog);
  script.run("local i = op.inspect() i:table_names({ schema = 'app' }) i:table_names({ schema = 'app' }) i:views()");
  REQUIRE(script.target.inspections.size() == 2);
  CHECK(script.target.inspections[0].schema == id("app"));
  CHECK(script.target.inspections[0].tables_only);
  CHECK_FALSE(script.target.inspections[1].schema);
  CHECK(script.message("op.inspect():schemas({ schema = 'app' })").starts_with("inspector:schemas: "));
  CHECK(script.message("op.inspect():views({ shema = 'app' })") == "inspector:views: unknown key 'shema'");
}
