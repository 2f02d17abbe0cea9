// One direction of a comparison: from one catalog to another. compare.cpp walks twice, there and back, so that the way
// back is found by the same rules as the way there.
#pragma once

#include "engine/autogen/compare.hpp"
#include "engine/autogen/steps.hpp"

#include <map>
#include <set>

namespace vm::autogen {

/// A table of both sides. Columns that were renamed stand under their new names on both.
struct TablePair {
  schema::Table const* from;
  schema::Table const* to;
  schema::Table const* typed;         ///< what a person wrote of `to`; null: nobody did
  schema::Table const* desired_typed; ///< what a person wrote of the desired side, whichever that is; may be null
};

struct Direction {
  sql::Dialect const& dialect;
  Options const& options;
  bool up; ///< from the database to the desired schema; false: the way back, which reports nothing
  schema::Catalog const& from;
  schema::Catalog const& to;
  script::DesiredSchema const* typed; ///< of `to`, null on the way back
  Steps steps = {};
  std::vector<std::string> findings = {}, not_compared = {};
  std::set<schema::TableName> reshaped = {}; ///< tables with a column that is altered or dropped

  void found(std::string text) {
    if (up) findings.push_back(std::move(text));
  }
};

void compare_table(Direction& way, TablePair const& pair);
void create_tables(Direction& way, std::vector<schema::Table const*> const& tables);
void drop_tables(Direction& way, std::vector<schema::Table const*> const& tables);
/// Schemas, extensions, enums, sequences, functions, views and triggers; after the tables, whose changes views feel.
void compare_objects(Direction& way);

/// Whether an ALTER of this direction changes what one of the columns is.
bool is_altered(Direction const& way, schema::TableName const& table, std::vector<schema::Identifier> const& columns);
/// Whether the table has a key of these columns before and after, untouched; true for one that is on one side only.
bool keeps_key(Direction const& way, schema::TableName const& table, std::vector<schema::Identifier> const& columns);
/// Whether a foreign key has to wait until what it points to is altered.
bool must_wait(Direction const& way, schema::ForeignKey const& key);

/// The default as SQL text.
std::string default_text(sql::Dialect const& dialect, schema::ServerDefault const& value);

} // namespace vm::autogen
