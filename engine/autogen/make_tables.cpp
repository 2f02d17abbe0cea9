// Tables that are made or dropped whole: those that others refer to first and last, cycles of foreign keys broken.
#include "engine/autogen/batches.hpp"
#include "engine/autogen/direction.hpp"
#include "engine/autogen/meaning.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::autogen {
namespace {

using schema::Identifier;
using schema::Table;
using schema::TableName;
using schema::to_string;

std::vector<schema::ForeignKey> foreign_keys(Table const& table) {
  std::vector<schema::ForeignKey> keys;
  for (auto const& column : table.columns) {
    if (!column.references) continue;
    keys.push_back(*column.references);
    if (keys.back().columns.empty()) keys.back().columns = {column.name};
  }
  for (auto const& constraint : table.constraints)
    if (auto const* key = std::get_if<schema::ForeignKey>(&constraint)) keys.push_back(*key);
  return keys;
}

/// Tables so that each stands after those it refers to; `broken` are the keys that point ahead all the same.
struct Sorted {
  std::vector<Table const*> tables;
  std::map<TableName, std::set<TableName>> ahead;
};

Sorted sorted(std::vector<Table const*> tables) {
  Sorted result;
  std::map<TableName, std::set<TableName>> open; // table -> the referents that are not placed yet
  for (auto const* table : tables) open[table->name];
  for (auto const* table : tables)
    for (auto const& key : foreign_keys(*table))
      if (key.referent != table->name && open.contains(key.referent)) open[table->name].insert(key.referent);
  while (!tables.empty()) {
    auto next = std::ranges::find_if(tables, [&](auto const* table) { return open[table->name].empty(); });
    if (next == tables.end()) { // a cycle: the table with the fewest keys ahead goes first
      next = std::ranges::min_element(tables, {}, [&](auto const* table) { return open[table->name].size(); });
      result.ahead[(*next)->name] = open[(*next)->name];
    }
    auto const* table = *next;
    tables.erase(next);
    open.erase(table->name);
    for (auto& [name, referents] : open) referents.erase(table->name);
    result.tables.push_back(table);
  }
  return result;
}

} // namespace

bool is_altered(Direction const& way, TableName const& table, std::vector<Identifier> const& columns) {
  auto const* from = way.from.find_table(table);
  auto const* to = way.to.find_table(table);
  auto const says_columns_anew = way.dialect.capabilities().foreign_keys_need_index; // MariaDB, for any change
  return from && to && std::ranges::any_of(columns, [&](auto const& name) {
           auto const* before = from->find_column(name);
           auto const* after = to->find_column(name);
           return before && after && (before->type != after->type || (says_columns_anew && *before != *after));
         });
}

bool keeps_key(Direction const& way, TableName const& table, std::vector<Identifier> const& columns) {
  auto const* from = way.from.find_table(table);
  auto const* to = way.to.find_table(table);
  if (!from || !to) return true; // made or dropped whole
  return std::ranges::any_of(from->constraints, [&](auto const& constraint) {
    auto const is_key = std::holds_alternative<schema::PrimaryKey>(constraint) ||
                        std::holds_alternative<schema::UniqueConstraint>(constraint);
    return is_key && columns_of(constraint) == columns &&
           std::ranges::find(to->constraints, constraint) != to->constraints.end();
  });
}

bool must_wait(Direction const& way, schema::ForeignKey const& key) {
  if (rebuilds_tables(way.dialect)) return false; // the referent's rebuild comes first
  return is_altered(way, key.referent, key.referent_columns) || !keeps_key(way, key.referent, key.referent_columns);
}

void create_tables(Direction& way, std::vector<Table const*> const& tables) {
  auto const order = sorted(tables);
  for (auto const* table : order.tables) {
    auto made = *table;
    made.renamed_from.reset();
    for (auto& column : made.columns) column.renamed_from.reset();
    auto const ahead = order.ahead.find(made.name);
    auto const later = [&](schema::ForeignKey key) {
      // SQLite takes a key that points to what is not there yet.
      auto const is_ahead =
          !rebuilds_tables(way.dialect) && ahead != order.ahead.end() && ahead->second.contains(key.referent);
      if (!is_ahead && !must_wait(way, key)) return false;
      way.steps.add(Phase::create_foreign_key, op::CreateForeignKey{made.name, std::move(key)});
      return true;
    };
    for (auto& column : made.columns) {
      if (!column.references) continue;
      auto key = *column.references;
      if (key.columns.empty()) key.columns = {column.name};
      if (later(key)) column.references.reset();
    }
    std::erase_if(made.constraints, [&](auto const& constraint) {
      auto const* key = std::get_if<schema::ForeignKey>(&constraint);
      return key && later(*key);
    });
    way.found(fmt::format("added table '{}'", to_string(made.name)));
    way.steps.add(Phase::create_table, op::CreateTable{std::move(made), false, false});
  }
}

void drop_tables(Direction& way, std::vector<Table const*> const& tables) {
  auto const order = sorted(tables);
  for (auto const& [name, referents] : order.ahead) {
    auto const* table = way.from.find_table(name);
    for (auto const& constraint : table->constraints) {
      auto const* key = std::get_if<schema::ForeignKey>(&constraint);
      if (!key || !referents.contains(key->referent)) continue;
      auto const called = key->name.value_or(implied_name(*table, constraint));
      way.steps.add(Phase::drop_foreign_key,
                    op::DropConstraint{name, called, op::ConstraintKind::foreignkey, false, false});
    }
  }
  if (!rebuilds_tables(way.dialect)) {
    // What they point to may be altered before they go.
    for (auto const* table : tables) {
      for (auto const& key : foreign_keys(*table)) {
        if (!key.name || !way.to.tables.contains(key.referent)) continue;
        if (!way.dialect.capabilities().foreign_keys_need_index && !must_wait(way, key)) continue;
        auto const ahead = order.ahead.find(table->name);
        if (ahead != order.ahead.end() && ahead->second.contains(key.referent)) continue; // dropped above
        way.steps.add(Phase::drop_foreign_key,
                      op::DropConstraint{table->name, *key.name, op::ConstraintKind::foreignkey, false, false});
      }
    }
  }
  for (auto each = order.tables.rbegin(); each != order.tables.rend(); ++each)
    way.steps.add(Phase::drop_table, op::DropTable{(*each)->name, false, false});
  for (auto const* table : tables) way.found(fmt::format("removed table '{}'", to_string(table->name)));
}

} // namespace vm::autogen
