#include "engine/run/version_table.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::run {

namespace {

constexpr std::string_view column_name = "version_num";

std::string changed_elsewhere(std::string_view what, std::string const& table, std::int64_t found) {
  return fmt::format("expected to match one row when {} in '{}', found {}", what, table, found);
}

} // namespace

VersionTable::VersionTable(schema::TableName name, sql::Dialect const& dialect)
    : name_{std::move(name)},
      dialect_{dialect},
      quoted_{dialect.quote(name_)} {}

std::optional<std::vector<std::string>> VersionTable::read(db::Session& session, inspect::Inspector& inspector) const {
  // Asking for the rows first makes the usual case a single question; only a failure asks whether the table is there.
  // It may have been made between the two, then the rows are asked for once more.
  for (bool again = false;; again = true) {
    try {
      return read_existing(session);
    } catch (DatabaseError const& error) {
      bool const missing = error.kind != DatabaseErrorKind::connection_lost &&
                           error.kind != DatabaseErrorKind::interrupted &&
                           error.kind != DatabaseErrorKind::lock_timeout && !error.statement.empty();
      if (!missing) throw;
      if (!inspector.has_table(name_)) return std::nullopt;
      if (again) throw;
    }
  }
}

std::vector<std::string> VersionTable::read_existing(db::Session& session) const {
  auto const cursor = session.query(fmt::format("SELECT * FROM {}", quoted_));
  auto const& columns = cursor->columns();
  if (columns != std::vector<std::string>{std::string{column_name}}) {
    throw DatabaseError{fmt::format("table '{}' is no version table: it has the columns {} where only '{}' is expected",
                                    schema::to_string(name_), quoted_list(columns), column_name),
                        Hint{"set version_table in vm.toml to another name, or drop or rename that table"}};
  }
  std::vector<std::string> rows;
  std::vector<Value> row;
  while (cursor->next(row)) {
    if (auto const* text = std::get_if<std::string>(&row[0]))
      rows.push_back(*text);
    else
      rows.push_back(dialect_.literal(row[0]));
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

void VersionTable::create(db::Sink& sink, bool if_not_exists) const {
  schema::Column column{schema::Identifier{std::string{column_name}}, schema::String{255}};
  column.nullable = false;
  column.primary_key = true;
  op::CreateTable create{schema::Table{name_, {std::move(column)}, {}, {}, {}, {}, {}}, if_not_exists, false};
  // Revision ids differ by case; the server's default collation would not see it.
  create.table.options.emplace("mysql_charset", std::string{"utf8mb4"});
  create.table.options.emplace("mysql_collate", std::string{"utf8mb4_bin"});
  for (auto const& statement : dialect_.compile(create, nullptr)) sink.execute(statement);
}

void VersionTable::apply(db::Sink& sink, std::span<graph::RowChange const> changes) const {
  using Kind = graph::RowChange::Kind;
  auto const run = [&](std::string text, std::vector<Value> values, std::string const& what) {
    sql::Statement statement;
    statement.text = std::move(text);
    statement.parameters = std::move(values);
    auto const rows = sink.execute(statement);
    if (rows == 1 || rows == -1) return;
    DatabaseError error{changed_elsewhere(what, schema::to_string(name_), rows),
                        Hint{"another program changed the version table; `vm run current` shows what it holds now"}};
    error.statement = statement.text;
    throw error;
  };
  for (auto const& change : changes) {
    switch (change.kind) {
    case Kind::insert:
      run(fmt::format("INSERT INTO {} ({}) VALUES ({})", quoted_, column_name, dialect_.placeholder(0)), {change.to},
          fmt::format("inserting '{}'", change.to));
      break;
    case Kind::update:
      run(fmt::format("UPDATE {0} SET {1} = {2} WHERE {1} = {3}", quoted_, column_name, dialect_.placeholder(0),
                      dialect_.placeholder(1)),
          {change.to, change.from}, fmt::format("updating '{}' to '{}'", change.from, change.to));
      break;
    case Kind::remove:
      run(fmt::format("DELETE FROM {} WHERE {} = {}", quoted_, column_name, dialect_.placeholder(0)), {change.from},
          fmt::format("deleting '{}'", change.from));
      break;
    }
  }
}

} // namespace vm::run
