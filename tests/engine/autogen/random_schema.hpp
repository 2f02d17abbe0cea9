// Random schemas, as a person might write them: the same number gives the same schema. The pool of names is small, so
// that two schemas share some tables and columns and differ in the rest.
#pragma once

#include "engine/script/desired.hpp"
#include "tests/support/live_dialect.hpp"

#include <random>

namespace vm::test {

class RandomSchema {
 public:
  RandomSchema(std::uint32_t seed, std::string dialect) : random_{seed}, dialect_{std::move(dialect)} {}

  script::DesiredSchema make() {
    choose_enums();
    auto const count = below(5) + 1;
    for (std::size_t n = 0; n < names_.size() && catalog_.tables.size() < count; ++n)
      if (chance(70)) add_table(names_[n]);
    if (catalog_.tables.empty()) add_table(names_[0]);
    add_cycle();
    add_sequences();
    add_views();
    add_routines();
    add_triggers();
    if (is_postgres() && chance(15)) catalog_.extensions.push_back({"citext", ""});
    script::DesiredSchema made;
    made.catalog = std::move(catalog_);
    made.objects = std::move(objects_);
    return made;
  }

 private:
  using Column = schema::Column;

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template<typename T>
  T one_of(std::vector<T> const& list) {
    return list[below(list.size())];
  }
  bool is_postgres() const { return dialect_ == "postgresql"; }
  bool is_mysql() const { return dialect_ == "mysql"; }
  bool is_sqlite() const { return dialect_ == "sqlite"; }
  std::string quoted(std::string const& name) const { return quote_ + name + quote_; }
  std::string quoted(schema::Identifier const& name) const { return quoted(name.text()); }

  // --- types and defaults ---

  /// Names that are enums in this schema; one name has one list of values.
  void choose_enums() {
    auto const values = std::vector<std::string>{"low", "mid", "it's", "high", "urgent, now"};
    for (auto const& value : values)
      if (value == "mid" || chance(70)) level_.push_back(value);
    if (chance(20)) std::rotate(level_.begin(), level_.begin() + 1, level_.end());
    if (!is_postgres() || !chance(40)) return;
    auto mood = std::vector<std::string>{"happy", "it's", "sad"};
    if (chance(50)) mood.insert(mood.begin() + static_cast<std::ptrdiff_t>(below(4)), "calm");
    auto const name = table("mood");
    catalog_.enums.emplace(name, schema::EnumType{name, mood});
  }

  schema::Type type() {
    using namespace schema;
    auto types = std::vector<Type>{Integer{},     BigInt{},      SmallInt{}, Boolean{},   String{50},
                                   String{200},   Text{},        Date{},     Timestamp{}, Numeric{12, 2},
                                   Numeric{8, 3}, Numeric{6, 0}, Double{},   Real{},      Float{},
                                   Char{3},       Binary{},      Json{},     Time{},      Enum{table("level"), level_}};
    auto const more = [&](std::vector<Type> list) { types.insert(types.end(), list.begin(), list.end()); };
    if (!is_mysql()) more({Uuid{}, Numeric{}, String{}}); // MariaDB alters no column of another kind into a UUID
    if (!is_sqlite()) more({Timestamp{false, 3}, Timestamp{false, 0}, Time{false, 2}});
    if (is_postgres())
      more({Timestamp{true},
            Timestamp{true, 3},
            Json{true},
            schema::Array{{Integer{}}},
            schema::Array{{String{10}}},
            schema::Array{{Enum{table("level"), level_}}},
            Interval{},
            PostgresType{"inet"},
            PostgresType{"cidr"},
            PostgresType{"tsvector"},
            PostgresType{"int4range"},
            PostgresType{"money"},
            PostgresType{"xml"},
            PostgresType{"macaddr"},
            PostgresType{"bit"},
            Raw{"bit(3)"},
            Raw{"varchar(7)"},
            Raw{"int4"},
            Raw{"point"},
            Raw{"numeric(5)"},
            Raw{"timestamptz"},
            Raw{"name"},
            Raw{"interval day to second"}});
    if (is_mysql())
      more({Binary{16}, Raw{"int unsigned"}, Raw{"mediumtext"}, Raw{"set('a','b')"}, Raw{"year"}, Raw{"INTEGER(9)"},
            Raw{"tinyint"}, Raw{"decimal(5,1) unsigned"}, Raw{"timestamp NULL"}});
    if (is_sqlite()) more({Raw{"NVARCHAR(20)"}, Raw{"Integer"}, Raw{"VARCHAR( 10 )"}, Raw{"ANYTHING goes"}});
    return one_of(types);
  }

  std::string cut(std::string text, std::optional<int> length) const {
    return text.substr(0, static_cast<std::size_t>(length.value_or(100)));
  }

  std::optional<schema::ServerDefault> server_default(schema::Type const& type) {
    using namespace schema;
    using Default = std::optional<ServerDefault>;
    if (!chance(50)) return std::nullopt;
    auto const literal = [](auto value) { return Default{ServerDefault{Value{value}}}; };
    auto const sql = [](std::string text) { return Default{ServerDefault{Expression{std::move(text)}}}; };
    auto const words = std::vector<std::string>{"it's \"so\"", "",    "NULL", "now()", "50%",  "a\\b",  "line\nbreak",
                                                "grün",        "(x)", "true", "0",     "x::y", ":name", "semi;colon"};
    if (is_integer(type)) {
      if (chance(20)) return sql("1 + 2");
      if (chance(10)) return sql("abs(-4)");
      return literal(one_of<std::int64_t>({42, 0, -7, 32000}));
    }
    if (std::holds_alternative<Boolean>(type)) return literal(chance(50));
    if (auto const* string = std::get_if<String>(&type)) {
      if (chance(15)) return sql("upper('x')");
      if (chance(10)) return sql(is_mysql() ? "concat('a', 'b')" : "'a' || 'b'");
      return literal(cut(one_of(words), string->length));
    }
    // MariaDB 10.11 forgets to escape a backslash in a TEXT column's default when it copies a table.
    if (std::holds_alternative<Text>(type)) return literal(is_mysql() ? std::string{"it's"} : one_of(words));
    if (std::holds_alternative<Char>(type)) return literal(std::string{"abc"});
    if (auto const* numeric = std::get_if<Numeric>(&type)) {
      if (chance(20)) return sql("1.5 * 2");
      if (numeric->scale == 0) return literal(std::int64_t{12});
      if (chance(30)) return Default{ServerDefault{Value{Decimal{"-0.25"}}}};
      if (chance(30)) return literal(std::int64_t{3});
      return literal(std::string{"1.50"});
    }
    if (std::holds_alternative<Double>(type)) return literal(one_of<double>({0.5, -1e-7, 3}));
    if (std::holds_alternative<Date>(type)) {
      if (chance(30)) return sql(is_sqlite() ? "date('now')" : "CURRENT_DATE");
      return literal(std::string{"2026-01-31"});
    }
    if (auto const* stamp = std::get_if<Timestamp>(&type)) {
      if (stamp->precision && is_mysql()) return literal(std::string{"2026-01-31 10:00:00"});
      if (is_postgres() && chance(40))
        return sql(one_of<std::string>({"now()", "(now() AT TIME ZONE 'utc')", "now() + interval '1 day'"}));
      if (is_sqlite() && chance(40)) return sql(one_of<std::string>({"datetime('now')", "strftime('%Y', 'now')"}));
      return sql("CURRENT_TIMESTAMP");
    }
    if (std::holds_alternative<Enum>(type)) return literal(std::string{"mid"});
    if (std::holds_alternative<Json>(type)) return literal(one_of<std::string>({"{}", "[]", R"({"a": 1})"}));
    if (std::holds_alternative<Uuid>(type) && is_postgres()) return sql("gen_random_uuid()");
    if (std::holds_alternative<Interval>(type)) return literal(one_of<std::string>({"1 day", "24:00:00"}));
    if (auto const* array = std::get_if<schema::Array>(&type)) {
      if (std::holds_alternative<Integer>(array->element[0]) && chance(50)) return sql("ARRAY[1, 2]");
      return literal(std::string{"{}"});
    }
    if (auto const* special = std::get_if<PostgresType>(&type)) {
      if (special->name == "inet") return literal(std::string{"127.0.0.1"});
      if (special->name == "int4range") return sql("'[1,10)'::int4range");
    }
    return std::nullopt;
  }

  static bool is_text(schema::Type const& type) {
    return std::holds_alternative<schema::String>(type) || std::holds_alternative<schema::Text>(type);
  }
  bool can_be_key(schema::Type const& type) const {
    if (is_integer(type) || std::holds_alternative<schema::Date>(type)) return true;
    auto const* string = std::get_if<schema::String>(&type);
    return string && (string->length || !is_mysql());
  }

  // --- tables ---

  void add_table(std::string const& name) {
    schema::Table made{.name = table(name)};
    add_key(made, name);
    for (std::size_t n = 0; n < columns_.size(); ++n)
      if (chance(60)) add_column(made, name, columns_[n]);
    shuffle_tail(made.columns);
    add_computed(made);
    std::vector<schema::Identifier> plain, texts;
    for (auto const& column : made.columns) {
      if (schema::is_integer(column.type) && !column.primary_key && !column.computed) plain.push_back(column.name);
      if (is_text(column.type) && !column.computed) texts.push_back(column.name);
    }
    add_constraints(made, name, plain, texts);
    add_indexes(made, name, plain, texts);
    add_foreign_keys(made, name, plain);
    if (!is_sqlite() && chance(25)) made.comment = chance(50) ? "holds " + name : "it's \\ \"all\"\nof " + name;
    if (is_sqlite() && name == "archive" && !has_counter(made)) made.options["sqlite_without_rowid"] = true;
    catalog_.tables.emplace(made.name, made);
  }

  static bool has_counter(schema::Table const& table) {
    return std::ranges::any_of(table.columns, [](auto const& column) {
      return column.autoincrement.value_or(false) || column.options.contains("sqlite_autoincrement");
    });
  }

  void add_key(schema::Table& made, std::string const& name) {
    Column key{.name = id("id"), .type = chance(70) ? schema::Type{schema::Integer{}} : schema::BigInt{}};
    if (chance(12)) { // composite
      key.nullable = false;
      made.columns.push_back(key);
      made.columns.push_back({.name = id("part"), .type = schema::String{20}, .nullable = false});
      schema::PrimaryKey both{.columns = {id("id"), id("part")}};
      if (chance(40)) both.name = id("pk_" + name);
      if (chance(30)) std::swap(both.columns[0], both.columns[1]);
      made.constraints.emplace_back(both);
      return;
    }
    key.primary_key = true;
    if (chance(10)) key.type = schema::String{30};
    if (schema::is_integer(key.type)) {
      if (chance(15)) key.autoincrement = false;
      if (is_postgres() && chance(20)) {
        key.autoincrement.reset();
        key.identity = identity();
      }
      if (is_sqlite() && !key.autoincrement && chance(15) && std::holds_alternative<schema::Integer>(key.type))
        key.options["sqlite_autoincrement"] = true;
    }
    made.columns.push_back(key);
  }

  schema::Identity identity() {
    schema::Identity made;
    made.always = chance(50);
    if (chance(50)) made.start = 100;
    if (chance(30)) made.increment = chance(50) ? 5 : -1;
    if (made.increment == -1) made.minimum = -1000, made.maximum = 1000;
    if (chance(20)) made.cache = 20;
    made.cycle = chance(20);
    return made;
  }

  void add_column(schema::Table& made, std::string const& name, std::string const& called) {
    Column column{.name = id(called), .type = type()};
    column.server_default = server_default(column.type);
    column.nullable = !chance(35);
    if (!is_sqlite() && chance(15)) column.comment = chance(70) ? "of the '" + called + "'" : "a \\ b\n\"c\"";
    auto const plain = can_be_key(column.type);
    if (plain && chance(12)) column.unique = true;
    if (plain && chance(15)) column.index = true;
    if (is_text(column.type) && chance(8))
      column.collation = is_postgres() ? "C" : is_sqlite() ? "NOCASE" : "utf8mb4_bin";
    if (chance(15)) {
      auto const which = quoted(called);
      std::string condition;
      if (schema::is_integer(column.type))
        condition = one_of<std::string>({which + " > 0", which + " BETWEEN 1 AND 90", which + " IN (1, 2, 3)",
                                         which + " % 2 = 0 OR " + which + " IS NULL", "NOT " + which + " < -5"});
      else if (is_text(column.type))
        condition = one_of<std::string>({which + " <> 'it''s'", "length(" + which + ") > 3", which + " LIKE 'a%'",
                                         which + " IN ('a', 'b;c')", "lower(" + which + ") = " + which});
      if (!condition.empty()) {
        column.check = schema::CheckConstraint{};
        column.check->condition = condition;
        if (chance(60)) column.check->name = id("ck_" + name + "_" + called);
      }
    }
    if (is_postgres() && schema::is_integer(column.type) && !column.server_default && !column.check && chance(10)) {
      column.identity = identity();
      column.nullable = false;
    }
    made.columns.push_back(column);
  }

  void shuffle_tail(std::vector<Column>& columns) {
    if (columns.size() > 2 && chance(20)) std::shuffle(columns.begin() + 1, columns.end(), random_);
  }

  void add_computed(schema::Table& made) {
    // MariaDB computes nothing from a column that counts by itself.
    auto const source = std::ranges::find_if(
        made.columns, [](Column const& column) { return schema::is_integer(column.type) && !column.primary_key; });
    if (source == made.columns.end() || !chance(30)) return;
    Column computed{.name = id("twice"), .type = schema::BigInt{}};
    auto const from = quoted(source->name);
    computed.computed =
        schema::Computed{one_of<std::string>({from + " * 2", from + " + 1", "coalesce(" + from + ", 0)"}), true};
    if (!is_postgres() && chance(30)) computed.computed->persisted = false;
    made.columns.push_back(computed);
  }

  void add_constraints(schema::Table& made, std::string const& name, std::vector<schema::Identifier> const& plain,
                       std::vector<schema::Identifier> const& texts) {
    if (plain.size() >= 2 && chance(40)) {
      schema::UniqueConstraint unique{.columns = {plain[0], plain[1]}};
      if (chance(60)) unique.name = id("uq_" + name + "_pair");
      if (is_postgres() && chance(30))
        unique.deferral = chance(50) ? schema::Deferral::initially_deferred : schema::Deferral::initially_immediate;
      unique.nulls_not_distinct = is_postgres() && chance(20);
      made.constraints.emplace_back(unique);
    }
    if (plain.size() >= 2 && chance(30)) {
      schema::CheckConstraint check{.condition = quoted(plain[0]) + " <= " + quoted(plain[1]) + " OR " +
                                                 quoted(plain[1]) + " IS NULL"};
      if (chance(60)) check.name = id("ck_" + name + "_order");
      made.constraints.emplace_back(check);
    }
    if (!plain.empty() && !texts.empty() && chance(20))
      made.constraints.emplace_back(schema::CheckConstraint{.condition = "(" + quoted(plain[0]) + " > 0 AND " +
                                                                         quoted(texts[0]) + " IS NOT NULL) OR " +
                                                                         quoted(texts[0]) + " = 'none'"});
    if (is_postgres() && !plain.empty() && chance(10)) {
      schema::ExcludeConstraint exclude{.name = id("ex_" + name)};
      exclude.using_method = "btree";
      exclude.elements.emplace_back(plain[0], "=");
      if (chance(50)) exclude.where = quoted(plain[0]) + " > 0";
      made.constraints.emplace_back(exclude);
    }
  }

  void add_indexes(schema::Table& made, std::string const& name, std::vector<schema::Identifier> const& plain,
                   std::vector<schema::Identifier> const& texts) {
    if (plain.size() >= 2 && chance(40)) {
      schema::Index index{.name = id("ix_" + name + "_two"), .elements = {{.what = plain[1]}, {.what = plain[0]}}};
      index.elements[0].descending = !is_mysql() && chance(40);
      if (is_postgres() && chance(30)) index.elements[1].nulls_first = true;
      index.unique = chance(30);
      if (!is_mysql() && chance(30))
        index.where = one_of<std::string>({quoted(plain[0]) + " > 10", quoted(plain[0]) + " IS NOT NULL"});
      if (is_postgres() && chance(20)) index.include = {id("id")};
      if (is_postgres() && chance(20)) index.with["fillfactor"] = "70";
      if (is_postgres() && chance(20)) index.nulls_not_distinct = index.unique;
      made.indexes.push_back(index);
    }
    if (!texts.empty() && chance(40)) {
      schema::Index index{.name = id("ix_" + name + "_text"), .elements = {{.what = texts[0]}}};
      if (is_mysql()) {
        index.elements[0].length = 10;
        if (chance(25)) {
          index.elements[0].length.reset();
          index.options["mysql_prefix"] = std::string{"FULLTEXT"};
        }
      } else {
        auto const kind = below(is_postgres() ? 5 : 3);
        if (kind == 0) index.elements[0].what = schema::Expression{"lower(" + quoted(texts[0]) + ")"};
        if (kind == 1) index.elements[0].what = schema::Expression{quoted(texts[0]) + " || 'x'"};
        if (kind == 2 && is_sqlite()) index.elements[0].collation = "NOCASE";
        if (kind == 3) index.using_method = "hash";
        if (kind == 4) index.elements[0].operator_class = "text_pattern_ops";
      }
      made.indexes.push_back(index);
    }
    if (!is_postgres()) return;
    for (auto const& column : made.columns) {
      auto const* json = std::get_if<schema::Json>(&column.type);
      auto const fits = (json && json->binary) || std::holds_alternative<schema::Array>(column.type);
      if (!fits || !chance(30)) continue;
      made.indexes.push_back(
          {.name = id("ix_" + name + "_gin"), .elements = {{.what = column.name}}, .using_method = "gin"});
      break;
    }
  }

  void add_foreign_keys(schema::Table& made, std::string const& name, std::vector<schema::Identifier> const& plain) {
    (void)plain;
    auto const action = [&]() -> std::string {
      return one_of<std::string>({"", "", "CASCADE", "SET NULL", "NO ACTION", "RESTRICT"});
    };
    auto const refer = [&](std::string const& column_name, schema::Table const& referent) {
      auto const& key = referent.columns.front();
      if (!key.primary_key) return; // composite
      Column column{.name = id(column_name), .type = key.type};
      schema::ForeignKey refers{.referent = referent.name, .referent_columns = {key.name}};
      refers.ondelete = action();
      refers.onupdate = action();
      if (is_mysql() && refers.onupdate == "SET NULL") refers.onupdate.clear();
      if (is_postgres() && chance(15)) refers.match = "FULL";
      if (!is_mysql() && chance(20))
        refers.deferral = chance(50) ? schema::Deferral::initially_deferred : schema::Deferral::initially_immediate;
      if (chance(50)) refers.name = id("fk_" + name + "_" + column_name);
      if (chance(30)) column.index = true;
      if (chance(50)) {
        column.references = refers;
      } else {
        refers.columns = {column.name};
        made.constraints.emplace_back(refers);
      }
      made.columns.push_back(column);
    };
    if (!catalog_.tables.empty() && chance(60)) {
      auto referent = catalog_.tables.begin();
      std::advance(referent, below(catalog_.tables.size()));
      refer("other_id", referent->second);
    }
    if (chance(15)) refer("parent_id", schema::Table{made});
    // To a key of two columns.
    for (auto const& [other, referent] : catalog_.tables) {
      if (referent.columns.front().primary_key || !chance(40)) continue;
      made.columns.push_back({.name = id("far_id"), .type = referent.columns[0].type});
      made.columns.push_back({.name = id("far_part"), .type = schema::String{20}});
      auto const* key = std::get_if<schema::PrimaryKey>(&referent.constraints.front());
      schema::ForeignKey refers{.referent = other, .referent_columns = key->columns};
      for (auto const& column : key->columns)
        refers.columns.push_back(column.text() == "id" ? id("far_id") : id("far_part"));
      refers.ondelete = chance(50) ? "CASCADE" : "";
      made.constraints.emplace_back(refers);
      break;
    }
  }

  /// Two tables that refer to each other.
  void add_cycle() {
    if (catalog_.tables.size() < 2 || !chance(20)) return;
    auto& first = catalog_.tables.begin()->second;
    auto& second = std::next(catalog_.tables.begin())->second;
    if (!first.columns.front().primary_key || !second.columns.front().primary_key) return;
    auto const link = [&](schema::Table& from, schema::Table const& to) {
      from.columns.push_back({.name = id("peer_id"), .type = to.columns.front().type});
      schema::ForeignKey refers{.columns = {id("peer_id")}, .referent = to.name, .referent_columns = {id("id")}};
      refers.name = id("fk_" + from.name.name.text() + "_peer");
      from.constraints.emplace_back(refers);
    };
    link(first, second);
    link(second, first);
  }

  // --- other objects ---

  void add_sequences() {
    if (is_sqlite()) return;
    for (auto const* name : {"counter", "Tickets 2"}) {
      if (!chance(25)) continue;
      schema::Sequence sequence{table(name), ""};
      if (is_postgres()) sequence.type = one_of<std::string>({"bigint", "integer", "smallint"});
      sequence.start = chance(50) ? 10 : 100;
      sequence.increment = chance(50) ? 1 : 5;
      if (chance(30)) sequence.minimum = 2;
      if (chance(30)) sequence.maximum = 30000;
      if (chance(30)) sequence.cache = 7;
      sequence.cycle = chance(30);
      catalog_.sequences.emplace(sequence.name, sequence);
    }
  }

  void add_view(std::string const& name, std::string definition, bool materialized = false) {
    auto const called = table(name);
    catalog_.views.emplace(called, schema::View{called, std::move(definition), materialized});
  }

  void add_views() {
    auto const& first = catalog_.tables.begin()->second;
    auto const from = quoted(first.name.name);
    auto const second_column = first.columns.size() > 1 ? first.columns[1].name : first.columns[0].name;
    auto const readable = std::ranges::find_if(first.columns, [&](auto const& column) {
      return column.name.text() != "id" && (schema::is_integer(column.type) || is_text(column.type));
    });
    if (chance(40)) {
      add_view("overview", "SELECT id FROM " + from);
      if (chance(50)) // a view on a view, named so that it comes first in the alphabet
        add_view("all of it", "SELECT o.id, 'it''s' AS word FROM overview o WHERE o.id IS NOT NULL");
    }
    if (chance(30) && readable != first.columns.end())
      add_view("wide", "SELECT t.id, t." + quoted(readable->name) + " AS what, count(*) AS n\n  FROM " + from +
                           " t\n GROUP BY t.id, t." + quoted(readable->name));
    if (catalog_.tables.size() > 1 && chance(25)) {
      auto const other = quoted(std::next(catalog_.tables.begin())->second.name.name);
      add_view("joined",
               "SELECT a.id, b.id AS other FROM " + from + " a LEFT JOIN " + other +
                   " b ON CAST(a.id AS CHAR(20)) = CAST(b.id AS CHAR(20)) WHERE a.id IS NOT NULL OR b.id IS NULL");
    }
    if (is_postgres() && chance(30)) {
      add_view("summary", "SELECT count(*) AS n, max(" + quoted(second_column) + "::text) AS last FROM " + from, true);
      if (chance(40)) add_view("again", "SELECT n + 1 AS n FROM summary");
    }
  }

  void add_routines() {
    if (is_sqlite() || !chance(45)) return;
    auto const& first = catalog_.tables.begin()->second;
    auto const add = [&](op::CreateFunction function) { objects_.emplace_back(std::move(function)); };
    if (is_postgres()) {
      add({.name = table("doubled"),
           .arguments = "n integer",
           .returns = "integer",
           .language = "sql",
           .body = chance(50) ? "SELECT n * 2" : "SELECT n + n"});
      if (chance(40))
        add({.name = table("doubled"),
             .arguments = "n text, sep text DEFAULT ', '",
             .returns = "text",
             .language = "plpgsql",
             .body = "BEGIN\n  RETURN n || sep || n; -- it's\nEND"});
      if (chance(40))
        add({.name = table("how many"),
             .arguments = "",
             .returns = "bigint",
             .language = "sql",
             .body = "SELECT count(*) FROM " + quoted(first.name.name)});
      if (chance(30))
        add({.name = table("forget"),
             .arguments = "k bigint",
             .language = "sql",
             .body = "DELETE FROM " + quoted(first.name.name) + " WHERE id::text = k::text",
             .procedure = true});
    } else {
      op::CreateFunction doubled{.name = table("doubled"),
                                 .arguments = "n INT",
                                 .returns = "INT",
                                 .body = chance(50) ? "RETURN n * 2" : "BEGIN\n  RETURN n + n;\nEND"};
      doubled.options["deterministic"] = true;
      add(doubled);
      if (chance(40))
        add({.name = table("forget"),
             .arguments = "IN k BIGINT, OUT n INT",
             .body = "BEGIN DELETE FROM " + quoted(first.name.name) + " WHERE id = k; SET n = 1; END",
             .procedure = true});
    }
  }

  void add_triggers() {
    if (!chance(40)) return;
    auto const& first = catalog_.tables.begin()->second;
    op::CreateTrigger trigger{.name = id("touched"), .table = first.name};
    trigger.timing = is_sqlite() ? "AFTER" : "BEFORE";
    trigger.events = {chance(50) ? "UPDATE" : "INSERT"};
    if (is_postgres()) {
      objects_.emplace_back(op::CreateFunction{
          .name = table("touch"), .returns = "trigger", .language = "plpgsql", .body = "BEGIN\n  RETURN NEW;\nEND"});
      trigger.body = "EXECUTE FUNCTION touch()";
      if (chance(40)) trigger.events = {"INSERT", "UPDATE OF id"};
      if (chance(30)) trigger.when = "NEW.id IS NOT NULL";
    } else if (is_sqlite()) {
      trigger.body = "DELETE FROM " + quoted(first.name.name) + " WHERE id = NEW.id + 1; SELECT 'it''s';";
      if (chance(30)) trigger.when = "NEW.id > 5";
    } else {
      trigger.body = chance(50) ? "SET NEW.id = NEW.id" : "BEGIN SET NEW.id = NEW.id; SET @seen = 'it''s'; END";
    }
    objects_.emplace_back(trigger);
  }

  std::mt19937 random_;
  std::string dialect_;
  std::string quote_{dialect_ == "mysql" ? "`" : "\""};
  std::vector<std::string> level_;
  schema::Catalog catalog_;
  std::vector<op::Operation> objects_;
  std::vector<std::string> names_{"customers", "order items", "Loans", "select", "t", "archive"};
  std::vector<std::string> columns_{"a", "name",     "created_at", "amount",   "status", "ref_no",
                                    "b", "level_of", "Order",      "the note", "c"};
};

} // namespace vm::test
