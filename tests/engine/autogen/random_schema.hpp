// Random schemas, as a person might write them: the same number gives the same schema.
#pragma once

#include "engine/schema/catalog.hpp"
#include "tests/support/live_dialect.hpp"

#include <random>

namespace vm::test {

class RandomSchema {
 public:
  RandomSchema(std::uint32_t seed, std::string dialect) : random_{seed}, dialect_{std::move(dialect)} {}

  schema::Catalog make() {
    schema::Catalog catalog;
    auto const count = below(4) + 1;
    for (std::size_t n = 0; n < count; ++n) add_table(catalog, names_[n]);
    if (dialect_ == "postgresql" && chance(40)) {
      // Types of both schemas have to differ in name where their values do not.
      auto const name = table("mood");
      auto values = std::vector<std::string>{"happy", "it's", "sad"};
      if (chance(50)) values.emplace_back("calm");
      catalog.enums.emplace(name, schema::EnumType{name, values});
    }
    if (dialect_ != "sqlite" && dialect_ != "mysql" && chance(30)) {
      schema::Sequence sequence{table("counter"), dialect_ == "postgresql" ? "bigint" : ""};
      sequence.start = 10;
      sequence.increment = chance(50) ? 1 : 5;
      catalog.sequences.emplace(sequence.name, sequence);
    }
    if (chance(40)) {
      auto const& first = catalog.tables.begin()->second;
      auto const name = table("overview");
      catalog.views.emplace(name,
                            schema::View{name, "SELECT id FROM " + quote_ + first.name.name.text() + quote_, false});
    }
    return catalog;
  }

 private:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random_); }
  bool chance(std::size_t percent) { return below(100) < percent; }

  schema::Type type() {
    using namespace schema;
    auto types = std::vector<Type>{Integer{}, BigInt{}, SmallInt{},  Boolean{},      String{50},    String{200},
                                   Text{},    Date{},   Timestamp{}, Numeric{12, 2}, Numeric{8, 3}, Double{},
                                   Real{},    Char{3},  Binary{},    Json{},         Time{}};
    if (dialect_ != "mysql") types.emplace_back(Uuid{}); // MariaDB alters no column of another kind into one
    if (dialect_ == "postgresql") {
      types.emplace_back(Timestamp{true});
      types.emplace_back(Json{true});
      types.emplace_back(schema::Array{{Integer{}}});
      types.emplace_back(Interval{});
      types.emplace_back(PostgresType{"inet"});
    }
    types.emplace_back(Enum{table("level"), {"low", "mid", "high"}});
    return types[below(types.size())];
  }

  std::optional<schema::ServerDefault> server_default(schema::Type const& type) {
    using namespace schema;
    if (!chance(45)) return std::nullopt;
    if (is_integer(type)) return ServerDefault{Value{std::int64_t{42}}};
    if (std::holds_alternative<Boolean>(type)) return ServerDefault{Value{chance(50)}};
    if (std::holds_alternative<String>(type)) return ServerDefault{Value{std::string{"it's \"so\""}}};
    if (std::holds_alternative<Numeric>(type)) return ServerDefault{Value{std::string{"1.50"}}};
    if (std::holds_alternative<Double>(type)) return ServerDefault{Value{0.5}};
    if (std::holds_alternative<Date>(type)) return ServerDefault{Value{std::string{"2026-01-31"}}};
    if (std::holds_alternative<Timestamp>(type)) return ServerDefault{Expression{"CURRENT_TIMESTAMP"}};
    if (std::holds_alternative<Enum>(type)) return ServerDefault{Value{std::string{"mid"}}};
    return std::nullopt;
  }

  void add_table(schema::Catalog& catalog, std::string const& name) {
    schema::Table made{.name = table(name)};
    schema::Column key{.name = id("id"), .type = chance(70) ? schema::Type{schema::Integer{}} : schema::BigInt{}};
    key.primary_key = true;
    made.columns.push_back(key);
    for (std::size_t n = 0; n < columns_.size(); ++n) {
      if (chance(35)) continue;
      schema::Column column{.name = id(columns_[n]), .type = type()};
      column.server_default = server_default(column.type);
      column.nullable = !chance(35);
      if (dialect_ != "sqlite" && chance(15)) column.comment = "of the '" + columns_[n] + "'";
      auto const plain = schema::is_integer(column.type) || std::holds_alternative<schema::String>(column.type);
      if (plain && chance(15)) column.unique = true;
      if (plain && chance(15)) column.index = true;
      if (schema::is_integer(column.type) && chance(15)) {
        column.check = schema::CheckConstraint{};
        column.check->condition = columns_[n] + " > 0";
        if (chance(70)) column.check->name = id("ck_" + name + "_" + columns_[n]);
      }
      made.columns.push_back(column);
    }
    // MariaDB computes nothing from a column that counts by itself.
    auto const source = std::ranges::find_if(made.columns, [](schema::Column const& column) {
      return schema::is_integer(column.type) && !column.primary_key;
    });
    if (source != made.columns.end() && chance(30)) {
      schema::Column computed{.name = id("twice"), .type = schema::BigInt{}};
      computed.computed = schema::Computed{source->name.text() + (chance(50) ? " * 2" : " + 1"), true};
      made.columns.push_back(computed);
    }
    std::vector<schema::Identifier> plain;
    for (auto const& column : made.columns)
      if (schema::is_integer(column.type) && !column.primary_key && !column.computed) plain.push_back(column.name);
    if (plain.size() >= 2 && chance(40)) {
      schema::UniqueConstraint unique{.columns = {plain[0], plain[1]}};
      if (chance(60)) unique.name = id("uq_" + name + "_pair");
      made.constraints.emplace_back(unique);
    }
    if (plain.size() >= 2 && chance(40)) {
      schema::Index index{.name = id("ix_" + name + "_two"), .elements = {{.what = plain[1]}, {.what = plain[0]}}};
      index.elements[0].descending = dialect_ != "mysql" && chance(40);
      index.unique = chance(30);
      if (dialect_ != "mysql" && chance(30)) index.where = plain[0].text() + " > 10";
      made.indexes.push_back(index);
    }
    if (!catalog.tables.empty() && chance(60)) {
      auto referent = catalog.tables.begin();
      std::advance(referent, below(catalog.tables.size()));
      schema::Column column{.name = id("other_id"), .type = referent->second.columns.front().type};
      schema::ForeignKey refers{.referent = referent->first, .referent_columns = {id("id")}};
      if (chance(40)) refers.ondelete = "CASCADE";
      if (chance(50)) refers.name = id("fk_" + name + "_other");
      if (chance(50)) {
        column.references = refers;
      } else {
        refers.columns = {column.name};
        made.constraints.emplace_back(refers);
      }
      made.columns.push_back(column);
    }
    if (dialect_ != "sqlite" && chance(20)) made.comment = "holds " + name;
    catalog.tables.emplace(made.name, made);
  }

  std::mt19937 random_;
  std::string dialect_;
  std::string quote_{dialect_ == "mysql" ? "`" : "\""};
  std::vector<std::string> names_{"customers", "order items", "Loans", "select"};
  std::vector<std::string> columns_{"a", "name", "created_at", "amount", "status", "ref_no", "b", "level_of"};
};

} // namespace vm::test
