#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/compile.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::sql {

std::vector<schema::Identifier> primary_key_columns(schema::Table const& table) {
  for (auto const& constraint : table.constraints) {
    if (auto const* key = std::get_if<schema::PrimaryKey>(&constraint)) return key->columns;
  }
  std::vector<schema::Identifier> columns;
  for (auto const& column : table.columns) {
    if (column.primary_key) columns.push_back(column.name);
  }
  return columns;
}

schema::Table with_column_flags_lifted(schema::Table table) {
  for (auto& column : table.columns) {
    if (column.unique) table.constraints.push_back(schema::UniqueConstraint{.columns = {column.name}});
    if (column.references) {
      auto key = *column.references;
      if (key.columns.empty()) key.columns = {column.name};
      table.constraints.push_back(std::move(key));
    }
    if (column.check) table.constraints.push_back(*column.check);
    if (column.index) table.indexes.push_back({.elements = {{.what = column.name}}});
    column.unique = column.index = false;
    column.references.reset();
    column.check.reset();
  }
  return table;
}

bool Compiler::generates_values(schema::Table const& table, schema::Column const& column) const {
  if (column.autoincrement) return *column.autoincrement;
  auto const key = primary_key_columns(table);
  if (key.size() != 1 || key.front() != column.name || !schema::is_integer(column.type)) return false;
  if (column.server_default || column.identity || column.computed || column.references) return false;
  return std::ranges::none_of(table.constraints, [&](schema::Constraint const& constraint) {
    auto const* foreign = std::get_if<schema::ForeignKey>(&constraint);
    return foreign != nullptr && std::ranges::find(foreign->columns, column.name) != foreign->columns.end();
  });
}

void Compiler::create_table(op::CreateTable const& operation, Compilation& out) const {
  auto const table = with_column_flags_lifted(operation.table);
  auto const key = primary_key_columns(table);
  bool const has_key_constraint = std::ranges::any_of(
      table.constraints, [](auto const& constraint) { return std::holds_alternative<schema::PrimaryKey>(constraint); });

  for (auto const& constraint : table.constraints) check_constraint(constraint);
  for (auto const& column : table.columns) prepare_type(column.type, out);

  std::vector<std::string> items;
  for (auto const& column : table.columns) {
    bool const in_key = std::ranges::find(key, column.name) != key.end();
    items.push_back(column_definition({.column = column,
                                       .in_key = in_key,
                                       .writes_key = in_key && key.size() == 1 && !has_key_constraint,
                                       .generates = generates_values(table, column),
                                       .table = &table}));
  }
  if (key.size() > 1 && !has_key_constraint) items.push_back(constraint_definition(schema::PrimaryKey{.columns = key}));
  for (auto const& constraint : table.constraints) items.push_back(constraint_definition(constraint));
  std::vector<op::CreateIndex> indexes;
  for (auto const& index : table.indexes) {
    if (auto item = index_in_table(table.name, index); !item.empty()) {
      items.push_back(std::move(item));
    } else {
      indexes.push_back({.table = table.name, .index = index, .if_not_exists = operation.if_not_exists});
    }
  }
  std::erase(items, std::string{}); // a key that stands at its column

  out.add(fmt::format("{} (\n  {}\n){}", create_table_head(operation), join(items, ",\n  "), table_tail(operation)));
  for (auto const& index : indexes) create_index(index, out);
  if (table.comment) comment_on_table(table.name, table.comment, out);
  for (auto const& column : table.columns) {
    if (column.comment) comment_on_column(table.name, column.name, column.comment, out);
  }
}

std::string Compiler::create_table_head(op::CreateTable const& operation) const {
  return fmt::format("CREATE {}TABLE {}{}", operation.temporary ? "TEMPORARY " : "",
                     operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.table.name));
}

std::string Compiler::table_tail(op::CreateTable const&) const {
  return {};
}
std::string Compiler::index_in_table(schema::TableName const&, schema::Index const&) const {
  return {};
}
void Compiler::prepare_type(schema::Type const&, Compilation&) const {}
void Compiler::comment_on_table(schema::TableName const&, std::optional<std::string> const&, Compilation&) const {}
void Compiler::comment_on_column(schema::TableName const&, schema::Identifier const&, std::optional<std::string> const&,
                                 Compilation&) const {}

void Compiler::drop_table(op::DropTable const& operation, Compilation& out) const {
  out.add(fmt::format("DROP TABLE {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.table),
                      operation.cascade ? " CASCADE" : ""));
}

void Compiler::rename_table(op::RenameTable const& operation, Compilation& out) const {
  out.add(fmt::format("ALTER TABLE {} RENAME TO {}", quote(operation.table), quote(operation.new_name)));
}

void Compiler::create_table_comment(op::CreateTableComment const& operation, Compilation& out) const {
  comment_on_table(operation.table, operation.comment, out);
}

void Compiler::drop_table_comment(op::DropTableComment const& operation, Compilation& out) const {
  comment_on_table(operation.table, std::nullopt, out);
}

} // namespace vm::sql
