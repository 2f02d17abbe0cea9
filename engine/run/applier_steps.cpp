// The part of the applier that a journal watches over: which statements of a step run, in which transaction, and what
// is written before and after each.
#include "engine/core/digest.hpp"
#include "engine/op/describe.hpp"
#include "engine/run/applier.hpp"
#include "engine/sql/literal.hpp"
#include "engine/sql/nature.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vm::run {

namespace {

using State = JournalEntry::State;
using Kind = JournalEntry::Kind;

/// Rows that are known, then those of a cursor that goes on.
class ReadRows : public op::Rows {
 public:
  ReadRows(op::RecordedRows known, std::unique_ptr<db::Cursor> rest)
      : known_{std::move(known)},
        rest_{std::move(rest)} {}

  std::vector<std::string> const& columns() const override { return known_.columns; }
  bool next(std::vector<Value>& row) override {
    if (at_ < known_.rows.size()) {
      row = std::move(known_.rows[at_++]);
      return true;
    }
    return rest_ && rest_->next(row);
  }
  bool visit_next(RowVisitor& visitor) override {
    if (at_ >= known_.rows.size()) return rest_ && rest_->visit_next(visitor);
    for (auto const& value : known_.rows[at_]) visit_value(value, visitor);
    ++at_;
    return true;
  }

 private:
  op::RecordedRows known_;
  std::size_t at_ = 0;
  std::unique_ptr<db::Cursor> rest_;
};

/// Statements as one text: `length flags:text` each.
std::string pack(std::vector<sql::Statement> const& statements, sql::Dialect const& dialect) {
  std::string packed;
  for (auto const& statement : statements) {
    auto const text = statement.parameters.empty() ? statement.text : sql::inline_parameters(statement, dialect);
    packed += fmt::format("{} {}{}{}:{}\n", text.size(), statement.outside_transaction ? "o" : "",
                          statement.needs_foreign_keys_off ? "f" : "", statement.must_return_no_rows ? "n" : "", text);
  }
  return packed;
}

std::vector<sql::Statement> unpack(std::string_view packed) {
  std::vector<sql::Statement> statements;
  while (!packed.empty()) {
    std::size_t length = 0;
    auto const [end, problem] = std::from_chars(packed.data(), packed.data() + packed.size(), length);
    auto const colon = packed.find(':');
    if (problem != std::errc{} || colon == std::string_view::npos || colon + 1 + length > packed.size())
      throw DatabaseError{"vm_journal holds statements that no vm wrote"};
    auto const flags = packed.substr(0, colon);
    auto const has = [&](char flag) { return flags.find(flag) != std::string_view::npos; };
    sql::Statement statement;
    statement.text = packed.substr(colon + 1, length);
    statement.outside_transaction = has('o');
    statement.needs_foreign_keys_off = has('f');
    statement.must_return_no_rows = has('n');
    statements.push_back(std::move(statement));
    packed.remove_prefix(std::min(packed.size(), colon + 1 + length + 1));
  }
  return statements;
}

/// A failure that the script caught when it first ran.
[[noreturn]] void fail_again(JournalEntry const& entry) {
  auto const bar = entry.error.find('|');
  DatabaseError error{bar == std::string::npos ? entry.error : entry.error.substr(bar + 1)};
  if (bar != std::string::npos) error.code = entry.error.substr(0, bar);
  throw error;
}

} // namespace

Applier::Mode Applier::mode_of(sql::Statement const& statement, bool compiled) const {
  bool const outside = autocommit_depth_ > 0 || !context_.in_transaction;
  if (statement.outside_transaction || context_.dialect.commits_implicitly(statement.text)) return Mode::raw;
  if (!outside) return Mode::within;
  // What a person typed may commit by itself, where its first word does not promise otherwise.
  bool const joins = compiled || sql::is_data_or_schema(statement.text, context_.dialect.capabilities());
  return joins ? Mode::wrapped : Mode::raw;
}

/// Writes what the journal does not hold yet and commits; afterwards no transaction is open.
void Applier::write_journal() {
  auto& journal = *context_.journal;
  if (!context_.sink.in_transaction()) {
    if (journal.unwritten() == 0) return;
    context_.sink.begin();
  }
  journal.flush();
  context_.sink.commit();
  journal.confirm();
  committed_ += in_open_transaction_;
  if (in_open_transaction_ > 0 && context_.on_commit) context_.on_commit();
  in_open_transaction_ = 0;
}

void Applier::fail(JournalEntry& entry, std::exception const& error) {
  entry.state = State::failed;
  auto const* ours = dynamic_cast<Error const*>(&error);
  auto const* database = dynamic_cast<DatabaseError const*>(&error);
  entry.error = fmt::format("{}|{}", database ? database->code : "", ours ? ours->message() : error.what());
  if (!entry.is_written) return;
  entry.is_changed = true;
  if (context_.sink.in_transaction() || !context_.session->is_alive()) return;
  try {
    context_.journal->save(entry);
  } catch (Error const&) {
    // The failure itself is what a person must see; without this row the step counts as sent and is settled.
  }
}

op::Outcome Applier::run_step(Step const& step) {
  auto& journal = *context_.journal;
  auto& entry = journal.begin(Kind::operation, step.fingerprint, step.describe, step.where);
  if (journal.was_passed(entry)) fail_again(entry);
  if (entry.state == State::done) {
    restore_session(step);
    return {entry.rows_affected};
  }
  auto const statements = entry.statements.empty() ? step.statements() : unpack(entry.statements);
  auto from = static_cast<std::size_t>(entry.statements_done);
  if (entry.state == State::sent) from = settle(entry, statements);
  if (entry.is_written && from < statements.size()) sweep(statements[from]);
  if (step.compiled && statements.size() > 1 && entry.statements.empty()) {
    for (auto const& statement : statements) {
      if (mode_of(statement, true) != Mode::raw) continue;
      entry.statements = pack(statements, context_.dialect);
      break;
    }
  }
  for (auto at = from; at < statements.size(); ++at) run_statement(entry, step, statements, at);
  if (entry.state != State::done) {
    entry.state = State::done;
    entry.is_changed = entry.is_written;
    if (entry.is_written && !context_.sink.in_transaction()) journal.save(entry);
  }
  return {entry.rows_affected};
}

void Applier::run_statement(JournalEntry& entry, Step const& step, std::vector<sql::Statement> const& statements,
                            std::size_t at) {
  check_interrupted();
  auto const& statement = statements[at];
  bool const is_last = at + 1 == statements.size();
  switch (mode_of(statement, step.compiled)) {
  case Mode::within: return run_within(entry, step, statement, static_cast<int>(at), is_last);
  case Mode::wrapped: {
    bool const ends = is_last || mode_of(statements[at + 1], step.compiled) != Mode::wrapped;
    return run_wrapped(entry, step, statement, static_cast<int>(at), ends, is_last);
  }
  case Mode::raw: return run_raw(entry, step, statement, static_cast<int>(at), is_last);
  }
}

void Applier::run_within(JournalEntry& entry, Step const& step, sql::Statement const& statement, int at, bool is_last) {
  bool const commits = sql::is_commit(statement.text, context_.dialect.capabilities());
  auto const mark = [&] {
    entry.state = is_last ? State::done : State::open;
    entry.statements_done = at + 1;
    entry.is_changed = entry.is_written;
  };
  ensure_transaction();
  try {
    if (commits) {
      mark();
      context_.journal->flush();
    }
    auto const rows = step.execute ? step.execute(statement) : execute(statement);
    if (rows > 0) entry.rows_affected += rows;
  } catch (std::exception const& error) {
    fail(entry, error);
    throw;
  }
  ++in_open_transaction_;
  if (context_.sink.in_transaction()) return;
  // It ended the transaction by itself: COMMIT, or a procedure.
  auto const ended = in_open_transaction_;
  in_open_transaction_ = 0;
  if (commits) {
    context_.journal->confirm();
  } else {
    mark();
    write_journal();
  }
  committed_ += ended;
  in_open_transaction_ = 0;
  if (context_.on_commit) context_.on_commit();
}

void Applier::run_wrapped(JournalEntry& entry, Step const& step, sql::Statement const& statement, int at, bool ends,
                          bool is_last) {
  if (entry.operation.empty()) entry.operation = step.describe();
  ensure_transaction();
  auto const rows_before = entry.rows_affected;
  auto const done_before = entry.statements_done;
  try {
    auto const rows = step.execute ? step.execute(statement) : execute(statement);
    if (rows > 0) entry.rows_affected += rows;
    ++in_open_transaction_;
    if (!ends) return;
    entry.statements_done = at + 1;
    entry.state = is_last ? State::done : State::open;
    entry.is_changed = entry.is_written;
    write_journal();
  } catch (std::exception const& error) {
    entry.rows_affected = rows_before;
    entry.statements_done = done_before;
    if (context_.session->is_alive()) context_.sink.rollback();
    in_open_transaction_ = 0;
    fail(entry, error);
    throw;
  }
}

void Applier::run_raw(JournalEntry& entry, Step const& step, sql::Statement const& statement, int at, bool is_last) {
  auto& journal = *context_.journal;
  if (entry.operation.empty()) entry.operation = step.describe();
  if (context_.sink.in_transaction()) {
    if (statement.outside_transaction && context_.warn && autocommit_depth_ == 0 && context_.in_transaction &&
        in_open_transaction_ > 0) {
      context_.warn("this statement cannot run in a transaction: what the migration did before it is committed first");
    }
    entry.state = State::open;
    entry.is_changed = entry.is_written;
    write_journal();
  }
  auto const settlement = context_.dialect.settlement(statement.text);
  entry.found_before = settlement.kind == sql::Settlement::Kind::compare ? ask(settlement) : std::string{};
  entry.state = State::sent;
  entry.statements_done = at;
  entry.error.clear();
  if (entry.is_written) entry.is_changed = true;
  if (journal.unwritten() == 1 && entry.is_written)
    journal.save(entry);
  else
    write_journal();
  try {
    auto const rows = step.execute ? step.execute(statement) : execute(statement);
    if (rows > 0) entry.rows_affected += rows;
  } catch (std::exception const& error) {
    // A statement that was cancelled may have come through; a lost connection tells nothing either.
    bool const is_known = !(context_.interrupted && context_.interrupted()) && context_.session->is_alive();
    if (is_known) fail(entry, error);
    throw;
  }
  ++committed_;
  entry.statements_done = at + 1;
  entry.state = is_last ? State::done : State::open;
  entry.found_before.clear();
  entry.is_changed = true;
  // LOCK TABLES shuts the journal out until the next transaction, which writes this row as well.
  if (!sql::locks_tables(statement.text, context_.dialect.capabilities())) journal.save(entry);
}

/// What a skipped step set in the session that ended, set again.
void Applier::restore_session(Step const& step) {
  if (step.compiled && !step.temporary) return;
  if (context_.journal->only_compares()) return;
  auto const& capabilities = context_.dialect.capabilities();
  for (auto const& statement : step.statements()) {
    if (step.temporary || sql::makes_temporary_table(statement.text, capabilities)) {
      throw MigrationError{
          fmt::format(
              "the migration cannot go on: the temporary table of a step that is done ended with its session ({})",
              step.describe()),
          Hint{"undo by hand what the migration did so far and begin anew with --restart"}};
    }
    if (sql::is_session_setting(statement.text, capabilities)) context_.sink.execute(statement);
  }
}

/// What the database shows of the things a statement is about, as a hash.
std::string Applier::ask(sql::Settlement const& settlement) {
  std::string answers;
  for (auto const& probe : settlement.probes) {
    try {
      for (auto const& row : context_.session->all(probe)) {
        for (auto const& value : row) {
          answers += std::holds_alternative<std::string>(value) ? std::get<std::string>(value)
                                                                : context_.dialect.literal(value);
          answers += '\n';
        }
      }
    } catch (DatabaseError const& error) {
      if (error.kind == DatabaseErrorKind::connection_lost || error.kind == DatabaseErrorKind::interrupted) throw;
      answers += fmt::format("error {}\n", error.code);
    }
    answers += '\f';
  }
  if (!settlement.ignored.empty()) {
    for (auto at = answers.find(settlement.ignored); at != std::string::npos;
         at = answers.find(settlement.ignored, at + 1)) {
      auto const digits = at + settlement.ignored.size();
      auto end = digits;
      while (end < answers.size() && answers[end] >= '0' && answers[end] <= '9') ++end;
      answers.erase(digits, end - digits);
    }
    // The clause comes with the first row and goes with a restart of the server.
    for (auto at = answers.find(' ' + settlement.ignored); at != std::string::npos;
         at = answers.find(' ' + settlement.ignored)) {
      answers.erase(at, settlement.ignored.size() + 1);
    }
  }
  return md5_hex(answers);
}

/// Where a step whose statement was sent and not answered goes on.
std::size_t Applier::settle(JournalEntry& entry, std::vector<sql::Statement> const& statements) {
  using Settled = sql::Settlement::Kind;
  auto const at = static_cast<std::size_t>(entry.statements_done);
  if (at >= statements.size()) return at;
  auto const settlement = context_.dialect.settlement(statements[at].text);
  auto const what = fmt::format("step {} ({})", context_.journal->steps(), entry.operation);
  if (settlement.kind == Settled::repeatable) return at;
  if (settlement.kind == Settled::compare && !entry.found_before.empty()) {
    bool const took_effect = ask(settlement) != entry.found_before;
    if (context_.warn) {
      context_.warn(fmt::format("{} was sent before the last run ended; the database shows that it {}", what,
                                took_effect ? "is done" : "is not done, it runs again"));
    }
    if (!took_effect) return at;
    entry.statements_done = static_cast<int>(at) + 1;
    entry.state = State::open;
    entry.is_changed = true;
    return at + 1;
  }
  MigrationError error{
      fmt::format("{} was sent before the last run ended, and nobody can tell whether it took effect", what)};
  error.add_note({"statement", statements[at].text});
  auto const& revision = context_.journal->revision();
  error.add_hint(
      {fmt::format("look at the database, then say so: `vm run resolve {0} --done` when it took effect, `vm run "
                   "resolve {0} --redo` when it did not; then run it again",
                   revision)});
  throw error;
}

/// Removes what an earlier try of this statement left behind.
void Applier::sweep(sql::Statement const& statement) {
  auto const settlement = context_.dialect.settlement(statement.text);
  if (settlement.leftovers.empty()) return;
  for (auto const& row : context_.session->all(settlement.leftovers)) {
    auto const* text = row.empty() ? nullptr : std::get_if<std::string>(&row.front());
    if (!text) continue;
    if (context_.warn) context_.warn(fmt::format("an earlier try left something invalid behind: {}", *text));
    sql::Statement removal;
    removal.text = *text;
    context_.sink.execute(removal);
  }
}

std::unique_ptr<op::Rows> Applier::answer(std::string const& text, std::optional<op::Parameters> const& parameters,
                                          Location const& where) {
  auto& journal = *context_.journal;
  auto& entry = journal.begin(
      Kind::answer, op::fingerprint(text, parameters),
      [&] {
        return op::describe(op::ExecuteSql{{text}, std::nullopt});
      },
      where);
  if (journal.was_passed(entry)) fail_again(entry);
  if (entry.answer) return std::make_unique<ReadRows>(op::decode_rows(entry.answer->data), nullptr);
  auto const statement = statement_of(text, parameters);
  if (context_.in_transaction && autocommit_depth_ == 0) ensure_transaction();
  ++statements_;
  try {
    auto cursor = context_.session->query(statement.text, statement.parameters);
    op::RecordedRows known{cursor->columns(), {}};
    std::size_t size = 0;
    std::vector<Value> row;
    while (size <= longest_recorded_answer) {
      if (!cursor->next(row)) {
        cursor.reset();
        break;
      }
      size += op::encoded_size(row);
      known.rows.push_back(row);
    }
    entry.state = State::done;
    if (!cursor) journal.keep_answer(entry, op::encode(known));
    return std::make_unique<ReadRows>(std::move(known), std::move(cursor));
  } catch (std::exception const& error) {
    if (!entry.is_written) fail(entry, error);
    throw;
  }
}

/// A query that writes, `INSERT … RETURNING`: a step whose rows are part of the record.
std::unique_ptr<op::Rows> Applier::answer_of_step(std::string const& text,
                                                  std::optional<op::Parameters> const& parameters,
                                                  Location const& where) {
  op::RecordedRows rows;
  bool has_run = false;
  Step step;
  step.fingerprint = op::fingerprint(text, parameters);
  step.describe = [&] { return op::describe(op::ExecuteSql{{text}, std::nullopt}); };
  step.where = where;
  step.statements = [&] { return std::vector{statement_of(text, parameters)}; };
  step.execute = [&](sql::Statement const& statement) {
    auto const cursor = context_.session->query(statement.text, statement.parameters);
    rows.columns = cursor->columns();
    std::vector<Value> row;
    while (cursor->next(row)) rows.rows.push_back(row);
    ++statements_;
    has_run = true;
    context_.journal->keep_answer(context_.journal->current(), op::encode(rows));
    return rows.rows.empty() ? cursor->rows_affected() : static_cast<std::int64_t>(rows.rows.size());
  };
  run_step(step);
  if (!has_run) {
    auto const& entry = context_.journal->current();
    if (!entry.answer) {
      throw MigrationError{
          fmt::format("the migration cannot go on: what '{}' returned was too long to be kept", step.describe()),
          Hint{"undo by hand what the migration did so far and begin anew with --restart"}};
    }
    rows = op::decode_rows(entry.answer->data);
  }
  return std::make_unique<ReadRows>(std::move(rows), nullptr);
}

} // namespace vm::run
