#include "engine/core/text.hpp"
#include "engine/sql/literal.hpp"
#include "tests/support/live_dialect.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;
using namespace std::string_literals;

namespace {

schema::Column column(std::string name, schema::Type type) {
  return {.name = id(std::move(name)), .type = std::move(type)};
}

schema::Column not_null(schema::Column column) {
  column.nullable = false;
  return column;
}

op::CreateTable make_table(std::string name, std::vector<schema::Column> columns) {
  return {.table = {.name = table(std::move(name)), .columns = std::move(columns)}};
}

schema::Column key(schema::Type type = schema::Integer{}) {
  auto made = column("id", std::move(type));
  made.primary_key = true;
  return made;
}

std::vector<std::string> texts(sql::Dialect const& dialect, op::Operation const& operation) {
  std::vector<std::string> found;
  for (auto const& statement : dialect.compile(operation, nullptr))
    found.push_back(sql::inline_parameters(statement, dialect));
  return found;
}

std::string joined(std::vector<std::string> const& texts) {
  return join(texts, ";\n");
}

auto const sqlite = dialect::sqlite::make_dialect(nullptr);
auto const postgresql = dialect::postgresql::make_dialect(nullptr);
auto const mariadb = dialect::mysql::make_dialect(nullptr);
auto const mysql = dialect::mysql::make_dialect(nullptr, dialect::mysql::Product::mysql);

schema::ServerDefault expression(std::string sql) {
  return schema::Expression{std::move(sql)};
}

/// A table with one column of every type that all databases have.
op::CreateTable every_type() {
  return make_table("every_type", {
                                      key(schema::BigInt{}),
                                      column("small", schema::SmallInt{}),
                                      column("whole", schema::Integer{}),
                                      column("r", schema::Real{}),
                                      column("f", schema::Float{}),
                                      column("d", schema::Double{}),
                                      column("n", schema::Numeric{12, 2}),
                                      column("flag", schema::Boolean{}),
                                      column("name", schema::String{100}),
                                      column("body", schema::Text{}),
                                      column("code", schema::Char{3}),
                                      column("data", schema::Binary{}),
                                      column("day", schema::Date{}),
                                      column("hour", schema::Time{}),
                                      column("made", schema::Timestamp{}),
                                      column("seen", schema::Timestamp{.timezone = true}),
                                      column("token", schema::Uuid{}),
                                      column("doc", schema::Json{}),
                                      column("docb", schema::Json{.binary = true}),
                                      column("mood", schema::Enum{table("mood"), {"happy", "it's"}}),
                                  });
}

/// What one value of a column can hold when a table has it, by kind of default.
op::CreateTable every_default() {
  auto made = make_table("every_default", {
                                              column("whole", schema::Integer{}),
                                              column("flag", schema::Boolean{}),
                                              column("quote", schema::String{100}),
                                              column("back", schema::String{100}),
                                              column("body", schema::Text{}),
                                              column("made", schema::Timestamp{}),
                                              column("sum", schema::Integer{}),
                                              column("n", schema::Numeric{10, 2}),
                                          });
  auto& columns = made.table.columns;
  columns[0].server_default = Value{std::int64_t{-5}};
  columns[1].server_default = Value{true};
  columns[2].server_default = Value{"it's"s};
  columns[3].server_default = Value{"a\\nb"s};
  columns[4].server_default = Value{"text"s};
  columns[5].server_default = expression("now()");
  columns[6].server_default = expression("(1 + 2)");
  columns[7].server_default = Value{1.5};
  return made;
}

} // namespace

TEST_CASE("every type and every kind of default is made and holds what it should") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(every_type());
    live.apply(every_default());
    live.apply(op::Insert{table("every_type"), {{id("name"), Value{"x"s}}}});
    CHECK(live.scalar("SELECT id FROM every_type") == Value{std::int64_t{1}});
    live.run(database.dialect() == "mysql" ? "INSERT INTO every_default () VALUES ()"
                                           : "INSERT INTO every_default DEFAULT VALUES");
    auto const rows = live.all("SELECT whole, quote, back, body, sum FROM every_default WHERE made IS NOT NULL");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == std::vector<Value>{std::int64_t{-5}, "it's"s, "a\\nb"s, "text"s, std::int64_t{3}});
  });
}

TEST_CASE("a sole integer key generates its values, unless something else gives them") {
  struct Row {
    std::string what;
    op::CreateTable table;
    std::string sqlite, postgresql, mariadb;
  };
  auto constraint_key = make_table("t", {column("id", schema::BigInt{})});
  constraint_key.table.constraints.push_back(schema::PrimaryKey{.columns = ids({"id"})});
  auto off = make_table("t", {key()});
  off.table.columns[0].autoincrement = false;
  auto foreign = make_table("t", {key()});
  foreign.table.columns[0].references = schema::ForeignKey{.referent = table("p"), .referent_columns = ids({"id"})};
  auto composite = make_table("t", {key(), column("b", schema::Integer{})});
  composite.table.columns[1].primary_key = true;
  std::vector<Row> const rows{
      {"a flag", make_table("t", {key()}), "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL PRIMARY KEY\n)",
       "CREATE TABLE \"t\" (\n  \"id\" SERIAL NOT NULL PRIMARY KEY\n)",
       "CREATE TABLE `t` (\n  `id` INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY\n)"},
      {"a constraint", constraint_key, "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL,\n  PRIMARY KEY (\"id\")\n)",
       "CREATE TABLE \"t\" (\n  \"id\" BIGSERIAL NOT NULL,\n  PRIMARY KEY (\"id\")\n)",
       "CREATE TABLE `t` (\n  `id` BIGINT NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`id`)\n)"},
      {"turned off", off, "CREATE TABLE \"t\" (\n  \"id\" INT NOT NULL PRIMARY KEY\n)",
       "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL PRIMARY KEY\n)",
       "CREATE TABLE `t` (\n  `id` INTEGER NOT NULL PRIMARY KEY\n)"},
      {"a foreign key", foreign,
       "CREATE TABLE \"t\" (\n  \"id\" INT NOT NULL PRIMARY KEY,\n  FOREIGN KEY (\"id\") REFERENCES \"p\" (\"id\")\n)",
       "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL PRIMARY KEY,\n  FOREIGN KEY (\"id\") REFERENCES \"p\" "
       "(\"id\")\n)",
       "CREATE TABLE `t` (\n  `id` INTEGER NOT NULL PRIMARY KEY,\n  FOREIGN KEY (`id`) REFERENCES `p` (`id`)\n)"},
      {"two columns", composite,
       "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL,\n  \"b\" INTEGER NOT NULL,\n  PRIMARY KEY (\"id\", \"b\")\n)",
       "CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL,\n  \"b\" INTEGER NOT NULL,\n  PRIMARY KEY (\"id\", \"b\")\n)",
       "CREATE TABLE `t` (\n  `id` INTEGER NOT NULL,\n  `b` INTEGER NOT NULL,\n  PRIMARY KEY (`id`, `b`)\n)"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.what);
    CHECK(joined(texts(*sqlite, row.table)) == row.sqlite);
    CHECK(joined(texts(*postgresql, row.table)) == row.postgresql);
    CHECK(joined(texts(*mariadb, row.table)) == row.mariadb);
  }
  auto const identity = dialect::postgresql::make_dialect(nullptr, {.identity_keys = true});
  CHECK(
      texts(*identity, make_table("t", {key()})) ==
      std::vector{"CREATE TABLE \"t\" (\n  \"id\" INTEGER NOT NULL GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY\n)"s});
}

TEST_CASE("what each database has beyond the common is made on it") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    auto made =
        make_table("orders", {key(), not_null(column("room", schema::Integer{})), column("title", schema::String{50}),
                              column("price", schema::Numeric{10, 2}), column("twice", schema::Numeric{10, 2})});
    auto& columns = made.table.columns;
    columns[1].index = true;
    columns[2].unique = true;
    columns[2].comment = "it's the \"title\"";
    columns[3].check = schema::CheckConstraint{.name = id("ck_price"), .condition = "price > 0"};
    columns[4].computed = schema::Computed{"price * 2", true};
    made.table.comment = "what was ordered";
    made.table.constraints.push_back(
        schema::UniqueConstraint{.name = id("uq_room_title"), .columns = ids({"room", "title"})});
    made.table.constraints.push_back(schema::ForeignKey{.name = id("fk_room"),
                                                        .columns = ids({"room"}),
                                                        .referent = table("orders"),
                                                        .referent_columns = ids({"id"}),
                                                        .ondelete = "CASCADE"});
    made.table.options = {{"mysql_engine", "InnoDB"s},
                          {"mysql_charset", "utf8mb4"s},
                          {"mysql_row_format", "DYNAMIC"s},
                          {"postgresql_with", std::map<std::string, std::string>{{"fillfactor", "70"}}},
                          {"sqlite_autoincrement", true}};
    live.apply(made);
    made.if_not_exists = true;
    live.apply(made);

    live.apply(
        op::AddColumn{.table = table("orders"),
                      .column = {.name = id("owner"),
                                 .type = schema::Integer{},
                                 .unique = true,
                                 .index = true,
                                 .comment = "who",
                                 .references = schema::ForeignKey{.name = id("fk_owner"),
                                                                  .referent = table("orders"),
                                                                  .referent_columns = ids({"id"})},
                                 .check = schema::CheckConstraint{.name = id("ck_owner"), .condition = "owner > 0"}}});
    live.apply(
        op::AddColumn{.table = table("orders"), .column = column("owner", schema::Integer{}), .if_not_exists = true});
    live.apply(op::CreateIndex{table("orders"),
                               {.name = id("ix_two"),
                                .elements = {{.what = id("room")}, {.what = id("title"), .descending = true}},
                                .unique = true}});
    live.apply(op::DropIndex{.index = table("ix_two")});
    live.apply(op::CreateCheckConstraint{table("orders"), {.name = id("ck_title"), .condition = "title <> ''"}});
    live.apply(op::DropConstraint{table("orders"), id("ck_title")});
    live.apply(op::DropConstraint{table("orders"), id("fk_owner")});
    live.apply(op::DropConstraint{.table = table("orders"), .name = id("ck_owner"), .kind = op::ConstraintKind::check});
    live.apply(op::CreateForeignKey{table("orders"),
                                    {.name = id("fk_owner"),
                                     .columns = ids({"owner"}),
                                     .referent = table("orders"),
                                     .referent_columns = ids({"id"}),
                                     .onupdate = "CASCADE"}});
    live.apply(
        op::DropConstraint{.table = table("orders"), .name = id("fk_owner"), .kind = op::ConstraintKind::foreignkey});
    live.apply(op::DropConstraint{.table = table("orders"), .name = id("fk_room")});
    live.apply(op::DropConstraint{.table = table("orders"), .name = id("uq_room_title")});
    live.apply(
        op::CreateUniqueConstraint{table("orders"), {.name = id("uq_room_title"), .columns = ids({"room", "title"})}});
    live.apply(
        op::DropConstraint{.table = table("orders"), .name = id("uq_room_title"), .kind = op::ConstraintKind::unique});
    live.apply(op::DropColumn{table("orders"), id("owner")});
    live.apply(op::DropColumn{.table = table("orders"), .column = id("owner"), .if_exists = true});
    live.apply(op::RenameTable{table("orders"), id("Bookings")});
    live.apply(op::CreateView{.name = table("v"),
                              .definition = "SELECT title AS a FROM " + live.dialect().quote(table("Bookings")) + ";",
                              .columns = ids({"first"})});
    live.apply(op::CreateView{.name = table("v"),
                              .definition = "SELECT title FROM " + live.dialect().quote(table("Bookings")),
                              .columns = ids({"first"}),
                              .replace = true});
    live.apply(op::BulkInsert{
        .table = table("Bookings"),
        .columns = ids({"id", "room", "title", "price"}),
        .rows = {{Value{std::int64_t{1}}, Value{std::int64_t{1}}, Value{"a"s}, Value{Decimal{"1.25"}}},
                 {Value{std::int64_t{2}}, Value{std::int64_t{1}}, schema::Expression{"upper('b')"}, Value{Null{}}}}});
    live.apply(op::BulkInsert{.table = table("Bookings"),
                              .columns = ids({"id", "room"}),
                              .rows = {{Value{std::int64_t{1}}, Value{std::int64_t{9}}}},
                              .on_conflict = "ignore"});
    CHECK(live.all("SELECT first FROM v ORDER BY length(first), upper(first)") ==
          std::vector<std::vector<Value>>{{"a"s}, {"B"s}});
    live.apply(op::Update{.table = table("Bookings"), .set = {{id("title"), Value{"it's"s}}}, .where = "id = 1"});
    live.apply(op::Delete{.table = table("Bookings"), .where = "id = 2"});
    CHECK(live.all("SELECT title, room FROM " + live.dialect().quote(table("Bookings"))) ==
          std::vector<std::vector<Value>>{{"it's"s, std::int64_t{1}}});
    live.apply(op::DropView{table("v")});
    live.apply(op::DropView{.name = table("v"), .if_exists = true});
    live.apply(op::DropTable{table("Bookings")});
    live.apply(op::DropTable{.table = table("Bookings"), .if_exists = true});
    live.apply(op::CreateTable{.table = {.name = table("passing"), .columns = {column("a", schema::Text{})}},
                               .temporary = true});
    CHECK(live.all("SELECT * FROM passing").empty());
  });
}

TEST_CASE("alter_column changes what it is told and nothing else") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    auto made = make_table("t", {key(), column("a", schema::String{20})});
    made.table.columns[1].server_default = Value{"x"s};
    made.table.columns[1].comment = "kept";
    live.apply(made);
    op::AlterColumn const base{.table = table("t"), .column = id("a")};
    auto change = base;
    change.type = schema::String{40};
    live.apply(change);
    change = base;
    change.nullable = false;
    live.apply(change);
    auto const* now = live.table(table("t"))->find_column(id("a"));
    CHECK(now->type == schema::Type{schema::String{40}});
    CHECK_FALSE(now->nullable);
    CHECK(now->server_default == schema::ServerDefault{Value{"x"s}});
    if (live.dialect().capabilities().comments) CHECK(now->comment == "kept");
    change = base;
    change.server_default = op::Change<schema::ServerDefault>{};
    change.nullable = true;
    change.comment = op::Change<std::string>{};
    live.apply(change);
    change = base;
    change.server_default = op::Change<schema::ServerDefault>{Value{"it's\\"s}};
    change.new_column_name = id("b");
    live.apply(change);
    now = live.table(table("t"))->find_column(id("b"));
    REQUIRE(now != nullptr);
    CHECK(now->nullable);
    CHECK_FALSE(now->comment);
    live.apply(op::Insert{table("t"), {{id("id"), Value{std::int64_t{1}}}}});
    CHECK(live.scalar("SELECT b FROM t") == Value{"it's\\"s});
  });
}

TEST_CASE("PostgreSQL has its own kinds of things") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  live.apply(op::CreateSchema{id("shop")});
  live.apply(op::CreateExtension{.name = id("btree_gist"), .schema = id("public"), .if_not_exists = true});
  schema::TableName const rooms{id("shop"), id("rooms")};
  op::CreateTable made{
      .table = {
          .name = rooms,
          .columns = {key(), column("room", schema::Integer{}), column("during", schema::PostgresType{"tsrange"}),
                      column("tags", schema::Array{{schema::Text{}}}),
                      column("mood", schema::Enum{{id("shop"), id("mood")}, {"sad", "ok", "happy"}}),
                      column("moods", schema::Array{{schema::Enum{{id("shop"), id("mood")}, {"sad", "ok", "happy"}}}}),
                      column("made", schema::Timestamp{.timezone = true, .precision = 3})}}};
  made.table.columns[4].server_default = Value{"ok"s};
  made.table.columns[5].server_default = Value{Array{{"ok"s}}};
  made.table.columns[0].identity = schema::Identity{.always = true, .start = 10};
  made.table.constraints.push_back(schema::UniqueConstraint{
      .name = id("uq"), .columns = ids({"room"}), .deferral = schema::Deferral::initially_deferred});
  live.apply(made);
  schema::ExcludeConstraint exclude{
      .name = id("no_overlap"), .elements = {{id("room"), "="}, {id("during"), "&&"}}, .where = "room > 0"};
  live.apply(op::CreateExcludeConstraint{rooms, exclude});
  live.apply(op::CreateForeignKey{rooms,
                                  {.name = id("fk"),
                                   .columns = ids({"room"}),
                                   .referent = rooms,
                                   .referent_columns = ids({"id"}),
                                   .match = "FULL",
                                   .deferral = schema::Deferral::initially_immediate,
                                   .not_valid = true}});
  live.apply(op::ValidateConstraint{rooms, id("fk")});
  op::CreateIndex index{rooms,
                        {.name = id("ix_tags"),
                         .elements = {{.what = id("tags")}},
                         .using_method = "gin",
                         .with = {{"fastupdate", "off"}}}};
  live.apply(index);
  index = {rooms,
           {.name = id("ix_all"),
            .elements = {{.what = schema::Expression{"lower(tags[1])"},
                          .descending = true,
                          .nulls_first = false,
                          .operator_class = "text_pattern_ops"},
                         {.what = id("room")}},
            .unique = true,
            .nulls_not_distinct = true,
            .where = "room > 1",
            .include = ids({"made"})}};
  index.concurrently = index.if_not_exists = true;
  live.apply(index);
  live.apply(op::DropIndex{.index = {id("shop"), id("ix_all")}, .concurrently = true, .if_exists = true});
  live.apply(op::CreateTableComment{rooms, "it's a \\ comment"});
  CHECK(live.scalar("SELECT obj_description('shop.rooms'::regclass)") == Value{"it's a \\ comment"s});
  live.apply(op::DropTableComment{rooms});

  live.run("INSERT INTO shop.rooms (room) VALUES (NULL)");
  live.apply(op::AlterEnum{.name = {id("shop"), id("mood")},
                           .add = {{.value = "it's", .after = "sad", .if_not_exists = true}},
                           .rename = {{"happy", "glad"}}});
  live.apply(op::AlterEnum{.name = {id("shop"), id("mood")}, .remove = {"it's", "sad"}});
  CHECK(live.scalar("SELECT array_to_string(enum_range(NULL::shop.mood), ',')") == Value{"ok,glad"s});
  CHECK(live.scalar("SELECT mood::text || moods::text FROM shop.rooms") == Value{"ok{ok}"s});
  live.run("INSERT INTO shop.rooms (room) VALUES (NULL)");
  CHECK(live.scalar("SELECT count(*) FROM shop.rooms WHERE mood = 'ok' AND moods = '{ok}'") == Value{std::int64_t{2}});

  live.apply(op::CreateSequence{.name = table("s"),
                                .type = "integer",
                                .start = 5,
                                .increment = 5,
                                .minimum = 1,
                                .maximum = 100,
                                .cache = 2,
                                .cycle = true});
  live.apply(op::DropSequence{.name = table("s"), .if_exists = true, .cascade = true});
  live.apply(op::CreateFunction{.name = table("f"),
                                .arguments = "a integer",
                                .returns = "integer",
                                .language = "plpgsql",
                                .body = "BEGIN RETURN a; -- $$\nEND",
                                .replace = true,
                                .options = {{"volatility", "immutable"s},
                                            {"security", "definer"s},
                                            {"strict", true},
                                            {"parallel", "safe"s},
                                            {"cost", 10.0}}});
  CHECK(live.scalar("SELECT f(3)") == Value{std::int64_t{3}});
  live.apply(op::CreateFunction{
      .name = table("touch"), .returns = "trigger", .language = "plpgsql", .body = "BEGIN RETURN NEW; END"});
  live.apply(op::CreateTrigger{.name = id("tr"),
                               .table = rooms,
                               .timing = "before",
                               .events = {"INSERT", "UPDATE OF room"},
                               .when = "NEW.room > 0",
                               .body = "touch()"});
  live.apply(op::CreateTrigger{.name = id("tr"),
                               .table = rooms,
                               .timing = "BEFORE",
                               .events = {"INSERT"},
                               .body = "EXECUTE FUNCTION touch();",
                               .replace = true});
  live.apply(op::DropTrigger{.name = id("tr"), .table = rooms});
  live.apply(op::DropFunction{.name = table("touch"), .arguments = ""});
  live.apply(op::CreateFunction{.name = table("p"), .language = "sql", .body = "SELECT 1", .procedure = true});
  live.apply(op::DropFunction{.name = table("p"), .if_exists = true, .procedure = true});
  live.apply(op::CreateView{
      .name = table("m"), .definition = "SELECT id FROM shop.rooms", .materialized = true, .with_data = false});
  live.apply(op::RefreshMaterializedView{.name = table("m")});
  live.apply(op::CreateView{
      .name = table("m"), .definition = "SELECT id, room FROM shop.rooms", .replace = true, .materialized = true});
  live.run("CREATE UNIQUE INDEX ON m (id)");
  live.apply(op::RefreshMaterializedView{.name = table("m"), .concurrently = true});
  live.apply(op::DropView{.name = table("m"), .materialized = true});
  live.apply(op::CreateView{.name = table("w"),
                            .definition = "SELECT id, room FROM shop.rooms WHERE room > 0",
                            .options = {{"postgresql_security_barrier", true}, {"postgresql_check_option", "local"s}}});

  op::AlterColumn change{
      .table = rooms, .column = id("room"), .type = schema::Text{}, .using_expression = "room::text"};
  live.apply(op::DropView{.name = table("w")});
  live.apply(op::DropConstraint{.table = rooms, .name = id("fk")});
  live.apply(op::DropConstraint{.table = rooms, .name = id("no_overlap"), .kind = op::ConstraintKind::exclude});
  live.apply(change);
  change = {.table = rooms, .column = id("mood"), .type = schema::Enum{table("tone"), {"ok", "glad"}}};
  live.apply(change);
  change = {.table = rooms, .column = id("id")};
  change.identity = op::Change<schema::Identity>{schema::Identity{.always = false, .increment = 3, .cycle = true}};
  live.apply(change);
  change.identity = op::Change<schema::Identity>{};
  live.apply(change);
  change.identity = std::nullopt;
  change.autoincrement = true;
  live.apply(change);
  CHECK(live.apply(change).empty());
  live.run("INSERT INTO shop.rooms (room) VALUES ('x')");
  CHECK(live.scalar("SELECT max(id) FROM shop.rooms") == Value{std::int64_t{12}});
  live.apply(op::DropEnum{.name = table("mood"), .if_exists = true});
  live.apply(op::CreateEnum{.name = table("e"), .values = {"a", "it's"}});
  live.apply(op::CreateEnum{.name = table("e"), .values = {"a"}, .if_not_exists = true});
  live.apply(op::DropEnum{.name = table("e"), .cascade = true});
  live.apply(op::DropSchema{.name = id("shop"), .cascade = true});
  live.apply(op::DropExtension{.name = id("btree_gist"), .if_exists = true, .cascade = true});
}

TEST_CASE("MariaDB has its own kinds of things") {
  auto const database = TestDatabase::make("mysql");
  if (!database) return;
  LiveDialect live{*database};
  auto made = make_table("t", {key(), column("a", schema::String{50}), column("body", schema::Text{})});
  made.table.columns[1].options = {{"mysql_charset", "latin1"s}, {"mysql_collate", "latin1_bin"s}};
  made.table.columns[0].options = {{"mysql_unsigned", true}};
  made.table.options = {{"mariadb_engine", "InnoDB"s},
                        {"mysql_engine", "MyISAM"s},
                        {"mysql_comment", "by option"s},
                        {"mysql_auto_increment", 100.0}};
  live.apply(made);
  CHECK(std::get<std::string>(live.all("SHOW CREATE TABLE t")[0][1]).find("ENGINE=InnoDB AUTO_INCREMENT=100") !=
        std::string::npos);
  live.apply(op::CreateIndex{table("t"),
                             {.name = id("ix"),
                              .elements = {{.what = id("a")}, {.what = id("body")}},
                              .options = {{"mysql_length", std::map<std::string, std::string>{{"body", "10"}}},
                                          {"mysql_lock", "none"s},
                                          {"mysql_using", "btree"s}}}});
  live.apply(op::CreateIndex{
      table("t"), {.name = id("ft"), .elements = {{.what = id("body")}}, .options = {{"mysql_prefix", "FULLTEXT"s}}}});
  live.apply(op::DropIndex{.index = table("ft")});
  live.apply(op::CreateTableComment{table("t"), "it's \\ it"});
  CHECK(
      live.scalar(
          "SELECT table_comment FROM information_schema.tables WHERE table_name = 't' AND table_schema = database()") ==
      Value{"it's \\ it"s});
  live.apply(op::DropTableComment{table("t")});
  live.apply(op::CreateSequence{.name = table("s"),
                                .start = 5,
                                .increment = 5,
                                .minimum = 1,
                                .maximum = 100,
                                .cache = 2,
                                .cycle = true,
                                .if_not_exists = true});
  live.apply(op::DropSequence{.name = table("s")});
  live.apply(op::CreateFunction{.name = table("f"),
                                .arguments = "a INT",
                                .returns = "INT",
                                .body = "BEGIN RETURN a; END",
                                .replace = true,
                                .options = {{"deterministic", true}, {"mysql_comment", "c"s}}});
  CHECK(live.scalar("SELECT f(3)") == Value{std::int64_t{3}});
  live.apply(op::DropFunction{.name = table("f"), .arguments = "INT"});
  live.apply(op::CreateTrigger{.name = id("tr"),
                               .table = table("t"),
                               .timing = "before",
                               .events = {"insert"},
                               .body = "SET NEW.a = upper(NEW.a)",
                               .replace = true});
  live.apply(op::DropTrigger{.name = id("tr"), .table = table("t")});
  live.apply(op::CreateView{
      .name = table("v"),
      .definition = "SELECT id FROM t",
      .options = {{"mysql_algorithm", "merge"s}, {"mysql_security", "invoker"s}, {"mysql_check_option", "cascaded"s}}});
  live.apply(op::CreateSchema{.name = id("vm_sql_other"), .if_not_exists = true});
  live.apply(op::DropSchema{.name = id("vm_sql_other")});
  op::AddColumn first{.table = table("t"), .column = column("first", schema::Integer{}), .insert_before = id("id")};
  live.apply(first);
  CHECK(live.table(table("t"))->columns.front().name == id("first"));
}

TEST_CASE("MariaDB's alter_column keeps charset, on update, generated keys and checks") {
  auto const database = TestDatabase::make("mysql");
  if (!database) return;
  LiveDialect live{*database};
  live.run("CREATE TABLE t (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, "
           "a VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s \\\\' COMMENT 'a, (b)' CHECK "
           "(a <> 'x'), "
           "seen DATETIME(6) DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6), j JSON, e ENUM('a','it''s') "
           "DEFAULT 'a', "
           "twice INT AS (id * 2) VIRTUAL COMMENT 'g', hidden INT INVISIBLE DEFAULT 3)");
  auto const line = [&](std::string const& name) {
    auto const text = std::get<std::string>(live.all("SHOW CREATE TABLE t")[0][1]);
    auto const start = text.find("  `" + name + "`") + 5 + name.size();
    return text.substr(start, text.find(",\n", start) - start);
  };
  auto const change = [&](std::string const& name) { return op::AlterColumn{.table = table("t"), .column = id(name)}; };

  auto a = change("a");
  a.type = schema::String{60};
  live.apply(a);
  CHECK(line("a") == "varchar(60) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s \\\\' COMMENT 'a, "
                     "(b)' CHECK (`a` <> 'x')");
  a = change("a");
  a.nullable = true;
  a.comment = op::Change<std::string>{"new"};
  live.apply(a);
  CHECK(line("a") ==
        "varchar(60) CHARACTER SET latin1 COLLATE latin1_bin DEFAULT 'it''s \\\\' COMMENT 'new' CHECK (`a` <> 'x')");
  auto key = change("id");
  key.type = schema::BigInt{};
  live.apply(key);
  CHECK(line("id") == "bigint(20) NOT NULL AUTO_INCREMENT");
  auto seen = change("seen");
  seen.nullable = false;
  live.apply(seen);
  CHECK(line("seen") == "datetime(6) NOT NULL DEFAULT current_timestamp(6) ON UPDATE current_timestamp(6)");
  auto json = change("j");
  json.comment = op::Change<std::string>{"doc"};
  live.apply(json);
  CHECK(line("j") ==
        "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL COMMENT 'doc' CHECK (json_valid(`j`))");
  json.type = schema::Text{};
  live.apply(json);
  CHECK(line("j") == "text DEFAULT NULL COMMENT 'doc'");
  auto twice = change("twice");
  twice.comment = op::Change<std::string>{};
  live.apply(twice);
  CHECK(line("twice") == "int(11) GENERATED ALWAYS AS (`id` * 2) VIRTUAL");
  auto hidden = change("hidden");
  hidden.nullable = false;
  live.apply(hidden);
  CHECK(line("hidden") == "int(11) NOT NULL INVISIBLE DEFAULT 3");
  live.run("INSERT INTO t (a, e) VALUES ('y', 'it''s')");
  live.apply(op::AlterEnum{.name = table("e"),
                           .add = {{.value = "b\\c", .before = "is"}},
                           .rename = {{"it's", "is"}, {"a", "z"}},
                           .tables = {{table("t"), id("e")}}});
  CHECK(line("e") == "enum('z','b\\\\c','is') DEFAULT 'z'");
  CHECK(live.scalar("SELECT e FROM t") == Value{"is"s});
  live.apply(op::AlterEnum{.name = table("e"), .remove = {"b\\c"}, .tables = {{table("t"), id("e")}}});
  CHECK(line("e") == "enum('z','is') DEFAULT 'z'");
}

TEST_CASE("MariaDB without a connection needs to be told what a column is") {
  op::AlterColumn change{.table = table("t"), .column = id("a"), .nullable = false};
  CHECK_THROWS_WITH_AS(
      texts(*mariadb, change),
      "op.alter_column: MariaDB says a column anew to change it, and nobody can be asked what the type of 't.a' is",
      UsageError);
  change.existing_type = schema::String{20};
  change.existing_server_default = Value{"x"s};
  CHECK(texts(*mariadb, change) == std::vector{"ALTER TABLE `t` MODIFY COLUMN `a` VARCHAR(20) NOT NULL DEFAULT 'x'"s});
  change = {.table = table("t"), .column = id("a"), .type = schema::Text{}};
  CHECK_THROWS_WITH_AS(texts(*mariadb, change),
                       "op.alter_column: MariaDB says a column anew to change it, and nobody can be asked what the "
                       "nullability of 't.a' is",
                       UsageError);
  change = {.table = table("t"), .column = id("a"), .new_column_name = id("b")};
  CHECK(texts(*mariadb, change) == std::vector{"ALTER TABLE `t` RENAME COLUMN `a` TO `b`"s});
  CHECK_THROWS_WITH_AS(texts(*mariadb, op::DropIndex{.index = table("ix")}),
                       "op.drop_index: MariaDB needs the table of an index", UsageError);
}

TEST_CASE("what a database cannot do is refused before the first statement, with the way round") {
  struct Row {
    sql::Dialect const& dialect;
    op::Operation operation;
    std::string message;
  };
  op::CreateIndex const concurrent{
      .table = table("t"), .index = {.name = id("ix"), .elements = {{.what = id("a")}}}, .concurrently = true};
  op::CreateForeignKey const late{
      table("t"), {.columns = ids({"a"}), .referent = table("p"), .deferral = schema::Deferral::initially_deferred}};
  auto const with_type = [](schema::Type type) { return make_table("t", {column("a", std::move(type))}); };
  std::vector<Row> const rows{
      {*sqlite, op::CreateExcludeConstraint{table("t"), {.elements = {{id("a"), "="}}}},
       "op.create_exclude_constraint: SQLite has no exclude constraints"},
      {*mariadb, op::CreateExcludeConstraint{table("t"), {.elements = {{id("a"), "="}}}},
       "op.create_exclude_constraint: MariaDB has no exclude constraints"},
      {*sqlite, concurrent, "op.create_index: SQLite locks the whole database for an index"},
      {*mariadb, concurrent,
       "op.create_index: MariaDB builds indexes while the table is written, and has no word for it"},
      {*mysql, late, "op.create_foreign_key: MySQL checks constraints at once and cannot defer them"},
      {*sqlite, with_type(schema::Array{{schema::Integer{}}}), "op.create_table: SQLite has no type 'array(integer)'"},
      {*mariadb, with_type(schema::Interval{}), "op.create_table: MariaDB has no type 'interval'"},
      {*mariadb, with_type(schema::String{}), "op.create_table: MariaDB needs the length of a 'string'"},
      {*sqlite, with_type(schema::PostgresType{"inet"}), "op.create_table: SQLite has no type 'inet'"},
      {*mysql, op::CreateSequence{.name = table("s")}, "op.create_sequence: MySQL has no sequences"},
      {*sqlite, op::CreateFunction{.name = table("f")}, "op.create_function: SQLite has no stored functions"},
      {*mariadb, op::CreateExtension{.name = id("x")},
       "op.create_extension: MariaDB has no extensions that a migration can create"},
      {*sqlite, op::CreateSchema{id("s")},
       "op.create_schema: SQLite has one database for each schema and creates none by a statement"},
      {*mariadb, op::CreateView{.name = table("v"), .definition = "SELECT 1", .materialized = true},
       "op.create_materialized_view: MariaDB has no materialized views"},
      {*postgresql, op::CreateView{.name = table("v"), .definition = "SELECT 1", .if_not_exists = true},
       "op.create_view: PostgreSQL has no IF NOT EXISTS for views"},
      {*sqlite, op::ValidateConstraint{table("t"), id("c")},
       "op.validate_constraint: SQLite checks a constraint when it is made and has nothing to validate later"},
      {*postgresql,
       op::CreateTrigger{
           .name = id("tr"), .table = table("t"), .timing = "AFTER", .events = {"INSERT"}, .body = "BEGIN END"},
       "op.create_trigger: PostgreSQL runs a function in a trigger, and the body is none"},
      {*mariadb,
       op::CreateTrigger{.name = id("tr"),
                         .table = table("t"),
                         .timing = "AFTER",
                         .events = {"INSERT", "DELETE"},
                         .body = "SET @a = 1"},
       "op.create_trigger: MariaDB has one event for each trigger"},
      {*sqlite, op::CreateTableComment{table("t"), "c"}, "op.create_table_comment: SQLite stores no comments"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.message);
    try {
      row.dialect.compile(row.operation, nullptr);
      FAIL("it was not refused");
    } catch (UsageError const& error) {
      CHECK(error.message() == row.message);
      CHECK_FALSE(error.hints().empty());
    }
  }
}

TEST_CASE("options of the own dialect are known by name, those of others are left to them") {
  auto made = make_table("t", {column("a", schema::Text{})});
  made.table.options = {{"mysql_engin", "InnoDB"s}};
  CHECK(texts(*postgresql, made).size() == 1);
  try {
    texts(*mariadb, made);
    FAIL("it was not refused");
  } catch (UsageError const& error) {
    CHECK(error.message() == "op.create_table: unknown option 'mysql_engin'");
    CHECK(error.hints().front().text == "did you mean 'mysql_engine'?");
  }
  made.table.options = {{"sqlite_strict", "yes"s}};
  CHECK_THROWS_WITH_AS(texts(*sqlite, made), "op.create_table: option 'sqlite_strict' must be true or false",
                       UsageError);
}

TEST_CASE("many rows go in statements that the database can take") {
  op::BulkInsert many{.table = table("t"), .columns = ids({"a", "b"})};
  for (std::int64_t at = 0; at < 20000; ++at) many.rows.push_back({Value{at}, Value{"x"s}});
  auto const statements = sqlite->compile(many, nullptr);
  REQUIRE(statements.size() == 2);
  CHECK(statements[0].parameters.size() == 32766);
  CHECK(statements[1].parameters.size() == 40000 - 32766);
  many.rows.assign(3, {Value{std::int64_t{1}}, Value{std::string(600'000, 'x')}});
  CHECK(postgresql->compile(many, nullptr).size() == 3);
  many.rows.clear();
  CHECK(postgresql->compile(many, nullptr).empty());
}

TEST_CASE("statements that no transaction takes are recognised") {
  struct Row {
    sql::Dialect const& dialect;
    std::string_view statement;
    bool outside;
  };
  std::vector<Row> const rows{
      {*postgresql, " -- why\n/* not */ create unique index concurrently ix on t (a)", true},
      {*postgresql, "CREATE INDEX ix ON concurrently (a)", false},
      {*postgresql, "DROP INDEX CONCURRENTLY IF EXISTS ix", true},
      {*postgresql, "REINDEX (VERBOSE) INDEX CONCURRENTLY ix", true},
      {*postgresql, "REINDEX TABLE t", false},
      {*postgresql, "REINDEX DATABASE d", true},
      {*postgresql, "REINDEX SCHEMA s", true},
      {*postgresql, "DISCARD ALL", true},
      {*postgresql, "DISCARD TEMP", false},
      {*postgresql, "COMMIT PREPARED 'x'", true},
      {*postgresql, "ROLLBACK PREPARED 'x'", true},
      {*postgresql, "ALTER SUBSCRIPTION s ADD PUBLICATION p", true},
      {*postgresql, "ALTER SUBSCRIPTION s DISABLE", false},
      {*postgresql, "VACUUM ANALYZE t", true},
      {*postgresql, "CREATE DATABASE d", true},
      {*postgresql, "ALTER SYSTEM SET work_mem = 1", true},
      {*postgresql, "ALTER DATABASE d SET TABLESPACE s", true},
      {*postgresql, "ALTER DATABASE d SET work_mem = '1MB'", false},
      {*postgresql, "CLUSTER", true},
      {*postgresql, "CLUSTER t USING ix", false},
      {*postgresql, "ALTER TYPE mood ADD VALUE 'x'", false},
      {*postgresql, "ALTER TABLE p DETACH PARTITION c CONCURRENTLY", true},
      {*postgresql, "REFRESH MATERIALIZED VIEW CONCURRENTLY m", false},
      {*postgresql, "SELECT 'VACUUM'", false},
      {*sqlite, "VACUUM", true},
      {*sqlite, "PRAGMA journal_mode = WAL", true},
      {*sqlite, "PRAGMA main.journal_mode(wal)", true},
      {*sqlite, "PRAGMA journal_mode", false},
      {*sqlite, "PRAGMA foreign_keys = OFF", false},
      {*mariadb, "CREATE TABLE t (a INT)", false},
  };
  for (auto const& row : rows) {
    CAPTURE(row.statement);
    CHECK(row.dialect.must_run_outside_transaction(row.statement) == row.outside);
  }
}

TEST_CASE("statements that end a transaction by themselves are known on MariaDB") {
  for (auto const* statement : {"CREATE TABLE t (a INT)", "/* c */ drop table t", "ALTER TABLE t ADD b INT",
                                "TRUNCATE t", "LOCK TABLES t READ", "START TRANSACTION"}) {
    CAPTURE(statement);
    CHECK(mariadb->commits_implicitly(statement));
    CHECK_FALSE(postgresql->commits_implicitly(statement));
  }
  for (auto const* statement :
       {"CREATE TEMPORARY TABLE t (a INT)", "INSERT INTO t VALUES (1)", "ROLLBACK TO SAVEPOINT s", "SELECT 1"}) {
    CAPTURE(statement);
    CHECK_FALSE(mariadb->commits_implicitly(statement));
  }
}

TEST_CASE("an index that a failed build left behind is dropped before the next try") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  live.run("CREATE TABLE t (a integer)");
  live.run("INSERT INTO t VALUES (1), (1)");
  op::CreateIndex const index{.table = table("t"),
                              .index = {.name = id("ix"), .elements = {{.what = id("a")}}, .unique = true},
                              .concurrently = true};
  CHECK_THROWS_AS(live.apply(index), DatabaseError);
  live.run("DELETE FROM t");
  CHECK(live.apply(index) ==
        std::vector{R"(DROP INDEX CONCURRENTLY "ix")"s, R"(CREATE UNIQUE INDEX CONCURRENTLY "ix" ON "t" ("a"))"s});
}
