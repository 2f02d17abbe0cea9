#include "engine/run/made_catalog.hpp"

#include <algorithm>

namespace vm::run {

namespace {

using schema::Identifier;

std::optional<Identifier> const& name_of(schema::Constraint const& constraint) {
  return std::visit([](auto const& each) -> std::optional<Identifier> const& { return each.name; }, constraint);
}

void rename_in(std::vector<Identifier>& names, Identifier const& from, Identifier const& to) {
  std::replace(names.begin(), names.end(), from, to);
}

} // namespace

schema::Table* MadeCatalog::find(schema::TableName const& name) {
  auto const found = catalog_.tables.find(name);
  return found == catalog_.tables.end() ? nullptr : &found->second;
}

void MadeCatalog::apply(op::Operation const& operation) {
  using namespace op;
  if (auto const* create = std::get_if<CreateTable>(&operation)) {
    if (create->if_not_exists && find(create->table.name)) return;
    catalog_.tables.insert_or_assign(create->table.name, create->table);
    known_.insert(create->table.name);
  } else if (auto const* drop = std::get_if<DropTable>(&operation)) {
    catalog_.tables.erase(drop->table);
    known_.insert(drop->table);
  } else if (auto const* rename = std::get_if<RenameTable>(&operation)) {
    schema::TableName const target{rename->table.schema, rename->new_name};
    if (auto node = catalog_.tables.extract(rename->table)) {
      node.key() = target;
      node.mapped().name = target;
      catalog_.tables.insert(std::move(node));
      known_.insert(target);
    }
    known_.insert(rename->table);
  } else if (auto const* add = std::get_if<AddColumn>(&operation)) {
    auto* table = find(add->table);
    if (table && !table->find_column(add->column.name)) table->columns.push_back(add->column);
  } else if (auto const* gone = std::get_if<DropColumn>(&operation)) {
    if (auto* table = find(gone->table))
      std::erase_if(table->columns, [&](schema::Column const& column) { return column.name == gone->column; });
  } else if (auto const* alter = std::get_if<AlterColumn>(&operation)) {
    auto* table = find(alter->table);
    if (!table) return;
    for (auto& column : table->columns) {
      if (column.name != alter->column) continue;
      if (alter->type) column.type = *alter->type;
      if (alter->nullable) column.nullable = *alter->nullable;
      if (alter->server_default) column.server_default = alter->server_default->value;
      if (alter->comment) column.comment = alter->comment->value;
      if (alter->new_column_name) {
        column.name = *alter->new_column_name;
        for (auto& constraint : table->constraints) {
          if (auto* key = std::get_if<schema::PrimaryKey>(&constraint))
            rename_in(key->columns, alter->column, column.name);
          if (auto* unique = std::get_if<schema::UniqueConstraint>(&constraint))
            rename_in(unique->columns, alter->column, column.name);
          if (auto* foreign = std::get_if<schema::ForeignKey>(&constraint))
            rename_in(foreign->columns, alter->column, column.name);
        }
      }
    }
  } else if (auto const* index = std::get_if<CreateIndex>(&operation)) {
    if (auto* table = find(index->table)) table->indexes.push_back(index->index);
  } else if (auto const* no_index = std::get_if<DropIndex>(&operation)) {
    for (auto& [name, table] : catalog_.tables) {
      if (no_index->table && *no_index->table != name) continue;
      std::erase_if(table.indexes, [&](schema::Index const& each) { return each.name == no_index->index.name; });
    }
  } else if (auto const* key = std::get_if<CreatePrimaryKey>(&operation)) {
    if (auto* table = find(key->table)) table->constraints.emplace_back(key->constraint);
  } else if (auto const* unique = std::get_if<CreateUniqueConstraint>(&operation)) {
    if (auto* table = find(unique->table)) table->constraints.emplace_back(unique->constraint);
  } else if (auto const* foreign = std::get_if<CreateForeignKey>(&operation)) {
    if (auto* table = find(foreign->table)) table->constraints.emplace_back(foreign->constraint);
  } else if (auto const* check = std::get_if<CreateCheckConstraint>(&operation)) {
    if (auto* table = find(check->table)) table->constraints.emplace_back(check->constraint);
  } else if (auto const* no_constraint = std::get_if<DropConstraint>(&operation)) {
    if (auto* table = find(no_constraint->table))
      std::erase_if(table->constraints,
                    [&](schema::Constraint const& each) { return name_of(each) == no_constraint->name; });
  } else if (auto const* batch = std::get_if<BatchAlterTable>(&operation)) {
    for (auto const& each : batch->operations) apply(each);
  }
}

} // namespace vm::run
