#include "engine/core/error.hpp"
#include "engine/sql/compile.hpp"

#include <fmt/format.h>

namespace vm::sql {

namespace {

template<typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template<typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

} // namespace

std::string_view deferral_clause(schema::Deferral deferral) {
  switch (deferral) {
  case schema::Deferral::unspecified: return "";
  case schema::Deferral::not_deferrable: return " NOT DEFERRABLE";
  case schema::Deferral::initially_immediate: return " DEFERRABLE INITIALLY IMMEDIATE";
  case schema::Deferral::initially_deferred: return " DEFERRABLE INITIALLY DEFERRED";
  }
  return "";
}

std::string Compiler::references_clause(schema::ForeignKey const& key) const {
  auto text = fmt::format("REFERENCES {}", quote(key.referent));
  if (!key.referent_columns.empty()) text += fmt::format(" ({})", column_list(key.referent_columns));
  if (!key.match.empty()) text += fmt::format(" MATCH {}", key.match);
  if (!key.ondelete.empty()) text += fmt::format(" ON DELETE {}", key.ondelete);
  if (!key.onupdate.empty()) text += fmt::format(" ON UPDATE {}", key.onupdate);
  text += deferral_clause(key.deferral);
  return text;
}

std::string Compiler::constraint_definition(schema::Constraint const& constraint) const {
  auto const name = std::visit([](auto const& any) { return any.name; }, constraint);
  auto const text = std::visit(
      Overloaded{
          [&](schema::PrimaryKey const& key) { return fmt::format("PRIMARY KEY ({})", column_list(key.columns)); },
          [&](schema::UniqueConstraint const& unique) {
            return fmt::format("UNIQUE {}({}){}", unique.nulls_not_distinct ? "NULLS NOT DISTINCT " : "",
                               column_list(unique.columns), deferral_clause(unique.deferral));
          },
          [&](schema::ForeignKey const& key) {
            return fmt::format("FOREIGN KEY ({}) {}{}", column_list(key.columns), references_clause(key),
                               key.not_valid ? " NOT VALID" : "");
          },
          [&](schema::CheckConstraint const& check) {
            return fmt::format("CHECK ({}){}", check.condition, check.not_valid ? " NOT VALID" : "");
          },
          [&](schema::ExcludeConstraint const& exclude) {
            std::string elements;
            for (auto const& [what, symbol] : exclude.elements) {
              if (!elements.empty()) elements += ", ";
              elements += fmt::format("{} WITH {}", name_or_expression(what), symbol);
            }
            return fmt::format("EXCLUDE USING {} ({}){}{}", quote(exclude.using_method), elements,
                               exclude.where ? fmt::format(" WHERE ({})", *exclude.where) : "",
                               deferral_clause(exclude.deferral));
          },
      },
      constraint);
  return name ? fmt::format("CONSTRAINT {} {}", quote(*name), text) : text;
}

void Compiler::create_constraint(schema::TableName const& table, schema::Constraint const& constraint,
                                 Compilation& out) const {
  check_constraint(constraint);
  out.add(fmt::format("ALTER TABLE {} ADD {}", quote(table), constraint_definition(constraint)));
}

void Compiler::validate_constraint(op::ValidateConstraint const&, Compilation&) const {
  refuse("checks a constraint when it is made and has nothing to validate later",
         "guard the call with vm.dialect == \"postgresql\"");
}

void Compiler::drop_constraint(op::DropConstraint const& operation, Compilation& out) const {
  out.add(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}{}{}", quote(operation.table),
                      operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

} // namespace vm::sql
