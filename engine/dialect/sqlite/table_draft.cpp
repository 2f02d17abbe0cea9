#include "engine/dialect/sqlite/table_draft.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/quote.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::dialect::sqlite {

namespace {

bool is_column_name(Token const& token, std::string_view name) {
  return (token.kind == TokenKind::word || token.kind == TokenKind::quoted_name) &&
         equals_ignore_case(token.value, name);
}

/// The constraint without its CONSTRAINT name.
Clause clause_of(std::string_view sql, ConstraintText const& constraint) {
  auto text = sql.substr(constraint.begin, constraint.end - constraint.begin);
  if (constraint.name) {
    auto const tokens = tokenize(text);
    text = text.substr(tokens.at(2).begin);
  }
  return {.kind = constraint.kind, .name = constraint.name, .text = std::string{text}, .columns = constraint.columns};
}

} // namespace

std::string Clause::sql() const {
  return name ? fmt::format("CONSTRAINT {} {}", sql::quoted_with('"', *name), text) : text;
}

Clause const* ColumnDraft::find(ConstraintTextKind kind) const {
  auto const found = std::ranges::find(clauses, kind, &Clause::kind);
  return found == clauses.end() ? nullptr : &*found;
}

void ColumnDraft::drop(ConstraintTextKind kind) {
  std::erase_if(clauses, [&](Clause const& clause) { return clause.kind == kind; });
}

std::string ColumnDraft::sql() const {
  auto text = sql::quoted_with('"', name);
  if (!type.empty()) text += " " + type;
  for (auto const& clause : clauses) text += " " + clause.sql();
  return text;
}

ColumnDraft* TableDraft::find(std::string_view column) {
  auto const found =
      std::ranges::find_if(columns, [&](ColumnDraft const& any) { return equals_ignore_case(any.name, column); });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> TableDraft::key() const {
  for (auto const& clause : constraints) {
    if (clause.kind == ConstraintTextKind::primary_key) return clause.columns;
  }
  for (auto const& column : columns) {
    if (column.find(ConstraintTextKind::primary_key) != nullptr) return {column.name};
  }
  return {};
}

bool TableDraft::has_autoincrement() const {
  auto const is_it = [](Clause const& clause) {
    return clause.kind == ConstraintTextKind::primary_key && mentions(clause.text, "AUTOINCREMENT");
  };
  return std::ranges::any_of(constraints, is_it) || std::ranges::any_of(columns, [&](ColumnDraft const& column) {
           return std::ranges::any_of(column.clauses, is_it);
         });
}

std::string TableDraft::sql(std::string_view head) const {
  std::vector<std::string> items;
  for (auto const& column : columns) items.push_back(column.sql());
  for (auto const& clause : constraints) items.push_back(clause.sql());
  std::vector<std::string> options;
  if (strict) options.push_back("STRICT");
  if (without_rowid) options.push_back("WITHOUT ROWID");
  return fmt::format("{} (\n  {}\n){}{}", head, join(items, ",\n  "), options.empty() ? "" : " ", join(options, ", "));
}

TableDraft draft_of_table(std::string_view create_table) {
  auto const tokens = tokenize(create_table);
  if (tokens.size() > 1 && tokens[1].is_word("VIRTUAL")) {
    throw UsageError{"a virtual table cannot be altered", Hint{"drop it and create it anew"}};
  }
  auto const text = parse_create_table(create_table);
  TableDraft table{.strict = text.strict, .without_rowid = text.without_rowid};
  for (auto const& column : text.columns) {
    ColumnDraft draft{.name = column.name, .type = column.type};
    for (auto const& constraint : column.constraints) draft.clauses.push_back(clause_of(create_table, constraint));
    table.columns.push_back(std::move(draft));
  }
  for (auto const& constraint : text.constraints) table.constraints.push_back(clause_of(create_table, constraint));
  return table;
}

ColumnDraft draft_of_column(std::string_view definition) {
  return draft_of_table(fmt::format("CREATE TABLE t ({})", definition)).columns.at(0);
}

Clause draft_of_constraint(std::string_view definition) {
  return draft_of_table(fmt::format("CREATE TABLE t (a, {})", definition)).constraints.at(0);
}

bool mentions(std::string_view text, std::string_view column) {
  return std::ranges::any_of(tokenize(text), [&](Token const& token) { return is_column_name(token, column); });
}

std::string with_renamed_column(std::string_view text, std::string_view column, std::string_view new_name) {
  std::string renamed;
  std::size_t at = 0;
  for (auto const& token : tokenize(text)) {
    if (!is_column_name(token, column)) continue;
    renamed += text.substr(at, token.begin - at);
    renamed += sql::quoted_with('"', new_name);
    at = token.end;
  }
  return renamed += text.substr(at);
}

std::string without_qualifier(std::string_view text, std::string_view table) {
  std::string plain;
  std::size_t at = 0;
  auto const tokens = tokenize(text);
  for (std::size_t index = 0; index + 1 < tokens.size(); ++index) {
    if (!is_column_name(tokens[index], table) || !tokens[index + 1].is('.')) continue;
    plain += text.substr(at, tokens[index].begin - at);
    at = tokens[index + 1].end;
  }
  return plain += text.substr(at);
}

std::optional<std::vector<std::string>> enum_values(std::string_view check, std::string_view column) {
  auto const tokens = tokenize(check);
  auto const size = tokens.size();
  bool const is_list = size > 7 && tokens[0].is_word("CHECK") && tokens[1].is('(') &&
                       is_column_name(tokens[2], column) && tokens[3].is_word("IN") && tokens[4].is('(') &&
                       tokens[size - 2].is(')') && tokens[size - 1].is(')');
  if (!is_list) return std::nullopt;
  std::vector<std::string> values;
  for (std::size_t at = 5; at + 2 < size; ++at) {
    bool const is_value = (at - 5) % 2 == 0;
    if (is_value ? tokens[at].kind != TokenKind::string : !tokens[at].is(',')) return std::nullopt;
    if (is_value) values.push_back(tokens[at].value);
  }
  return values;
}

} // namespace vm::dialect::sqlite
