#include "engine/run/applier.hpp"

#include "engine/core/text.hpp"
#include "engine/op/describe.hpp"
#include "engine/run/own_tables.hpp"
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

std::int64_t Applier::send(sql::Statement const& statement) {
  check_interrupted();
  bool const outside = statement.outside_transaction || autocommit_depth_ > 0 || !context_.in_transaction;
  bool const commits = context_.dialect.commits_implicitly(statement.text);
  if (outside && context_.sink.in_transaction()) {
    if (statement.outside_transaction && context_.warn && autocommit_depth_ == 0 && in_open_transaction_ > 0) {
      context_.warn("this statement cannot run in a transaction: what the migration did before it is committed first");
    }
    context_.sink.commit();
    committed_ += in_open_transaction_;
    in_open_transaction_ = 0;
  }
  if (!outside && !commits) ensure_transaction();
  auto const rows = context_.sink.execute(statement);
  ++statements_;
  if (commits) {
    committed_ += in_open_transaction_ + 1;
    in_open_transaction_ = 0;
  } else if (outside) {
    ++committed_;
  } else {
    ++in_open_transaction_;
  }
  if (live_) live_->forget();
  return rows;
}

op::Outcome Applier::apply(op::Operation const& operation, Location const& where) {
  try {
    if (auto const* execute = std::get_if<op::ExecuteSql>(&operation)) return execute_sql(*execute);
    check_interrupted();
    // A statement that reads the database to be compiled sees what the transaction did so far.
    op::Outcome outcome;
    for (auto const& statement : context_.dialect.compile(operation, existing())) {
      auto const rows = send(statement);
      if (rows > 0) outcome.rows_affected += rows;
    }
    if (made_) made_->made.apply(operation);
    return outcome;
  } catch (Error& error) {
    error.locate(where);
    if (!std::holds_alternative<op::ExecuteSql>(operation)) error.add_note({"operation", op::describe(operation)});
    throw;
  }
}

std::int64_t Applier::send_piece(std::string text, bool is_copy, std::string const& copy_data) {
  sql::Statement statement;
  statement.outside_transaction = context_.dialect.must_run_outside_transaction(text);
  statement.text = std::move(text);
  statement.verbatim = true;
  if (!is_copy) return send(statement);
  if (!context_.session) {
    statement.text += ";\n" + copy_data + "\\.";
    return send(statement);
  }
  check_interrupted();
  if (context_.in_transaction && autocommit_depth_ == 0) ensure_transaction();
  auto const rows = context_.session->copy_in(statement.text, copy_data);
  ++statements_;
  if (context_.sink.in_transaction())
    ++in_open_transaction_;
  else
    ++committed_;
  return rows;
}

op::Outcome Applier::execute_sql(op::ExecuteSql const& operation) {
  op::Outcome outcome;
  auto const add = [&](std::int64_t rows) {
    if (rows > 0) outcome.rows_affected += rows;
  };
  for (auto const& text : operation.texts) {
    auto const pieces = sql::split(text, context_.dialect.capabilities());
    if (!operation.parameters) {
      for (auto const& piece : pieces) add(send_piece(piece.text, piece.is_copy, piece.copy_data));
      continue;
    }
    if (pieces.size() != 1) {
      throw UsageError{fmt::format("parameters are allowed with one statement only, this text holds {}", pieces.size()),
                       Hint{"call op.execute once for each statement"}};
    }
    auto statement = sql::bind(pieces.front().text, *operation.parameters, context_.dialect);
    statement.outside_transaction = context_.dialect.must_run_outside_transaction(statement.text);
    statement.verbatim = true;
    add(send(statement));
  }
  return outcome;
}

void Applier::run_script(std::string_view text, std::string const& file, int first_line) {
  for (auto const& piece : sql::split(text, context_.dialect.capabilities())) {
    try {
      send_piece(piece.text, piece.is_copy, piece.copy_data);
    } catch (Error& error) {
      error.locate({file, first_line + piece.line - 1});
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
    sql::Statement statement;
    if (parameters)
      statement = sql::bind(pieces.front().text, *parameters, context_.dialect);
    else
      statement.text = pieces.front().text;
    if (context_.in_transaction && autocommit_depth_ == 0) ensure_transaction();
    ++statements_;
    // It may be an INSERT … RETURNING; counting it costs nothing and keeps the report of a failure honest.
    if (context_.sink.in_transaction()) ++in_open_transaction_;
    return std::make_unique<CursorRows>(context_.session->query(statement.text, statement.parameters));
  } catch (Error& error) {
    error.locate(where);
    throw;
  }
}

schema::Catalog Applier::inspect(op::InspectScope const& scope, Location const& where) {
  try {
    if (context_.session) {
      check_interrupted();
      if (context_.in_transaction && autocommit_depth_ == 0) ensure_transaction();
      auto catalog = context_.inspector->read(scope);
      if (!scope.tables && context_.version_table) {
        std::erase_if(catalog.tables,
                      [&](auto const& entry) { return is_own_table(entry.first, *context_.version_table); });
      }
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

void Applier::autocommit_block(std::function<void()> const& body, Location const& where) {
  try {
    if (context_.sink.in_transaction()) {
      context_.sink.commit();
      committed_ += in_open_transaction_;
      in_open_transaction_ = 0;
    }
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
