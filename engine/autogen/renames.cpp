#include "engine/autogen/renames.hpp"

#include "engine/autogen/normal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vm::autogen {
namespace {

using schema::Catalog;
using schema::Column;
using schema::Identifier;
using schema::Table;
using schema::TableName;
using schema::to_string;

/// How alike two tables are: columns of the same name and type, out of all columns of both; 0 to 1.
double likeness(Table const& a, Table const& b) {
  std::size_t same = 0;
  for (auto const& column : a.columns) {
    auto const* other = b.find_column(column.name);
    if (other && other->type == column.type) ++same;
  }
  auto const all = a.columns.size() + b.columns.size() - same;
  return all == 0 ? 0 : static_cast<double>(same) / static_cast<double>(all);
}

bool confirmed(Options const& options, std::vector<std::string>& warnings, Rename const& rename) {
  if (options.is_rename) return options.is_rename(rename);
  auto const whose = rename.table.empty() ? std::string{} : fmt::format(" of '{}'", rename.table);
  warnings.push_back(
      fmt::format("{} '{}'{} is dropped and '{}' added, with the loss of what it holds; if it was renamed, "
                  "write `renamed_from = \"{}\"` at '{}' in the schema",
                  rename.kind, rename.from, whose, rename.to, rename.from, rename.to));
  return false;
}

void find_tables(Catalog const& database, Desired const& desired, Options const& options,
                 std::vector<std::string>& warnings, Renames& renames) {
  std::vector<Table const*> vanished, appeared;
  for (auto const& [name, table] : database.tables)
    if (!desired.reflected.tables.contains(name)) vanished.push_back(&table);
  for (auto const& [name, table] : desired.reflected.tables) {
    if (database.tables.contains(name)) continue;
    auto const* typed = desired.typed.catalog.find_table(name);
    if (typed && typed->renamed_from) {
      auto const old = TableName{name.schema, *typed->renamed_from};
      auto const found = std::ranges::find_if(vanished, [&](auto const* each) { return each->name == old; });
      if (found != vanished.end()) {
        renames.tables.emplace(old, name);
        vanished.erase(found);
        continue;
      }
    }
    appeared.push_back(&table);
  }
  for (auto const* table : appeared) {
    constexpr auto alike = 0.5;
    auto const best = std::ranges::max_element(vanished, {}, [&](auto const* each) { return likeness(*each, *table); });
    if (best == vanished.end() || likeness(**best, *table) < alike || (*best)->name.schema != table->name.schema)
      continue;
    if (!confirmed(options, warnings, {"table", "", (*best)->name.name.text(), table->name.name.text()})) continue;
    renames.tables.emplace((*best)->name, table->name);
    vanished.erase(best);
  }
}

bool alike(Column const& a, Column const& b) {
  return a.type == b.type && a.nullable == b.nullable && a.computed.has_value() == b.computed.has_value() &&
         a.autoincrement == b.autoincrement;
}

void find_columns(Table const& from, Table const& to, Table const* typed, Options const& options,
                  std::vector<std::string>& warnings, Renames& renames) {
  std::vector<Column const*> vanished, appeared;
  for (auto const& column : from.columns)
    if (!to.find_column(column.name)) vanished.push_back(&column);
  if (vanished.empty()) return;
  auto const take = [&](Column const& old, Column const& column) {
    renames.columns[to.name].emplace(old.name, column.name);
    std::erase(vanished, &old);
  };
  for (auto const& column : to.columns) {
    if (from.find_column(column.name)) continue;
    auto const* written = typed ? typed->find_column(column.name) : nullptr;
    auto const old =
        written && written->renamed_from
            ? std::ranges::find_if(vanished, [&](auto const* each) { return each->name == *written->renamed_from; })
            : vanished.end();
    if (old != vanished.end())
      take(**old, column);
    else
      appeared.push_back(&column);
  }
  auto const place = [](Table const& table, Column const& column) { return &column - table.columns.data(); };
  for (auto const* column : appeared) {
    Column const* best = nullptr;
    for (auto const* each : vanished) {
      if (!alike(*each, *column)) continue;
      auto const distance = [&](Column const& one) { return std::abs(place(from, one) - place(to, *column)); };
      if (!best || distance(*each) < distance(*best)) best = each;
    }
    if (best && confirmed(options, warnings, {"column", to_string(to.name), best->name.text(), column->name.text()}))
      take(*best, *column);
  }
}

/// Renames in one table's parts.
class Renamer {
 public:
  Renamer(Renames const& renames, bool back, bool views_follow) : views_follow_{views_follow} {
    for (auto const& [from, to] : renames.tables) tables_.emplace(back ? to : from, back ? from : to);
    for (auto const& [table, columns] : renames.columns) {
      auto name = table;
      if (!back)
        for (auto const& [from, to] : renames.tables)
          if (to == table) name = from;
      for (auto const& [from, to] : columns) columns_[name].emplace(back ? to : from, back ? from : to);
    }
  }

  Catalog operator()(Catalog catalog) const {
    std::map<TableName, Table> tables;
    for (auto& [name, table] : catalog.tables) {
      rename(table);
      tables.emplace(table.name, std::move(table));
    }
    catalog.tables = std::move(tables);
    for (auto& trigger : catalog.triggers) {
      auto const old = trigger.table;
      trigger.table = new_name(old);
      if (trigger.table != old)
        trigger.definition = with_renamed(trigger.definition, old.name.text(), trigger.table.name.text());
    }
    for (auto& [name, view] : catalog.views) {
      if (!views_follow_) break;
      for (auto const& [from, to] : tables_)
        view.definition = with_renamed(view.definition, from.name.text(), to.name.text());
    }
    return catalog;
  }

 private:
  TableName new_name(TableName const& name) const {
    auto const found = tables_.find(name);
    return found == tables_.end() ? name : found->second;
  }
  using Columns = std::map<Identifier, Identifier>;
  Columns const* columns_of(TableName const& table) const {
    auto const found = columns_.find(table);
    return found == columns_.end() ? nullptr : &found->second;
  }
  static void rename(Identifier& column, Columns const* columns) {
    if (!columns) return;
    if (auto const found = columns->find(column); found != columns->end()) column = found->second;
  }
  static void rename(std::vector<Identifier>& list, Columns const* columns) {
    for (auto& column : list) rename(column, columns);
  }
  static void rename(std::string& sql, Columns const* columns) {
    if (!columns) return;
    for (auto const& [from, to] : *columns) sql = with_renamed(sql, from.text(), to.text());
  }
  static void rename(std::variant<Identifier, schema::Expression>& what, Columns const* columns) {
    if (auto* column = std::get_if<Identifier>(&what))
      rename(*column, columns);
    else
      rename(std::get<schema::Expression>(what).sql, columns);
  }

  void rename(Table& table) const {
    auto const* columns = columns_of(table.name);
    for (auto& column : table.columns) {
      rename(column.name, columns);
      if (column.computed) rename(column.computed->expression, columns);
    }
    for (auto& constraint : table.constraints) {
      if (auto* key = std::get_if<schema::PrimaryKey>(&constraint)) rename(key->columns, columns);
      if (auto* unique = std::get_if<schema::UniqueConstraint>(&constraint)) rename(unique->columns, columns);
      if (auto* check = std::get_if<schema::CheckConstraint>(&constraint)) rename(check->condition, columns);
      if (auto* key = std::get_if<schema::ForeignKey>(&constraint)) {
        rename(key->columns, columns);
        rename(key->referent_columns, columns_of(key->referent));
        key->referent = new_name(key->referent);
      }
      if (auto* exclude = std::get_if<schema::ExcludeConstraint>(&constraint)) {
        for (auto& element : exclude->elements) rename(element.first, columns);
        if (exclude->where) rename(*exclude->where, columns);
      }
    }
    for (auto& index : table.indexes) {
      for (auto& element : index.elements) rename(element.what, columns);
      rename(index.include, columns);
      if (index.where) rename(*index.where, columns);
    }
    auto const old = table.name;
    table.name = new_name(old);
    if (table.name == old) return;
    // MariaDB renames the keys that it named itself.
    for (auto& constraint : table.constraints) {
      auto* key = std::get_if<schema::ForeignKey>(&constraint);
      auto const own = old.name.text() + "_ibfk_";
      if (key && key->name && key->name->text().starts_with(own))
        key->name = Identifier{table.name.name.text() + "_ibfk_" + key->name->text().substr(own.size())};
    }
  }

  bool views_follow_;
  std::map<TableName, TableName> tables_;
  std::map<TableName, Columns> columns_; ///< by the name the table has before
};

} // namespace

Renames find_renames(Catalog const& database, Desired const& desired, Options const& options,
                     std::vector<std::string>& warnings) {
  Renames renames;
  find_tables(database, desired, options, warnings, renames);
  auto old_name = std::map<TableName, TableName>{};
  for (auto const& [from, to] : renames.tables) old_name.emplace(to, from);
  for (auto const& [name, to] : desired.reflected.tables) {
    auto const old = old_name.find(name);
    auto const* from = database.find_table(old == old_name.end() ? name : old->second);
    if (from) find_columns(*from, to, desired.typed.catalog.find_table(name), options, warnings, renames);
  }
  return renames;
}

Catalog renamed(Catalog catalog, Renames const& renames, bool back, sql::Dialect const& dialect) {
  if (renames.empty()) return catalog;
  return Renamer{renames, back, dialect.capabilities().views_follow_renames}(std::move(catalog));
}

} // namespace vm::autogen
