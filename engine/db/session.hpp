// One connection to a database. Statements run verbatim on the driver's own handle; SOCI opens the connection. One
// thread uses a session at a time, except cancel().
#pragma once

#include "engine/core/database_url.hpp"
#include "engine/core/error.hpp"
#include "engine/core/row_visitor.hpp"
#include "engine/core/value.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vm {
class Cells;
} // namespace vm

namespace vm::db {

class CellStatement;

struct ServerInfo {
  std::string product; ///< "SQLite", "PostgreSQL", "MariaDB", "MySQL"
  std::string version; ///< "15.6"
  int number = 0;      ///< 150006, 101106 (10.11.6), 34001 (3.40.1): major*10000 + minor*100 + patch (PostgreSQL:
                       ///< major*10000 + minor)
};

struct ConnectOptions {
  std::string application_name = "vm";
  std::optional<double> lock_timeout;      ///< seconds a statement waits for a lock; SQLite: busy timeout
  std::optional<double> statement_timeout; ///< seconds a statement may run
  bool create = true;                      ///< SQLite: make the file when it is not there
  bool read_only = false;
};

/// What a server says beside its answer: a NOTICE or a warning.
struct Notice {
  std::string severity; ///< "NOTICE", "WARNING", "Note" …, as the server calls it
  std::string code;     ///< SQLSTATE or error number, may be empty
  std::string message;
};
using NoticeHandler = std::function<void(Notice const&)>;

/// Rows as they arrive, in constant memory; destroying it early ends the query and leaves the session usable.
/// While one is open, the session may run other statements. Must not outlive its session. On PostgreSQL a cursor opened
/// inside a transaction ends with it; on SQLite a ROLLBACK ends every open cursor, and its table cannot be altered
/// meanwhile.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual std::vector<std::string> const& columns() const = 0;
  virtual bool next(std::vector<Value>& row) = 0;
  /// The same, each value handed over as it is read; false at the end, when nothing was visited.
  virtual bool visit_next(RowVisitor& visitor) {
    if (!next(visited_)) return false;
    for (auto const& value : visited_) visit_value(value, visitor);
    return true;
  }
  virtual std::int64_t rows_affected() const = 0; ///< for statements that return no rows

 private:
  std::vector<Value> visited_;
};

class Session {
 public:
  virtual ~Session() = default;

  virtual ServerInfo const& server() const = 0;

  /// What the server calls this connection: the process id of its backend (PostgreSQL), the connection's number
  /// (MariaDB). Empty where there is none or where it changes from transaction to transaction.
  virtual std::string connection_id() const { return {}; }
  /// Whether a pooler stands between, which may hand out another server connection for every transaction: whatever
  /// belongs to a connection (session settings, advisory locks, prepared statements) is then worth nothing.
  virtual bool is_pooled() const { return false; }

  /// Runs exactly one statement, verbatim, and drops its rows. Returns the rows affected (0 where there is no number).
  /// Throws DatabaseError with code, position and statement.
  virtual std::int64_t execute(std::string_view statement) = 0;
  /// With positional parameters; the statement is prepared and kept for reuse.
  virtual std::int64_t execute(std::string_view statement, std::span<Value const> parameters) = 0;
  /// Runs one statement and streams its rows.
  virtual std::unique_ptr<Cursor> query(std::string_view statement, std::span<Value const> parameters = {}) = 0;
  /// COPY … FROM stdin where the database has it; throws DatabaseError elsewhere.
  virtual std::int64_t copy_in(std::string_view statement, std::string_view data) = 0;

  /// SQLite: switches enforcement of foreign keys, also inside a transaction (SQLITE_DBCONFIG_ENABLE_FKEY; the PRAGMA
  /// does nothing there). A rebuild of a table needs it off. Elsewhere it does nothing.
  virtual void enforce_foreign_keys(bool /*on*/) {}

  /// Many short transactions follow, or (false) no more: what a database can leave in place between them stays. SQLite
  /// then overwrites the head of its rollback journal instead of making and deleting the file each time, which is as
  /// durable and spares the file system's own work (PRAGMA journal_mode = PERSIST); a journal mode that the database
  /// or its user chose stays. Elsewhere it does nothing. Not inside a transaction; throws DatabaseError.
  virtual void expect_transactions(bool /*many*/) {}

  virtual bool in_transaction() const = 0;
  virtual bool is_alive() const = 0; ///< false once the connection was lost

  /// Seconds; nullopt: the server's default. Apply to statements run from now on.
  virtual void set_lock_timeout(std::optional<double> seconds) = 0;
  virtual void set_statement_timeout(std::optional<double> seconds) = 0;

  /// Marks this connection as the one that a run called `name` works on, until it ends. False while another connection
  /// bears the mark: that of a run whose process died, and for which the server has not ended its last statement yet.
  /// Where a connection ends with its process, there is nothing to mark.
  virtual bool try_mark(std::string_view /*name*/) { return true; }

  /// Asks the server to stop the running statement; from any thread, also when none runs. Never throws.
  virtual void cancel() noexcept = 0;

  /// Receives notices and warnings from now on; without one they are dropped. The handler must not use the session.
  virtual void set_notice_handler(NoticeHandler const& /*handler*/) {}

  /// Runs a query whose rows fit in memory and appends their values to `cells`, row after row, without an allocation
  /// for each value where the driver can; returns how many rows.
  virtual std::size_t read_cells(std::string_view statement, Cells& cells);
  /// Prepares a statement with positional parameters that returns no rows, to be run many times.
  virtual std::unique_ptr<CellStatement> prepare_cells(std::string_view statement);

  /// All rows of a small query.
  std::vector<std::vector<Value>> all(std::string_view statement, std::span<Value const> parameters = {});
  /// The first column of the first row, if there is a row.
  std::optional<Value> scalar(std::string_view statement, std::span<Value const> parameters = {});

 protected:
  /// Like query() for results that fit in memory: where streaming costs round trips, this spares them.
  virtual std::unique_ptr<Cursor> query_buffered(std::string_view statement, std::span<Value const> parameters) {
    return query(statement, parameters);
  }
};

} // namespace vm::db
