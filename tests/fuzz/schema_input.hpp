// A schema out of fuzzed bytes: its parts fit each other as those of a database do, its names and texts are anything.
#pragma once

#include "engine/schema/catalog.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vm::fuzz {

class SchemaInput {
 public:
  explicit SchemaInput(FuzzedDataProvider& input) : input_{input} {}

  schema::Catalog catalog() {
    schema::Catalog catalog;
    std::set<std::string> names; // of tables, views, types and sequences, which share them
    auto const fresh = [&] {
      for (;;) {
        auto name = table_name();
        if (names.insert(schema::to_string(name)).second) return name;
        spare_ += 'x';
      }
    };
    for (auto n = upto(3); n > 0; --n) {
      auto made = table(fresh());
      catalog.tables.emplace(made.name, std::move(made));
    }
    if (input_.ConsumeBool()) {
      schema::View view{fresh(), text(60), input_.ConsumeBool()};
      if (view.definition.find_first_not_of(" \t\r\n\v\f;") == std::string::npos) view.definition = "SELECT 1";
      catalog.views.emplace(view.name, view);
    }
    if (input_.ConsumeBool()) {
      auto const type = enum_type();
      if (names.insert(schema::to_string(type.name)).second)
        catalog.enums.emplace(type.name, schema::EnumType{type.name, type.values});
    }
    if (input_.ConsumeBool()) {
      schema::Sequence sequence{fresh()};
      sequence.start = number();
      sequence.increment = number();
      sequence.cycle = input_.ConsumeBool();
      catalog.sequences.emplace(sequence.name, sequence);
    }
    return catalog;
  }

 private:
  int upto(int most) { return input_.ConsumeIntegralInRange(0, most); }
  std::string text(std::size_t most) { return input_.ConsumeRandomLengthString(most); }

  /// What goes into a statement as it is: not empty, and without what opens a string, a comment or a name.
  std::string expression() {
    auto value = text(40);
    std::erase_if(value, [](char c) { return std::string_view{"'\"`[$/-#\\"}.find(c) != std::string_view::npos; });
    if (value.find_first_not_of(" \t\r\n\v\f") == std::string::npos) value = "a > 0";
    return value;
  }

  std::optional<std::int64_t> number() {
    if (input_.ConsumeBool()) return std::nullopt;
    auto const value = input_.ConsumeIntegral<std::int64_t>();
    return value == 0 ? 1 : value;
  }

  schema::Identifier name() {
    auto value = text(20);
    try {
      return schema::Identifier{value + spare_};
    } catch (Error const&) { // no database stores it
      return schema::Identifier{"n" + std::to_string(++counter_) + spare_};
    }
  }
  schema::TableName table_name() {
    if (upto(3) == 0) return {schema::Identifier{"app"}, name()};
    return {std::nullopt, name()};
  }
  /// The same for the same type: a database has one of a name.
  schema::Enum enum_type() {
    schema::Enum type{table_name()};
    auto& values = enums_[schema::to_string(type.name)];
    if (values.empty()) {
      values = {"a", text(10)};
      if (values.back().empty() || values.back() == "a") values.back() = "b'c";
    }
    type.values = values;
    return type;
  }

  schema::Type type() {
    using namespace schema;
    switch (upto(17)) {
    case 0: return SmallInt{};
    case 1: return Integer{};
    case 2: return BigInt{};
    case 3: return Real{};
    case 4: return Double{};
    case 5: return Numeric{1 + upto(30), upto(1)};
    case 6: return Boolean{};
    case 7: return String{1 + upto(300)};
    case 8: return Char{1 + upto(20)};
    case 9: return Binary{};
    case 10: return Timestamp{input_.ConsumeBool(), upto(6)};
    case 11: return Time{};
    case 12: return Uuid{};
    case 13: return Json{input_.ConsumeBool()};
    case 14: return enum_type();
    case 15: return Raw{expression()};
    case 16: return schema::Array{{Integer{}}};
    default: return Text{};
    }
  }

  std::optional<schema::ServerDefault> server_default() {
    switch (upto(6)) {
    case 0: return schema::ServerDefault{Value{text(30)}};
    case 1: return schema::ServerDefault{Value{input_.ConsumeIntegral<std::int64_t>()}};
    case 2: {
      auto const real = input_.ConsumeFloatingPoint<double>();
      return schema::ServerDefault{Value{std::isfinite(real) ? real : 0.5}};
    }
    case 3: return schema::ServerDefault{Value{input_.ConsumeBool()}};
    case 4: return schema::ServerDefault{schema::Expression{expression()}};
    default: return std::nullopt;
    }
  }

  schema::Table table(schema::TableName own_name) {
    schema::Table made{.name = std::move(own_name)};
    std::set<std::string> names;
    for (auto n = 1 + upto(4); n > 0; --n) {
      schema::Column column{.name = name(), .type = type()};
      if (!names.insert(column.name.text()).second) continue;
      column.nullable = input_.ConsumeBool();
      column.server_default = server_default();
      if (upto(4) == 0) column.comment = text(30);
      if (upto(6) == 0) column.collation = "utf8mb4_bin"; // written as it is
      if (upto(6) == 0 && !column.server_default) column.computed = schema::Computed{expression(), true};
      made.columns.push_back(std::move(column));
    }
    auto const column = [&]() -> schema::Identifier const& {
      return made.columns[input_.ConsumeIntegralInRange<std::size_t>(0, made.columns.size() - 1)].name;
    };
    auto const optional_name = [&] { return input_.ConsumeBool() ? std::optional{name()} : std::nullopt; };
    if (input_.ConsumeBool()) {
      made.constraints.emplace_back(schema::PrimaryKey{optional_name(), {made.columns.front().name}});
      made.columns.front().nullable = false;
    }
    if (upto(2) == 0) made.constraints.emplace_back(schema::UniqueConstraint{optional_name(), {column()}});
    if (upto(2) == 0) made.constraints.emplace_back(schema::CheckConstraint{optional_name(), expression()});
    if (upto(2) == 0) {
      static std::array<char const*, 4> const actions{"", "CASCADE", "SET NULL", "RESTRICT"};
      schema::ForeignKey refers{.name = optional_name(), .columns = {column()}, .referent = table_name()};
      refers.referent_columns = {name()};
      refers.ondelete = actions[static_cast<std::size_t>(upto(3))];
      made.constraints.emplace_back(refers);
    }
    if (upto(2) == 0) {
      schema::Index index{.name = name(), .unique = input_.ConsumeBool()};
      index.elements.push_back({.what = column(), .descending = input_.ConsumeBool()});
      if (input_.ConsumeBool()) index.elements.push_back({.what = schema::Expression{expression()}});
      if (input_.ConsumeBool()) index.where = expression();
      made.indexes.push_back(std::move(index));
    }
    if (upto(3) == 0) made.comment = text(40);
    return made;
  }

  FuzzedDataProvider& input_;
  std::string spare_; ///< makes a name another one
  int counter_ = 0;
  std::map<std::string, std::vector<std::string>> enums_;
};

inline schema::Catalog take_catalog(FuzzedDataProvider& input) {
  return SchemaInput{input}.catalog();
}

} // namespace vm::fuzz
