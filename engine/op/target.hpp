// The port through which a migration acts: where its operations go and what it may ask. `run::Applier` implements it
// for a live database and for `--sql`; tests implement it by recording. Bindings only ever see this.
#pragma once

#include "engine/core/error.hpp"
#include "engine/core/row_visitor.hpp"
#include "engine/op/copy.hpp"
#include "engine/op/operation.hpp"
#include "engine/schema/catalog.hpp"
#include "engine/schema/naming.hpp"

#include <functional>
#include <memory>
#include <span>

namespace vm::op {

struct Backfill;
class TransformSource;

struct Outcome {
  std::int64_t rows_affected = 0;
};

/// Rows of a query, read once, front to back. Destroying it early ends the query.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual std::vector<std::string> const& columns() const = 0;
  /// Fills `row` with the next row's values, in the order of columns(); false at the end.
  virtual bool next(std::vector<Value>& row) = 0;
  /// The same, each value handed over as it is read; false at the end, when nothing was visited.
  virtual bool visit_next(RowVisitor& visitor) {
    std::vector<Value> row;
    if (!next(row)) return false;
    for (auto const& value : row) visit_value(value, visitor);
    return true;
  }
};

/// What an inspection is to read; the less, the cheaper.
struct InspectScope {
  std::optional<std::vector<TableName>> tables; ///< unset: every table
  bool tables_only = false;                     ///< no enums, views, sequences, triggers, functions
  /// Where everything that `tables` does not name is read, its names then with the schema; unset: where the session
  /// looks.
  std::optional<schema::Identifier> schema = {};
};

/// What a script can see as `vm.*`.
struct Surroundings {
  std::string dialect;        ///< "sqlite", "postgresql", "mysql", "mariadb"
  std::string server_version; ///< "15.6", "10.11.6", "3.40.1"; empty offline without a connection
  bool offline = false;
  std::string direction; ///< "upgrade" or "downgrade"
};

class Target {
 public:
  virtual ~Target() = default;

  virtual Surroundings const& surroundings() const = 0;
  /// The naming convention in force and the longest name the database stores.
  virtual schema::NamingConvention const& naming() const = 0;

  /// Compiles and sends. `where` is the line of the migration that called. Throws DatabaseError, UsageError (an
  /// operation this database cannot do), Interrupted.
  virtual Outcome apply(Operation const& operation, Location const& where) = 0;

  /// Stores every row of `rows`, in constant memory. An error of the database names the row's place.
  virtual Outcome copy_rows(CopyRows const& copy, RowSource& rows, Location const& where) {
    return {copy_by_inserts(*this, copy, rows, where)};
  }

  /// Runs one statement and streams its rows. Throws ScriptError offline.
  virtual std::unique_ptr<Rows> query(std::string const& text, std::optional<Parameters> const& parameters,
                                      Location const& where) = 0;

  /// Reads the live schema; offline it knows only what earlier operations of the run made and throws ScriptError
  /// otherwise.
  virtual schema::Catalog inspect(InspectScope const& scope, Location const& where) = 0;

  /// Changes the rows of a table batch by batch, each with its checkpoint in a transaction of its own; what came before
  /// is committed first. `function` is null for a set-based backfill. Continues where an earlier run of the same
  /// migration stopped. Throws MigrationError with the key of the row that failed, DatabaseError, UsageError,
  /// Interrupted; offline UsageError for a function. Refused by a target that does not say otherwise.
  virtual void backfill(Backfill const& /*job*/, TransformSource* /*function*/, Location const& /*where*/) {
    throw UsageError{"a backfill cannot run here"};
  }

  /// Leaves the transaction while `body` runs.
  virtual void autocommit_block(std::function<void()> const& body, Location const& where) = 0;
};

} // namespace vm::op
