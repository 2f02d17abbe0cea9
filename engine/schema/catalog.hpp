// A set of tables and the other objects of a database, looked up by name: what an inspector returns and what a desired
// schema is.
#pragma once

#include "engine/schema/table.hpp"

#include <map>
#include <string>
#include <vector>

namespace vm::schema {

struct View {
  TableName name;
  std::string definition = {}; ///< the SELECT
  bool materialized = false;
  bool operator==(View const&) const = default;
};

struct EnumType {
  TableName name;
  std::vector<std::string> values = {};
  bool operator==(EnumType const&) const = default;
};

struct Sequence {
  TableName name;
  std::string type = {}; ///< "bigint" …, empty where the database has no type for it
  std::optional<std::int64_t> start = {}, increment = {}, minimum = {}, maximum = {}, cache = {};
  bool cycle = false;
  bool operator==(Sequence const&) const = default;
};

struct Trigger {
  Identifier name;
  TableName table;
  std::string definition = {}; ///< the whole CREATE TRIGGER
  bool operator==(Trigger const&) const = default;
};

struct Function {
  TableName name;
  std::string arguments = {};  ///< as the database prints them
  std::string definition = {}; ///< the whole CREATE FUNCTION / PROCEDURE
  bool procedure = false;
  bool operator==(Function const&) const = default;
};

struct Extension {
  std::string name = {}, version = {};
  bool operator==(Extension const&) const = default;
};

/// vm's own tables are never in it.
struct Catalog {
  std::map<TableName, Table> tables = {};
  std::map<TableName, View> views = {};
  std::map<TableName, EnumType> enums = {};
  std::map<TableName, Sequence> sequences = {};
  std::vector<Trigger> triggers = {};
  std::vector<Function> functions = {};
  std::vector<Extension> extensions = {};
  std::vector<Identifier> schemas = {};

  Table const* find_table(TableName const& name) const;
};

} // namespace vm::schema
