#include "engine/core/error.hpp"
#include "engine/sql/compile.hpp"

#include <fmt/format.h>

namespace vm::sql {

std::string Compiler::column_definition(ColumnPlace const& place) const {
  auto const& column = place.column;
  auto text = fmt::format("{} {}", quote(column.name), column_type(place));
  auto const append = [&](std::string const& clause) {
    if (!clause.empty()) text += " " + clause;
  };
  if (column.collation) append(collation_clause(column));
  if (column.computed) append(computed_clause(*column.computed));
  if (column.identity) append(identity_clause(*column.identity));
  if (column.server_default) append(default_clause(*column.server_default, &column.type));
  if (!column.nullable || place.in_key) append("NOT NULL");
  if (place.generates) append(generation_clause(place));
  if (place.writes_key) append(key_clause(place));
  append(column_tail(place));
  if (place.writes_constraints) {
    if (column.unique) append("UNIQUE");
    if (column.references) {
      check_constraint(*column.references);
      if (column.references->name) append(fmt::format("CONSTRAINT {}", quote(*column.references->name)));
      append(references_clause(*column.references));
    }
    if (column.check) append(constraint_definition(*column.check));
  }
  if (column.comment) append(comment_clause(*column.comment));
  return text;
}

std::string Compiler::column_type(ColumnPlace const& place) const {
  return type_name(place.column.type);
}

std::string Compiler::collation_clause(schema::Column const& column) const {
  return fmt::format("COLLATE {}", quote(*column.collation));
}

std::string Compiler::computed_clause(schema::Computed const& computed) const {
  return fmt::format("GENERATED ALWAYS AS ({}) {}", computed.expression,
                     computed.persisted.value_or(false) ? "STORED" : "VIRTUAL");
}

std::string Compiler::identity_clause(schema::Identity const&) const {
  refuse("has no identity columns", "a sole integer primary key generates its values by itself");
}

std::string Compiler::default_clause(schema::ServerDefault const& value, schema::Type const*) const {
  if (auto const* expression = std::get_if<schema::Expression>(&value))
    return fmt::format("DEFAULT {}", expression->sql);
  return fmt::format("DEFAULT {}", literal(std::get<Value>(value)));
}

std::string Compiler::generation_clause(ColumnPlace const&) const {
  return {};
}
std::string Compiler::key_clause(ColumnPlace const&) const {
  return "PRIMARY KEY";
}
std::string Compiler::comment_clause(std::string const&) const {
  return {};
}
std::string Compiler::column_tail(ColumnPlace const&) const {
  return {};
}

void Compiler::add_column(op::AddColumn const& operation, Compilation& out) const {
  auto const& column = operation.column;
  prepare_type(column.type, out);
  out.add(fmt::format(
      "ALTER TABLE {} ADD COLUMN {}{}", quote(operation.table), operation.if_not_exists ? "IF NOT EXISTS " : "",
      column_definition({.column = column,
                         .in_key = column.primary_key,
                         .writes_key = column.primary_key,
                         .generates = generates_values({.name = operation.table, .columns = {column}}, column),
                         .writes_constraints = true})));
  if (column.index) {
    create_index({.table = operation.table,
                  .index = {.elements = {{.what = column.name}}},
                  .if_not_exists = operation.if_not_exists},
                 out);
  }
  if (column.comment) comment_on_column(operation.table, column.name, column.comment, out);
}

void Compiler::drop_column(op::DropColumn const& operation, Compilation& out) const {
  out.add(fmt::format("ALTER TABLE {} DROP COLUMN {}{}{}", quote(operation.table),
                      operation.if_exists ? "IF EXISTS " : "", quote(operation.column),
                      operation.cascade ? " CASCADE" : ""));
}

} // namespace vm::sql
