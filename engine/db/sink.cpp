#include "engine/db/sink.hpp"

#include "engine/sql/literal.hpp"

#include <chrono>
#include <ostream>

namespace vm::db {

namespace {

/// Switches foreign key enforcement off for one statement and on again, whatever happens.
class EnforcementOff {
 public:
  EnforcementOff(Session& session, bool active) : session_{session}, active_{active} {
    if (active_) session_.enforce_foreign_keys(false);
  }
  EnforcementOff(EnforcementOff const&) = delete;
  EnforcementOff& operator=(EnforcementOff const&) = delete;
  ~EnforcementOff() {
    if (active_) session_.enforce_foreign_keys(true);
  }

 private:
  Session& session_;
  bool active_;
};

} // namespace

SessionSink::SessionSink(Session& session, sql::Dialect const& dialect, StatementObserver observer)
    : session_{session},
      dialect_{dialect},
      observer_{std::move(observer)} {}

std::int64_t SessionSink::send(sql::Statement const& statement) {
  EnforcementOff const off{session_, statement.needs_foreign_keys_off};
  if (!statement.must_return_no_rows) {
    return statement.parameters.empty() ? session_.execute(statement.text)
                                        : session_.execute(statement.text, statement.parameters);
  }
  auto const violations = session_.all(statement.text, statement.parameters);
  if (violations.empty()) return 0;
  std::string first;
  for (auto const& value : violations.front()) {
    if (!first.empty()) first += ", ";
    first += dialect_.literal(value);
  }
  DatabaseError error{"a check before the commit found " + std::to_string(violations.size()) + " row" +
                          (violations.size() == 1 ? "" : "s") + " that would violate a foreign key (first: " + first +
                          ")",
                      Hint{"repair or remove these rows first, then run the migration again"}};
  error.kind = DatabaseErrorKind::constraint;
  error.statement = statement.text;
  throw error;
}

std::int64_t SessionSink::execute(sql::Statement const& statement) {
  if (!observer_) return send(statement);
  auto const start = std::chrono::steady_clock::now();
  auto const rows = send(statement);
  observer_(statement.text, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return rows;
}

void SessionSink::begin() {
  session_.execute(dialect_.begin_statement());
}

void SessionSink::commit() {
  session_.execute("COMMIT");
}

void SessionSink::rollback() {
  if (session_.is_alive() && session_.in_transaction()) session_.execute("ROLLBACK");
}

bool SessionSink::in_transaction() const {
  return session_.in_transaction();
}

ScriptSink::ScriptSink(std::ostream& out, sql::Dialect const& dialect) : out_{out}, dialect_{dialect} {}

std::int64_t ScriptSink::execute(sql::Statement const& statement) {
  auto const text = sql::inline_parameters(statement, dialect_);
  if (dialect_.capabilities().delimiter_command && text.find(';') != std::string::npos) {
    // The mariadb and mysql clients end a statement at the first ';' they see, also within the body of a trigger.
    std::string delimiter = "$$";
    while (text.find(delimiter) != std::string::npos) delimiter += '$';
    out_ << "DELIMITER " << delimiter << "\n" << text << "\n" << delimiter << "\nDELIMITER ;\n\n";
  } else {
    // The data of COPY ends with a line of its own, which takes no semicolon.
    bool const ends_copy = statement.is_copy && text.ends_with("\n\\.");
    out_ << text << (ends_copy ? "\n\n" : ";\n\n");
  }
  return -1;
}

void ScriptSink::begin() {
  out_ << dialect_.begin_statement() << ";\n\n";
  open_ = true;
}

void ScriptSink::commit() {
  out_ << "COMMIT;\n\n";
  open_ = false;
}

void ScriptSink::rollback() {
  if (!open_) return;
  out_ << "ROLLBACK;\n\n";
  open_ = false;
}

void ScriptSink::comment(std::string_view text) {
  // A line break would end the comment and run what follows.
  std::string line{text};
  for (char& c : line)
    if (c == '\n' || c == '\r') c = ' ';
  out_ << "-- " << line << "\n\n";
}

} // namespace vm::db
