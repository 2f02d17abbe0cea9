#include "engine/sql/compile.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/literal.hpp"
#include "engine/sql/parameters.hpp"
#include "engine/sql/split.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::sql {

namespace {

template<typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template<typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

/// Statements of about this size are sent; servers take more, but a row that is wrong is found sooner.
constexpr std::size_t statement_size_limit = 1'000'000;

std::size_t size_of(op::Cell const& cell) {
  auto const* value = std::get_if<Value>(&cell);
  if (value == nullptr) return std::get<schema::Expression>(cell).sql.size();
  if (auto const* text = std::get_if<std::string>(value)) return text->size() + 2;
  if (auto const* bytes = std::get_if<Bytes>(value)) return bytes->data.size() * 2 + 3;
  return 24;
}

} // namespace

std::vector<Statement> Compiler::compile(op::Operation const& operation, Existing const* existing) const {
  Compilation out{.existing = existing};
  compile_into(operation, out);
  return std::move(out.statements);
}

void Compiler::compile_into(op::Operation const& operation, Compilation& out) const {
  try {
    std::visit(Overloaded{
                   [&](op::CreateTable const& o) { create_table(o, out); },
                   [&](op::DropTable const& o) { drop_table(o, out); },
                   [&](op::RenameTable const& o) { rename_table(o, out); },
                   [&](op::AddColumn const& o) { add_column(o, out); },
                   [&](op::DropColumn const& o) { drop_column(o, out); },
                   [&](op::AlterColumn const& o) { alter_column(o, out); },
                   [&](op::CreateIndex const& o) { create_index(o, out); },
                   [&](op::DropIndex const& o) { drop_index(o, out); },
                   [&](op::CreatePrimaryKey const& o) { create_constraint(o.table, o.constraint, out); },
                   [&](op::CreateUniqueConstraint const& o) { create_constraint(o.table, o.constraint, out); },
                   [&](op::CreateForeignKey const& o) { create_constraint(o.table, o.constraint, out); },
                   [&](op::CreateCheckConstraint const& o) { create_constraint(o.table, o.constraint, out); },
                   [&](op::CreateExcludeConstraint const& o) { create_constraint(o.table, o.constraint, out); },
                   [&](op::ValidateConstraint const& o) { validate_constraint(o, out); },
                   [&](op::DropConstraint const& o) { drop_constraint(o, out); },
                   [&](op::CreateTableComment const& o) { create_table_comment(o, out); },
                   [&](op::DropTableComment const& o) { drop_table_comment(o, out); },
                   [&](op::CreateSchema const& o) { create_schema(o, out); },
                   [&](op::DropSchema const& o) { drop_schema(o, out); },
                   [&](op::CreateEnum const& o) { create_enum(o, out); },
                   [&](op::DropEnum const& o) { drop_enum(o, out); },
                   [&](op::AlterEnum const& o) { alter_enum(o, out); },
                   [&](op::CreateView const& o) { create_view(o, out); },
                   [&](op::DropView const& o) { drop_view(o, out); },
                   [&](op::RefreshMaterializedView const& o) { refresh_materialized_view(o, out); },
                   [&](op::CreateFunction const& o) { create_function(o, out); },
                   [&](op::DropFunction const& o) { drop_function(o, out); },
                   [&](op::CreateTrigger const& o) { create_trigger(o, out); },
                   [&](op::DropTrigger const& o) { drop_trigger(o, out); },
                   [&](op::CreateSequence const& o) { create_sequence(o, out); },
                   [&](op::DropSequence const& o) { drop_sequence(o, out); },
                   [&](op::CreateExtension const& o) { create_extension(o, out); },
                   [&](op::DropExtension const& o) { drop_extension(o, out); },
                   [&](op::BulkInsert const& o) { bulk_insert(o, out); },
                   [&](op::Insert const& o) { insert(o, out); },
                   [&](op::Update const& o) { update(o, out); },
                   [&](op::Delete const& o) { remove(o, out); },
                   [&](op::ExecuteSql const& o) { execute(o, out); },
                   [&](op::BatchAlterTable const& o) { batch_alter_table(o, out); },
               },
               operation);
  } catch (UsageError& error) {
    bool const says_where = error.message().starts_with("op.") || error.message().starts_with("sql.");
    if (!says_where) error.prefix(fmt::format("op.{}", op::name_of(operation)));
    throw;
  }
}

void Compiler::refuse(std::string_view what, std::string_view way_round) const {
  UsageError error{fmt::format("{} {}", product(), what)};
  if (!way_round.empty()) error.add_hint({std::string{way_round}});
  throw error;
}

// --- reading and writing rows ---

void Compiler::bulk_insert(op::BulkInsert const& operation, Compilation& out) const {
  if (operation.rows.empty()) return;
  auto const head = fmt::format("INSERT INTO {} ({}) VALUES ", quote(operation.table), column_list(operation.columns));
  auto const tail = operation.on_conflict ? " " + conflict_clause(*operation.on_conflict, operation) : std::string{};
  auto const limit = capabilities().parameter_limit;

  Statement statement;
  std::size_t size = 0;
  auto const finish = [&] {
    statement.text += tail;
    out.statements.push_back(std::move(statement));
    statement = {};
    size = 0;
  };
  for (auto const& row : operation.rows) {
    std::size_t values = 0, row_size = 0;
    for (auto const& cell : row) {
      values += std::holds_alternative<Value>(cell) ? 1 : 0;
      row_size += size_of(cell);
    }
    bool const full = statement.parameters.size() + values > limit || size + row_size > statement_size_limit;
    if (!statement.text.empty() && full) finish();
    statement.text += statement.text.empty() ? head : std::string{", "};
    size += row_size;
    statement.text += '(';
    for (std::size_t at = 0; at < row.size(); ++at) {
      if (at > 0) statement.text += ", ";
      if (auto const* value = std::get_if<Value>(&row[at])) {
        statement.text += placeholder(statement.parameters.size());
        statement.parameters.push_back(*value);
      } else {
        statement.text += std::get<schema::Expression>(row[at]).sql;
      }
    }
    statement.text += ')';
  }
  finish();
}

std::string Compiler::conflict_clause(std::string const& on_conflict, op::BulkInsert const&) const {
  if (equals_ignore_case(trim(on_conflict), "ignore")) return "ON CONFLICT DO NOTHING";
  return fmt::format("ON CONFLICT {}", trim(on_conflict));
}

void Compiler::insert(op::Insert const& operation, Compilation& out) const {
  op::BulkInsert one{.table = operation.table, .rows = {{}}};
  for (auto const& [column, cell] : operation.values) {
    one.columns.push_back(column);
    one.rows.front().push_back(cell);
  }
  Compiler::bulk_insert(one, out);
}

namespace {

/// `where` of op.update and op.delete with its parameters; without any, the text is taken verbatim.
struct RowText {
  Dialect const& dialect;
  bool named;
  std::string text;
  op::Parameters parameters;
  std::vector<Value> positional;

  RowText(Dialect const& used, op::Parameters const& given) : dialect{used}, named{!given.empty()}, parameters{given} {}

  void cell(op::Cell const& value) {
    if (auto const* expression = std::get_if<schema::Expression>(&value)) {
      text += expression->sql;
    } else if (named) {
      auto name = fmt::format("vm_set_value_{}", parameters.size());
      text += ":" + name;
      parameters.emplace_back(std::move(name), std::get<Value>(value));
    } else {
      text += dialect.placeholder(positional.size());
      positional.push_back(std::get<Value>(value));
    }
  }

  void where(std::optional<std::string> const& condition) {
    if (condition) text += fmt::format(" WHERE {}", without_semicolon(*condition));
  }

  Statement statement() {
    if (named) return sql::bind(text, parameters, dialect);
    return {.text = std::move(text), .parameters = std::move(positional)};
  }
};

} // namespace

void Compiler::update(op::Update const& operation, Compilation& out) const {
  RowText row{*this, operation.parameters};
  row.text = fmt::format("UPDATE {} SET ", quote(operation.table));
  for (bool first = true; auto const& [column, cell] : operation.set) {
    if (!std::exchange(first, false)) row.text += ", ";
    row.text += quote(column) + " = ";
    row.cell(cell);
  }
  row.where(operation.where);
  out.statements.push_back(row.statement());
}

void Compiler::remove(op::Delete const& operation, Compilation& out) const {
  RowText row{*this, operation.parameters};
  row.text = fmt::format("DELETE FROM {}", quote(operation.table));
  row.where(operation.where);
  out.statements.push_back(row.statement());
}

void Compiler::execute(op::ExecuteSql const& operation, Compilation& out) const {
  for (auto const& text : operation.texts) {
    auto pieces = split(text, capabilities());
    if (operation.parameters && (pieces.size() > 1 || operation.texts.size() > 1)) {
      throw UsageError{"parameters are allowed with one statement only",
                       Hint{"call op.execute once for each statement that has parameters"}};
    }
    for (auto& piece : pieces) {
      auto statement = operation.parameters ? sql::bind(piece.text, *operation.parameters, *this)
                                            : Statement{.text = std::move(piece.text)};
      statement.outside_transaction = must_run_outside_transaction(statement.text);
      statement.is_copy = piece.is_copy;
      statement.copy_data = std::move(piece.copy_data);
      statement.verbatim = true;
      out.statements.push_back(std::move(statement));
    }
  }
}

void Compiler::batch_alter_table(op::BatchAlterTable const& operation, Compilation& out) const {
  for (auto const& change : operation.operations) compile_into(change, out);
}

// --- for those who override ---

std::string Compiler::column_list(std::span<schema::Identifier const> columns) const {
  std::string list;
  for (auto const& column : columns) {
    if (!list.empty()) list += ", ";
    list += quote(column);
  }
  return list;
}

std::string Compiler::name_or_expression(std::variant<schema::Identifier, schema::Expression> const& what) const {
  if (auto const* name = std::get_if<schema::Identifier>(&what)) return quote(*name);
  return fmt::format("({})", std::get<schema::Expression>(what).sql);
}

schema::Table const* Compiler::known_table(schema::TableName const& table, Compilation const& out) const {
  return out.existing == nullptr ? nullptr : out.existing->table(table);
}

schema::Column const* Compiler::known_column(schema::TableName const& table, schema::Identifier const& column,
                                             Compilation const& out) const {
  auto const* known = known_table(table, out);
  return known == nullptr ? nullptr : known->find_column(column);
}

std::string_view without_semicolon(std::string_view text) {
  text = trim(text);
  while (text.ends_with(';')) text = trim(text.substr(0, text.size() - 1));
  return text;
}

} // namespace vm::sql
