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
    return is_attached(*table.schema) &&
           session_
               .scalar(fmt::format("SELECT 1 FROM {}.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
                                   quote(*table.schema)),
                       parameters)
               .has_value();
  }

  schema::Catalog read(op::InspectScope const& scope) override {
    schema::Catalog catalog;
    if (!scope.tables) {
      read_tables(catalog, scope.schema, nullptr);
    } else {
      std::map<std::optional<Identifier>, std::vector<Identifier>> names;
      for (auto const& name : *scope.tables) names[name.schema].push_back(name.name);
      for (auto const& [schema, only] : names) read_tables(catalog, schema, &only);
    }
    if (scope.tables_only || (scope.schema && !is_attached(*scope.schema))) return catalog;
    read_others(catalog, scope.schema);
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

  bool is_attached(Identifier const& database) {
    return session_
        .scalar("SELECT 1 FROM pragma_database_list WHERE name = ? COLLATE NOCASE", std::vector{Value{database.text()}})
        .has_value();
  }

  /// The tables of an attached database (`main` when `schema` is unset), or only some of them. Those that are asked for
  /// by name alone may also be temporary.
  void read_tables(schema::Catalog& catalog, std::optional<Identifier> const& schema,
                   std::vector<Identifier> const* only) {
    if (schema && !is_attached(*schema)) return;
    read_tables_in(catalog, schema ? *schema : Identifier{"main"}, schema, only);
    if (!only || schema) return;
    std::vector<Identifier> rest;
    for (auto const& name : *only)
      if (!catalog.find_table({std::nullopt, name})) rest.push_back(name);
    if (!rest.empty()) read_tables_in(catalog, Identifier{"temp"}, std::nullopt, &rest);
  }

  void read_tables_in(schema::Catalog& catalog, Identifier const& database, std::optional<Identifier> const& schema,
                      std::vector<Identifier> const* only) {
    std::vector<Value> parameters;
    std::string where = "type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'create virtual%'";
    // What a virtual table keeps its content in is part of it (SQLite tells which since 3.37).
    if (session_.server().number >= 33700) {
      where += fmt::format(" AND NOT (EXISTS (SELECT 1 FROM {0}.sqlite_schema WHERE sql LIKE 'create virtual%') AND "
                           "name IN (SELECT l.name FROM pragma_table_list l WHERE l.schema = ? AND l.type = 'shadow'))",
                           quote(database));
      parameters.emplace_back(database.text());
    }
    std::map<std::string, Identifier> asked;
    if (only) {
      std::string list;
      for (auto const& name : *only) {
        if (!asked.emplace(lower(name.text()), name).second) continue;
        parameters.emplace_back(name.text());
        list += list.empty() ? "?" : ", ?";
      }
      where += fmt::format(" AND name COLLATE NOCASE IN ({})", list);
    }
    auto const rows = session_.all(
        fmt::format("SELECT name, sql FROM {}.sqlite_schema WHERE {} ORDER BY name", quote(database), where),
        parameters);
    std::map<std::string, schema::Table*> tables;
    for (auto const& row : rows) {
      auto const key = lower(text(row[0]));
      // The name asked for is the key, though SQLite finds it in another case as well.
      auto const found = asked.find(key);
      TableName const name{schema, found != asked.end() ? found->second : Identifier{text(row[0])}};
      tables[key] = &catalog.tables.insert_or_assign(name, read_table(name, text(row[1]))).first->second;
    }
    if (!tables.empty()) read_indexes(tables, database, parameters, where);
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
        case ConstraintTextKind::collate:
          if (!equals_ignore_case(constraint.expression, "BINARY")) column.collation = constraint.expression;
          break;
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
      // INT is not INTEGER here: such a key is a column like others.
      auto const* declared = parsed.find(column.name.text());
      bool const rowid = keys.size() == 1 && declared != nullptr && equals_ignore_case(declared->type, "INTEGER");
      if (rowid || parsed.without_rowid || parsed.strict) column.nullable = false;
      if (rowid && !parsed.without_rowid) column.autoincrement = true;
    }
    if (primary) table.constraints.emplace_back(std::move(*primary));
    for (auto* list : {&uniques, &foreigns, &checks})
      for (auto& constraint : *list) table.constraints.push_back(std::move(constraint));
    return table;
  }

  void read_indexes(std::map<std::string, schema::Table*> const& tables, Identifier const& database,
                    std::vector<Value> const& parameters, std::string const& where) {
    auto all = parameters;
    all.insert(all.begin(), Value{database.text()});
    auto const rows = session_.query(
        fmt::format("SELECT m.tbl_name, m.name, m.sql, x.name, x.desc, x.coll, x.cid FROM {0}.sqlite_schema m, "
                    "pragma_index_xinfo(m.name, ?) x WHERE m.type = 'index' AND m.sql IS NOT NULL AND x.key = 1 AND "
                    "m.tbl_name IN (SELECT name FROM {0}.sqlite_schema WHERE {1}) ORDER BY m.tbl_name, m.name, x.seqno",
                    quote(database), where),
        all);
    std::vector<Value> row;
    std::string current;
    schema::Index* index = nullptr;
    std::vector<ElementText> elements;
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
      schema::IndexElement element{schema::Expression{}};
      if (position < elements.size()) {
        element.collation = elements[position].collation;
        element.what = schema::Expression{elements[position].text};
      }
      if (!is_null(row[3])) element.what = Identifier{text(row[3])};
      element.descending = integer(row[4]) != 0;
      index->elements.push_back(std::move(element));
    }
  }

  struct ElementText {
    std::string text; ///< as written, without what follows
    std::optional<std::string> collation;
  };

  /// Fills in what only the text tells: UNIQUE and WHERE; returns the elements.
  static std::vector<ElementText> read_index_text(std::string const& sql, schema::Index& index) {
    auto const tokens = tokenize(sql);
    std::vector<ElementText> elements;
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
      ElementText element;
      if (last > first + 2 && tokens[last - 2].is_word("COLLATE")) {
        element.collation = tokens[last - 1].value;
        last -= 2;
      }
      if (last > first) {
        element.text = sql.substr(tokens[first].begin, tokens[last - 1].end - tokens[first].begin);
        elements.push_back(std::move(element));
      }
      first = at + 1;
      if (depth == 0) break;
    }
    if (at + 1 < tokens.size() && tokens[at + 1].is_word("WHERE"))
      index.where = std::string{trim(std::string_view{sql}.substr(tokens[at + 1].end))};
    return elements;
  }

  void read_others(schema::Catalog& catalog, std::optional<Identifier> const& schema) {
    for (auto const& row : session_.all(
             fmt::format("SELECT type, name, tbl_name, sql FROM {}.sqlite_schema WHERE type IN ('view', 'trigger') "
                         "ORDER BY name",
                         schema ? quote(*schema) : "main"))) {
      auto const sql = text(row[3]);
      if (text(row[0]) == "trigger") {
        catalog.triggers.push_back({Identifier{text(row[1])}, {schema, Identifier{text(row[2])}}, sql});
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
      TableName const name{schema, Identifier{text(row[1])}};
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
