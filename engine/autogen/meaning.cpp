#include "engine/autogen/meaning.hpp"

#include "engine/autogen/normal_text.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace vm::autogen {
namespace {

using schema::Constraint;
using schema::Identifier;
using schema::Index;
using schema::Table;
using schema::TableName;
using schema::to_string;

std::string list(std::vector<Identifier> const& columns) {
  std::string text;
  for (auto const& column : columns) text += (text.empty() ? "" : ", ") + column.text();
  return text;
}

std::string deferral(schema::Deferral value) {
  if (value == schema::Deferral::initially_deferred) return " deferred";
  return value == schema::Deferral::initially_immediate ? " deferrable" : "";
}

std::string element_text(std::variant<Identifier, schema::Expression> const& what) {
  if (auto const* column = std::get_if<Identifier>(&what)) return "column " + column->text();
  return "(" + normal_text(std::get<schema::Expression>(what).sql) + ")";
}

/// What a constraint says without its name: equal texts, equal constraints. NOT VALID is no part of it: it tells of the
/// rows so far, PostgreSQL takes it back at VALIDATE CONSTRAINT, and a new table has no rows to leave unchecked.
struct Meaning {
  std::string operator()(schema::PrimaryKey const& key) const { return "primary key " + list(key.columns); }
  std::string operator()(schema::UniqueConstraint const& one) const {
    return "unique " + list(one.columns) + deferral(one.deferral) + (one.nulls_not_distinct ? " nulls" : "");
  }
  std::string operator()(schema::ForeignKey const& key) const {
    auto const action = [](std::string const& text) { return text == "NO ACTION" ? std::string{} : text; };
    return fmt::format("foreign key {} -> {}({}) {}/{}/{}{}", list(key.columns), to_string(key.referent),
                       list(key.referent_columns), action(key.ondelete), action(key.onupdate),
                       key.match == "SIMPLE" ? "" : key.match, deferral(key.deferral));
  }
  std::string operator()(schema::CheckConstraint const& check) const {
    return "check " + normal_condition(check.condition);
  }
  std::string operator()(schema::ExcludeConstraint const& exclude) const {
    std::string text = "exclude " + exclude.using_method;
    for (auto const& [what, method] : exclude.elements) text += fmt::format(" {} {}", element_text(what), method);
    return text + normal_condition(exclude.where.value_or("")) + deferral(exclude.deferral);
  }
};

std::string_view kind_text(Constraint const& constraint) {
  constexpr std::array<std::string_view, 5> kinds{"primary key", "unique constraint", "foreign key", "check constraint",
                                                  "exclude constraint"};
  return kinds.at(constraint.index());
}

} // namespace

std::string meaning(Constraint const& constraint) {
  return std::visit(Meaning{}, constraint);
}

std::string meaning(Index const& index) {
  std::string text = index.unique ? "unique index" : "index";
  for (auto const& element : index.elements) {
    text += ' ' + element_text(element.what) + (element.descending ? " desc" : "");
    // NULLs come last, or first in a descending order, where nobody says otherwise.
    if (element.nulls_first && *element.nulls_first != element.descending)
      text += *element.nulls_first ? " nulls first" : " nulls last";
    if (element.operator_class) text += " class " + *element.operator_class;
    if (element.length) text += fmt::format(" length {}", *element.length);
    if (element.collation) text += " collation " + *element.collation;
  }
  text += " include " + list(index.include) + (index.nulls_not_distinct ? " nulls" : "");
  if (index.where) text += " where " + normal_condition(*index.where);
  text += " using " + (index.using_method.empty() ? "btree" : lower(index.using_method));
  if (auto const kind = index.options.find("mysql_prefix"); kind != index.options.end())
    if (auto const* word = std::get_if<std::string>(&kind->second)) text += " " + lower(*word);
  for (auto const& [key, value] : index.with) text += fmt::format(" {}={}", lower(key), lower(value));
  return text;
}

std::optional<Identifier> const& name_of(Constraint const& constraint) {
  return std::visit([](auto const& one) -> std::optional<Identifier> const& { return one.name; }, constraint);
}

std::vector<Identifier> columns_of(Constraint const& constraint) {
  struct Columns {
    std::vector<Identifier> operator()(schema::PrimaryKey const& key) const { return key.columns; }
    std::vector<Identifier> operator()(schema::UniqueConstraint const& one) const { return one.columns; }
    std::vector<Identifier> operator()(schema::ForeignKey const& key) const { return key.columns; }
    std::vector<Identifier> operator()(schema::CheckConstraint const&) const { return {}; }
    std::vector<Identifier> operator()(schema::ExcludeConstraint const&) const { return {}; }
  };
  return std::visit(Columns{}, constraint);
}

std::string shown(TableName const& table, Constraint const& constraint) {
  auto const& name = name_of(constraint);
  if (name) return fmt::format("{} '{}' on '{}'", kind_text(constraint), name->text(), to_string(table));
  return fmt::format("{} ({}) on '{}'", kind_text(constraint), list(columns_of(constraint)), to_string(table));
}

namespace {

/// Without the number that tells several of the same name apart.
std::string base_name(Table const& table, Constraint const& constraint) {
  auto columns = columns_of(constraint);
  if (auto const* check = std::get_if<schema::CheckConstraint>(&constraint)) {
    for (auto const& column : table.columns)
      if (mentions(check->condition, column.name.text())) columns.push_back(column.name);
    if (columns.size() != 1) columns.clear();
  }
  constexpr std::array<std::string_view, 5> endings{"pkey", "key", "fkey", "check", "excl"};
  auto text = table.name.name.text() + "_";
  if (!std::holds_alternative<schema::PrimaryKey>(constraint))
    for (auto const& column : columns) text += column.text() + "_";
  text += endings.at(constraint.index());
  return text;
}

} // namespace

Identifier implied_name(Table const& table, Constraint const& constraint) {
  auto text = base_name(table, constraint);
  std::size_t before = 0;
  for (auto const& other : table.constraints) {
    if (&other == &constraint) break;
    if (!name_of(other) && other.index() == constraint.index() && base_name(table, other) == text) ++before;
  }
  return Identifier{before == 0 ? text : text + std::to_string(before)};
}

} // namespace vm::autogen
