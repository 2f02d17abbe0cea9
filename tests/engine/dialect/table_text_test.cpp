#include "engine/core/error.hpp"
#include "engine/dialect/sqlite/table_text.hpp"

#include <doctest/doctest.h>

using namespace vm::dialect::sqlite;
using Kind = ConstraintTextKind;

TEST_CASE("every part of a stored CREATE TABLE is found with its name and place") {
  std::string const sql = R"(CREATE TABLE "odd ""name""" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
  [user id] BIGINT NOT NULL CONSTRAINT fk_user REFERENCES users (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  `price` NUMERIC(10, 2) DEFAULT -1.5 CHECK (price > 0 AND note <> ')'),
  note TEXT COLLATE NOCASE DEFAULT 'it''s',
  twice INT GENERATED ALWAYS AS (price * 2) STORED,
  untyped,
  CONSTRAINT uq UNIQUE (note, "user id"),
  CHECK (length(note) < 10),
  FOREIGN KEY (note) REFERENCES notes
) STRICT, WITHOUT ROWID)";

  auto const table = parse_create_table(sql);

  CHECK(table.name == "odd \"name\"");
  CHECK(table.strict);
  CHECK(table.without_rowid);
  REQUIRE(table.columns.size() == 6);
  CHECK(table.columns[0].find(Kind::primary_key)->autoincrement);
  CHECK(table.columns[1].name == "user id");
  auto const* references = table.columns[1].find(Kind::references);
  REQUIRE(references);
  CHECK(references->name == "fk_user");
  CHECK(references->referent == "users");
  CHECK(references->ondelete == "SET NULL");
  CHECK(references->deferral == vm::schema::Deferral::initially_deferred);
  CHECK(sql.substr(references->begin, 18) == "CONSTRAINT fk_user");
  CHECK(table.columns[2].type == "NUMERIC(10, 2)");
  CHECK(table.columns[2].find(Kind::default_value)->expression == "-1.5");
  CHECK(table.columns[2].find(Kind::check)->expression == "price > 0 AND note <> ')'");
  CHECK(table.columns[3].find(Kind::collate)->expression == "NOCASE");
  CHECK(table.columns[3].find(Kind::default_value)->expression == "'it''s'");
  CHECK(table.columns[4].find(Kind::generated)->stored);
  CHECK(table.columns[5].type.empty());
  REQUIRE(table.constraints.size() == 3);
  CHECK(table.constraints[0].name == "uq");
  CHECK(table.constraints[0].columns == std::vector<std::string>{"note", "user id"});
  CHECK(table.constraints[1].expression == "length(note) < 10");
  CHECK(table.constraints[2].kind == Kind::foreign_key);
  CHECK(table.constraints[2].referent_columns.empty());
}

TEST_CASE("columns are found in any case, as SQLite finds them") {
  auto const table = parse_create_table("create table t (Name text)");
  CHECK(table.find("nAME"));
  CHECK_FALSE(table.find("names"));
}

TEST_CASE("a text that is no table is refused, not misread") {
  for (char const* sql :
       {"CREATE VIEW v AS SELECT 1", "CREATE TABLE t", "CREATE TABLE t (a", "CREATE TABLE t (a CHECK (b)", ""}) {
    CAPTURE(sql);
    CHECK_THROWS_AS(parse_create_table(sql), vm::DatabaseError);
  }
}

TEST_CASE("declared types become the types vm would have declared so") {
  using namespace vm::schema;
  struct {
    char const* declared;
    Type type;
  } const cases[] = {
      {"INTEGER", Integer{}},
      {"varchar(20)", String{20}},
      {"NUMERIC(10,2)", Numeric{10, 2}},
      {"DATETIME", Timestamp{}},
      {"BLOB", Binary{}},
      {"JSON", Json{}},
      {"", Raw{""}},
      {"my type", Raw{"my type"}},
      {"DOUBLE PRECISION", Double{}},
      {"BOOLEAN", Boolean{}},
      {"CHAR(3)", Char{3}},
  };
  for (auto const& each : cases) {
    CAPTURE(each.declared);
    CHECK(parse_type(each.declared) == each.type);
  }
}
