// A database of a test with its dialect: applies operations as a run does, asks it what it has become.
#pragma once

#include "engine/db/transaction.hpp"
#include "engine/dialect/mysql/dialect.hpp"
#include "engine/dialect/mysql/inspector.hpp"
#include "engine/dialect/postgresql/dialect.hpp"
#include "engine/dialect/postgresql/inspector.hpp"
#include "engine/dialect/sqlite/dialect.hpp"
#include "engine/dialect/sqlite/inspector.hpp"
#include "tests/support/databases.hpp"

#include <algorithm>

namespace vm::test {

class LiveDialect final : public sql::Existing {
 public:
  explicit LiveDialect(TestDatabase const& database) : session_{database.connect()} {
    if (database.dialect() == "sqlite") {
      dialect_ = dialect::sqlite::make_dialect(&session_->server());
      inspector_ = dialect::sqlite::make_inspector(*session_);
    } else if (database.dialect() == "postgresql") {
      dialect_ = dialect::postgresql::make_dialect(&session_->server());
      inspector_ = dialect::postgresql::make_inspector(*session_);
    } else {
      dialect_ = dialect::mysql::make_dialect(&session_->server());
      inspector_ = dialect::mysql::make_inspector(*session_);
    }
  }

  sql::Dialect const& dialect() const { return *dialect_; }
  db::Session& session() { return *session_; }
  inspect::Inspector& inspector() { return *inspector_; }

  /// What was read from the database is read again.
  void forget() {
    known_.reset();
    asked_.reset();
  }

  /// Compiles and runs, inside a transaction where the database can; throws when a check finds rows.
  std::vector<std::string> apply(op::Operation const& operation) {
    forget();
    auto const statements = dialect_->compile(operation, this);
    forget();
    bool const outside =
        std::any_of(statements.begin(), statements.end(), [](auto const& s) { return s.outside_transaction; });
    bool const keys_off =
        std::any_of(statements.begin(), statements.end(), [](auto const& s) { return s.needs_foreign_keys_off; });
    if (keys_off) session_->enforce_foreign_keys(false);
    std::vector<std::string> texts;
    {
      std::optional<db::Transaction> transaction;
      if (!outside) transaction.emplace(*session_, dialect_->begin_statement());
      for (auto const& statement : statements) {
        texts.push_back(statement.text);
        if (statement.must_return_no_rows) {
          if (!session_->all(statement.text).empty()) throw DatabaseError{"a foreign key is broken: " + statement.text};
        } else if (statement.parameters.empty()) {
          session_->execute(statement.text);
        } else {
          session_->execute(statement.text, statement.parameters);
        }
      }
      if (transaction) transaction->commit();
    }
    if (keys_off) session_->enforce_foreign_keys(true);
    return texts;
  }

  void run(std::string_view statement) {
    forget();
    session_->execute(statement);
  }
  std::optional<Value> scalar(std::string_view statement) { return session_->scalar(statement); }
  std::vector<std::vector<Value>> all(std::string_view statement) { return session_->all(statement); }

  schema::Table const* table(schema::TableName const& name) const override {
    if (!asked_ || asked_->first != name)
      asked_.emplace(name, inspector_->read({.tables = {{name}}, .tables_only = true}));
    return asked_->second.find_table(name);
  }
  std::optional<schema::TableName> table_of_index(schema::TableName const& index) const override {
    for (auto const& [name, table] : catalog().tables) {
      for (auto const& any : table.indexes) {
        if (any.name == index.name) return name;
      }
    }
    return std::nullopt;
  }
  schema::Catalog const& catalog() const override {
    if (!known_) known_ = inspector_->read({});
    return *known_;
  }
  std::vector<std::vector<Value>> query(std::string_view text, std::vector<Value> const& parameters) const override {
    return session_->all(text, parameters);
  }

 private:
  std::unique_ptr<db::Session> session_;
  std::unique_ptr<sql::Dialect> dialect_;
  std::unique_ptr<inspect::Inspector> inspector_;
  mutable std::optional<schema::Catalog> known_;
  mutable std::optional<std::pair<schema::TableName, schema::Catalog>> asked_;
};

// Short names for what tests write.
inline schema::Identifier id(std::string name) {
  return schema::Identifier{std::move(name)};
}
inline schema::TableName table(std::string name) {
  return {std::nullopt, id(std::move(name))};
}
inline std::vector<schema::Identifier> ids(std::initializer_list<std::string> names) {
  std::vector<schema::Identifier> list;
  for (auto const& name : names) list.push_back(id(name));
  return list;
}

} // namespace vm::test
