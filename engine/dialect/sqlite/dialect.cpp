#include "engine/dialect/sqlite/dialect.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/dialect/sqlite/compiler.hpp"
#include "engine/sql/literal.hpp"
#include "engine/sql/quote.hpp"
#include "engine/sql/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vm::dialect::sqlite {

namespace {

using namespace std::string_view_literals;

constexpr std::array prefixes{"sqlite_"sv};
constexpr std::array table_options{"strict"sv, "without_rowid"sv, "with_rowid"sv, "autoincrement"sv};
constexpr std::array column_options{"autoincrement"sv};
constexpr std::array index_options{"where"sv};

sql::OptionReader options_of(schema::Table const& table) {
  return {table.options, "op.create_table", prefixes, table_options};
}
sql::OptionReader options_of(schema::Column const& column) {
  return {column.options, "sql.column", prefixes, column_options};
}

} // namespace

sql::Capabilities const& capabilities_of_sqlite() {
  static constexpr sql::Capabilities capabilities{.transactional_ddl = true,
                                                  .alter_column_type = false,
                                                  .schemas = false,
                                                  .comments = false,
                                                  .enum_types = false,
                                                  .sequences = false,
                                                  .if_exists_on_index = true,
                                                  .backtick_quotes = true,
                                                  .bracket_quotes = true,
                                                  .default_collation = "BINARY",
                                                  .compound_bodies = true,
                                                  .identifier_limit = 1'000'000,
                                                  .parameter_limit = 32766};
  return capabilities;
}

std::string Compiler::quote(std::string_view identifier) const {
  return sql::quoted_with('"', identifier);
}

std::string Compiler::literal(Value const& value) const {
  struct Writer {
    Compiler const& dialect;
    std::string operator()(Null) const { return "NULL"; }
    std::string operator()(bool flag) const { return flag ? "1" : "0"; }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const {
      if (std::isnan(number)) dialect.refuse("stores no NaN", "store NULL, or a text");
      if (std::isinf(number)) return number > 0 ? "9e999" : "-9e999";
      return sql::number_literal(number);
    }
    std::string operator()(std::string const& text) const {
      if (text.find('\0') != std::string::npos) return fmt::format("CAST(X'{}' AS TEXT)", sql::hex(text));
      return sql::single_quoted(text);
    }
    std::string operator()(Decimal const& number) const {
      // A number with more digits than a double keeps would lose them; as a text it keeps what the column's affinity
      // allows.
      auto const digits = std::ranges::count_if(number.text, [](char c) { return c >= '0' && c <= '9'; });
      return sql::is_number(number.text) && digits <= 15 ? number.text : (*this)(number.text);
    }
    std::string operator()(Bytes const& bytes) const { return fmt::format("X'{}'", sql::hex(bytes.data)); }
    std::string operator()(Array const&) const { dialect.refuse("has no arrays", "use sql.json and a JSON text"); }
  };
  return std::visit(Writer{*this}, value);
}

schema::Table Compiler::recognised(schema::Table table) const {
  for (auto& column : table.columns) {
    if (!std::holds_alternative<schema::String>(column.type)) continue;
    auto const check = std::ranges::find_if(table.constraints, [&](auto const& constraint) {
      auto const* one = std::get_if<schema::CheckConstraint>(&constraint);
      return one && !one->name && enum_values(fmt::format("CHECK ({})", one->condition), column.name.text());
    });
    if (check == table.constraints.end()) continue;
    auto const& condition = std::get<schema::CheckConstraint>(*check).condition;
    // An enum is as long as its longest value; another length is a person's own check.
    if (sqlite::type_name(column.type, false) !=
        enum_type(*enum_values(fmt::format("CHECK ({})", condition), column.name.text())))
      continue;
    // The database knows no name for it; the column's is as good as any.
    column.type = schema::Enum{.name = {std::nullopt, column.name},
                               .values = *enum_values(fmt::format("CHECK ({})", condition), column.name.text())};
    table.constraints.erase(check);
  }
  return table;
}

sql::Settlement Compiler::settlement(std::string_view) const {
  // All that runs outside a transaction here is VACUUM and PRAGMA.
  return {.kind = sql::Settlement::Kind::repeatable};
}

bool Compiler::must_run_outside_transaction(std::string_view statement) const {
  auto const words = sql::words(statement.substr(0, 4096), capabilities());
  if (sql::starts_with(words, {"VACUUM"})) return true;
  if (!sql::starts_with(words, {"PRAGMA"})) return false;
  // Only setting them is refused in a transaction; reading is not.
  auto name = std::size_t{1};
  if (words.size() > 3 && words[2].is(".")) name = 3;
  bool const sets = words.size() > name + 1 && (words[name + 1].is("=") || words[name + 1].is("("));
  return sets && (words[name].is("journal_mode") || words[name].is("synchronous") || words[name].is("temp_store"));
}

// --- clauses ---

std::string Compiler::column_type(sql::ColumnPlace const& place) const {
  bool const strict = place.table != nullptr && options_of(*place.table).flag("strict");
  bool const has_rowid = place.table == nullptr || !options_of(*place.table).flag("without_rowid");
  if (schema::is_integer(place.column.type) && has_rowid) {
    // INTEGER PRIMARY KEY is the rowid and generates its values, whatever is said; any other word keeps it from that.
    if (place.generates) return "INTEGER";
    bool const is_sole_key = place.writes_key || (place.in_key && place.table != nullptr &&
                                                  sql::primary_key_columns(*place.table).size() == 1);
    if (is_sole_key && sqlite::type_name(place.column.type, strict) == "INTEGER") return "INT";
  }
  return sqlite::type_name(place.column.type, strict);
}

std::string Compiler::default_clause(schema::ServerDefault const& value, schema::Type const*) const {
  if (auto const* plain = std::get_if<Value>(&value)) {
    auto const text = literal(*plain);
    return text.starts_with("CAST") ? fmt::format("DEFAULT ({})", text) : fmt::format("DEFAULT {}", text);
  }
  auto const& text = std::get<schema::Expression>(value).sql;
  auto const words = sql::words(text, capabilities());
  // The other databases' word for it; SQLite would look for a function.
  if (words.size() == 3 && words[0].is("now") && words[1].is("(")) return "DEFAULT CURRENT_TIMESTAMP";
  bool const is_word = words.size() == 1 && (words[0].kind != sql::WordKind::word || words[0].is("CURRENT_TIMESTAMP") ||
                                             words[0].is("CURRENT_DATE") || words[0].is("CURRENT_TIME") ||
                                             words[0].is("NULL") || words[0].is("TRUE") || words[0].is("FALSE"));
  int depth = 0;
  bool encloses = !words.empty() && words.front().is("(");
  for (std::size_t at = 0; at < words.size() && encloses; ++at) {
    depth += words[at].is("(") ? 1 : words[at].is(")") ? -1 : 0;
    encloses = depth > 0 || at + 1 == words.size();
  }
  return is_word || encloses ? fmt::format("DEFAULT {}", text) : fmt::format("DEFAULT ({})", text);
}

std::string Compiler::key_clause(sql::ColumnPlace const& place) const {
  bool const never_reuses = options_of(place.column).flag("autoincrement") ||
                            (place.table != nullptr && options_of(*place.table).flag("autoincrement"));
  return never_reuses ? "PRIMARY KEY AUTOINCREMENT" : "PRIMARY KEY";
}

std::string Compiler::column_tail(sql::ColumnPlace const& place) const {
  options_of(place.column);
  auto const* enumeration = std::get_if<schema::Enum>(&place.column.type);
  if (enumeration == nullptr || enumeration->values.empty()) return {};
  return enum_check(*this, place.column.name, enumeration->values);
}

void Compiler::check_constraint(schema::Constraint const& constraint) const {
  if (auto const* unique = std::get_if<schema::UniqueConstraint>(&constraint)) {
    if (unique->deferral == schema::Deferral::initially_deferred ||
        unique->deferral == schema::Deferral::initially_immediate) {
      refuse("defers foreign keys only", "leave 'deferrable' and 'initially' out here, by vm.dialect");
    }
    if (unique->nulls_not_distinct) {
      refuse("takes NULLs for distinct in a unique constraint", "make a unique index over coalesce()");
    }
  } else if (auto const* key = std::get_if<schema::ForeignKey>(&constraint)) {
    if (!key->match.empty() && key->match != "SIMPLE") {
      refuse(fmt::format("does not enforce MATCH {}", key->match), "leave 'match' out and make the columns NOT NULL");
    }
    if (key->not_valid) {
      refuse("cannot add a constraint without checking the rows",
             "leave 'not_valid' out, or write postgresql_not_valid");
    }
    if (key->referent.schema) {
      refuse("has no foreign keys into another schema", "leave the schema of the referent out");
    }
  } else if (auto const* check = std::get_if<schema::CheckConstraint>(&constraint)) {
    if (check->not_valid) {
      refuse("cannot add a constraint without checking the rows",
             "leave 'not_valid' out, or write postgresql_not_valid");
    }
  } else if (std::holds_alternative<schema::ExcludeConstraint>(constraint)) {
    refuse("has no exclude constraints", "check it in a trigger; guard the call with vm.dialect == \"postgresql\"");
  }
}

std::string Compiler::table_tail(op::CreateTable const& operation) const {
  auto const options = options_of(operation.table);
  std::vector<std::string> words;
  if (options.flag("strict")) words.push_back("STRICT");
  if (options.flag("without_rowid") || (options.has("with_rowid") && !options.flag("with_rowid")))
    words.push_back("WITHOUT ROWID");
  return words.empty() ? std::string{} : " " + join(words, ", ");
}

// --- tables ---

void Compiler::create_table(op::CreateTable const& operation, sql::Compilation& out) const {
  auto made = operation;
  auto const key = sql::primary_key_columns(made.table);
  bool never_reuses = options_of(made.table).flag("autoincrement");
  for (auto const& column : made.table.columns) {
    never_reuses = never_reuses || options_of(column).flag("autoincrement");
    bool const is_key = key.size() == 1 && key.front() == column.name;
    if (column.autoincrement.value_or(false) && !(is_key && schema::is_integer(column.type))) {
      refuse(fmt::format("generates values for a sole integer primary key only, and '{}' is none", column.name.text()),
             "leave 'autoincrement' out, or make the column the primary key");
    }
  }
  if (never_reuses && key.size() == 1) {
    // AUTOINCREMENT can only stand at the column.
    std::erase_if(made.table.constraints,
                  [](auto const& constraint) { return std::holds_alternative<schema::PrimaryKey>(constraint); });
    for (auto& column : made.table.columns) {
      if (column.name == key.front()) column.primary_key = true;
    }
  }
  sql::Compiler::create_table(made, out);
}

void Compiler::drop_table(op::DropTable const& operation, sql::Compilation& out) const {
  if (operation.cascade)
    refuse("drops nothing else along with a table", "drop the views and foreign keys that need it first");
  sql::Compiler::drop_table(operation, out);
}

void Compiler::add_column(op::AddColumn const& operation, sql::Compilation& out) const {
  op::Operation const change{operation};
  change_table(operation.table, {&change, 1}, op::BatchAlterTable::Recreate::automatic, out);
}

void Compiler::drop_column(op::DropColumn const& operation, sql::Compilation& out) const {
  op::Operation const change{operation};
  change_table(operation.table, {&change, 1}, op::BatchAlterTable::Recreate::automatic, out);
}

void Compiler::alter_column(op::AlterColumn const& operation, sql::Compilation& out) const {
  op::Operation const change{operation};
  change_table(operation.table, {&change, 1}, op::BatchAlterTable::Recreate::automatic, out);
}

void Compiler::create_constraint(schema::TableName const& table, schema::Constraint const& constraint,
                                 sql::Compilation& out) const {
  auto const change = std::visit(
      [&]<typename Kind>(Kind const& kind) -> op::Operation {
        if constexpr (std::is_same_v<Kind, schema::PrimaryKey>)
          return op::CreatePrimaryKey{table, kind};
        else if constexpr (std::is_same_v<Kind, schema::UniqueConstraint>)
          return op::CreateUniqueConstraint{table, kind};
        else if constexpr (std::is_same_v<Kind, schema::ForeignKey>)
          return op::CreateForeignKey{table, kind};
        else if constexpr (std::is_same_v<Kind, schema::CheckConstraint>)
          return op::CreateCheckConstraint{table, kind};
        else
          return op::CreateExcludeConstraint{table, kind};
      },
      constraint);
  change_table(table, {&change, 1}, op::BatchAlterTable::Recreate::automatic, out);
}

void Compiler::drop_constraint(op::DropConstraint const& operation, sql::Compilation& out) const {
  op::Operation const change{operation};
  change_table(operation.table, {&change, 1}, op::BatchAlterTable::Recreate::automatic, out);
}

void Compiler::alter_enum(op::AlterEnum const& operation, sql::Compilation& out) const {
  for (auto const& [table, column] : operation.tables) {
    auto one = operation;
    one.tables = {{table, column}};
    op::Operation const change{std::move(one)};
    change_table(table, {&change, 1}, op::BatchAlterTable::Recreate::automatic, out);
  }
}

void Compiler::batch_alter_table(op::BatchAlterTable const& operation, sql::Compilation& out) const {
  change_table(operation.table, operation.operations, operation.recreate, out);
}

// --- indexes ---

std::string Compiler::index_element(schema::IndexElement const& element) const {
  if (element.operator_class) refuse("has no operator classes", "leave 'ops' out, or write postgresql_ops");
  if (element.nulls_first) refuse("has no NULLS FIRST and NULLS LAST in an index", "leave them out; NULLs come first");
  if (element.length)
    refuse("indexes whole columns, without a prefix length", "index an expression: sql.expr(\"substr(name, 1, 10)\")");
  // SQLite takes an expression as it is; parentheses would hide a COLLATE or DESC inside.
  auto plain = element;
  if (auto const* expression = std::get_if<schema::Expression>(&element.what)) {
    auto text = expression->sql;
    if (element.collation) text += fmt::format(" COLLATE {}", quote(*element.collation));
    return element.descending ? text + " DESC" : text;
  }
  return sql::Compiler::index_element(plain);
}

void Compiler::create_index(op::CreateIndex const& operation, sql::Compilation& out) const {
  auto const& given = operation.index;
  sql::OptionReader const options{given.options, "op.create_index", prefixes, index_options};
  if (operation.concurrently) {
    refuse("locks the whole database for an index", "leave 'concurrently' out, or write postgresql_concurrently");
  }
  if (!given.using_method.empty() && !equals_ignore_case(given.using_method, "btree")) {
    refuse(fmt::format("has no index method '{}'", given.using_method), "leave 'using' out, or write postgresql_using");
  }
  if (!given.include.empty())
    refuse("has no covering columns in an index", "add them to the columns, or write postgresql_include");
  if (!given.with.empty())
    refuse("has no storage parameters for an index", "leave 'with' out, or write postgresql_with");
  if (given.nulls_not_distinct)
    refuse("takes NULLs for distinct in a unique index", "index an expression with coalesce()");
  auto where = given.where;
  if (auto const own = options.text("where")) where = own;
  // The schema belongs to the index; the table must be in the same one.
  auto const name = sql::index_name_or_default(operation.table, given, capabilities().identifier_limit);
  out.add(fmt::format("CREATE {}INDEX {}{} ON {} ({}){}", given.unique ? "UNIQUE " : "",
                      operation.if_not_exists ? "IF NOT EXISTS " : "",
                      quote(schema::TableName{operation.table.schema, name}), quote(operation.table.name),
                      index_elements(given), where ? fmt::format(" WHERE {}", *where) : ""));
}

void Compiler::drop_index(op::DropIndex const& operation, sql::Compilation& out) const {
  if (operation.concurrently) {
    refuse("locks the whole database for an index", "leave 'concurrently' out, or write postgresql_concurrently");
  }
  if (operation.cascade) refuse("drops nothing else along with an index", "leave 'cascade' out");
  auto plain = operation;
  if (!plain.index.schema && plain.table) plain.index.schema = plain.table->schema;
  sql::Compiler::drop_index(plain, out);
}

// --- everything else ---

void Compiler::create_table_comment(op::CreateTableComment const&, sql::Compilation&) const {
  refuse("stores no comments", "guard the call with vm.dialect ~= \"sqlite\"");
}

void Compiler::drop_table_comment(op::DropTableComment const&, sql::Compilation&) const {
  refuse("stores no comments", "guard the call with vm.dialect ~= \"sqlite\"");
}

void Compiler::create_schema(op::CreateSchema const&, sql::Compilation&) const {
  refuse("has one database for each schema and creates none by a statement",
         "op.execute(\"ATTACH DATABASE 'file' AS name\")");
}

void Compiler::drop_schema(op::DropSchema const&, sql::Compilation&) const {
  refuse("has one database for each schema and drops none by a statement", "op.execute(\"DETACH DATABASE name\")");
}

void Compiler::create_view(op::CreateView const& operation, sql::Compilation& out) const {
  auto plain = operation;
  if (operation.replace && !operation.materialized) {
    out.add(fmt::format("DROP VIEW IF EXISTS {}", quote(operation.name)));
    plain.replace = false;
  }
  sql::Compiler::create_view(plain, out);
}

void Compiler::drop_view(op::DropView const& operation, sql::Compilation& out) const {
  if (operation.cascade) refuse("drops nothing else along with a view", "leave 'cascade' out");
  sql::Compiler::drop_view(operation, out);
}

void Compiler::create_trigger(op::CreateTrigger const& operation, sql::Compilation& out) const {
  if (operation.events.size() != 1) refuse("has one event for each trigger", "make a trigger for each of the events");
  if (!operation.level.empty() && upper(operation.level) != "ROW")
    refuse("runs triggers for each row only", "leave 'level' out");
  schema::TableName const trigger{operation.table.schema, operation.name};
  if (operation.replace) out.add(fmt::format("DROP TRIGGER IF EXISTS {}", quote(trigger)));
  auto body = std::string{trim(operation.body)};
  if (!sql::starts_with(sql::words(body, capabilities()), {"BEGIN"})) {
    body = fmt::format("BEGIN\n  {};\nEND", sql::without_semicolon(body));
  }
  out.add(fmt::format(
      "CREATE TRIGGER {}{} {} {} ON {} FOR EACH ROW{}\n{}", operation.if_not_exists ? "IF NOT EXISTS " : "",
      quote(trigger), upper(operation.timing), operation.events.front(), quote(operation.table.name),
      operation.when.empty() ? "" : fmt::format(" WHEN ({})", operation.when), sql::without_semicolon(body)));
}

void Compiler::drop_trigger(op::DropTrigger const& operation, sql::Compilation& out) const {
  if (operation.cascade) refuse("drops nothing else along with a trigger", "leave 'cascade' out");
  schema::TableName const trigger{operation.table ? operation.table->schema : std::nullopt, operation.name};
  out.add(fmt::format("DROP TRIGGER {}{}", operation.if_exists ? "IF EXISTS " : "", quote(trigger)));
}

std::unique_ptr<sql::Dialect> make_dialect(db::ServerInfo const*) {
  return std::make_unique<Compiler>();
}

} // namespace vm::dialect::sqlite
