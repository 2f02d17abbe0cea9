// What a run made so far, kept while its SQL is only printed: lets has_table and has_column answer for tables of the
// same run.
#pragma once

#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"

#include <set>

namespace vm::run {

class MadeCatalog {
 public:
  /// Follows an operation; what it says nothing about is unknown, not absent.
  void apply(op::Operation const& operation);

  schema::Catalog const& catalog() const { return catalog_; }
  /// Whether the run itself made or dropped this table, so that "not there" is an answer.
  bool knows(schema::TableName const& table) const { return known_.count(table) > 0; }

 private:
  schema::Table* find(schema::TableName const& name);

  schema::Catalog catalog_;
  std::set<schema::TableName> known_;
};

} // namespace vm::run
