// The table that says where a database is: one row per applied head, the shape of `alembic_version`.
#pragma once

#include "engine/db/sink.hpp"
#include "engine/graph/plan.hpp"
#include "engine/inspect/inspector.hpp"
#include "engine/sql/dialect.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vm::run {

class VersionTable {
 public:
  VersionTable(schema::TableName name, sql::Dialect const& dialect);

  /// The rows, sorted; nullopt when there is no such table. Throws DatabaseError when a table of that name has other
  /// columns.
  std::optional<std::vector<std::string>> read(db::Session& session, inspect::Inspector& inspector) const;

  /// `version_num VARCHAR(255) NOT NULL PRIMARY KEY`.
  void create(db::Sink& sink, bool if_not_exists = false) const;

  /// Applies the changes in order; each must touch exactly one row, else DatabaseError: somebody else changed the
  /// table.
  void apply(db::Sink& sink, std::span<graph::RowChange const> changes) const;

  schema::TableName const& name() const { return name_; }

 private:
  std::vector<std::string> read_existing(db::Session& session) const;

  schema::TableName name_;
  sql::Dialect const& dialect_;
  std::string quoted_;
};

} // namespace vm::run
