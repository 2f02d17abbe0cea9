#include "engine/autogen/compare.hpp"

#include "engine/autogen/batches.hpp"
#include "engine/autogen/direction.hpp"
#include "engine/autogen/renames.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::autogen {
namespace {

using schema::Catalog;
using schema::Table;
using schema::TableName;

std::string_view kind_of(schema::Constraint const& constraint) {
  constexpr std::array<std::string_view, 5> kinds{"primary_key_constraint", "unique_constraint",
                                                  "foreign_key_constraint", "check_constraint", "exclude_constraint"};
  return kinds.at(constraint.index());
}

/// The catalog without what env.lua leaves out.
Catalog filtered(Catalog catalog, script::ComparisonHooks const& hooks, bool reflected) {
  auto const& include = hooks.include_object;
  if (!include) return catalog;
  auto const wanted = [&](std::string_view kind, std::string name, std::optional<schema::Identifier> const& schema,
                          std::string table) {
    return include({std::string{kind}, std::move(name), schema ? schema->text() : "", std::move(table), reflected});
  };
  auto const top = [&](std::string_view kind, TableName const& name) {
    return wanted(kind, name.name.text(), name.schema, "");
  };
  std::erase_if(catalog.tables, [&](auto const& entry) { return !top("table", entry.first); });
  for (auto& entry : catalog.tables) {
    auto const& name = entry.first;
    auto& table = entry.second;
    auto const part = [&](std::string_view kind, std::string text) {
      return wanted(kind, std::move(text), name.schema, name.name.text());
    };
    std::erase_if(table.columns, [&](auto const& each) { return !part("column", each.name.text()); });
    std::erase_if(table.indexes, [&](auto const& each) { return !part("index", each.name ? each.name->text() : ""); });
    std::erase_if(table.constraints, [&](auto const& each) {
      auto const& called = std::visit(
          [](auto const& one) -> auto const& { return one.name; }, each);
      return !part(kind_of(each), called ? called->text() : "");
    });
  }
  std::erase_if(catalog.views, [&](auto const& entry) {
    return !top(entry.second.materialized ? "materialized_view" : "view", entry.first);
  });
  std::erase_if(catalog.enums, [&](auto const& entry) { return !top("enum", entry.first); });
  std::erase_if(catalog.sequences, [&](auto const& entry) { return !top("sequence", entry.first); });
  std::erase_if(catalog.functions,
                [&](auto const& each) { return !top(each.procedure ? "procedure" : "function", each.name); });
  std::erase_if(catalog.triggers, [&](auto const& each) {
    return !wanted("trigger", each.name.text(), each.table.schema, each.table.name.text());
  });
  std::erase_if(catalog.extensions, [&](auto const& each) { return !wanted("extension", each.name, {}, ""); });
  return catalog;
}

/// Where enums are types of their own their values are compared there, and a column only names its type.
void forget_values(schema::Type& type) {
  if (auto* values = std::get_if<schema::Enum>(&type)) values->values.clear();
  if (auto* array = std::get_if<schema::Array>(&type))
    for (auto& element : array->element) forget_values(element);
}

bool is_partition(Table const& table) {
  return table.options.contains("postgresql_partition");
}

Catalog recognised(Catalog catalog, sql::Dialect const& dialect) {
  std::erase_if(catalog.tables, [](auto const& entry) { return is_partition(entry.second); });
  for (auto& entry : catalog.tables) {
    entry.second = dialect.recognised(std::move(entry.second));
    if (!dialect.capabilities().enum_types) continue;
    for (auto& column : entry.second.columns) forget_values(column.type);
  }
  return as_written(std::move(catalog));
}

/// Tables that stand on both sides are compared, the others made or dropped.
void walk(Direction& way, Catalog const& desired_typed, Renames const& renames) {
  std::vector<Table const*> made, dropped;
  for (auto const& [name, to] : way.to.tables) {
    auto const* from = way.from.find_table(name);
    auto const* typed = way.typed ? way.typed->catalog.find_table(name) : nullptr;
    if (!from) {
      made.push_back(typed ? typed : &to);
      continue;
    }
    // On the way back a renamed table has its old name again.
    auto wanted = name;
    if (!way.up)
      if (auto const found = renames.tables.find(name); found != renames.tables.end()) wanted = found->second;
    compare_table(way, {from, &to, typed, desired_typed.find_table(wanted)});
  }
  for (auto const& [name, from] : way.from.tables)
    if (!way.to.tables.contains(name)) dropped.push_back(&from);
  create_tables(way, made);
  drop_tables(way, dropped);
  compare_objects(way);
}

void add_renames(Direction& way, Renames const& renames) {
  for (auto const& [from, to] : renames.tables) {
    way.found(fmt::format("renamed table '{}' to '{}'", schema::to_string(from), schema::to_string(to)));
    way.steps.add(Phase::rename, way.up ? op::RenameTable{from, to.name} : op::RenameTable{to, from.name});
  }
  for (auto const& [table, columns] : renames.columns) {
    // Tables are renamed first, in both directions.
    auto name = table;
    if (!way.up)
      for (auto const& [from, to] : renames.tables)
        if (to == table) name = from;
    for (auto const& [from, to] : columns) {
      way.found(fmt::format("renamed column '{}.{}' to '{}'", schema::to_string(table), from.text(), to.text()));
      way.steps.add(
          Phase::rename,
          op::AlterColumn{.table = name, .column = way.up ? from : to, .new_column_name = way.up ? to : from});
    }
  }
}

std::vector<op::Operation> processed(std::vector<op::Operation> operations, Options const& options, bool up) {
  if (!options.hooks.process_operations || operations.empty()) return operations;
  return options.hooks.process_operations(std::move(operations), up);
}

} // namespace

namespace {

/// Partitions come and go with their table's rows: whoever makes them, not a schema file.
void leave_partitions(Catalog const& database, Comparison& result) {
  for (auto const& [name, table] : database.tables)
    if (is_partition(table))
      result.not_compared.push_back(fmt::format("table '{}' is a partition and left alone", schema::to_string(name)));
}

} // namespace

Comparison compare(Catalog database, Desired desired, sql::Dialect const& dialect, Options const& options) {
  Comparison result;
  leave_partitions(database, result);
  // A catalog of thousands of tables is large: none is copied that nothing changes in.
  auto const held = filtered(recognised(std::move(database), dialect), options.hooks, true);
  auto const wanted =
      Desired{{filtered(std::move(desired.typed.catalog), options.hooks, false), std::move(desired.typed.objects)},
              filtered(recognised(std::move(desired.reflected), dialect), options.hooks, false)};
  auto const renames = find_renames(held, wanted, options, result.warnings);

  {
    auto const renamed_held = renames.empty() ? Catalog{} : renamed(held, renames, false, dialect);
    Direction up{dialect, options, true, renames.empty() ? held : renamed_held, wanted.reflected, &wanted.typed};
    add_renames(up, renames);
    walk(up, wanted.typed.catalog, renames);
    result.findings = std::move(up.findings);
    for (auto& one : up.not_compared) result.not_compared.push_back(std::move(one));
    result.upgrade = processed(in_batches(std::move(up.steps).in_order(), up), options, true);
  }
  auto const renamed_wanted = renames.empty() ? Catalog{} : renamed(wanted.reflected, renames, true, dialect);
  Direction down{dialect, options, false, renames.empty() ? wanted.reflected : renamed_wanted, held, nullptr};
  add_renames(down, renames);
  walk(down, wanted.typed.catalog, renames);
  result.downgrade = processed(in_batches(std::move(down.steps).in_order(), down), options, false);
  return result;
}

Catalog as_written(Catalog catalog) {
  for (auto& entry : catalog.tables) {
    auto& table = entry.second;
    schema::Identifier const* key = nullptr;
    for (auto const& constraint : table.constraints)
      if (auto const* one = std::get_if<schema::PrimaryKey>(&constraint); one && one->columns.size() == 1)
        key = &one->columns.front();
    for (auto& column : table.columns) {
      auto const counts = column.autoincrement.value_or(false);
      column.autoincrement.reset();
      if (!key || *key != column.name || !schema::is_integer(column.type)) {
        if (counts) column.autoincrement = true;
      } else if (!counts && !column.identity) {
        column.autoincrement = false;
      }
    }
  }
  return catalog;
}

std::vector<op::Operation> creation(script::DesiredSchema const& desired, sql::Dialect const& dialect) {
  Catalog const nothing;
  Options const options;
  auto whole = desired.catalog;
  // Routines and triggers stand beside the catalog where a person wrote them.
  for (auto const& object : desired.objects) {
    if (auto const* function = std::get_if<op::CreateFunction>(&object))
      whole.functions.push_back({function->name, function->arguments, function->body, function->procedure});
    if (auto const* trigger = std::get_if<op::CreateTrigger>(&object))
      whole.triggers.push_back({trigger->name, trigger->table, trigger->body});
  }
  Direction way{dialect, options, true, nothing, whole, &desired};
  walk(way, desired.catalog, {});
  return in_batches(std::move(way.steps).in_order(), way);
}

} // namespace vm::autogen
