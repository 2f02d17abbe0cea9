#include "tests/support/live_dialect.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace vm;
using namespace vm::test;
using namespace std::string_literals;

namespace {

/// A SQLite database in which `statements` have run.
struct Sqlite {
  std::unique_ptr<TestDatabase> database = TestDatabase::make("sqlite");
  LiveDialect live{*database};

  explicit Sqlite(std::initializer_list<std::string> statements) {
    for (auto const& statement : statements) live.run(statement);
  }

  std::string text_of(std::string const& name) {
    auto const text = live.scalar("SELECT sql FROM sqlite_schema WHERE name = '" + name + "'");
    return text ? std::get<std::string>(*text) : "";
  }
  std::int64_t number(std::string const& query) { return std::get<std::int64_t>(live.scalar(query).value()); }
};

op::AlterColumn alter(std::string const& name, std::string const& column) {
  return {.table = table(name), .column = id(column)};
}

} // namespace

TEST_CASE("a rebuild keeps everything it is not told to change") {
  Sqlite sqlite{
      "CREATE TABLE teams (id INTEGER PRIMARY KEY)",
      "CREATE TABLE users (\n"
      "  id INTEGER PRIMARY KEY AUTOINCREMENT, -- a comment, with a comma\n"
      "  [odd name] TEXT COLLATE NOCASE DEFAULT 'it''s' CHECK (length([odd name]) < 10),\n"
      "  email VARCHAR(50) NOT NULL ON CONFLICT IGNORE CONSTRAINT uq_email UNIQUE,\n"
      "  price NUMERIC(10,2) DEFAULT (1 + 2),\n"
      "  total AS (price * 2) VIRTUAL, stored_total GENERATED ALWAYS AS (price * 3) STORED,\n"
      "  team_id INTEGER REFERENCES teams (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,\n"
      "  CHECK (price >= 0) CONSTRAINT ck_two CHECK (users.price < 1000),\n"
      "  UNIQUE (email, price), FOREIGN KEY (team_id) REFERENCES teams\n)",
      "CREATE TABLE notes (user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE)",
      "CREATE INDEX ix_lower ON users (lower(email)) WHERE price > 0",
      "CREATE VIEW rich AS SELECT * FROM users WHERE price > 100",
      "CREATE TRIGGER touch AFTER INSERT ON users BEGIN INSERT INTO notes VALUES (NEW.id); END",
      "CREATE TRIGGER elsewhere AFTER DELETE ON notes BEGIN UPDATE users SET price = 0 WHERE id = OLD.user_id; END",
      "INSERT INTO teams VALUES (1)",
      "INSERT INTO users (id, email, price, team_id) VALUES (5, 'a@b', 200, 1), (9, 'c@d', 1, NULL)",
      "DELETE FROM users WHERE id = 9"};

  auto change = alter("users", "email");
  change.type = schema::Text{};
  sqlite.live.apply(change);

  CHECK(sqlite.text_of("users") ==
        "CREATE TABLE \"users\" (\n"
        "  \"id\" INTEGER PRIMARY KEY AUTOINCREMENT,\n"
        "  \"odd name\" TEXT COLLATE NOCASE DEFAULT 'it''s' CHECK (length([odd name]) < 10),\n"
        "  \"email\" TEXT NOT NULL ON CONFLICT IGNORE CONSTRAINT \"uq_email\" UNIQUE,\n"
        "  \"price\" NUMERIC(10,2) DEFAULT (1 + 2),\n"
        "  \"total\" AS (price * 2) VIRTUAL,\n"
        "  \"stored_total\" GENERATED ALWAYS AS (price * 3) STORED,\n"
        "  \"team_id\" INTEGER REFERENCES teams (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,\n"
        "  CHECK (price >= 0),\n"
        "  CONSTRAINT \"ck_two\" CHECK (price < 1000),\n"
        "  UNIQUE (email, price),\n"
        "  FOREIGN KEY (team_id) REFERENCES teams\n)");
  CHECK(sqlite.text_of("ix_lower") == "CREATE INDEX ix_lower ON users (lower(email)) WHERE price > 0");
  CHECK(sqlite.text_of("notes") ==
        "CREATE TABLE notes (user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE)");
  CHECK(sqlite.number("SELECT count(*) FROM rich") == 1);
  CHECK(sqlite.number("SELECT count(*) FROM notes") == 1);
  CHECK(sqlite.number("SELECT seq FROM sqlite_sequence WHERE name = 'users'") == 9);
  CHECK(sqlite.number("SELECT stored_total FROM users") == 600);
  sqlite.live.run("INSERT INTO users (email) VALUES ('e@f')");
  CHECK(sqlite.number("SELECT max(user_id) FROM notes") == 10);
  CHECK(sqlite.number("SELECT count(*) FROM sqlite_sequence WHERE name LIKE 'vm_new%'") == 0);
}

TEST_CASE("STRICT and WITHOUT ROWID survive a rebuild") {
  Sqlite sqlite{"CREATE TABLE t (a TEXT NOT NULL, b INT, PRIMARY KEY (a)) WITHOUT ROWID, STRICT"};
  auto change = alter("t", "b");
  change.type = schema::String{20};
  sqlite.live.apply(change);
  CHECK(sqlite.text_of("t") ==
        "CREATE TABLE \"t\" (\n  \"a\" TEXT NOT NULL,\n  \"b\" TEXT,\n  PRIMARY KEY (a)\n) STRICT, WITHOUT ROWID");
}

TEST_CASE("children keep their rows when the parent is rebuilt") {
  Sqlite sqlite{"CREATE TABLE parent (id INTEGER PRIMARY KEY, a TEXT)",
                "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE)",
                "INSERT INTO parent VALUES (1, 'x')", "INSERT INTO child VALUES (1)"};
  auto change = alter("parent", "a");
  change.nullable = false;
  sqlite.live.apply(change);
  CHECK(sqlite.number("SELECT count(*) FROM child") == 1);
  CHECK_THROWS_AS(sqlite.live.run("INSERT INTO child VALUES (2)"), DatabaseError);
}

TEST_CASE("a rebuild that breaks a foreign key is found, one that was broken before is not held against it") {
  Sqlite sqlite{"CREATE TABLE parent (id INTEGER PRIMARY KEY)", "CREATE TABLE child (parent_id INTEGER, other INTEGER)",
                "INSERT INTO child VALUES (1, 7)"};
  op::CreateForeignKey const key{table("child"), {.columns = ids({"parent_id"}), .referent = table("parent")}};
  CHECK_THROWS_WITH_AS(sqlite.live.apply(key), "a foreign key is broken: PRAGMA foreign_key_check(\"child\")",
                       DatabaseError);
  sqlite.live.session().enforce_foreign_keys(false);
  sqlite.live.run("CREATE TABLE old (parent_id INTEGER REFERENCES parent (id), x TEXT)");
  sqlite.live.run("INSERT INTO old VALUES (1, 'orphan')");
  auto change = alter("old", "x");
  change.nullable = false;
  sqlite.live.apply(change);
  CHECK(sqlite.number("SELECT count(*) FROM old") == 1);
}

TEST_CASE("a column is renamed everywhere its name is used") {
  Sqlite sqlite{"CREATE TABLE t (a INTEGER CHECK (a > 0), b AS (a + 1), CONSTRAINT ck CHECK (a < 100))",
                "CREATE INDEX ix ON t (a) WHERE a > 5", "CREATE VIEW v AS SELECT a FROM t",
                "CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT NEW.a; END"};
  auto change = alter("t", "a");
  change.new_column_name = id("amount");
  CHECK(sqlite.live.apply(change) == std::vector{R"(ALTER TABLE "t" RENAME COLUMN "a" TO "amount")"s});
  change = alter("t", "amount");
  change.new_column_name = id("total");
  change.nullable = false;
  sqlite.live.apply(change);
  CHECK(sqlite.text_of("t") ==
        "CREATE TABLE \"t\" (\n  \"total\" INTEGER CHECK (\"total\" > 0) NOT NULL,\n  \"b\" AS (\"total\" + 1),\n"
        "  CONSTRAINT \"ck\" CHECK (\"total\" < 100)\n)");
  CHECK(sqlite.text_of("ix") == "CREATE INDEX ix ON t (\"total\") WHERE \"total\" > 5");
  CHECK(sqlite.text_of("v") == "CREATE VIEW v AS SELECT \"total\" FROM t");
}

TEST_CASE("a column that nothing is over is dropped by ALTER TABLE, any other by a rebuild") {
  Sqlite sqlite{
      "CREATE TABLE p (id INTEGER PRIMARY KEY)",
      "CREATE TABLE t (a INTEGER, b INTEGER UNIQUE, c INTEGER REFERENCES p, d INTEGER, e INTEGER, CHECK (d > e))",
      "CREATE INDEX ix_e ON t (e)"};
  CHECK(sqlite.live.apply(op::DropColumn{table("t"), id("a")}) == std::vector{R"(ALTER TABLE "t" DROP COLUMN "a")"s});
  for (auto const* column : {"b", "c", "e"}) sqlite.live.apply(op::DropColumn{table("t"), id(column)});
  CHECK(sqlite.text_of("t") == "CREATE TABLE \"t\" (\n  \"d\" INTEGER\n)");
  CHECK(sqlite.text_of("ix_e").empty());
  CHECK_THROWS_WITH_AS(sqlite.live.apply(op::DropColumn{table("t"), id("dd")}),
                       "op.drop_column: table 't' has no column 'dd'", UsageError);
  CHECK(sqlite.live.apply(op::DropColumn{.table = table("t"), .column = id("dd"), .if_exists = true}).empty());
}

TEST_CASE("a column that a trigger or a computed column needs is not dropped") {
  Sqlite sqlite{"CREATE TABLE t (a INTEGER, b AS (a), c INTEGER)",
                "CREATE TRIGGER tr AFTER UPDATE ON t BEGIN SELECT OLD.c; END"};
  CHECK_THROWS_WITH_AS(sqlite.live.apply(op::DropColumn{table("t"), id("a")}),
                       "op.drop_column: column 'b' of table 't' is computed from column 'a'", UsageError);
  CHECK_THROWS_WITH_AS(sqlite.live.apply(op::DropColumn{table("t"), id("c")}),
                       "op.drop_column: trigger 'tr' uses column 'c' of table 't'", UsageError);
}

TEST_CASE("constraints are added and dropped by name, unnamed ones by the name PostgreSQL would give") {
  Sqlite sqlite{"CREATE TABLE t (id INTEGER, a TEXT UNIQUE, b TEXT, CONSTRAINT ck CHECK (length(a) > 1), FOREIGN KEY "
                "(b) REFERENCES t (a))"};
  sqlite.live.apply(op::CreatePrimaryKey{table("t"), {.columns = ids({"id"})}});
  sqlite.live.apply(op::CreateUniqueConstraint{table("t"), {.name = id("uq"), .columns = ids({"a", "b"})}});
  sqlite.live.apply(op::CreateCheckConstraint{table("t"), {.name = id("ck_b"), .condition = "b <> ''"}});
  CHECK(sqlite.text_of("t") ==
        "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL,\n  \"a\" TEXT UNIQUE,\n  \"b\" TEXT,\n  CONSTRAINT \"ck\" "
        "CHECK (length(a) > 1),\n"
        "  FOREIGN KEY (b) REFERENCES t (a),\n  PRIMARY KEY (\"id\"),\n  CONSTRAINT \"uq\" UNIQUE (\"a\", \"b\"),\n"
        "  CONSTRAINT \"ck_b\" CHECK (b <> '')\n)");
  for (auto const* name : {"uq", "ck", "t_b_fkey", "t_pkey", "ck_b", "t_a_key"}) {
    sqlite.live.apply(op::DropConstraint{table("t"), id(name)});
  }
  CHECK(sqlite.text_of("t") == "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL,\n  \"a\" TEXT,\n  \"b\" TEXT\n)");
  CHECK_THROWS_WITH_AS(sqlite.live.apply(op::DropConstraint{table("t"), id("gone")}),
                       "op.drop_constraint: table 't' has no constraint 'gone'", UsageError);
}

TEST_CASE("several changes in a batch make one rebuild") {
  Sqlite sqlite{"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)", "INSERT INTO t VALUES (1, '5', 'x')",
                "CREATE INDEX ix_b ON t (b)"};
  op::BatchAlterTable batch{.table = table("t")};
  auto type = alter("t", "a");
  type.type = schema::Integer{};
  type.new_column_name = id("amount");
  batch.operations.push_back(type);
  batch.operations.push_back(op::CreateCheckConstraint{table("t"), {.name = id("ck"), .condition = "amount > 0"}});
  batch.operations.push_back(op::DropColumn{table("t"), id("b")});
  batch.operations.push_back(op::AddColumn{.table = table("t"),
                                           .column = {.name = id("c"), .type = schema::Text{}, .unique = true},
                                           .insert_after = id("id")});
  batch.operations.push_back(
      op::CreateIndex{table("t"), {.name = id("ix_amount"), .elements = {{.what = id("amount")}}}});
  auto const texts = sqlite.live.apply(batch);
  CHECK(std::count_if(texts.begin(), texts.end(), [](auto const& text) { return text.starts_with("CREATE TABLE"); }) ==
        1);
  CHECK(sqlite.text_of("t") ==
        "CREATE TABLE \"t\" (\n  \"id\" INTEGER PRIMARY KEY,\n  \"c\" TEXT UNIQUE,\n  \"amount\" INTEGER,\n"
        "  CONSTRAINT \"ck\" CHECK (\"amount\" > 0)\n)");
  CHECK(sqlite.number("SELECT amount FROM t") == 5);
  CHECK(sqlite.text_of("ix_amount") == "CREATE INDEX \"ix_amount\" ON \"t\" (\"amount\")");
}

TEST_CASE("a batch that must not recreate says what would need it") {
  Sqlite sqlite{"CREATE TABLE t (a TEXT)"};
  op::BatchAlterTable batch{.table = table("t"), .recreate = op::BatchAlterTable::Recreate::never};
  auto type = alter("t", "a");
  type.type = schema::Integer{};
  batch.operations = {op::AddColumn{.table = table("t"), .column = {.name = id("b"), .type = schema::Text{}}}, type};
  CHECK_THROWS_WITH_AS(sqlite.live.apply(batch),
                       "op.batch_alter_table: SQLite needs a rebuild of table 't' for op.alter_column", UsageError);
  batch.operations.pop_back();
  CHECK(sqlite.live.apply(batch) == std::vector{R"(ALTER TABLE "t" ADD COLUMN "b" TEXT)"s});
}

TEST_CASE("defaults, computed columns and collations are changed by a rebuild") {
  Sqlite sqlite{"CREATE TABLE t (a TEXT DEFAULT 'x', b INTEGER)", "INSERT INTO t (b) VALUES (4)"};
  auto change = alter("t", "a");
  change.server_default = op::Change<schema::ServerDefault>{};
  change.collation = "NOCASE";
  sqlite.live.apply(change);
  change = alter("t", "b");
  change.server_default = {Value{std::int64_t{-3}}};
  sqlite.live.apply(change);
  sqlite.live.apply(op::AddColumn{
      .table = table("t"),
      .column = {.name = id("c"), .type = schema::Integer{}, .computed = schema::Computed{"b * 2", true}}});
  CHECK(sqlite.text_of("t") == "CREATE TABLE \"t\" (\n  \"a\" TEXT COLLATE \"NOCASE\",\n  \"b\" INTEGER DEFAULT -3,\n"
                               "  \"c\" INTEGER GENERATED ALWAYS AS (b * 2) STORED\n)");
  CHECK(sqlite.number("SELECT c FROM t") == 8);
  change = alter("t", "c");
  change.computed = op::Change<schema::Computed>{};
  sqlite.live.apply(change);
  CHECK(sqlite.number("SELECT c FROM t") == 8);
  CHECK_NOTHROW(sqlite.live.run("UPDATE t SET c = 1"));
}

TEST_CASE("a value of an enum is added, renamed and removed in its CHECK") {
  Sqlite sqlite{};
  sqlite.live.apply(op::CreateTable{.table = {.name = table("users"),
                                              .columns = {{.name = id("role"),
                                                           .type = schema::Enum{table("role"), {"admin", "user"}},
                                                           .server_default = Value{"user"s}}}}});
  sqlite.live.run("INSERT INTO users DEFAULT VALUES");
  sqlite.live.apply(op::AlterEnum{.name = table("role"),
                                  .add = {{.value = "guest", .after = "admin"}},
                                  .rename = {{"user", "member"}},
                                  .tables = {{table("users"), id("role")}}});
  CHECK(sqlite.text_of("users") == "CREATE TABLE \"users\" (\n  \"role\" VARCHAR(6) DEFAULT 'member' CHECK (\"role\" "
                                   "IN ('admin', 'guest', 'member'))\n)");
  CHECK(sqlite.live.scalar("SELECT role FROM users") == Value{"member"s});
  sqlite.live.apply(
      op::AlterEnum{.name = table("role"), .remove = {"guest"}, .tables = {{table("users"), id("role")}}});
  CHECK_THROWS_AS(sqlite.live.run("INSERT INTO users VALUES ('guest')"), DatabaseError);
  CHECK_THROWS_WITH_AS(sqlite.live.apply(op::AlterEnum{
                           .name = table("role"), .remove = {"boss"}, .tables = {{table("users"), id("role")}}}),
                       "op.alter_enum: the enum in 'users.role' has no value 'boss'", UsageError);
}

TEST_CASE("a column that ALTER TABLE cannot add comes by a rebuild") {
  Sqlite sqlite{"CREATE TABLE t (a TEXT)", "INSERT INTO t VALUES ('x')"};
  sqlite.live.apply(op::AddColumn{.table = table("t"),
                                  .column = {.name = id("made"),
                                             .type = schema::Timestamp{},
                                             .nullable = false,
                                             .server_default = schema::Expression{"now()"}}});
  CHECK(sqlite.number("SELECT count(*) FROM t WHERE made IS NOT NULL") == 1);
  sqlite.live.apply(
      op::AddColumn{.table = table("t"), .column = {.name = id("id"), .type = schema::BigInt{}, .primary_key = true}});
  CHECK(sqlite.number("SELECT id FROM t") == 1);
  CHECK(sqlite.live
            .apply(op::AddColumn{
                .table = table("t"), .column = {.name = id("a"), .type = schema::Text{}}, .if_not_exists = true})
            .empty());
}

TEST_CASE("a virtual table is not rebuilt, a temporary one is") {
  Sqlite sqlite{"CREATE VIRTUAL TABLE v USING fts5(a)", "CREATE TEMPORARY TABLE t (a TEXT)",
                "INSERT INTO t VALUES ('x')"};
  auto change = alter("v", "a");
  change.nullable = false;
  CHECK_THROWS_WITH_AS(sqlite.live.apply(change), "op.alter_column: a virtual table cannot be altered", UsageError);
  change = alter("t", "a");
  change.nullable = false;
  sqlite.live.apply(change);
  CHECK(sqlite.number("SELECT count(*) FROM temp.t") == 1);
  CHECK_THROWS_WITH_AS(sqlite.live.apply(alter("nowhere", "a")), "op.alter_column: there is no table 'nowhere'",
                       UsageError);
}

TEST_CASE("a rebuild needs to know the table") {
  auto const dialect = dialect::sqlite::make_dialect(nullptr);
  auto change = alter("t", "a");
  change.nullable = false;
  CHECK_THROWS_WITH_AS(
      dialect->compile(change, nullptr),
      "op.alter_column: SQLite must rebuild table 't' for this, and without a connection nobody knows its columns",
      UsageError);
  change = alter("t", "a");
  change.new_column_name = id("b");
  CHECK(dialect->compile(change, nullptr).front().text == R"(ALTER TABLE "t" RENAME COLUMN "a" TO "b")");
}

TEST_CASE("a table made earlier in the run is rebuilt without a connection") {
  struct MadeInRun final : sql::Existing {
    schema::Catalog known;
    schema::Table const* table(schema::TableName const& name) const override { return known.find_table(name); }
    std::optional<schema::TableName> table_of_index(schema::TableName const&) const override { return std::nullopt; }
    schema::Catalog const& catalog() const override { return known; }
    std::vector<std::vector<Value>> query(std::string_view, std::vector<Value> const&) const override {
      throw UsageError{"nobody can be asked"};
    }
    bool live() const override { return false; }
  } existing;
  existing.known.tables.emplace(
      table("t"), schema::Table{.name = table("t"),
                                .columns = {{.name = id("id"), .type = schema::Integer{}, .primary_key = true},
                                            {.name = id("a"), .type = schema::Text{}, .index = true}}});
  auto change = alter("t", "a");
  change.nullable = false;
  std::vector<std::string> texts;
  for (auto const& statement : dialect::sqlite::make_dialect(nullptr)->compile(change, &existing))
    texts.push_back(statement.text);
  CHECK(texts == std::vector<std::string>{
                     "CREATE TABLE \"vm_new_t\" (\n  \"id\" INTEGER NOT NULL PRIMARY KEY,\n  \"a\" TEXT NOT NULL\n)",
                     "INSERT INTO \"vm_new_t\" (\"id\", \"a\") SELECT \"id\", \"a\" FROM \"t\"", "DROP TABLE \"t\"",
                     "PRAGMA legacy_alter_table = ON", "ALTER TABLE \"vm_new_t\" RENAME TO \"t\"",
                     "PRAGMA legacy_alter_table = OFF", "CREATE INDEX \"ix_t_a\" ON \"t\" (\"a\")"});
}
