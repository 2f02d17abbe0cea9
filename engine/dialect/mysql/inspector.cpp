#include "engine/dialect/mysql/inspector.hpp"

#include "engine/core/text.hpp"
#include "engine/inspect/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace vm::dialect::mysql {

namespace {

using inspect::boolean;
using inspect::integer;
using inspect::optional_integer;
using inspect::optional_text;
using inspect::text;
using schema::Identifier;
using schema::TableName;

std::optional<int> number(std::string_view digits) {
  int value = 0;
  auto const trimmed = trim(digits);
  auto const [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
  if (error != std::errc{} || end != trimmed.data() + trimmed.size()) return std::nullopt;
  return value;
}

/// What a backslash and this character stand for.
char unescaped(char c) {
  switch (c) {
  case '0': return '\0';
  case 'n': return '\n';
  case 'r': return '\r';
  case 't': return '\t';
  case 'Z': return '\x1a';
  default: return c;
  }
}

/// The texts of 'a','b''c' as COLUMN_TYPE prints an ENUM's values.
std::vector<std::string> quoted_values(std::string_view list) {
  std::vector<std::string> values;
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] != '\'') continue;
    std::string value;
    for (++at; at < list.size(); ++at) {
      if (list[at] == '\'') {
        if (at + 1 < list.size() && list[at + 1] == '\'')
          ++at;
        else
          break;
      } else if (list[at] == '\\' && at + 1 < list.size()) {
        value += unescaped(list[++at]);
        continue;
      }
      value += list[at];
    }
    values.push_back(std::move(value));
  }
  return values;
}

std::string quote(std::string const& name) {
  std::string quoted = "`";
  for (char const c : name) {
    if (c == '`') quoted += c;
    quoted += c;
  }
  return quoted + '`';
}

bool is_text_type(schema::Type const& type) {
  return std::holds_alternative<schema::String>(type) || std::holds_alternative<schema::Char>(type) ||
         std::holds_alternative<schema::Text>(type) || std::holds_alternative<schema::Enum>(type);
}

class MysqlInspector : public inspect::Inspector {
 public:
  explicit MysqlInspector(db::Session& session)
      : session_{session},
        is_mariadb_{session.server().product == "MariaDB"} {}

  bool has_table(TableName const& table) override {
    std::vector<Value> parameters{table.name.text()};
    std::string schema = "DATABASE()";
    if (table.schema) {
      schema = "?";
      parameters.emplace_back(table.schema->text());
    }
    return session_
        .scalar("SELECT 1 FROM information_schema.tables WHERE table_type <> 'VIEW' AND table_name = ? AND "
                "table_schema = " +
                    schema,
                parameters)
        .has_value();
  }

  schema::Catalog read(op::InspectScope const& scope) override {
    schema::Catalog catalog;
    auto const database = session_.scalar("SELECT DATABASE()");
    database_ = database ? text(*database) : std::string{};
    explicit_.clear();
    if (scope.tables) explicit_.insert(scope.tables->begin(), scope.tables->end());
    asked_database_.reset();
    if (scope.schema) asked_database_ = scope.schema->text();
    database_parameter_ = {Value{asked_database_.value_or(database_)}};
    make_filter(scope);
    read_tables(catalog);
    if (!catalog.tables.empty()) {
      read_columns(catalog);
      read_indexes(catalog);
      read_foreign_keys(catalog);
      read_checks(catalog);
    }
    if (scope.tables_only) return catalog;
    read_views(catalog);
    read_sequences(catalog);
    read_triggers(catalog);
    read_functions(catalog);
    for (auto const& row :
         session_.all("SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN "
                      "('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY schema_name"))
      catalog.schemas.emplace_back(text(row[0]));
    return catalog;
  }

 private:
  void make_filter(op::InspectScope const& scope) {
    parameters_.clear();
    if (!scope.tables) {
      condition_ = "{0}table_schema = ?";
      parameters_ = database_parameter_;
      return;
    }
    condition_.clear();
    for (auto const& name : *scope.tables) {
      if (!condition_.empty()) condition_ += " OR ";
      parameters_.emplace_back(name.name.text());
      condition_ += "({0}table_name = ? AND {0}table_schema = ";
      if (name.schema) {
        parameters_.emplace_back(name.schema->text());
        condition_ += "?)";
      } else {
        condition_ += "DATABASE())";
      }
    }
    condition_ = condition_.empty() ? "1 = 0" : "(" + condition_ + ")";
  }
  std::string where(std::string_view alias) const { return fmt::format(fmt::runtime(condition_), alias); }

  TableName name_of(std::string const& schema, std::string const& name) const {
    TableName full{Identifier{schema}, Identifier{name}};
    if (explicit_.count(full) > 0 || schema != database_ || schema == asked_database_) return full;
    return {std::nullopt, full.name};
  }
  TableName local_name(std::string const& schema, std::string const& name) const {
    if (schema == database_ && schema != asked_database_) return {std::nullopt, Identifier{name}};
    return {Identifier{schema}, Identifier{name}};
  }
  static schema::Table* find(schema::Catalog& catalog, TableName const& name) {
    auto const found = catalog.tables.find(name);
    return found == catalog.tables.end() ? nullptr : &found->second;
  }

  void read_tables(schema::Catalog& catalog) {
    auto const rows = session_.query(
        "SELECT t.table_schema, t.table_name, t.engine, t.table_collation, t.row_format, t.table_comment, "
        "t.create_options FROM information_schema.tables t WHERE t.table_type = 'BASE TABLE' AND " +
            where("t.") + " ORDER BY t.table_schema, t.table_name",
        parameters_);
    std::vector<Value> row;
    while (rows->next(row)) {
      schema::Table table{name_of(text(row[0]), text(row[1]))};
      if (auto const engine = text(row[2]); !engine.empty()) table.options["mysql_engine"] = engine;
      if (auto const collation = text(row[3]); !collation.empty()) {
        table.options["mysql_charset"] = collation.substr(0, collation.find('_'));
        table.options["mysql_collate"] = collation;
      }
      if (auto const comment = text(row[5]); !comment.empty()) table.comment = comment;
      auto const name = table.name;
      catalog.tables.emplace(name, std::move(table));
    }
  }

  void read_columns(schema::Catalog& catalog) {
    auto const rows = session_.query(
        "SELECT c.table_schema, c.table_name, c.column_name, c.column_type, c.is_nullable, c.column_default, c.extra, "
        "c.column_comment, c.collation_name, c.generation_expression, c.character_set_name FROM "
        "information_schema.columns c WHERE " +
            where("c.") + " ORDER BY c.table_schema, c.table_name, c.ordinal_position",
        parameters_);
    std::vector<Value> row;
    while (rows->next(row)) {
      auto* table = find(catalog, name_of(text(row[0]), text(row[1])));
      if (!table) continue;
      schema::Column column{Identifier{text(row[2])}, parse_type(text(row[3]))};
      column.nullable = text(row[4]) == "YES";
      auto const extra = lower(text(row[6]));
      if (extra.find("auto_increment") != std::string::npos) column.autoincrement = true;
      if (auto const update = extra.find("on update "); update != std::string::npos)
        column.options["mysql_on_update"] = text(row[6]).substr(update + 10);
      if (auto const expression = text(row[9]); !expression.empty()) {
        bool const stored = extra.find("stored") != std::string::npos || extra.find("persistent") != std::string::npos;
        column.computed = schema::Computed{with_doubled_quotes(expression), stored};
      } else if (!is_null(row[5])) {
        column.server_default = read_default(text(row[5]), column, extra);
      }
      if (auto const comment = text(row[7]); !comment.empty()) column.comment = comment;
      if (auto const collation = optional_text(row[8])) {
        auto const charset = table->options.find("mysql_collate");
        bool const inherited = charset != table->options.end() && std::get<std::string>(charset->second) == *collation;
        if (!inherited) {
          column.collation = *collation;
          column.options["mysql_charset"] = text(row[10]);
        }
      }
      table->columns.push_back(std::move(column));
    }
  }

  /// MariaDB prints a default as SQL ("'x'", "NULL", "current_timestamp()"), MySQL prints the bare text and says
  /// DEFAULT_GENERATED for expressions.
  std::optional<schema::ServerDefault> read_default(std::string const& sql, schema::Column const& column,
                                                    std::string const& extra) const {
    if (is_mariadb_ ? sql == "NULL" : false) return std::nullopt;
    if (is_mariadb_) {
      if (sql.size() >= 2 && sql.front() == '\'' && sql.back() == '\'') {
        auto const values = quoted_values(sql);
        if (values.size() == 1) return Value{values.front()};
      }
    } else {
      if (extra.find("default_generated") != std::string::npos) return schema::Expression{sql};
      if (is_text_type(column.type)) return Value{sql};
    }
    if (std::holds_alternative<schema::Boolean>(column.type) && (sql == "0" || sql == "1")) return Value{sql == "1"};
    std::int64_t whole = 0;
    auto const [end, error] = std::from_chars(sql.data(), sql.data() + sql.size(), whole);
    if (error == std::errc{} && end == sql.data() + sql.size()) return Value{whole};
    if (!sql.empty() && sql.find_first_not_of("-0123456789.") == std::string::npos) return Value{Decimal{sql}};
    if (!is_mariadb_ && lower(sql).rfind("current_timestamp", 0) != 0) return Value{sql};
    return schema::Expression{sql};
  }

  void read_indexes(schema::Catalog& catalog) {
    auto const rows = session_.query(
        fmt::format(
            "SELECT s.table_schema, s.table_name, s.index_name, s.non_unique, s.column_name, s.sub_part, s.collation, "
            "s.index_type, s.index_comment, {} FROM information_schema.statistics s WHERE {} ORDER BY s.table_schema, "
            "s.table_name, s.index_name = 'PRIMARY' DESC, s.index_name, s.seq_in_index",
            is_mariadb_ ? "NULL" : "s.expression", where("s.")),
        parameters_);
    std::vector<Value> row;
    schema::Table* table = nullptr;
    std::string current;
    schema::PrimaryKey primary;
    schema::Index index;
    auto const finish = [&] {
      if (!table || current.empty()) return;
      if (current == "PRIMARY") {
        table->constraints.emplace_back(std::move(primary));
      } else if (index.unique && index.using_method.empty() &&
                 std::all_of(index.elements.begin(), index.elements.end(), [](schema::IndexElement const& element) {
                   return std::holds_alternative<Identifier>(element.what) && !element.length && !element.descending;
                 })) {
        // A unique index and a unique constraint are one thing here.
        schema::UniqueConstraint unique{index.name, {}};
        for (auto const& element : index.elements) unique.columns.push_back(std::get<Identifier>(element.what));
        table->constraints.emplace_back(std::move(unique));
      } else {
        table->indexes.push_back(std::move(index));
      }
    };
    std::string key;
    while (rows->next(row)) {
      auto const next_key = text(row[0]) + "\n" + text(row[1]) + "\n" + text(row[2]);
      if (next_key != key) {
        finish();
        key = next_key;
        current = text(row[2]);
        table = find(catalog, name_of(text(row[0]), text(row[1])));
        primary = {};
        index = {};
        index.name = Identifier{current};
        index.unique = integer(row[3]) == 0;
        auto const method = lower(text(row[7]));
        if (method == "fulltext" || method == "spatial")
          index.options["mysql_prefix"] = upper(method);
        else if (method != "btree")
          index.using_method = method;
      }
      if (current == "PRIMARY") {
        primary.columns.emplace_back(text(row[4]));
        continue;
      }
      schema::IndexElement element{is_null(row[4])
                                       ? std::variant<Identifier, schema::Expression>{schema::Expression{text(row[9])}}
                                       : std::variant<Identifier, schema::Expression>{Identifier{text(row[4])}}};
      if (auto const length = optional_integer(row[5])) element.length = static_cast<int>(*length);
      element.descending = text(row[6]) == "D";
      index.elements.push_back(std::move(element));
    }
    finish();
  }

  void read_foreign_keys(schema::Catalog& catalog) {
    auto const rows = session_.query(
        "SELECT k.table_schema, k.table_name, k.constraint_name, k.column_name, k.referenced_table_schema, "
        "k.referenced_table_name, "
        "k.referenced_column_name, r.delete_rule, r.update_rule FROM information_schema.key_column_usage k JOIN "
        "information_schema.referential_constraints r ON r.constraint_schema = k.constraint_schema AND "
        "r.constraint_name = "
        "k.constraint_name AND r.table_name = k.table_name WHERE k.referenced_table_name IS NOT NULL AND " +
            where("k.") + " ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position",
        parameters_);
    auto const rule = [](std::string const& word) {
      // InnoDB treats RESTRICT and NO ACTION alike, and prints RESTRICT for what was not written.
      return word == "RESTRICT" || word == "NO ACTION" ? std::string{} : word;
    };
    std::vector<Value> row;
    std::string key;
    schema::ForeignKey* foreign = nullptr;
    while (rows->next(row)) {
      auto* table = find(catalog, name_of(text(row[0]), text(row[1])));
      if (!table) continue;
      auto const next_key = text(row[0]) + "\n" + text(row[1]) + "\n" + text(row[2]);
      if (next_key != key) {
        key = next_key;
        schema::ForeignKey made{Identifier{text(row[2])}, {}, local_name(text(row[4]), text(row[5])), {}};
        made.ondelete = rule(text(row[7]));
        made.onupdate = rule(text(row[8]));
        table->constraints.emplace_back(std::move(made));
        foreign = &std::get<schema::ForeignKey>(table->constraints.back());
      }
      foreign->columns.emplace_back(text(row[3]));
      foreign->referent_columns.emplace_back(text(row[6]));
    }
  }

  void read_checks(schema::Catalog& catalog) {
    // MariaDB names the table in CHECK_CONSTRAINTS, MySQL only in TABLE_CONSTRAINTS, and before 8.0.16 keeps none.
    if (!is_mariadb_ && session_.server().number < 80016) return;
    auto const sql =
        is_mariadb_
            ? "SELECT k.constraint_schema, k.table_name, k.constraint_name, k.check_clause, k.level FROM "
              "(SELECT constraint_schema AS table_schema, constraint_schema, table_name, constraint_name, "
              "check_clause, "
              "level FROM information_schema.check_constraints) k WHERE " +
                  where("k.") + " ORDER BY 1, 2, k.level DESC, 3"
            : "SELECT k.table_schema, k.table_name, k.constraint_name, c.check_clause, 'Table' FROM "
              "information_schema.table_constraints k JOIN information_schema.check_constraints c ON "
              "c.constraint_schema "
              "= k.constraint_schema AND c.constraint_name = k.constraint_name WHERE k.constraint_type = 'CHECK' AND " +
                  where("k.") + " ORDER BY 1, 2, 3";
    auto const rows = session_.query(sql, parameters_);
    std::vector<Value> row;
    while (rows->next(row)) {
      auto* table = find(catalog, name_of(text(row[0]), text(row[1])));
      if (!table) continue;
      auto const clause = with_doubled_quotes(text(row[3]));
      if (text(row[4]) == "Column") {
        // JSON is LONGTEXT with this check; the check belongs to the type.
        auto const column = std::find_if(table->columns.begin(), table->columns.end(),
                                         [&](schema::Column const& each) { return each.name.text() == text(row[2]); });
        if (column != table->columns.end() && lower(clause).rfind("json_valid(", 0) == 0) {
          column->type = schema::Json{};
          column->collation.reset();
          column->options.erase("mysql_charset");
        } else if (column != table->columns.end()) {
          table->constraints.emplace_back(schema::CheckConstraint{std::nullopt, clause});
        }
        continue;
      }
      table->constraints.emplace_back(schema::CheckConstraint{Identifier{text(row[2])}, clause});
    }
  }

  /// Text that the server printed, with a quote inside a string doubled: that is how every database reads it.
  static std::string with_doubled_quotes(std::string_view printed) {
    std::string plain;
    bool in_string = false;
    for (std::size_t at = 0; at < printed.size(); ++at) {
      if (in_string && printed[at] == '\\' && at + 1 < printed.size()) {
        ++at;
        plain += printed[at] == '\'' ? '\'' : '\\';
        plain += printed[at];
        continue;
      }
      if (printed[at] == '\'') in_string = !in_string;
      plain += printed[at];
    }
    return plain;
  }

  /// The server prints `database`.`table`.`column`; a view of its own database means it wherever it is.
  static std::string without_database(std::string_view printed, std::string const& database) {
    auto const qualifier = quote(database) + ".";
    auto const definition = with_doubled_quotes(printed);
    std::string plain;
    bool in_string = false;
    for (std::size_t at = 0; at < definition.size();) {
      if (!in_string && std::string_view{definition}.substr(at).starts_with(qualifier)) {
        at += qualifier.size();
        continue;
      }
      if (definition[at] == '\\' && in_string && at + 1 < definition.size()) {
        plain += definition[at++];
      } else if (definition[at] == '\'') {
        in_string = !in_string;
      }
      plain += definition[at++];
    }
    return plain;
  }

  void read_views(schema::Catalog& catalog) {
    for (auto const& row :
         session_.all("SELECT table_schema, table_name, view_definition FROM information_schema.views WHERE "
                      "table_schema = ? ORDER BY table_name",
                      database_parameter_)) {
      auto const name = local_name(text(row[0]), text(row[1]));
      catalog.views.emplace(name, schema::View{name, without_database(text(row[2]), text(row[0])), false});
    }
  }

  void read_sequences(schema::Catalog& catalog) {
    if (!is_mariadb_) return;
    auto const names =
        session_.all("SELECT table_name FROM information_schema.tables WHERE table_type = 'SEQUENCE' AND "
                     "table_schema = ? ORDER BY table_name",
                     database_parameter_);
    if (names.empty()) return;
    // MariaDB 10.11 has no view of sequences; each is a one-row table. One statement reads them all.
    std::string sql;
    for (auto const& row : names) {
      if (!sql.empty()) sql += " UNION ALL ";
      sql += "SELECT start_value, increment, minimum_value, maximum_value, cache_size, cycle_option FROM " +
             quote(text(database_parameter_[0])) + "." + quote(text(row[0]));
    }
    auto const values = session_.all(sql);
    for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) {
      auto const name = local_name(text(database_parameter_[0]), text(names[i][0]));
      schema::Sequence sequence{name, ""};
      sequence.start = optional_integer(values[i][0]);
      sequence.increment = optional_integer(values[i][1]);
      sequence.minimum = optional_integer(values[i][2]);
      sequence.maximum = optional_integer(values[i][3]);
      sequence.cache = optional_integer(values[i][4]);
      sequence.cycle = boolean(values[i][5]);
      catalog.sequences.emplace(name, std::move(sequence));
    }
  }

  void read_triggers(schema::Catalog& catalog) {
    for (auto const& row : session_.all(
             "SELECT trigger_name, event_object_schema, event_object_table, action_timing, event_manipulation, "
             "action_statement FROM information_schema.triggers WHERE trigger_schema = ? ORDER BY "
             "event_object_table, trigger_name",
             database_parameter_)) {
      catalog.triggers.push_back({Identifier{text(row[0])}, local_name(text(row[1]), text(row[2])),
                                  fmt::format("CREATE TRIGGER {} {} {} ON {} FOR EACH ROW {}", quote(text(row[0])),
                                              text(row[3]), text(row[4]), quote(text(row[2])), text(row[5]))});
    }
  }

  void read_functions(schema::Catalog& catalog) {
    // A column with a subquery would read the parameters again for each routine, and group_concat cuts long lists.
    std::map<std::pair<std::string, std::string>, std::string> parameters;
    for (auto const& row : session_.all(
             "SELECT p.specific_name, p.routine_type, p.parameter_mode, p.parameter_name, p.dtd_identifier FROM "
             "information_schema.parameters p WHERE p.specific_schema = ? AND p.ordinal_position > 0 ORDER BY "
             "p.specific_name, p.routine_type, p.ordinal_position",
             database_parameter_)) {
      auto& list = parameters[{text(row[0]), text(row[1])}];
      if (!list.empty()) list += ", ";
      if (text(row[1]) == "PROCEDURE") list += text(row[2]) + " ";
      list += quote(text(row[3])) + " " + text(row[4]);
    }
    for (auto const& row :
         session_.all("SELECT r.routine_name, r.routine_type, r.dtd_identifier, r.routine_definition, "
                      "r.is_deterministic, r.sql_data_access, r.specific_name FROM information_schema.routines r "
                      "WHERE r.routine_schema = ? AND r.routine_type IN ('FUNCTION', 'PROCEDURE') ORDER BY "
                      "r.routine_name, r.routine_type",
                      database_parameter_)) {
      bool const procedure = text(row[1]) == "PROCEDURE";
      auto const arguments = parameters[{text(row[6]), text(row[1])}];
      auto definition = fmt::format("CREATE {} {}({})", text(row[1]), quote(text(row[0])), arguments);
      if (!procedure) definition += " RETURNS " + text(row[2]);
      if (text(row[4]) == "YES") definition += " DETERMINISTIC";
      if (auto const access = text(row[5]); access != "CONTAINS SQL") definition += " " + access;
      definition += " " + text(row[3]);
      catalog.functions.push_back(
          {local_name(text(database_parameter_[0]), text(row[0])), arguments, std::move(definition), procedure});
    }
  }

  db::Session& session_;
  bool is_mariadb_;
  std::string database_, condition_;
  std::optional<std::string> asked_database_;
  std::vector<Value> parameters_, database_parameter_;
  std::set<TableName> explicit_;
};

} // namespace

schema::Type parse_type(std::string_view whole) {
  auto const full = trim(whole);
  auto const open = full.find('(');
  auto const close = full.rfind(')');
  auto const base = lower(trim(full.substr(0, std::min(open, full.find(' ')))));
  std::string_view inside, rest;
  if (open != std::string_view::npos && close != std::string_view::npos && close > open) {
    inside = full.substr(open + 1, close - open - 1);
    rest = trim(full.substr(close + 1));
  } else if (auto const space = full.find(' '); space != std::string_view::npos) {
    rest = trim(full.substr(space));
  }
  if (base == "enum") return schema::Enum{TableName{std::nullopt, Identifier{"enum"}}, quoted_values(inside), true};
  // unsigned, zerofill: no type of vm means it.
  if (!rest.empty()) return schema::Raw{std::string{full}};
  auto const parts = split(inside, ',');
  auto const first = inside.empty() ? std::nullopt : number(parts[0]);
  if (base == "tinyint" && first == 1) return schema::Boolean{};
  if (base == "smallint") return schema::SmallInt{};
  if (base == "int") return schema::Integer{};
  if (base == "bigint") return schema::BigInt{};
  if (base == "float" && inside.empty()) return schema::Real{};
  if (base == "double" && inside.empty()) return schema::Double{};
  if (base == "decimal") return schema::Numeric{first, parts.size() > 1 ? number(parts[1]) : std::nullopt};
  if (base == "varchar") return schema::String{first};
  if (base == "char") return schema::Char{first};
  if (base == "text") return schema::Text{};
  if (base == "varbinary") return schema::Binary{first};
  if (base == "longblob") return schema::Binary{};
  if (base == "date") return schema::Date{};
  // DATETIME(6) and TIME(6) are what vm makes of a timestamp and a time without a precision.
  if (base == "time") return schema::Time{false, first == 6 ? std::nullopt : std::optional{first.value_or(0)}};
  if (base == "datetime") return schema::Timestamp{false, first == 6 ? std::nullopt : std::optional{first.value_or(0)}};
  if (base == "uuid") return schema::Uuid{};
  if (base == "json") return schema::Json{};
  return schema::Raw{std::string{full}};
}

std::unique_ptr<inspect::Inspector> make_inspector(db::Session& session) {
  return std::make_unique<MysqlInspector>(session);
}

} // namespace vm::dialect::mysql
