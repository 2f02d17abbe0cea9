#include "engine/core/text.hpp"
#include "engine/dialect/registry.hpp"
#include "tests/support/live_dialect.hpp"
#include "tests/support/places.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>

using namespace vm;
using namespace vm::test;
using namespace std::string_literals;

namespace doctest {

template<>
struct StringMaker<schema::Type> {
  static String convert(schema::Type const& type) { return schema::to_string(type).c_str(); }
};

template<>
struct StringMaker<schema::ServerDefault> {
  static String convert(schema::ServerDefault const& value) {
    if (auto const* expression = std::get_if<schema::Expression>(&value)) return ("sql: " + expression->sql).c_str();
    return StringMaker<Value>::convert(std::get<Value>(value));
  }
};

} // namespace doctest

namespace {

using Names = std::vector<std::string>;

schema::Column column(std::string name, schema::Type type) {
  return {.name = id(std::move(name)), .type = std::move(type)};
}

schema::Column with_default(std::string name, schema::Type type, schema::ServerDefault value) {
  auto made = column(std::move(name), std::move(type));
  made.server_default = std::move(value);
  return made;
}

schema::ServerDefault expression(std::string sql) {
  return schema::Expression{std::move(sql)};
}

schema::Table make_table(std::string name, std::vector<schema::Column> columns,
                         std::vector<schema::Constraint> constraints = {}) {
  return {.name = table(std::move(name)), .columns = std::move(columns), .constraints = std::move(constraints)};
}

/// parents(a, b): a key and a unique pair that foreign keys can point to.
schema::Table parents() {
  return make_table(
      "parents", {column("a", schema::Integer{}), column("b", schema::Integer{})},
      {schema::PrimaryKey{id("pk_parents"), ids({"a"})}, schema::UniqueConstraint{id("uq_parents"), ids({"a", "b"})}});
}

template<typename Kind>
std::vector<Kind> all_of(schema::Table const& table) {
  std::vector<Kind> found;
  for (auto const& constraint : table.constraints)
    if (auto const* one = std::get_if<Kind>(&constraint)) found.push_back(*one);
  return found;
}

/// The constraint of that name and kind; fails the test when there is none.
template<typename Kind>
Kind named(schema::Table const& table, std::string const& name) {
  for (auto const& one : all_of<Kind>(table))
    if (one.name == id(name)) return one;
  FAIL("no constraint '" << name << "'");
  throw 0;
}

schema::Index index_named(schema::Table const& table, std::string const& name) {
  for (auto const& index : table.indexes)
    if (index.name == id(name)) return index;
  FAIL("no index '" << name << "'");
  throw 0;
}

schema::Table const& read(LiveDialect const& live, std::string const& name) {
  auto const* found = live.table(table(name));
  REQUIRE(found != nullptr);
  return *found;
}

Names table_names(schema::Catalog const& catalog) {
  Names names;
  for (auto const& [name, table] : catalog.tables) names.push_back(schema::to_string(name));
  return names;
}

/// What the inspector itself says, without what LiveDialect keeps.
struct Inspected {
  std::unique_ptr<db::Session> session;
  std::unique_ptr<inspect::Inspector> inspector;
  explicit Inspected(TestDatabase const& database)
      : session{database.connect()},
        inspector{dialect::backend_for(database.dialect()).inspector(*session)} {}
  inspect::Inspector* operator->() const { return inspector.get(); }
};

schema::Enum mood() {
  return {.name = table("mood"), .values = {"happy", "it's", "b\\c"}};
}

/// A type as asked for, and what it is read as where the database keeps something else; `refused` where it has none.
struct TypeRule {
  schema::Type asked;
  std::map<std::string, schema::Type> read_as = {};
  Names refused = {};
};

std::vector<TypeRule> type_rules() {
  using namespace schema;
  // SQLite's and MariaDB's own words for what they lack are other types' words as well.
  auto const text_on_sqlite = std::map<std::string, Type>{{"sqlite", Text{}}};
  std::vector<TypeRule> rules;
  auto const add = [&](Type asked, std::map<std::string, Type> read_as = {}, Names refused = {}) {
    rules.push_back({std::move(asked), std::move(read_as), std::move(refused)});
  };
  add(SmallInt{});
  add(Integer{});
  add(BigInt{});
  add(Real{});
  // one type of eight bytes
  add(Float{}, {{"postgresql", Double{}}, {"mysql", Double{}}});
  add(Double{});
  add(Numeric{12, 2});
  add(Numeric{12, {}}, {{"postgresql", Numeric{12, 0}}, {"mysql", Numeric{12, 0}}});
  // MariaDB's DECIMAL would be DECIMAL(10,0), so it wants the digits
  add(Numeric{}, {}, {"mysql"});
  add(Boolean{});
  add(String{100});
  add(String{}, {}, {"mysql"});
  add(Text{});
  add(Char{3});
  add(Char{}, {{"postgresql", Char{1}}, {"mysql", Char{1}}});
  add(Binary{});
  // no length there
  add(Binary{16}, {{"sqlite", Binary{}}, {"postgresql", Binary{}}});
  add(Date{});
  add(Time{});
  add(Time{.precision = 3}, {{"sqlite", Time{}}});
  add(Timestamp{});
  add(Timestamp{.precision = 0}, {{"sqlite", Timestamp{}}});
  // no zone there
  add(Timestamp{.timezone = true}, {{"sqlite", Timestamp{}}, {"mysql", Timestamp{}}});
  add(Timestamp{.timezone = true, .precision = 3}, {{"sqlite", Timestamp{}}, {"mysql", Timestamp{.precision = 3}}});
  add(Interval{}, text_on_sqlite, {"mysql"});
  add(Uuid{}, text_on_sqlite);
  add(Json{});
  add(Json{.binary = true}, {{"sqlite", Json{}}, {"mysql", Json{}}});
  // SQLite has a VARCHAR with a CHECK, MariaDB's ENUM has no name of its own.
  add(mood(), {{"sqlite", String{5}}, {"mysql", Enum{.name = table("enum"), .values = mood().values}}});
  add(Raw{"VARCHAR(7)"}, {{"sqlite", String{7}}, {"postgresql", String{7}}, {"mysql", String{7}}});
  add(schema::Array{{Type{Integer{}}}}, {}, {"sqlite", "mysql"});
  add(schema::Array{{Type{String{20}}}}, {}, {"sqlite", "mysql"});
  add(schema::Array{{Type{mood()}}}, {}, {"sqlite", "mysql"});
  add(PostgresType{"inet"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"cidr"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"macaddr"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"tsvector"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"int4range"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"datemultirange"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"bit"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"varbit"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"money"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"xml"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"point"}, {}, {"sqlite", "mysql"});
  add(PostgresType{"jsonpath"}, {}, {"sqlite", "mysql"});
  return rules;
}

} // namespace

TEST_CASE("every type is read back as it was asked for, where the database can tell") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    auto made = make_table("every_type", {});
    std::vector<schema::Type> expected;
    for (auto const& rule : type_rules()) {
      if (std::ranges::find(rule.refused, database.dialect()) != rule.refused.end()) {
        CHECK_THROWS_AS(live.dialect().type_name(rule.asked), UsageError);
        continue;
      }
      made.columns.push_back(column(fmt::format("c{}", expected.size()), rule.asked));
      auto const found = rule.read_as.find(database.dialect());
      expected.push_back(found == rule.read_as.end() ? rule.asked : found->second);
    }
    live.apply(op::CreateTable{made});
    auto const& held = read(live, "every_type");
    REQUIRE(held.columns.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(schema::to_string(made.columns[i].type));
      CHECK(held.columns[i].type == expected[i]);
      CHECK(held.columns[i].nullable);
      CHECK_FALSE(held.columns[i].server_default);
      CHECK_FALSE(held.columns[i].collation);
      CHECK_FALSE(held.columns[i].autoincrement);
    }
  });
}

TEST_CASE("the reference says what every type becomes and what it is read as") {
  // bindings/README.md, between the head of the table and the next empty line. VM_UPDATE_GOLDEN=1 writes it anew.
  auto const file = std::filesystem::path{source_folder()} / "bindings/README.md";
  std::string table = "| written | SQLite | PostgreSQL | MariaDB |\n| --- | --- | --- | --- |\n";
  auto const head = table.substr(0, table.find('\n') + 1);
  auto const mysql_dialect = dialect::mysql::make_dialect(nullptr);
  auto const postgresql_dialect = dialect::postgresql::make_dialect(nullptr);
  auto const sqlite_dialect = dialect::sqlite::make_dialect(nullptr);
  for (auto const& rule : type_rules()) {
    auto line = fmt::format("| `{}` |", schema::to_string(rule.asked));
    for (auto const* dialect : {sqlite_dialect.get(), postgresql_dialect.get(), mysql_dialect.get()}) {
      std::string const name{dialect->name() == "mariadb" ? "mysql" : dialect->name()};
      if (std::ranges::find(rule.refused, name) != rule.refused.end()) {
        line += " refused |";
        continue;
      }
      line += fmt::format(" `{}`", dialect->type_name(rule.asked));
      auto const found = rule.read_as.find(name);
      if (found != rule.read_as.end()) line += fmt::format(", read as `{}`", schema::to_string(found->second));
      line += " |";
    }
    table += line + "\n";
  }
  std::ifstream in{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto const begin = text.find(head);
  REQUIRE(begin != std::string::npos);
  auto const end = text.find("\n\n", begin) + 1;
  char const* const update = std::getenv("VM_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view{update} == "1") {
    text.replace(begin, end - begin, table);
    std::ofstream{file, std::ios::binary} << text;
  }
  CHECK(text.substr(text.find(head), table.size() + 1) == table + "\n");
}

TEST_CASE("every default is read back as the value or the expression it was") {
  on_every_database([](TestDatabase const& database) {
    using namespace schema;
    LiveDialect live{database};
    auto const now = std::map<std::string, std::string>{
        {"sqlite", "CURRENT_TIMESTAMP"}, {"postgresql", "CURRENT_TIMESTAMP"}, {"mysql", "current_timestamp(6)"}};
    struct Rule {
      Column asked;
      std::optional<ServerDefault> expected;
    };
    auto const kept = [](std::string name, Type type, ServerDefault value) {
      return Rule{with_default(std::move(name), std::move(type), value), value};
    };
    std::vector<Rule> rules{
        kept("quotes", String{50}, Value{"it's \"so\""s}),
        kept("backslash", String{50}, Value{"a\\nb"s}),
        kept("newline", String{50}, Value{"a\nb"s}),
        kept("empty", String{50}, Value{""s}),
        kept("digits", String{50}, Value{"0"s}),
        kept("word", String{50}, Value{"NULL"s}),
        kept("unicode", String{50}, Value{"żółw"s}),
        kept("body", Text{}, Value{"text"s}),
        kept("whole", Integer{}, Value{std::int64_t{42}}),
        kept("negative", Integer{}, Value{std::int64_t{-5}}),
        kept("big", BigInt{}, Value{std::int64_t{9223372036854775807}}),
        kept("price", Numeric{10, 2}, Value{Decimal{"1.50"}}),
        kept("loss", Numeric{10, 2}, Value{Decimal{"-1.50"}}),
        {with_default("seen", Timestamp{}, expression("CURRENT_TIMESTAMP")), expression(now.at(database.dialect()))},
        {with_default("none", Integer{}, expression("NULL")), std::nullopt},
        {column("nothing", Integer{}), std::nullopt},
    };
    // A boolean is a number on SQLite.
    bool const sqlite = database.dialect() == "sqlite";
    rules.push_back({with_default("yes", Boolean{}, Value{true}),
                     sqlite ? ServerDefault{Value{std::int64_t{1}}} : ServerDefault{Value{true}}});
    rules.push_back({with_default("no", Boolean{}, Value{false}),
                     sqlite ? ServerDefault{Value{std::int64_t{0}}} : ServerDefault{Value{false}}});
    auto const sum =
        std::map<std::string, std::string>{{"sqlite", "1 + 2"}, {"postgresql", "(1 + 2)"}, {"mysql", "(1 + 2)"}};
    rules.push_back({with_default("sum", Integer{}, expression("(1 + 2)")), expression(sum.at(database.dialect()))});

    auto made = make_table("every_default", {});
    for (auto const& rule : rules) made.columns.push_back(rule.asked);
    live.apply(op::CreateTable{made});
    auto const& held = read(live, "every_default");
    REQUIRE(held.columns.size() == rules.size());
    for (std::size_t i = 0; i < rules.size(); ++i) {
      CAPTURE(rules[i].asked.name.text());
      CHECK(held.columns[i].server_default == rules[i].expected);
    }
  });
}

TEST_CASE("columns keep whether they may be null, their comment, collation and what computes them") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    auto made = make_table("parts", {column("id", schema::Integer{}), column("price", schema::Integer{}),
                                     column("name", schema::String{20}), column("twice", schema::Integer{})});
    auto const collation =
        std::map<std::string, std::string>{{"sqlite", "NOCASE"}, {"postgresql", "C"}, {"mysql", "utf8mb4_bin"}}.at(
            database.dialect());
    made.columns[0].primary_key = true;
    made.columns[1].nullable = false;
    made.columns[2].collation = collation;
    made.columns[2].comment = "it's \"a\" \\ name";
    made.columns[3].computed = schema::Computed{"price * 2", true};
    made.comment = "what's sold";
    live.apply(op::CreateTable{made});
    auto const& held = read(live, "parts");
    REQUIRE(held.columns.size() == 4);
    CHECK_FALSE(held.columns[0].nullable);
    CHECK_FALSE(held.columns[1].nullable);
    CHECK(held.columns[2].nullable);
    CHECK(held.columns[2].collation == collation);
    REQUIRE(held.columns[3].computed);
    CHECK(held.columns[3].computed->persisted == true);
    auto const computed = std::map<std::string, std::string>{
        {"sqlite", "price * 2"}, {"postgresql", "(price * 2)"}, {"mysql", "`price` * 2"}};
    CHECK(held.columns[3].computed->expression == computed.at(database.dialect()));
    if (live.dialect().capabilities().comments) {
      CHECK(held.columns[2].comment == made.columns[2].comment);
      CHECK(held.comment == made.comment);
    } else {
      CHECK_FALSE(held.columns[2].comment);
      CHECK_FALSE(held.comment);
    }
  });
}

TEST_CASE("keys that generate values are told from those that do not") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    for (bool const generates : {true, false}) {
      auto made = make_table(generates ? "made" : "given", {column("id", schema::Integer{})});
      made.columns[0].primary_key = true;
      if (!generates) made.columns[0].autoincrement = false;
      live.apply(op::CreateTable{made});
      auto const& held = read(live, generates ? "made" : "given").columns.at(0);
      CHECK(held.autoincrement.value_or(false) == generates);
      CHECK_FALSE(held.nullable);
      CHECK_FALSE(held.server_default);
      CHECK(held.type == schema::Type{schema::Integer{}});
    }
  });
}

TEST_CASE("an identity column is read with its options") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  auto made = make_table("t", {column("id", schema::BigInt{})});
  made.columns[0].identity = schema::Identity{.always = true, .start = 5, .increment = 2, .cycle = true};
  live.apply(op::CreateTable{made});
  auto const& held = read(live, "t").columns.at(0);
  REQUIRE(held.identity);
  CHECK(held.identity->always);
  CHECK(held.identity->start == 5);
  CHECK(held.identity->increment == 2);
  CHECK(held.identity->cycle);
  CHECK_FALSE(held.server_default);
}

TEST_CASE("what a column was given as a flag is a constraint of the table") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(op::CreateTable{parents()});
    auto made = make_table("flags", {column("id", schema::Integer{}), column("email", schema::String{50}),
                                     column("parent", schema::Integer{}), column("age", schema::Integer{})});
    made.columns[0].primary_key = true;
    made.columns[1].unique = made.columns[2].index = true;
    made.columns[2].references =
        schema::ForeignKey{.referent = table("parents"), .referent_columns = ids({"a"}), .ondelete = "CASCADE"};
    made.columns[3].check = schema::CheckConstraint{.name = std::nullopt, .condition = "age > 0"};
    live.apply(op::CreateTable{made});
    // A column with its constraints, as a later migration adds it.
    auto late = column("late", schema::Integer{});
    late.check = schema::CheckConstraint{.name = std::nullopt, .condition = "late > 0"};
    live.apply(op::AddColumn{.table = table("flags"), .column = late});
    auto const& held = read(live, "flags");
    for (auto const& each : held.columns) {
      CAPTURE(each.name.text());
      CHECK_FALSE(each.primary_key);
      CHECK_FALSE(each.unique);
      CHECK_FALSE(each.index);
      CHECK_FALSE(each.references);
      CHECK_FALSE(each.check);
    }
    REQUIRE(all_of<schema::PrimaryKey>(held).size() == 1);
    CHECK(all_of<schema::PrimaryKey>(held)[0].columns == ids({"id"}));
    REQUIRE(all_of<schema::UniqueConstraint>(held).size() == 1);
    CHECK(all_of<schema::UniqueConstraint>(held)[0].columns == ids({"email"}));
    REQUIRE(all_of<schema::ForeignKey>(held).size() == 1);
    auto const key = all_of<schema::ForeignKey>(held)[0];
    CHECK(key.columns == ids({"parent"}));
    CHECK(key.referent == table("parents"));
    CHECK(key.referent_columns == ids({"a"}));
    CHECK(key.ondelete == "CASCADE");
    CHECK(all_of<schema::CheckConstraint>(held).size() == 2);
    CHECK(index_named(held, "ix_flags_parent").elements.size() == 1);
  });
}

TEST_CASE("keys and unique constraints keep their names and the order of their columns") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(op::CreateTable{make_table(
        "keys", {column("a", schema::Integer{}), column("b", schema::String{20}), column("c", schema::Integer{})},
        {schema::PrimaryKey{id("pk_keys"), ids({"b", "a"})}, schema::UniqueConstraint{id("uq_c"), ids({"c"})},
         schema::UniqueConstraint{id("uq_c_a"), ids({"c", "a"})}})});
    auto const& held = read(live, "keys");
    REQUIRE(all_of<schema::PrimaryKey>(held).size() == 1);
    auto const key = all_of<schema::PrimaryKey>(held)[0];
    CHECK(key.columns == ids({"b", "a"}));
    // MariaDB calls every primary key PRIMARY.
    if (database.dialect() == "mysql")
      CHECK_FALSE(key.name);
    else
      CHECK(key.name == id("pk_keys"));
    CHECK(all_of<schema::UniqueConstraint>(held).size() == 2);
    CHECK(named<schema::UniqueConstraint>(held, "uq_c").columns == ids({"c"}));
    CHECK(named<schema::UniqueConstraint>(held, "uq_c_a").columns == ids({"c", "a"}));
    CHECK(held.indexes.empty());
  });
}

TEST_CASE("foreign keys keep every option") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(op::CreateTable{parents()});
    bool const defers = database.dialect() != "mysql";
    schema::ForeignKey pair{.name = id("fk_pair"),
                            .columns = ids({"x", "y"}),
                            .referent = table("parents"),
                            .referent_columns = ids({"a", "b"}),
                            .ondelete = "SET NULL",
                            .onupdate = "CASCADE"};
    if (defers) pair.deferral = schema::Deferral::initially_deferred;
    schema::ForeignKey self{.name = id("fk_self"),
                            .columns = ids({"boss"}),
                            .referent = table("children"),
                            .referent_columns = ids({"id"}),
                            .ondelete = "CASCADE"};
    if (defers) self.deferral = schema::Deferral::initially_immediate;
    schema::ForeignKey plain{
        .name = id("fk_plain"), .columns = ids({"z"}), .referent = table("parents"), .referent_columns = ids({"a"})};
    schema::ForeignKey strict{.name = id("fk_strict"),
                              .columns = ids({"w"}),
                              .referent = table("parents"),
                              .referent_columns = ids({"a"}),
                              .ondelete = "RESTRICT"};
    live.apply(op::CreateTable{
        make_table("children",
                   {column("id", schema::Integer{}), column("x", schema::Integer{}), column("y", schema::Integer{}),
                    column("z", schema::Integer{}), column("w", schema::Integer{}), column("boss", schema::Integer{})},
                   {schema::PrimaryKey{std::nullopt, ids({"id"})}, pair, self, plain, strict})});
    auto const& held = read(live, "children");
    CHECK(all_of<schema::ForeignKey>(held).size() == 4);
    CHECK(named<schema::ForeignKey>(held, "fk_pair") == pair);
    CHECK(named<schema::ForeignKey>(held, "fk_self") == self);
    CHECK(named<schema::ForeignKey>(held, "fk_plain") == plain);
    // InnoDB prints RESTRICT for a key without a rule as well.
    if (!defers) strict.ondelete.clear();
    CHECK(named<schema::ForeignKey>(held, "fk_strict") == strict);
  });
}

TEST_CASE("checks keep their names and conditions") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(
        op::CreateTable{make_table("checks", {column("a", schema::Integer{}), column("b", schema::String{9})},
                                   {schema::CheckConstraint{.name = id("ck_a"), .condition = "a > 0"},
                                    schema::CheckConstraint{.name = id("ck_b"), .condition = "b <> 'it''s)'"}})});
    auto const& held = read(live, "checks");
    auto const conditions = std::map<std::string, std::pair<std::string, std::string>>{
        {"sqlite", {"a > 0", "b <> 'it''s)'"}},
        {"postgresql", {"a > 0", "b::text <> 'it''s)'::text"}},
        {"mysql", {"`a` > 0", "`b` <> 'it''s)'"}}};
    CHECK(all_of<schema::CheckConstraint>(held).size() == 2);
    CHECK(named<schema::CheckConstraint>(held, "ck_a").condition == conditions.at(database.dialect()).first);
    CHECK(named<schema::CheckConstraint>(held, "ck_b").condition == conditions.at(database.dialect()).second);
  });
}

TEST_CASE("indexes keep order, uniqueness, expressions and conditions") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    auto const& name = database.dialect();
    live.apply(op::CreateTable{make_table(
        "t", {column("a", schema::Integer{}), column("b", schema::String{50}), column("c", schema::Integer{})})});
    auto const create = [&](schema::Index index) { live.apply(op::CreateIndex{table("t"), std::move(index)}); };
    create({.name = id("ix_two"), .elements = {{.what = id("c")}, {.what = id("a"), .descending = true}}});
    create({.name = id("ux_one"), .elements = {{.what = id("a")}}, .unique = true});
    if (name != "mysql") {
      create({.name = id("ix_lower"),
              .elements = {{.what = schema::Expression{"lower(b)"}}, {.what = id("a")}},
              .unique = true,
              .where = "c > 5"});
    } else {
      create({.name = id("ix_prefix"), .elements = {{.what = id("b"), .length = 10}}});
    }
    auto const& held = read(live, "t");
    auto const two = index_named(held, "ix_two");
    REQUIRE(two.elements.size() == 2);
    CHECK(two.elements[0] == schema::IndexElement{.what = id("c")});
    CHECK(two.elements[1] == schema::IndexElement{.what = id("a"), .descending = true});
    CHECK_FALSE(two.unique);
    CHECK_FALSE(two.where);
    CHECK(two.using_method.empty());
    if (name == "mysql") {
      // A unique index and a unique constraint are one thing there.
      CHECK(named<schema::UniqueConstraint>(held, "ux_one").columns == ids({"a"}));
      CHECK(index_named(held, "ix_prefix").elements[0] == schema::IndexElement{.what = id("b"), .length = 10});
      return;
    }
    CHECK(index_named(held, "ux_one").unique);
    auto const lower_index = index_named(held, "ix_lower");
    REQUIRE(lower_index.elements.size() == 2);
    CHECK(std::get<schema::Expression>(lower_index.elements[0].what).sql ==
          (name == "sqlite" ? "lower(b)" : "lower(b::text)"));
    CHECK(lower_index.elements[1] == schema::IndexElement{.what = id("a")});
    CHECK(lower_index.unique);
    CHECK(lower_index.where == "c > 5");
  });
}

TEST_CASE("indexes of PostgreSQL keep method, operator class, included columns, nulls and storage") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  live.apply(op::CreateTable{make_table("t", {column("a", schema::Integer{}), column("b", schema::String{50}),
                                              column("doc", schema::Json{.binary = true})})});
  auto const round = [&](schema::Index const& index) {
    live.apply(op::CreateIndex{table("t"), index});
    return index_named(read(live, "t"), index.name->text()) == index;
  };
  CHECK(round({.name = id("gin"), .elements = {{.what = id("doc")}}, .using_method = "gin"}));
  CHECK(round({.name = id("ops"), .elements = {{.what = id("b"), .operator_class = "varchar_pattern_ops"}}}));
  CHECK(round({.name = id("path"),
               .elements = {{.what = id("doc"), .operator_class = "jsonb_path_ops"}},
               .using_method = "gin"}));
  CHECK(round({.name = id("covering"), .elements = {{.what = id("a")}}, .unique = true, .include = ids({"b"})}));
  CHECK(round({.name = id("nulls"), .elements = {{.what = id("a"), .descending = true, .nulls_first = false}}}));
  CHECK(round({.name = id("first"), .elements = {{.what = id("a"), .nulls_first = true}}}));
  CHECK(round({.name = id("distinct"), .elements = {{.what = id("a")}}, .unique = true, .nulls_not_distinct = true}));
  CHECK(round({.name = id("filled"), .elements = {{.what = id("a")}}, .with = {{"fillfactor", "70"}}}));
  CHECK(round({.name = id("sorted"), .elements = {{.what = id("b"), .collation = "C"}}}));
}

TEST_CASE("the other kinds of things of PostgreSQL are read") {
  auto const database = TestDatabase::make("postgresql");
  if (!database) return;
  LiveDialect live{*database};
  live.apply(op::CreateTable{make_table("t", {column("a", schema::Integer{}), column("mood", mood())})});
  live.apply(op::CreateView{.name = table("v"), .definition = "SELECT a FROM t"});
  live.apply(op::CreateView{.name = table("mv"), .definition = "SELECT a FROM t", .materialized = true});
  live.apply(op::CreateSequence{.name = table("s"), .type = "integer", .start = 5, .increment = 5, .cycle = true});
  live.apply(op::CreateFunction{
      .name = table("f"), .returns = "trigger", .language = "plpgsql", .body = "BEGIN RETURN NEW; END"});
  live.apply(op::CreateTrigger{
      .name = id("tr"), .table = table("t"), .timing = "BEFORE", .events = {"INSERT"}, .body = "EXECUTE FUNCTION f()"});
  auto const& held = live.catalog();
  REQUIRE(held.enums.count(table("mood")) == 1);
  CHECK(held.enums.at(table("mood")).values == mood().values);
  REQUIRE(held.views.count(table("v")) == 1);
  CHECK_FALSE(held.views.at(table("v")).materialized);
  CHECK(held.views.at(table("v")).definition == "SELECT t.a\n   FROM t");
  REQUIRE(held.views.count(table("mv")) == 1);
  CHECK(held.views.at(table("mv")).materialized);
  REQUIRE(held.sequences.count(table("s")) == 1);
  CHECK(held.sequences.at(table("s")).type == "integer");
  CHECK(held.sequences.at(table("s")).start == 5);
  CHECK(held.sequences.at(table("s")).cycle);
  REQUIRE(held.functions.size() == 1);
  CHECK(held.functions[0].name == table("f"));
  CHECK(held.functions[0].definition.starts_with("CREATE OR REPLACE FUNCTION public.f()"));
  REQUIRE(held.triggers.size() == 1);
  CHECK(held.triggers[0].table == table("t"));
  CHECK(table_names(held) == Names{"t"});
}

TEST_CASE("the other kinds of things of MariaDB are read, and what is read makes them again") {
  auto const database = TestDatabase::make("mysql");
  if (!database) return;
  LiveDialect live{*database};
  live.apply(op::CreateTable{make_table("t", {column("a", schema::Integer{}), column("b", schema::Integer{})})});
  live.apply(op::CreateView{.name = table("v"), .definition = "SELECT a FROM t"});
  live.apply(op::CreateSequence{.name = table("s"), .start = 5, .increment = 5, .minimum = 1, .maximum = 100});
  live.apply(op::CreateSequence{.name = table("a`s"), .start = 7});
  live.apply(op::CreateFunction{.name = table("f"),
                                .arguments = "a INT, `b c` VARCHAR(20)",
                                .returns = "INT",
                                .body = "RETURN a",
                                .options = {{"deterministic", true}}});
  live.apply(op::CreateTrigger{
      .name = id("t`r"), .table = table("t"), .timing = "BEFORE", .events = {"INSERT"}, .body = "SET NEW.b = NEW.a"});
  auto const held = live.catalog();
  REQUIRE(held.views.count(table("v")) == 1);
  CHECK(held.sequences.at(table("s")).start == 5);
  CHECK(held.sequences.at(table("s")).maximum == 100);
  CHECK(held.sequences.at(table("a`s")).start == 7);
  REQUIRE(held.functions.size() == 1);
  CHECK(held.functions[0].arguments == "`a` int(11), `b c` varchar(20)");
  REQUIRE(held.triggers.size() == 1);
  live.apply(op::DropTrigger{.name = id("t`r")});
  live.run(held.triggers[0].definition);
  live.apply(op::DropFunction{.name = table("f")});
  live.run(held.functions[0].definition);
  CHECK(live.catalog().triggers == held.triggers);
  CHECK(live.catalog().functions == held.functions);
  CHECK(table_names(held) == Names{"t"});
}

TEST_CASE("views and triggers of SQLite are read, and SQLite's own and virtual tables are not") {
  auto const database = TestDatabase::make("sqlite");
  LiveDialect live{*database};
  live.run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)");
  live.run("CREATE VIRTUAL TABLE search USING fts5(a)");
  live.run("CREATE VIEW v (x) AS SELECT a AS y FROM t");
  live.run("CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = 'x'; END");
  auto const& held = live.catalog();
  CHECK(table_names(held) == Names{"t"});
  CHECK(held.views.at(table("v")).definition == "SELECT a AS y FROM t");
  REQUIRE(held.triggers.size() == 1);
  CHECK(held.triggers[0].definition == "CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET a = 'x'; END");
}

TEST_CASE("indexes of temporary tables and collations of SQLite's indexes are read") {
  auto const database = TestDatabase::make("sqlite");
  LiveDialect live{*database};
  live.run("CREATE TEMP TABLE t (a TEXT, b TEXT)");
  live.run("CREATE INDEX temp.ix ON t (a COLLATE NOCASE DESC, lower(b) COLLATE \"RTRIM\")");
  auto const& index = index_named(read(live, "t"), "ix");
  REQUIRE(index.elements.size() == 2);
  CHECK(index.elements[0] == schema::IndexElement{.what = id("a"), .descending = true, .collation = "NOCASE"});
  CHECK(index.elements[1] == schema::IndexElement{.what = schema::Expression{"lower(b)"}, .collation = "RTRIM"});
}

TEST_CASE("odd names come back byte for byte") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    std::string const odd = "it's \"odd\" `name` [żółw], (x) 100%";
    auto made = make_table(
        odd, {column(odd, schema::Integer{}), column("order", schema::String{20})},
        {schema::PrimaryKey{std::nullopt, ids({odd})}, schema::UniqueConstraint{id("uq " + odd), ids({"order"})},
         schema::CheckConstraint{id("ck " + odd), live.dialect().quote(odd) + " > 0"},
         schema::ForeignKey{
             .name = id("fk " + odd), .columns = ids({odd}), .referent = table(odd), .referent_columns = ids({odd})}});
    made.indexes.push_back({.name = id("ix " + odd), .elements = {{.what = id("order")}, {.what = id(odd)}}});
    live.apply(op::CreateTable{made});
    auto const& held = read(live, odd);
    CHECK(held.columns.at(0).name == id(odd));
    CHECK(all_of<schema::PrimaryKey>(held).at(0).columns == ids({odd}));
    CHECK(named<schema::UniqueConstraint>(held, "uq " + odd).columns == ids({"order"}));
    CHECK_FALSE(named<schema::CheckConstraint>(held, "ck " + odd).condition.empty());
    auto const key = named<schema::ForeignKey>(held, "fk " + odd);
    CHECK(key.referent == table(odd));
    CHECK(key.referent_columns == ids({odd}));
    auto const index = index_named(held, "ix " + odd);
    REQUIRE(index.elements.size() == 2);
    CHECK(index.elements[1].what == std::variant<schema::Identifier, schema::Expression>{id(odd)});
    CHECK(Inspected { database } -> has_table(table(odd)));
  });
}

TEST_CASE("has_table knows tables, not views or what is not there") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(op::CreateTable{parents()});
    live.apply(op::CreateView{.name = table("v"), .definition = "SELECT a FROM parents"});
    Inspected inspector{database};
    CHECK(inspector->has_table(table("parents")));
    CHECK_FALSE(inspector->has_table(table("v")));
    CHECK_FALSE(inspector->has_table(table("nothing")));
    CHECK_FALSE(inspector->has_table({id("nowhere_at_all"), id("parents")}));
  });
}

TEST_CASE("an empty list of tables reads none") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(op::CreateTable{parents()});
    CHECK(Inspected { database } -> read({.tables = std::vector<schema::TableName>{}, .tables_only = true})
              .tables.empty());
  });
}

TEST_CASE("tables of another schema are read by their full names, alone or all of them") {
  on_every_database([](TestDatabase const& database) {
    if (database.dialect() == "sqlite") return;
    LiveDialect live{database};
    auto const shop = database.dialect() == "mysql" ? database.url().database + "_shop" : "shop"s;
    auto const in_shop = [&](std::string name) { return schema::TableName{id(shop), id(std::move(name))}; };
    live.apply(op::CreateSchema{.name = id(shop)});
    auto rooms = parents();
    rooms.name = in_shop("rooms");
    rooms.constraints = {schema::PrimaryKey{id("pk_rooms"), ids({"a"})}};
    rooms.indexes.push_back({.name = id("ix_rooms"), .elements = {{.what = id("b")}}});
    live.apply(op::CreateTable{rooms});
    live.apply(op::CreateTable{make_table("guests", {column("room", schema::Integer{})},
                                          {schema::ForeignKey{.name = id("fk_room"),
                                                              .columns = ids({"room"}),
                                                              .referent = in_shop("rooms"),
                                                              .referent_columns = ids({"a"})}})});
    live.apply(op::CreateView{.name = in_shop("v"), .definition = "SELECT 1 AS one"});
    {
      Inspected inspector{database};
      CHECK(inspector->has_table(in_shop("rooms")));
      CHECK_FALSE(inspector->has_table(table("rooms")));
      auto const key = named<schema::ForeignKey>(read(live, "guests"), "fk_room");
      CHECK(key.referent == in_shop("rooms"));

      auto const one = inspector->read({.tables = {{in_shop("rooms")}}, .tables_only = true});
      REQUIRE(one.find_table(in_shop("rooms")) != nullptr);
      CHECK(index_named(*one.find_table(in_shop("rooms")), "ix_rooms").elements.size() == 1);

      auto const all = inspector->read({.schema = id(shop)});
      CHECK(table_names(all) == Names{shop + ".rooms"});
      CHECK(all.tables.begin()->second.indexes.size() == 1);
      CHECK(all_of<schema::PrimaryKey>(all.tables.begin()->second).size() == 1);
      CHECK(all.views.count(in_shop("v")) == 1);
      CHECK(std::ranges::find(all.schemas, id(shop)) != all.schemas.end());

      auto const here = inspector->read({});
      CHECK(table_names(here) == Names{"guests"});
      CHECK(here.views.empty());
    }
    live.apply(op::DropTable{.table = table("guests")});
    live.apply(op::DropView{.name = in_shop("v")});
    live.apply(op::DropTable{.table = in_shop("rooms")});
    live.apply(op::DropSchema{.name = id(shop)});
  });
}

TEST_CASE("the schema the session looks in can be asked for by its name") {
  on_every_database([](TestDatabase const& database) {
    LiveDialect live{database};
    live.apply(op::CreateTable{parents()});
    auto const name = std::map<std::string, std::string>{{"sqlite", "main"},
                                                         {"postgresql", "public"},
                                                         {"mysql", database.url().database}}
                          .at(database.dialect());
    auto const held = Inspected {
      database
      } -> read({.schema = id(name)});
    CHECK(table_names(held) == Names{name + ".parents"});
  });
}
