// Rows to try migrations with: what is in the tables, whether it is still there afterwards, and new rows made from
// column types.
#pragma once

#include "engine/command/scratch.hpp"
#include "engine/op/target.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace vm::command {

struct ColumnData {
  std::string type;
  std::vector<std::string> values; ///< as literals, sorted: order says nothing
};

struct TableData {
  std::size_t rows = 0;
  std::map<std::string, ColumnData> columns;
};

using Data = std::map<schema::TableName, TableData>;

Data read_data(Scratch& scratch, schema::Catalog const& catalog);

/// What a migration said it does to rows, gathered while it runs: those tables are not held against what they were.
class TouchedTables {
 public:
  void clear() { *this = {}; }
  void add(op::Operation const& operation);
  void add_text(std::string_view text); ///< SQL that may change any table it names
  bool has(schema::TableName const& table) const;

 private:
  std::set<std::string> names_;
  std::string texts_;
};

/// Sentences about rows and values that are gone or changed although nothing dropped or changed them.
std::vector<std::string> lost_data(Data const& before, Data const& after, TouchedTables const& touched);

/// Puts rows into tables that have few. Sentences about tables that take none.
std::vector<std::string> add_rows(Scratch& scratch, schema::Catalog const& catalog, Data const& data);

} // namespace vm::command
