// Where compiled statements go: to a session, or as text into a script. Chosen once by the command; whoever sends does
// not ask which it is.
#pragma once

#include "engine/db/session.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/statement.hpp"

#include <functional>
#include <iosfwd>

namespace vm::db {

class Sink {
 public:
  virtual ~Sink() = default;

  /// Returns the rows affected; a script sink does not know them and returns -1.
  virtual std::int64_t execute(sql::Statement const& statement) = 0;
  virtual void begin() = 0;
  virtual void commit() = 0;
  /// Ends a transaction without its changes; nothing happens when none is open.
  virtual void rollback() = 0;
  virtual bool in_transaction() const = 0;
  /// A line for readers of a script; a session ignores it.
  virtual void comment(std::string_view text) = 0;
};

/// Called after each statement with its text and duration in seconds; for logs.
using StatementObserver = std::function<void(std::string_view text, double seconds)>;

/// Runs statements on a session.
class SessionSink : public Sink {
 public:
  SessionSink(Session& session, sql::Dialect const& dialect, StatementObserver observer = {});
  std::int64_t execute(sql::Statement const& statement) override;
  void begin() override;
  void commit() override;
  void rollback() override;
  bool in_transaction() const override;
  void comment(std::string_view) override {}

 private:
  std::int64_t send(sql::Statement const& statement);

  Session& session_;
  sql::Dialect const& dialect_;
  StatementObserver observer_;
};

/// Writes statements as a script that the database's own client runs: literals instead of parameters, `;` after each.
class ScriptSink : public Sink {
 public:
  ScriptSink(std::ostream& out, sql::Dialect const& dialect);
  std::int64_t execute(sql::Statement const& statement) override;
  void begin() override;
  void commit() override;
  void rollback() override;
  bool in_transaction() const override { return open_; }
  void comment(std::string_view text) override;

 private:
  std::ostream& out_;
  sql::Dialect const& dialect_;
  bool open_ = false;
};

} // namespace vm::db
