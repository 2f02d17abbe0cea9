#include "engine/run/applier.hpp"

#include "engine/core/text.hpp"
#include "engine/op/describe.hpp"
#include "engine/run/copy.hpp"
#include "engine/run/own_tables.hpp"
#include "engine/sql/nature.hpp"
#include "engine/sql/parameters.hpp"
#include "engine/sql/split.hpp"

#include <fmt/format.h>

#include <map>

namespace vm::run {

namespace {

class CursorRows : public op::Rows {
 public:
  explicit CursorRows(std::unique_ptr<db::Cursor> cursor) : cursor_{std::move(cursor)} {}
  std::vector<std::string> const& columns() const override { return cursor_->columns(); }
  bool next(std::vector<Value>& row) override { return cursor_->next(row); }
  bool visit_next(RowVisitor& visitor) override { return cursor_->visit_next(visitor); }

 private:
  std::unique_ptr<db::Cursor> cursor_;
};

} // namespace

/// Answers the compiler from the live database. What it read is kept only until the next statement.
class Applier::LiveExisting : public sql::Existing {
 public:
  LiveExisting(inspect::Inspector& inspector, db::Session& session) : inspector_{inspector}, session_{session} {}

  void forget() {
    tables_.clear();
    catalog_.reset();
  }

  schema::Table const* table(schema::TableName const& name) const override {
    auto found = tables_.find(name);
    if (found == tables_.end()) {
      op::InspectScope scope;
      scope.tables = {name};
      scope.tables_only = true;
      auto catalog = inspector_.read(scope);
      std::optional<schema::Table> table;
      if (auto const* read = catalog.find_table(name))
        table = *read;
      else if (catalog.tables.size() == 1)
        table = catalog.tables.begin()->second;
      found = tables_.emplace(name, std::move(table)).first;
    }
    return found->second ? &*found->second : nullptr;
  }

  std::optional<schema::TableName> table_of_index(schema::TableName const& index) const override {
    std::optional<schema::TableName> found;
    for (auto const& [name, table] : catalog().tables) {
      if (index.schema && name.schema && *index.schema != *name.schema) continue;
      for (auto const& each : table.indexes) {
        if (!each.name || *each.name != index.name) continue;
        if (found) {
          throw UsageError{fmt::format("index '{}' is on more than one table: '{}', '{}'", index.name.text(),
                                       schema::to_string(*found), schema::to_string(name)),
                           Hint{"name the table as the second argument of op.drop_index"}};
        }
        found = name;
      }
      // On MariaDB a unique constraint is an index as well.
      for (auto const& each : table.constraints) {
        auto const* unique = std::get_if<schema::UniqueConstraint>(&each);
        if (unique && unique->name && *unique->name == index.name && !found) found = name;
      }
    }
    return found;
  }

  schema::Catalog const& catalog() const override {
    if (!catalog_) catalog_ = inspector_.read({});
    return *catalog_;
  }

  std::vector<std::vector<Value>> query(std::string_view text, std::vector<Value> const& parameters) const override {
    return session_.all(text, parameters);
  }

 private:
  inspect::Inspector& inspector_;
  db::Session& session_;
  mutable std::map<schema::TableName, std::optional<schema::Table>> tables_;
  mutable std::optional<schema::Catalog> catalog_;
};

/// Answers from what the run itself made, when there is no database to ask.
class Applier::MadeExisting : public sql::Existing {
 public:
  explicit MadeExisting(MadeCatalog* shared) : made{shared ? *shared : own_} {}

  MadeCatalog& made;

  schema::Table const* table(schema::TableName const& name) const override { return made.catalog().find_table(name); }
  std::optional<schema::TableName> table_of_index(schema::TableName const& index) const override {
    for (auto const& [name, table] : made.catalog().tables)
      for (auto const& each : table.indexes)
        if (each.name && *each.name == index.name) return name;
    return std::nullopt;
  }
  schema::Catalog const& catalog() const override { return made.catalog(); }
  std::vector<std::vector<Value>> query(std::string_view, std::vector<Value> const&) const override { return {}; }
  bool live() const override { return false; }

 private:
  MadeCatalog own_;
};

Applier::Applier(ApplierContext context) : context_{std::move(context)} {
  if (context_.session)
    live_ = std::make_unique<LiveExisting>(*context_.inspector, *context_.session);
  else
    made_ = std::make_unique<MadeExisting>(context_.made);
}

Applier::~Applier() = default;

sql::Existing const* Applier::existing() {
  return live_ ? static_cast<sql::Existing const*>(live_.get()) : made_.get();
}

void Applier::check_interrupted() const {
  if (context_.interrupted && context_.interrupted()) throw Interrupted{"interrupted"};
}

void Applier::ensure_transaction() {
  if (!context_.sink.in_transaction()) {
    context_.sink.begin();
    in_open_transaction_ = 0;
  }
}

/// Commits what the migration did so far, with its journal.
void Applier::leave_transaction() {
  if (!context_.sink.in_transaction() || context_.rehearsal) return;
  bool const has_news = context_.journal && context_.journal->has_unwritten_entries();
  if (has_news) context_.journal->flush();
  context_.sink.commit();
  if (has_news) context_.journal->confirm();
  committed_ += in_open_transaction_;
  in_open_transaction_ = 0;
  if (context_.on_commit) context_.on_commit();
}

std::int64_t Applier::execute(sql::Statement const& statement) {
  std::int64_t rows = 0;
  if (statement.is_copy && context_.rehearsal) {
    rows = context_.rehearsal->copy_in(statement);
  } else if (statement.is_copy && context_.session) {
    rows = context_.session->copy_in(statement.text, statement.copy_data);
  } else if (statement.is_copy) {
    auto with_data = statement;
    with_data.text += ";\n" + statement.copy_data + "\\.";
    rows = context_.sink.execute(with_data);
  } else {
    rows = context_.sink.execute(statement);
  }
  ++statements_;
  if (live_) live_->forget();
  return rows;
}

/// Without a journal: offline, and where a test holds an applier of its own.
std::int64_t Applier::send(sql::Statement const& statement) {
  check_interrupted();
  if (context_.rehearsal) {
    if (!context_.rehearsal->is_skipped(statement)) return execute(statement);
    context_.rehearsal->skip(statement.text, context_.rehearsal->reason(statement));
    return 0;
  }
  bool const outside = statement.outside_transaction || autocommit_depth_ > 0 || !context_.in_transaction;
  bool const commits = context_.dialect.commits_implicitly(statement.text);
  if (outside) leave_transaction();
  if (!outside && !commits) ensure_transaction();
  auto const rows = execute(statement);
  if (commits) {
    committed_ += in_open_transaction_ + 1;
    in_open_transaction_ = 0;
  } else if (outside) {
    ++committed_;
  } else {
    ++in_open_transaction_;
  }
  return rows;
}

op::Outcome Applier::apply(op::Operation const& operation, Location const& where) {
  auto const* execute_sql = std::get_if<op::ExecuteSql>(&operation);
  try {
    check_interrupted();
    auto const statements = [&] {
      // A statement that reads the database to be compiled sees what the transaction did so far.
      return execute_sql ? pieces_of(*execute_sql) : context_.dialect.compile(operation, existing());
    };
    if (context_.journal) {
      auto const* create = std::get_if<op::CreateTable>(&operation);
      return run_step({.fingerprint = op::fingerprint(operation),
                       .describe = [&] { return op::describe(operation); },
                       .where = where,
                       .compiled = execute_sql == nullptr,
                       .temporary = create && create->temporary,
                       .statements = statements,
                       .execute = {}});
    }
    if (context_.rehearsal && context_.rehearsal->is_cut_off() && !execute_sql) {
      // What it would be compiled from may be missing.
      try {
        for (auto const& statement : statements()) send(statement);
      } catch (UsageError const& error) {
        context_.rehearsal->skip(op::describe(operation), error.message());
      }
      return {};
    }
    op::Outcome outcome;
    for (auto const& statement : statements()) {
      auto const rows = send(statement);
      if (rows > 0) outcome.rows_affected += rows;
    }
    if (made_) made_->made.apply(operation);
    return outcome;
  } catch (Error& error) {
    error.locate(where);
    if (!execute_sql) error.add_note({"operation", op::describe(operation)});
    throw;
  }
}

/// A piece of COPY is a step like any other: in the transaction, or journaled.
op::Outcome Applier::copy_rows(op::CopyRows const& copy, op::RowSource& rows, Location const& where) {
  if (!context_.session || !context_.dialect.capabilities().copy_from_stdin)
    return op::Target::copy_rows(copy, rows, where);
  try {
    return {copy_by_stream(context_.dialect, copy, rows, [&](std::string text) {
      return apply(op::ExecuteSql{{std::move(text)}, std::nullopt}, where).rows_affected;
    })};
  } catch (Error& error) {
    error.locate(where);
    throw;
  }
}

std::vector<sql::Statement> Applier::pieces_of(op::ExecuteSql const& operation) const {
  std::vector<sql::Statement> statements;
  for (auto const& text : operation.texts) {
    auto const pieces = sql::split(text, context_.dialect.capabilities());
    if (operation.parameters) {
      if (pieces.size() != 1) {
        throw UsageError{
            fmt::format("parameters are allowed with one statement only, this text holds {}", pieces.size()),
            Hint{"call op.execute once for each statement"}};
      }
      statements.push_back(statement_of(pieces.front().text, operation.parameters));
      continue;
    }
    for (auto const& piece : pieces) {
      auto& statement = statements.emplace_back(statement_of(piece.text, std::nullopt));
      statement.is_copy = piece.is_copy;
      statement.copy_data = piece.copy_data;
    }
  }
  return statements;
}

sql::Statement Applier::statement_of(std::string const& text, std::optional<op::Parameters> const& parameters) const {
  sql::Statement statement;
  if (parameters)
    statement = sql::bind(text, *parameters, context_.dialect);
  else
    statement.text = text;
  statement.outside_transaction = context_.dialect.must_run_outside_transaction(statement.text);
  statement.verbatim = true;
  return statement;
}

op::Outcome Applier::run_resumable(op::Fingerprint const& fingerprint, std::string const& description,
                                   Location const& where, std::function<std::int64_t()> const& body) {
  try {
    check_interrupted();
    if (context_.rehearsal) {
      context_.rehearsal->skip(description, "it commits batch by batch");
      return {};
    }
    if (!context_.journal) {
      leave_transaction();
      return {body()};
    }
    auto& journal = *context_.journal;
    auto& entry = journal.begin(
        JournalEntry::Kind::operation, fingerprint, [&] { return description; }, where);
    if (entry.state == JournalEntry::State::done) return {entry.rows_affected};
    entry.operation = description;
    entry.state = JournalEntry::State::open;
    if (entry.is_written) entry.is_changed = true;
    write_journal();
    try {
      entry.rows_affected = body();
    } catch (std::exception const& error) {
      fail(entry, error);
      throw;
    }
    entry.state = JournalEntry::State::done;
    journal.save(entry);
    ++committed_;
    return {entry.rows_affected};
  } catch (Error& error) {
    error.locate(where);
    throw;
  }
}

void Applier::run_script(std::string_view text, std::string const& file, int first_line) {
  auto const pieces = sql::split(text, context_.dialect.capabilities());
  if (context_.journal) context_.journal->set_total(static_cast<int>(pieces.size()));
  for (auto const& piece : pieces) {
    Location const where{file, first_line + piece.line - 1};
    try {
      auto statement = statement_of(piece.text, std::nullopt);
      statement.is_copy = piece.is_copy;
      statement.copy_data = piece.copy_data;
      if (!context_.journal) {
        send(statement);
        continue;
      }
      op::Operation const operation{op::ExecuteSql{{piece.text, piece.copy_data}, std::nullopt}};
      run_step({.fingerprint = op::fingerprint(operation),
                .describe =
                    [&] {
                      return op::describe(op::ExecuteSql{{piece.text}, std::nullopt});
                    },
                .where = where,
                .statements = [&] { return std::vector{statement}; },
                .execute = {}});
    } catch (Error& error) {
      error.locate(where);
      throw;
    }
  }
}

std::unique_ptr<op::Rows> Applier::query(std::string const& text, std::optional<op::Parameters> const& parameters,
                                         Location const& where) {
  try {
    if (!context_.session) {
      throw ScriptError{"the migration asks the database, which --sql does not have",
                        Hint{"choose by `vm.offline`, or run the migration online"}};
    }
    check_interrupted();
    auto const pieces = sql::split(text, context_.dialect.capabilities());
    if (pieces.size() != 1) {
      throw UsageError{fmt::format("a query is one statement, this text holds {}", pieces.size())};
    }
    auto const& only = pieces.front().text;
    if (context_.journal) {
      return sql::is_read(only, context_.dialect.capabilities()) ? answer(only, parameters, where)
                                                                 : answer_of_step(only, parameters, where);
    }
    auto const statement = statement_of(only, parameters);
    if (context_.rehearsal && !sql::is_read(only, context_.dialect.capabilities()) &&
        context_.rehearsal->is_skipped(statement)) {
      throw MigrationError{"the rehearsal ends here: the migration needs the answer of a statement that cannot be "
                           "rolled back, or builds on one",
                           Hint{"what came before was rehearsed"}};
    }
    if (context_.rehearsal || (context_.in_transaction && autocommit_depth_ == 0)) ensure_transaction();
    ++statements_;
    // It may be an INSERT … RETURNING; counting it costs nothing and keeps the report of a failure honest.
    if (context_.sink.in_transaction()) ++in_open_transaction_;
    return std::make_unique<CursorRows>(context_.session->query(statement.text, statement.parameters));
  } catch (Error& error) {
    error.locate(where);
    throw;
  }
}

schema::Catalog Applier::inspect_live(op::InspectScope const& scope) {
  if (context_.in_transaction && autocommit_depth_ == 0) ensure_transaction();
  auto catalog = context_.inspector->read(scope);
  if (!scope.tables && context_.version_table) {
    std::erase_if(catalog.tables,
                  [&](auto const& entry) { return is_own_table(entry.first, *context_.version_table); });
  }
  return catalog;
}

schema::Catalog Applier::inspect(op::InspectScope const& scope, Location const& where) {
  try {
    if (context_.session) {
      check_interrupted();
      if (!context_.journal) return inspect_live(scope);
      auto const describe = [&] {
        return scope.tables && scope.tables->size() == 1
                   ? fmt::format("inspect '{}'", schema::to_string(scope.tables->front()))
                   : std::string{"inspect the database"};
      };
      auto& entry = context_.journal->begin(JournalEntry::Kind::answer, op::fingerprint(scope), describe, where);
      if (entry.answer) return op::decode_catalog(entry.answer->data);
      auto catalog = inspect_live(scope);
      entry.state = JournalEntry::State::done;
      context_.journal->keep_answer(entry, op::encode(catalog));
      return catalog;
    }
    if (!scope.tables) {
      throw ScriptError{"the migration inspects the whole database, which --sql does not have",
                        Hint{"choose by `vm.offline`, or run the migration online"}};
    }
    schema::Catalog result;
    for (auto const& name : *scope.tables) {
      if (auto const* table = made_->made.catalog().find_table(name)) {
        result.tables.emplace(name, *table);
      } else if (!made_->made.knows(name)) {
        throw ScriptError{fmt::format("the migration asks the database for table '{}', which --sql does not have",
                                      schema::to_string(name)),
                          Hint{"choose by `vm.offline`, or run the migration online"}};
      }
    }
    return result;
  } catch (Error& error) {
    error.locate(where);
    throw;
  }
}

void Applier::backfill(op::Backfill const& job, op::TransformSource* function, Location const& where) {
  try {
    check_interrupted();
    if (!context_.session) {
      if (function) {
        throw UsageError{"a backfill by a row function needs the database: there is no SQL to print for it",
                         Hint{"run this migration online, or set columns by SQL: { set = { … } }"}};
      }
      sql::Statement statement;
      statement.text = backfill::as_statement(job, context_.dialect);
      context_.sink.comment("a backfill: online it runs in batches");
      send(statement);
      return;
    }
    ++statements_;
    live_->forget();
    auto const number = context_.backfills->count();
    backfill::Definition const definition{job, function ? function->name() : std::nullopt, function != nullptr, {}};
    auto const text = backfill::meaning(backfill::write(definition, context_.dialect));
    run_resumable(op::fingerprint("backfill " + text, std::nullopt), "backfill " + schema::to_string(job.table), where,
                  [&] {
                    leave_transaction();
                    return context_.backfills->run(job, function, number);
                  });
  } catch (Error& error) {
    error.locate(where);
    error.add_note({"operation", "backfill " + schema::to_string(job.table)});
    throw;
  }
}

void Applier::autocommit_block(std::function<void()> const& body, Location const& where) {
  try {
    leave_transaction();
  } catch (Error& error) {
    error.locate(where);
    throw;
  }
  struct Depth {
    int& depth;
    explicit Depth(int& value) : depth{value} { ++depth; }
    Depth(Depth const&) = delete;
    Depth& operator=(Depth const&) = delete;
    ~Depth() { --depth; }
  } const entered{autocommit_depth_};
  body();
}

} // namespace vm::run
