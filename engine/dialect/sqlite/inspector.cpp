#include "engine/dialect/sqlite/inspector.hpp"

#include "engine/core/text.hpp"
#include "engine/dialect/sqlite/table_text.hpp"
#include "engine/inspect/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace vm::dialect::sqlite {

namespace {

using inspect::identifiers;
using inspect::integer;
using inspect::text;
using schema::Identifier;
using schema::TableName;

schema::ServerDefault read_default(std::string const& sql) {
  auto const tokens = tokenize(sql);
  if (tokens.size() == 1) {
    auto const& token = tokens.front();
    if (token.kind == TokenKind::string) return Value{token.value};
    if (token.is_word("TRUE")) return Value{true};
    if (token.is_word("FALSE")) return Value{false};
  }
  std::int64_t whole = 0;
  auto const [end, error] = std::from_chars(sql.data(), sql.data() + sql.size(), whole);
  if (error == std::errc{} && end == sql.data() + sql.size()) return Value{whole};
  if (!sql.empty() && sql.find_first_not_of("-0123456789.") == std::string::npos) return Value{Decimal{sql}};
  // DEFAULT (expr) keeps its parentheses in the text; they are part of the grammar, not of the expression.
  if (sql.size() > 2 && sql.front() == '(' && sql.back() == ')')
    return schema::Expression{std::string{trim(std::string_view{sql}.substr(1, sql.size() - 2))}};
  return schema::Expression{sql};
}

schema::ForeignKey foreign_key(ConstraintText const& text, std::vector<Identifier> columns) {
  schema::ForeignKey key{
      std::nullopt, std::move(columns), {std::nullopt, Identifier{text.referent}}, identifiers(text.referent_columns)};
  if (text.name) key.name = Identifier{*text.name};
  key.ondelete = text.ondelete;
  key.onupdate = text.onupdate;
  key.match = text.match;
  key.deferral = text.deferral;
  return key;
}

std::optional<Identifier> optional_name(std::optional<std::string> const& name) {
  if (!name) return std::nullopt;
  return Identifier{*name};
}

class SqliteInspector : public inspect::Inspector {
 public:
  explicit SqliteInspector(db::Session& session) : session_{session} {}

  bool has_table(TableName const& table) override {
    std::vector<Value> const parameters{table.name.text()};
    if (!table.schema) {
      return session_
          .scalar("SELECT 1 FROM (SELECT name FROM main.sqlite_schema WHERE type = 'table' UNION ALL SELECT name FROM "
                  "temp.sqlite_schema WHERE type = 'table') WHERE name = ? COLLATE NOCASE",
                  parameters)
          .has_value();
    }
    return session_
        .scalar(fmt::format("SELECT 1 FROM {}.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
                            quote(*table.schema)),
                parameters)
        .has_value();
  }

  schema::Catalog read(op::InspectScope const& scope) override {
    schema::Catalog catalog;
    if (!scope.tables) {
      read_tables(catalog, std::nullopt, std::nullopt);
    } else {
      for (auto const& name : *scope.tables) read_tables(catalog, name.schema, name.name);
    }
    if (scope.tables_only) return catalog;
    read_others(catalog);
    return catalog;
  }

 private:
  static std::string quote(Identifier const& name) {
    std::string quoted = "\"";
    for (char const c : name.text()) {
      if (c == '"') quoted += c;
      quoted += c;
    }
    return quoted + '"';
  }

  void read_tables(schema::Catalog& catalog, std::optional<Identifier> const& schema,
                   std::optional<Identifier> const& only) {
    auto const source = fmt::format("{}.sqlite_schema", schema ? quote(*schema) : std::string{"main"});
    std::vector<Value> parameters;
    std::string where = "type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'create virtual%'";
    if (only) {
      where += " AND name = ? COLLATE NOCASE";
      parameters.emplace_back(only->text());
    }
    auto rows = session_.all(fmt::format("SELECT name, sql FROM {} WHERE {} ORDER BY name", source, where), parameters);
    if (rows.empty() && only && !schema)
      rows = session_.all(fmt::format("SELECT name, sql FROM temp.sqlite_schema WHERE {} ORDER BY name", where),
                          parameters);
    std::map<std::string, schema::Table*> tables;
    for (auto const& row : rows) {
      // The name asked for is the key, though SQLite finds it in another case as well.
      TableName const name{schema, only ? *only : Identifier{text(row[0])}};
      auto& table = catalog.tables.insert_or_assign(name, read_table(name, text(row[1]))).first->second;
      tables[lower(text(row[0]))] = &table;
    }
    if (tables.empty()) return;
    read_indexes(tables, schema, parameters, where);
  }

  static schema::Table read_table(TableName const& name, std::string const& sql) {
    schema::Table table{name};
    auto const parsed = parse_create_table(sql);
    if (parsed.strict) table.options["sqlite_strict"] = true;
    if (parsed.without_rowid) table.options["sqlite_without_rowid"] = true;
    std::vector<schema::Constraint> checks, foreigns, uniques;
    std::optional<schema::PrimaryKey> primary;
    std::set<std::string> keys;
    for (auto const& constraint : parsed.constraints) {
      if (constraint.kind != ConstraintTextKind::primary_key) continue;
      primary = schema::PrimaryKey{optional_name(constraint.name), identifiers(constraint.columns)};
      for (auto const& key : constraint.columns) keys.insert(lower(key));
    }
    for (auto const& each : parsed.columns) {
      schema::Column column{Identifier{each.name}, parse_type(each.type)};
      for (auto const& constraint : each.constraints) {
        switch (constraint.kind) {
        case ConstraintTextKind::primary_key:
          primary = schema::PrimaryKey{optional_name(constraint.name), {column.name}};
          if (constraint.autoincrement) column.options["sqlite_autoincrement"] = true;
          keys.insert(lower(each.name));
          break;
        case ConstraintTextKind::not_null: column.nullable = false; break;
        case ConstraintTextKind::unique:
          uniques.emplace_back(schema::UniqueConstraint{optional_name(constraint.name), {column.name}});
          break;
        case ConstraintTextKind::check:
          checks.emplace_back(schema::CheckConstraint{optional_name(constraint.name), constraint.expression});
          break;
        case ConstraintTextKind::default_value:
          if (!equals_ignore_case(constraint.expression, "NULL"))
            column.server_default = read_default(constraint.expression);
          break;
        case ConstraintTextKind::collate: column.collation = constraint.expression; break;
        case ConstraintTextKind::references: foreigns.emplace_back(foreign_key(constraint, {column.name})); break;
        case ConstraintTextKind::generated:
          column.computed = schema::Computed{constraint.expression, constraint.stored};
          break;
        case ConstraintTextKind::null:
        case ConstraintTextKind::foreign_key: break;
        }
      }
      table.columns.push_back(std::move(column));
    }
    for (auto const& constraint : parsed.constraints) {
      auto const name_of = optional_name(constraint.name);
      auto const columns = identifiers(constraint.columns);
      if (constraint.kind == ConstraintTextKind::unique)
        uniques.emplace_back(schema::UniqueConstraint{name_of, columns});
      if (constraint.kind == ConstraintTextKind::check)
        checks.emplace_back(schema::CheckConstraint{name_of, constraint.expression});
      if (constraint.kind == ConstraintTextKind::foreign_key) foreigns.emplace_back(foreign_key(constraint, columns));
    }
    for (auto& column : table.columns) {
      if (keys.count(lower(column.name.text())) == 0) continue;
      // The rowid takes no NULL although nothing says NOT NULL.
      bool const rowid = keys.size() == 1 && std::holds_alternative<schema::Integer>(column.type);
      if (rowid || parsed.without_rowid || parsed.strict) column.nullable = false;
      if (rowid && !parsed.without_rowid) column.autoincrement = true;
    }
    if (primary) table.constraints.emplace_back(std::move(*primary));
    for (auto* list : {&uniques, &foreigns, &checks})
      for (auto& constraint : *list) table.constraints.push_back(std::move(constraint));
    return table;
  }

  void read_indexes(std::map<std::string, schema::Table*> const& tables, std::optional<Identifier> const& schema,
                    std::vector<Value> const& parameters, std::string const& where) {
    auto const prefix = schema ? quote(*schema) : std::string{"main"};
    auto const rows = session_.query(
        fmt::format("SELECT m.tbl_name, m.name, m.sql, x.name, x.desc, x.coll, x.cid FROM {0}.sqlite_schema m, "
                    "pragma_index_xinfo(m.name{1}) x WHERE m.type = 'index' AND m.sql IS NOT NULL AND x.key = 1 AND "
                    "m.tbl_name IN "
                    "(SELECT name FROM {0}.sqlite_schema WHERE {2}) ORDER BY m.tbl_name, m.name, x.seqno",
                    prefix, schema ? ", '" + schema->text() + "'" : "", where),
        parameters);
    std::vector<Value> row;
    std::string current;
    schema::Index* index = nullptr;
    std::vector<std::string> elements;
    while (rows->next(row)) {
      auto const found = tables.find(lower(text(row[0])));
      if (found == tables.end()) continue;
      if (auto name = text(row[1]); name != current || !index) {
        current = name;
        schema::Index made;
        made.name = Identifier{name};
        elements = read_index_text(text(row[2]), made);
        found->second->indexes.push_back(std::move(made));
        index = &found->second->indexes.back();
      }
      auto const position = index->elements.size();
      schema::IndexElement element{schema::Expression{position < elements.size() ? elements[position] : std::string{}}};
      if (!is_null(row[3])) element.what = Identifier{text(row[3])};
      element.descending = integer(row[4]) != 0;
      auto const collation = text(row[5]);
      if (collation != "BINARY" && position < elements.size() &&
          upper(elements[position]).find(" COLLATE ") != std::string::npos)
        element.collation = collation;
      index->elements.push_back(std::move(element));
    }
  }

  /// Fills in what only the text tells: UNIQUE and WHERE; returns the elements as written, without their order.
  static std::vector<std::string> read_index_text(std::string const& sql, schema::Index& index) {
    auto const tokens = tokenize(sql);
    std::vector<std::string> elements;
    if (tokens.size() > 1) index.unique = tokens[1].is_word("UNIQUE");
    std::size_t at = 0;
    while (at < tokens.size() && !tokens[at].is_word("ON")) ++at;
    while (at < tokens.size() && !tokens[at].is('(')) ++at;
    int depth = 0;
    std::size_t first = at + 1;
    for (; at < tokens.size(); ++at) {
      if (tokens[at].is('(')) ++depth;
      if (tokens[at].is(')')) --depth;
      bool const ends = depth == 0 || (depth == 1 && tokens[at].is(','));
      if (!ends) continue;
      auto last = at;
      if (last > first && (tokens[last - 1].is_word("ASC") || tokens[last - 1].is_word("DESC"))) --last;
      if (last > first) elements.push_back(sql.substr(tokens[first].begin, tokens[last - 1].end - tokens[first].begin));
      first = at + 1;
      if (depth == 0) break;
    }
    if (at + 1 < tokens.size() && tokens[at + 1].is_word("WHERE"))
      index.where = std::string{trim(std::string_view{sql}.substr(tokens[at + 1].end))};
    return elements;
  }

  void read_others(schema::Catalog& catalog) {
    for (auto const& row : session_.all("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE type IN "
                                        "('view', 'trigger') ORDER BY name")) {
      auto const sql = text(row[3]);
      if (text(row[0]) == "trigger") {
        catalog.triggers.push_back({Identifier{text(row[1])}, {std::nullopt, Identifier{text(row[2])}}, sql});
        continue;
      }
      // CREATE VIEW name [(columns)] AS select
      auto const tokens = tokenize(sql);
      std::string definition = sql;
      for (auto const& token : tokens) {
        if (!token.is_word("AS")) continue;
        definition = std::string{trim(std::string_view{sql}.substr(token.end))};
        break;
      }
      TableName const name{std::nullopt, Identifier{text(row[1])}};
      catalog.views.emplace(name, schema::View{name, std::move(definition), false});
    }
  }

  db::Session& session_;
};

} // namespace

std::unique_ptr<inspect::Inspector> make_inspector(db::Session& session) {
  return std::make_unique<SqliteInspector>(session);
}

} // namespace vm::dialect::sqlite
