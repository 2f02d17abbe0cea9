#include "engine/dialect/mysql/dialect.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/dialect/mysql/abilities.hpp"
#include "engine/dialect/mysql/column_text.hpp"
#include "engine/sql/literal.hpp"
#include "engine/sql/quote.hpp"
#include "engine/sql/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vm::dialect::mysql {

namespace {

using namespace std::string_view_literals;

constexpr sql::Capabilities capabilities_of(Product product, int version) {
  return {.transactional_ddl = false,
          .alter_column_type = true,
          .schemas = true,
          .schemas_are_databases = true,
          .comments = true,
          .enum_types = false,
          .sequences = abilities_of(product, version).sequences,
          .if_exists_on_index = abilities_of(product, version).conditional_changes,
          .backslash_escapes = true,
          .hash_comments = true,
          .backtick_quotes = true,
          .double_quotes_are_strings = true,
          .delimiter_command = true,
          .foreign_keys_need_index = true,
          .views_follow_renames = false,
          .no_cycle = "NOCYCLE",
          .compound_bodies = true,
          .identifier_limit = 64,
          .identifier_limit_in_characters = true,
          .parameter_limit = 65535};
}

constexpr std::array mariadb_prefixes{"mariadb_"sv, "mysql_"sv};
constexpr std::array mysql_prefixes{"mysql_"sv};
constexpr std::array table_options{"engine"sv,
                                   "charset"sv,
                                   "default_charset"sv,
                                   "collate"sv,
                                   "row_format"sv,
                                   "key_block_size"sv,
                                   "auto_increment"sv,
                                   "avg_row_length"sv,
                                   "checksum"sv,
                                   "compression"sv,
                                   "connection"sv,
                                   "data_directory"sv,
                                   "delay_key_write"sv,
                                   "encryption"sv,
                                   "index_directory"sv,
                                   "insert_method"sv,
                                   "max_rows"sv,
                                   "min_rows"sv,
                                   "pack_keys"sv,
                                   "stats_auto_recalc"sv,
                                   "stats_persistent"sv,
                                   "stats_sample_pages"sv,
                                   "tablespace"sv,
                                   "union"sv,
                                   "page_checksum"sv,
                                   "page_compressed"sv,
                                   "page_compression_level"sv,
                                   "encrypted"sv,
                                   "encryption_key_id"sv,
                                   "transactional"sv,
                                   "with_system_versioning"sv,
                                   "partition_by"sv,
                                   "partitions"sv,
                                   "comment"sv};
constexpr std::array quoted_table_options{"compression"sv, "connection"sv, "data_directory"sv, "encryption"sv,
                                          "index_directory"sv};
constexpr std::array column_options{"charset"sv, "collate"sv, "unsigned"sv, "zerofill"sv, "on_update"sv, "invisible"sv};
constexpr std::array index_options{"length"sv, "using"sv,   "prefix"sv, "with_parser"sv, "algorithm"sv,
                                   "lock"sv,   "comment"sv, "where"sv,  "invisible"sv};
constexpr std::array view_options{"algorithm"sv, "security"sv, "definer"sv, "check_option"sv};
constexpr std::array alter_options{"charset"sv, "collate"sv, "unsigned"sv, "zerofill"sv, "on_update"sv, "invisible"sv};
constexpr std::array plain_prefix{""sv};
constexpr std::array function_options{"deterministic"sv, "data_access"sv, "security"sv,
                                      "definer"sv,       "comment"sv,     "volatility"sv};

bool is_text_type(schema::Type const& type) {
  if (std::holds_alternative<schema::String>(type) || std::holds_alternative<schema::Text>(type) ||
      std::holds_alternative<schema::Char>(type) || std::holds_alternative<schema::Enum>(type)) {
    return true;
  }
  auto const* raw = std::get_if<schema::Raw>(&type);
  if (raw == nullptr) return false;
  auto const name = upper(raw->text);
  return name.find("CHAR") != std::string::npos || name.find("TEXT") != std::string::npos || name.starts_with("ENUM") ||
         name.starts_with("SET");
}

class Dialect final : public sql::Compiler {
 public:
  Dialect(Product product, int version)
      : is_mariadb_{product == Product::mariadb},
        can_{abilities_of(product, version)},
        capabilities_{capabilities_of(product, version)} {}

  std::string_view name() const override { return is_mariadb_ ? "mariadb" : "mysql"; }
  std::string_view product() const override { return is_mariadb_ ? "MariaDB" : "MySQL"; }
  sql::Capabilities const& capabilities() const override { return capabilities_; }
  std::string placeholder(std::size_t) const override { return "?"; }
  std::string type_name(schema::Type const& type) const override { return mysql::type_name(type, *this, can_.uuid); }
  std::string_view begin_statement() const override { return "START TRANSACTION"; }

  using Compiler::quote;
  std::string quote(std::string_view identifier) const override;
  std::string literal(Value const& value) const override;
  bool must_run_outside_transaction(std::string_view) const override { return false; }
  bool commits_implicitly(std::string_view statement) const override;
  sql::Settlement settlement(std::string_view statement) const override;

 protected:
  void drop_table(op::DropTable const& operation, sql::Compilation& out) const override;
  void rename_table(op::RenameTable const& operation, sql::Compilation& out) const override;
  void add_column(op::AddColumn const& operation, sql::Compilation& out) const override;
  void drop_column(op::DropColumn const& operation, sql::Compilation& out) const override;
  void alter_column(op::AlterColumn const& operation, sql::Compilation& out) const override;
  void create_index(op::CreateIndex const& operation, sql::Compilation& out) const override;
  void drop_index(op::DropIndex const& operation, sql::Compilation& out) const override;
  void drop_constraint(op::DropConstraint const& operation, sql::Compilation& out) const override;
  void create_table_comment(op::CreateTableComment const& operation, sql::Compilation& out) const override;
  void drop_table_comment(op::DropTableComment const& operation, sql::Compilation& out) const override;
  void drop_schema(op::DropSchema const& operation, sql::Compilation& out) const override;
  void alter_enum(op::AlterEnum const& operation, sql::Compilation& out) const override;
  void batch_alter_table(op::BatchAlterTable const& operation, sql::Compilation& out) const override;
  void create_view(op::CreateView const& operation, sql::Compilation& out) const override;
  void create_function(op::CreateFunction const& operation, sql::Compilation& out) const override;
  void drop_function(op::DropFunction const& operation, sql::Compilation& out) const override;
  void create_trigger(op::CreateTrigger const& operation, sql::Compilation& out) const override;
  void drop_trigger(op::DropTrigger const& operation, sql::Compilation& out) const override;
  void create_sequence(op::CreateSequence const& operation, sql::Compilation& out) const override;
  void drop_sequence(op::DropSequence const& operation, sql::Compilation& out) const override;

  std::string column_type(sql::ColumnPlace const& place) const override;
  std::string collation_clause(schema::Column const& column) const override;
  std::string default_clause(schema::ServerDefault const& value, schema::Type const* type) const override;
  std::string generation_clause(sql::ColumnPlace const&) const override { return "AUTO_INCREMENT"; }
  std::string comment_clause(std::string const& comment) const override;
  std::string column_tail(sql::ColumnPlace const& place) const override;
  std::string column_definition(sql::ColumnPlace const& place) const override;
  void check_constraint(schema::Constraint const& constraint) const override;
  std::string table_tail(op::CreateTable const& operation) const override;
  std::string index_in_table(schema::TableName const& table, schema::Index const& index) const override;
  std::string index_element(schema::IndexElement const& element) const override;
  std::string conflict_clause(std::string const& on_conflict, op::BulkInsert const& operation) const override;

 private:
  std::span<std::string_view const> prefixes() const {
    return is_mariadb_ ? std::span<std::string_view const>{mariadb_prefixes}
                       : std::span<std::string_view const>{mysql_prefixes};
  }
  /// The parts of `INDEX name (columns) options`, and the options that stand after them.
  struct IndexText {
    std::string kind, name, columns, options, online;
  };
  IndexText index_text(schema::TableName const& table, schema::Index const& index) const;
  void refuse_concurrently(op::CreateIndex const& operation) const;
  std::optional<ColumnText> column_now(op::AlterColumn const& operation, sql::Compilation const& out) const;
  ColumnText column_text(schema::Column const& column) const;
  std::string place_clause(schema::TableName const& table, std::optional<schema::Identifier> const& before,
                           std::optional<schema::Identifier> const& after, sql::Compilation const& out) const;
  schema::Table const& table_or_refuse(schema::TableName const& table, std::string_view what,
                                       sql::Compilation const& out) const;

  bool is_mariadb_;
  Abilities can_;
  sql::Capabilities capabilities_;
};

std::string Dialect::quote(std::string_view identifier) const {
  std::size_t characters = 0;
  for (char const c : identifier) {
    auto const byte = static_cast<unsigned char>(c);
    characters += (byte & 0xC0) != 0x80 ? 1 : 0;
    if (byte >= 0xF0) {
      throw UsageError{fmt::format("{} stores no character beyond U+FFFF in a name: '{}'", product(), identifier)};
    }
  }
  if (characters > capabilities_.identifier_limit) {
    throw UsageError{fmt::format("the name '{}' has {} characters and {} keeps {} of a name", identifier, characters,
                                 product(), capabilities_.identifier_limit),
                     Hint{"choose a shorter name"}};
  }
  if (identifier.ends_with(' ')) {
    throw UsageError{fmt::format("{} stores no name that ends with a space: '{}'", product(), identifier)};
  }
  return sql::quoted_with('`', identifier);
}

std::string Dialect::literal(Value const& value) const {
  struct Writer {
    Dialect const& dialect;
    std::string operator()(Null) const { return "NULL"; }
    std::string operator()(bool flag) const { return flag ? "TRUE" : "FALSE"; }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const {
      if (!std::isfinite(number)) dialect.refuse("stores neither infinities nor NaN", "store NULL, or a text");
      return sql::number_literal(number);
    }
    std::string operator()(std::string const& text) const { return text_literal(text); }
    std::string operator()(Decimal const& number) const {
      if (!sql::is_number(number.text)) {
        dialect.refuse(fmt::format("stores no number '{}'", number.text), "store NULL, or a text");
      }
      return number.text;
    }
    std::string operator()(Bytes const& bytes) const { return fmt::format("X'{}'", sql::hex(bytes.data)); }
    std::string operator()(Array const&) const { dialect.refuse("has no arrays", "use sql.json and a JSON text"); }
  };
  return std::visit(Writer{*this}, value);
}

namespace {

/// What stands inside a comment that the server runs: `/*!40000 ALTER TABLE … */`; any other text as it is.
std::string_view without_condition(std::string_view statement) {
  auto const start = statement.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return statement;
  auto text = statement.substr(start);
  for (auto const mark : {"/*!"sv, "/*M!"sv}) {
    if (!text.starts_with(mark)) continue;
    text.remove_prefix(mark.size());
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') text.remove_prefix(1);
    return text.substr(0, text.rfind("*/"));
  }
  return statement;
}

} // namespace

sql::Settlement Dialect::settlement(std::string_view statement) const {
  using Kind = sql::Settlement::Kind;
  auto const words = sql::words(without_condition(statement).substr(0, 4096), capabilities_);
  if (words.empty()) return {};
  for (auto const word :
       {"TRUNCATE"sv, "GRANT"sv, "REVOKE"sv, "ANALYZE"sv, "OPTIMIZE"sv, "REPAIR"sv, "CHECK"sv, "FLUSH"sv, "RESET"sv,
        "CACHE"sv, "LOCK"sv, "UNLOCK"sv, "BEGIN"sv, "START"sv, "COMMIT"sv, "ROLLBACK"sv, "SET"sv, "USE"sv, "SHOW"sv}) {
    if (words.front().is(word)) return {.kind = Kind::repeatable};
  }
  bool const renames = words.front().is("RENAME");
  if (!renames && !words.front().is("CREATE") && !words.front().is("ALTER") && !words.front().is("DROP")) return {};
  // The word that says what kind of thing it is; before it stand OR REPLACE, UNIQUE, ONLINE, DEFINER = … and the like.
  constexpr std::string_view kinds[] = {"TABLE",     "INDEX",    "KEY",      "VIEW",   "TRIGGER", "FUNCTION",
                                        "PROCEDURE", "SEQUENCE", "DATABASE", "SCHEMA", "EVENT"};
  auto at = std::size_t{1};
  auto const is_kind = [&](sql::Word const& word) {
    return std::any_of(std::begin(kinds), std::end(kinds), [&](std::string_view kind) { return word.is(kind); });
  };
  while (at < words.size() && at < 16 && !is_kind(words[at])) ++at;
  if (at >= words.size() || !is_kind(words[at])) return {};
  auto kind = std::string{words[at++].text};
  auto const skip_existence = [&] {
    for (auto const word : {"IF", "NOT", "EXISTS"})
      if (at < words.size() && words[at].is(word)) ++at;
  };
  skip_existence();
  sql::Settlement answer{.kind = Kind::compare, .ignored = "AUTO_INCREMENT="};
  auto const take_name = [&] {
    std::string name;
    while (at < words.size()) {
      name += words[at++].text;
      if (at >= words.size() || !words[at].is(".")) break;
      name += words[at++].text;
    }
    return name;
  };
  if (equals_ignore_case(kind, "INDEX") || equals_ignore_case(kind, "KEY")) {
    while (at < words.size() && !words[at].is("ON")) ++at;
    ++at;
    kind = "TABLE";
  }
  if (at >= words.size()) return {};
  answer.probes.push_back(fmt::format("SHOW CREATE {} {}", kind, take_name()));
  // DROP TABLE a, b and RENAME TABLE a TO b, c TO d name several.
  if (renames || words.front().is("DROP")) {
    while (at + 1 < words.size() && (words[at].is(",") || words[at].is("TO"))) {
      ++at;
      answer.probes.push_back(fmt::format("SHOW CREATE {} {}", kind, take_name()));
    }
  }
  return answer;
}

bool Dialect::commits_implicitly(std::string_view statement) const {
  auto const words = sql::words(without_condition(statement).substr(0, 4096), capabilities_);
  if (words.empty()) return false;
  auto const starts = [&](std::initializer_list<std::string_view> head) { return sql::starts_with(words, head); };
  // Temporary tables are made and dropped inside a transaction.
  if (starts({"CREATE"}) || starts({"DROP"})) {
    bool const temporary = starts({"CREATE", "TEMPORARY"}) || starts({"DROP", "TEMPORARY"}) ||
                           starts({"CREATE", "OR", "REPLACE", "TEMPORARY"});
    return !temporary;
  }
  for (auto const word : {"ALTER"sv, "RENAME"sv, "TRUNCATE"sv, "GRANT"sv, "REVOKE"sv, "ANALYZE"sv, "OPTIMIZE"sv,
                          "REPAIR"sv, "CHECK"sv, "FLUSH"sv, "RESET"sv, "INSTALL"sv, "UNINSTALL"sv, "BEGIN"sv, "CACHE"sv,
                          "LOCK"sv, "UNLOCK"sv, "COMMIT"sv, "ROLLBACK"sv}) {
    if (!words.front().is(word)) continue;
    return !(word == "ROLLBACK" && (starts({"ROLLBACK", "TO"}) || starts({"ROLLBACK", "WORK", "TO"})));
  }
  return starts({"START", "TRANSACTION"}) || starts({"SET", "PASSWORD"}) || starts({"LOAD", "INDEX"}) ||
         starts({"CHANGE", "MASTER"});
}

// --- clauses ---

std::string Dialect::comment_clause(std::string const& comment) const {
  return fmt::format("COMMENT {}", plain_text(comment));
}

std::string Dialect::column_type(sql::ColumnPlace const& place) const {
  sql::OptionReader const options{place.column.options, "sql.column", prefixes(), column_options};
  auto text = type_name(place.column.type);
  if (options.flag("unsigned")) text += " UNSIGNED";
  if (options.flag("zerofill")) text += " ZEROFILL";
  if (auto const charset = options.text("charset")) text += fmt::format(" CHARACTER SET {}", *charset);
  if (auto const collate = options.text("collate"); collate && !place.column.collation)
    text += fmt::format(" COLLATE {}", *collate);
  return text;
}

std::string Dialect::collation_clause(schema::Column const& column) const {
  return fmt::format("COLLATE {}", *column.collation);
}

std::string Dialect::default_clause(schema::ServerDefault const& value, schema::Type const* type) const {
  auto const* expression = std::get_if<schema::Expression>(&value);
  if (expression == nullptr) {
    auto const text = literal(std::get<Value>(value));
    // MySQL takes a literal for these only as an expression.
    bool const wants_expression =
        !can_.literal_text_defaults && type != nullptr && !is_null(std::get<Value>(value)) &&
        (std::holds_alternative<schema::Text>(*type) || std::holds_alternative<schema::Json>(*type) ||
         (std::holds_alternative<schema::Binary>(*type) && !std::get<schema::Binary>(*type).length));
    if (wants_expression && !can_.expression_defaults) {
      refuse("has no default for text, bytes and JSON in this version",
             "use sql.string with a length, or leave the default out and write the value with each row");
    }
    return wants_expression ? fmt::format("DEFAULT ({})", text) : fmt::format("DEFAULT {}", text);
  }
  auto const words = sql::words(expression->sql, capabilities_);
  auto const is_call_of = [&](std::string_view name) {
    return !words.empty() && words.front().is(name) &&
           (words.size() == 1 || (words.size() == 3 && words[1].is("(") && words[2].is(")")));
  };
  if (is_call_of("CURRENT_TIMESTAMP") || is_call_of("NOW") || is_call_of("LOCALTIMESTAMP") || is_call_of("LOCALTIME")) {
    // The precision must be the column's own, or MySQL refuses it.
    auto const* timestamp = type == nullptr ? nullptr : std::get_if<schema::Timestamp>(type);
    auto const precision = timestamp == nullptr ? 0 : timestamp->precision.value_or(6);
    return precision == 0 ? "DEFAULT CURRENT_TIMESTAMP" : fmt::format("DEFAULT CURRENT_TIMESTAMP({})", precision);
  }
  bool const needs_parentheses = words.size() > 1 && !sql::starts_with(words, {"CURRENT_TIMESTAMP", "("}) &&
                                 !sql::starts_with(words, {"NOW", "("});
  if (needs_parentheses && !can_.expression_defaults) {
    refuse(fmt::format("has no expression as a default in this version: {}", expression->sql),
           "set the value in a BEFORE INSERT trigger");
  }
  bool const is_plain = words.size() == 1 || words.empty() || words.front().is("(") ||
                        sql::starts_with(words, {"CURRENT_TIMESTAMP", "("}) || sql::starts_with(words, {"NOW", "("});
  return is_plain ? fmt::format("DEFAULT {}", expression->sql) : fmt::format("DEFAULT ({})", expression->sql);
}

std::string Dialect::column_tail(sql::ColumnPlace const& place) const {
  sql::OptionReader const options{place.column.options, "sql.column", prefixes(), column_options};
  std::string tail;
  if (auto const on_update = options.text("on_update")) {
    tail = default_clause(schema::Expression{*on_update}, &place.column.type);
    tail.replace(0, std::string_view{"DEFAULT"}.size(), "ON UPDATE");
  }
  if (options.flag("invisible") && !can_.invisible_columns) {
    refuse("has no invisible columns in this version",
           "leave 'mysql_invisible' out, or make a view without the column");
  }
  if (options.flag("invisible")) tail += tail.empty() ? "INVISIBLE" : " INVISIBLE";
  return tail;
}

std::string Dialect::column_definition(sql::ColumnPlace const& place) const {
  if (!can_.not_null_computed && place.column.computed && !place.column.nullable) {
    refuse("has no NOT NULL for computed columns",
           "leave 'nullable' out and add a check: sql.check(\"column IS NOT NULL\")");
  }
  return Compiler::column_definition(place);
}

void Dialect::check_constraint(schema::Constraint const& constraint) const {
  auto const deferred = [&](schema::Deferral deferral) {
    if (deferral == schema::Deferral::initially_deferred || deferral == schema::Deferral::initially_immediate) {
      refuse("checks constraints at once and cannot defer them",
             "leave 'deferrable' and 'initially' out here, by vm.dialect");
    }
  };
  if (auto const* unique = std::get_if<schema::UniqueConstraint>(&constraint)) {
    deferred(unique->deferral);
    if (unique->nulls_not_distinct) {
      refuse("takes NULLs for distinct in a unique constraint",
             "make the columns NOT NULL, or unique over a computed column");
    }
  } else if (auto const* key = std::get_if<schema::ForeignKey>(&constraint)) {
    deferred(key->deferral);
    if (!key->match.empty() && key->match != "SIMPLE") {
      refuse(fmt::format("does not enforce MATCH {}", key->match), "leave 'match' out and make the columns NOT NULL");
    }
    if (key->ondelete == "SET DEFAULT" || key->onupdate == "SET DEFAULT") {
      refuse("has no SET DEFAULT for foreign keys", "use SET NULL, or a trigger");
    }
    if (key->not_valid) {
      refuse("cannot add a constraint without checking the rows",
             "leave 'not_valid' out, or write postgresql_not_valid");
    }
  } else if (auto const* check = std::get_if<schema::CheckConstraint>(&constraint)) {
    if (!can_.checks) {
      refuse("reads a CHECK in this version and does not keep it",
             "leave the check out here, by vm.dialect and vm.server_version, or check in a trigger");
    }
    if (check->not_valid) {
      refuse("cannot add a constraint without checking the rows",
             "leave 'not_valid' out, or write postgresql_not_valid");
    }
  } else if (std::holds_alternative<schema::ExcludeConstraint>(constraint)) {
    refuse("has no exclude constraints", "check it in a trigger; guard the call with vm.dialect == \"postgresql\"");
  }
}

std::string Dialect::table_tail(op::CreateTable const& operation) const {
  sql::OptionReader const options{operation.table.options, "op.create_table", prefixes(), table_options};
  std::string tail;
  for (auto const option : table_options) {
    auto const* value = options.find(option);
    if (value == nullptr || option == "partition_by" || option == "partitions" || option == "comment") continue;
    if (option == "with_system_versioning") {
      if (options.flag(option)) tail += " WITH SYSTEM VERSIONING";
      continue;
    }
    auto name = option == "charset" || option == "default_charset" ? std::string{"DEFAULT CHARSET"} : upper(option);
    if (option == "data_directory" || option == "index_directory") std::ranges::replace(name, '_', ' ');
    std::string text;
    if (auto const* flag = std::get_if<bool>(value)) {
      text = *flag ? "1" : "0";
    } else if (option == "union") {
      text = fmt::format("({})", join(options.list(option), ", "));
    } else {
      text = *options.text(option);
    }
    bool const quoted = std::ranges::find(quoted_table_options, option) != quoted_table_options.end();
    tail += fmt::format(" {}={}", name, quoted ? plain_text(text) : text);
  }
  auto comment = operation.table.comment;
  if (!comment) comment = options.text("comment");
  if (comment) tail += fmt::format(" COMMENT={}", plain_text(*comment));
  if (auto const by = options.text("partition_by")) tail += fmt::format(" PARTITION BY {}", *by);
  if (auto const count = options.text("partitions")) tail += fmt::format(" PARTITIONS {}", *count);
  return tail;
}

void Dialect::create_table_comment(op::CreateTableComment const& operation, sql::Compilation& out) const {
  out.add(fmt::format("ALTER TABLE {} COMMENT = {}", quote(operation.table), plain_text(operation.comment)));
}

void Dialect::drop_table_comment(op::DropTableComment const& operation, sql::Compilation& out) const {
  out.add(fmt::format("ALTER TABLE {} COMMENT = ''", quote(operation.table)));
}

// --- indexes ---

std::string Dialect::index_element(schema::IndexElement const& element) const {
  if (element.operator_class) refuse("has no operator classes", "leave 'ops' out, or write postgresql_ops");
  if (element.nulls_first) refuse("has no NULLS FIRST and NULLS LAST", "leave them out; NULLs come first");
  if (element.collation) refuse("has no collation for a column of an index", "give the column the collation");
  if (!can_.index_expressions && std::holds_alternative<schema::Expression>(element.what)) {
    refuse("has no indexes over expressions", "add a computed column with the expression and index it");
  }
  auto text = name_or_expression(element.what);
  if (element.length) text += fmt::format("({})", *element.length);
  if (element.descending) text += " DESC";
  return text;
}

Dialect::IndexText Dialect::index_text(schema::TableName const& table, schema::Index const& given) const {
  auto index = given;
  sql::OptionReader const options{index.options, "op.create_index", prefixes(), index_options};
  if (auto const* lengths = options.find("length")) {
    if (std::holds_alternative<std::map<std::string, std::string>>(*lengths)) {
      for (auto const& [column, length] : options.map("length")) {
        for (auto& element : index.elements) {
          auto const* name = std::get_if<schema::Identifier>(&element.what);
          if (name != nullptr && name->text() == column) element.length = std::stoi(length);
        }
      }
    } else {
      for (auto& element : index.elements) element.length = std::stoi(*options.text("length"));
    }
  }
  if (index.where || options.has("where")) {
    refuse("has no partial indexes",
           "leave 'where' out, or write postgresql_where and sqlite_where for those that have them");
  }
  if (!index.include.empty())
    refuse("has no covering columns in an index", "add them to the columns, or write postgresql_include");
  if (!index.with.empty())
    refuse("has no storage parameters for an index", "leave 'with' out, or write postgresql_with");
  if (index.nulls_not_distinct) {
    refuse("takes NULLs for distinct in a unique index", "make the columns NOT NULL, or index a computed column");
  }
  IndexText text;
  if (index.unique) text.kind = "UNIQUE ";
  if (auto const prefix = options.text("prefix")) text.kind = upper(*prefix) + " ";
  text.name = quote(sql::index_name_or_default(table, index, capabilities_.identifier_limit));
  text.columns = index_elements(index);
  auto method = index.using_method;
  if (auto const own = options.text("using")) method = *own;
  if (!method.empty()) {
    auto const known = upper(method);
    if (known != "BTREE" && known != "HASH" && known != "RTREE") {
      refuse(fmt::format("has no index method '{}'", method),
             "it has btree and hash; write postgresql_using for PostgreSQL's");
    }
    text.options += fmt::format(" USING {}", known);
  }
  if (auto const parser = options.text("with_parser")) text.options += fmt::format(" WITH PARSER {}", *parser);
  if (auto const comment = options.text("comment")) text.options += fmt::format(" COMMENT {}", plain_text(*comment));
  if (options.flag("invisible")) {
    if (!can_.ignored_indexes) refuse("has no invisible indexes in this version", "leave 'mysql_invisible' out");
    text.options += is_mariadb_ ? " IGNORED" : " INVISIBLE";
  }
  if (auto const algorithm = options.text("algorithm")) text.online += fmt::format(" ALGORITHM={}", upper(*algorithm));
  if (auto const lock = options.text("lock")) text.online += fmt::format(" LOCK={}", upper(*lock));
  return text;
}

std::string Dialect::index_in_table(schema::TableName const& table, schema::Index const& index) const {
  auto const text = index_text(table, index);
  return fmt::format("{}INDEX {} ({}){}", text.kind, text.name, text.columns, text.options);
}

void Dialect::refuse_concurrently(op::CreateIndex const& operation) const {
  if (operation.concurrently) {
    refuse("builds indexes while the table is written, and has no word for it",
           "leave 'concurrently' out, or write postgresql_concurrently; mysql_lock = \"none\" insists on it");
  }
}

void Dialect::create_index(op::CreateIndex const& operation, sql::Compilation& out) const {
  refuse_concurrently(operation);
  auto const text = index_text(operation.table, operation.index);
  if (operation.if_not_exists && !can_.conditional_changes) {
    auto const& known = table_or_refuse(operation.table, "IF NOT EXISTS for indexes", out);
    auto const name = sql::index_name_or_default(operation.table, operation.index, capabilities_.identifier_limit);
    if (std::ranges::any_of(known.indexes, [&](auto const& index) { return index.name == name; })) return;
  }
  out.add(fmt::format("CREATE {}INDEX {}{} ON {} ({}){}{}", text.kind,
                      operation.if_not_exists && can_.conditional_changes ? "IF NOT EXISTS " : "", text.name,
                      quote(operation.table), text.columns, text.options, text.online));
}

schema::Table const& Dialect::table_or_refuse(schema::TableName const& table, std::string_view what,
                                              sql::Compilation const& out) const {
  auto const* known = known_table(table, out);
  if (known == nullptr) {
    refuse(fmt::format("has no {}, and table '{}' is not known here", what, to_string(table)),
           "run it with a connection, or leave the condition out");
  }
  return *known;
}

void Dialect::drop_index(op::DropIndex const& operation, sql::Compilation& out) const {
  if (operation.concurrently) {
    refuse("drops indexes while the table is written, and has no word for it",
           "leave 'concurrently' out, or write postgresql_concurrently");
  }
  if (operation.cascade) refuse("has no CASCADE for indexes", "drop the foreign key that needs the index first");
  auto table = operation.table;
  if (table && !table->schema) table->schema = operation.index.schema;
  if (!table && out.existing != nullptr) {
    table = out.existing->table_of_index(operation.index);
    if (!table && operation.if_exists) return;
    if (!table) {
      throw UsageError{fmt::format("no table has an index '{}'", operation.index.name.text()),
                       Hint{"name the table: op.drop_index(name, table)"}};
    }
  }
  if (!table) refuse("needs the table of an index", "op.drop_index(name, table)");
  if (operation.if_exists && !can_.conditional_changes) {
    auto const& known = table_or_refuse(*table, "IF EXISTS for indexes", out);
    if (std::ranges::none_of(known.indexes, [&](auto const& index) { return index.name == operation.index.name; }))
      return;
  }
  out.add(fmt::format("DROP INDEX {}{} ON {}", operation.if_exists && can_.conditional_changes ? "IF EXISTS " : "",
                      quote(operation.index.name), quote(*table)));
}

// --- tables and columns ---

void Dialect::drop_table(op::DropTable const& operation, sql::Compilation& out) const {
  if (operation.cascade)
    refuse("drops no foreign keys along with a table", "drop the foreign keys that point to it first");
  Compiler::drop_table(operation, out);
}

void Dialect::rename_table(op::RenameTable const& operation, sql::Compilation& out) const {
  // Without its schema the table would move to the current one.
  out.add(fmt::format("ALTER TABLE {} RENAME TO {}", quote(operation.table),
                      quote(schema::TableName{operation.table.schema, operation.new_name})));
}

std::string Dialect::place_clause(schema::TableName const& table, std::optional<schema::Identifier> const& before,
                                  std::optional<schema::Identifier> const& after, sql::Compilation const& out) const {
  if (after) return fmt::format(" AFTER {}", quote(*after));
  if (!before) return {};
  auto const& known = table_or_refuse(table, "BEFORE for columns", out);
  auto const at = std::ranges::find_if(known.columns, [&](auto const& column) { return column.name == *before; });
  if (at == known.columns.end()) {
    throw UsageError{fmt::format("table '{}' has no column '{}'", to_string(table), before->text())};
  }
  return at == known.columns.begin() ? " FIRST" : fmt::format(" AFTER {}", quote(std::prev(at)->name));
}

void Dialect::add_column(op::AddColumn const& operation, sql::Compilation& out) const {
  auto const lifted = sql::with_column_flags_lifted({.name = operation.table, .columns = {operation.column}});
  auto const& column = lifted.columns.front();
  for (auto const& constraint : lifted.constraints) check_constraint(constraint);
  bool guarded = operation.if_not_exists;
  bool const has_more = !lifted.constraints.empty() || !lifted.indexes.empty();
  if (guarded && (!can_.conditional_changes || has_more)) {
    auto const& known =
        table_or_refuse(operation.table, "IF NOT EXISTS for a column with its constraints and indexes", out);
    if (known.find_column(column.name) != nullptr) return;
    guarded = false;
  }
  std::vector<std::string> actions{
      fmt::format("ADD COLUMN {}{}{}", guarded ? "IF NOT EXISTS " : "",
                  column_definition({.column = column,
                                     .in_key = column.primary_key,
                                     .writes_key = column.primary_key,
                                     .generates = generates_values(lifted, column)}),
                  place_clause(operation.table, operation.insert_before, operation.insert_after, out))};
  for (auto const& constraint : lifted.constraints) actions.push_back("ADD " + constraint_definition(constraint));
  for (auto const& index : lifted.indexes) actions.push_back("ADD " + index_in_table(operation.table, index));
  out.add(fmt::format("ALTER TABLE {} {}", quote(operation.table), join(actions, ", ")));
}

void Dialect::drop_column(op::DropColumn const& operation, sql::Compilation& out) const {
  if (operation.cascade) refuse("drops nothing else along with a column", "drop the constraints that need it first");
  auto plain = operation;
  if (operation.if_exists && !can_.conditional_changes) {
    if (table_or_refuse(operation.table, "IF EXISTS for columns", out).find_column(operation.column) == nullptr) return;
    plain.if_exists = false;
  }
  // A foreign key holds on to its index, and the index to the column.
  auto const* known = known_table(operation.table, out);
  std::vector<std::string> keys;
  for (auto const& constraint : known == nullptr ? std::vector<schema::Constraint>{} : known->constraints) {
    auto const* key = std::get_if<schema::ForeignKey>(&constraint);
    if (key == nullptr || !key->name || std::ranges::find(key->columns, operation.column) == key->columns.end())
      continue;
    keys.push_back(fmt::format("DROP FOREIGN KEY {}", quote(*key->name)));
  }
  if (!keys.empty()) out.add(fmt::format("ALTER TABLE {} {}", quote(operation.table), join(keys, ", ")));
  Compiler::drop_column(plain, out);
}

ColumnText Dialect::column_text(schema::Column const& column) const {
  sql::ColumnPlace const place{.column = column};
  ColumnText text{.type = column_type(place)};
  if (column.collation) text.collation = collation_clause(column);
  if (column.computed) text.generated = computed_clause(*column.computed);
  text.nullable = column.nullable && !column.primary_key;
  text.auto_increment = column.autoincrement.value_or(false);
  if (column.server_default) text.server_default = default_clause(*column.server_default, &column.type);
  if (auto tail = column_tail(place); !tail.empty()) text.others.push_back(std::move(tail));
  if (column.comment) text.comment = comment_clause(*column.comment);
  return text;
}

/// The column as it is now: from the server's own words, from what the run made, or from what the call says.
std::optional<ColumnText> Dialect::column_now(op::AlterColumn const& operation, sql::Compilation const& out) const {
  if (auto const* live = out.live()) {
    auto const rows = live->query(fmt::format("SHOW CREATE TABLE {}", quote(operation.table)), {});
    if (!rows.empty() && rows.front().size() > 1) {
      auto const* text = std::get_if<std::string>(&rows.front()[1]);
      auto found = text == nullptr ? std::nullopt : find_column(*text, operation.column.text(), capabilities_);
      if (!found) {
        throw UsageError{
            fmt::format("table '{}' has no column '{}'", to_string(operation.table), operation.column.text())};
      }
      return found;
    }
  }
  if (auto const* known = known_column(operation.table, operation.column, out)) {
    auto text = column_text(*known);
    text.auto_increment = generates_values(*known_table(operation.table, out), *known);
    return text;
  }
  return std::nullopt;
}

void Dialect::alter_column(op::AlterColumn const& operation, sql::Compilation& out) const {
  sql::OptionReader const options{operation.options, "op.alter_column", prefixes(), alter_options};
  auto const table = quote(operation.table);
  auto const column = quote(operation.column);
  if (operation.identity && operation.identity->value) {
    refuse("has no identity columns", "use autoincrement = true on a key");
  }
  if (operation.using_expression) {
    refuse("converts values by its own rules when a type changes", "leave 'using' out, or write postgresql_using");
  }
  bool const has_own_options =
      std::ranges::any_of(alter_options, [&](auto const option) { return options.has(option); });
  bool const renames = operation.new_column_name && *operation.new_column_name != operation.column;
  bool const changes_name = renames && !can_.rename_column;
  bool const says_all = changes_name || operation.type || operation.nullable || operation.comment ||
                        operation.autoincrement || operation.computed || operation.collation ||
                        operation.insert_after || operation.insert_before || has_own_options;

  if (says_all) {
    auto now = column_now(operation, out);
    if (!now) {
      // Nobody can be asked: the call itself must say what the column is.
      auto const missing = [&](std::string_view what, std::string_view option) {
        refuse(fmt::format("says a column anew to change it, and nobody can be asked what the {} of '{}.{}' is", what,
                           to_string(operation.table), operation.column.text()),
               fmt::format("add '{}' to the call", option));
      };
      if (!operation.type && !operation.existing_type) missing("type", "existing_type");
      if (!operation.nullable && !operation.existing_nullable) missing("nullability", "existing_nullable");
      schema::Column said{.name = operation.column,
                          .type = operation.type ? *operation.type : *operation.existing_type};
      said.nullable = operation.nullable.value_or(operation.existing_nullable.value_or(true));
      said.server_default = operation.existing_server_default;
      said.comment = operation.existing_comment;
      said.autoincrement = operation.existing_autoincrement;
      now = column_text(said);
    }
    if (operation.type) {
      schema::Column changed{.name = operation.column, .type = *operation.type};
      for (auto const& [name, value] : operation.options) changed.options.emplace(name, value);
      changed.options.erase(options.full_name("charset"));
      changed.options.erase(options.full_name("collate"));
      now->type = column_type({.column = changed});
      bool const was_json = lower(now->check).find("json_valid") != std::string::npos;
      if (was_json) now->check.clear();
      if (was_json || !is_text_type(*operation.type)) {
        now->character_set.clear();
        now->collation.clear();
      }
      bool const keeps_clock = std::holds_alternative<schema::Timestamp>(*operation.type) ||
                               std::holds_alternative<schema::Raw>(*operation.type);
      if (!keeps_clock) now->on_update.clear();
    } else {
      if (options.flag("unsigned") && lower(now->type).find("unsigned") == std::string::npos) now->type += " unsigned";
      if (options.flag("zerofill") && lower(now->type).find("zerofill") == std::string::npos) now->type += " zerofill";
    }
    if (auto const charset = options.text("charset")) {
      now->character_set = fmt::format("CHARACTER SET {}", *charset);
      now->collation.clear();
    }
    auto collation = operation.collation;
    if (!collation) collation = options.text("collate");
    if (collation) now->collation = fmt::format("COLLATE {}", *collation);
    if (auto const on_update = options.text("on_update")) {
      now->on_update = default_clause(schema::Expression{*on_update}, operation.type ? &*operation.type : nullptr);
      now->on_update.replace(0, std::string_view{"DEFAULT"}.size(), "ON UPDATE");
    }
    if (options.has("invisible")) {
      std::erase_if(now->others, [](std::string const& other) { return equals_ignore_case(other, "INVISIBLE"); });
      if (options.flag("invisible")) now->others.push_back("INVISIBLE");
    }
    if (operation.computed) {
      now->generated = operation.computed->value ? computed_clause(*operation.computed->value) : "";
      if (operation.computed->value) now->server_default.clear();
    }
    if (operation.nullable) now->nullable = *operation.nullable;
    if (operation.server_default) {
      now->server_default =
          operation.server_default->value
              ? default_clause(*operation.server_default->value, operation.type ? &*operation.type : nullptr)
              : "";
    }
    if (!now->nullable && equals_ignore_case(now->server_default, "DEFAULT NULL")) now->server_default.clear();
    if (operation.autoincrement) now->auto_increment = *operation.autoincrement;
    if (now->auto_increment) now->server_default.clear();
    if (operation.comment) now->comment = operation.comment->value ? comment_clause(*operation.comment->value) : "";
    auto const head = changes_name ? fmt::format("CHANGE COLUMN {} {}", column, quote(*operation.new_column_name))
                                   : fmt::format("MODIFY COLUMN {}", column);
    out.add(fmt::format("ALTER TABLE {} {} {}{}", table, head, now->text(),
                        place_clause(operation.table, operation.insert_before, operation.insert_after, out)));
  } else if (operation.server_default) {
    if (!operation.server_default->value) {
      out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", table, column));
    } else {
      auto type = operation.existing_type;
      if (!type) {
        if (auto const* known = known_column(operation.table, operation.column, out)) type = known->type;
      }
      auto clause = default_clause(*operation.server_default->value, type ? &*type : nullptr);
      if (std::holds_alternative<schema::Expression>(*operation.server_default->value) &&
          !clause.starts_with("DEFAULT (")) {
        clause = fmt::format("DEFAULT ({})", clause.substr(8)); // ALTER COLUMN takes a literal or parentheses
      }
      out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET {}", table, column, clause));
    }
  }
  if (renames && !changes_name) {
    out.add(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table, column, quote(*operation.new_column_name)));
  }
}

// --- constraints ---

void Dialect::drop_constraint(op::DropConstraint const& operation, sql::Compilation& out) const {
  using enum op::ConstraintKind;
  if (operation.cascade) refuse("drops nothing else along with a constraint", "drop what needs it first");
  auto kind = operation.kind;
  bool found = kind != unknown;
  if (auto const* known = known_table(operation.table, out); known != nullptr && kind == unknown) {
    auto const is_named = [&](auto const& any) { return any.name == operation.name; };
    for (auto const& constraint : known->constraints) {
      if (!std::visit(is_named, constraint)) continue;
      found = true;
      kind = std::holds_alternative<schema::PrimaryKey>(constraint)         ? primary
             : std::holds_alternative<schema::UniqueConstraint>(constraint) ? unique
             : std::holds_alternative<schema::ForeignKey>(constraint)       ? foreignkey
                                                                            : check;
    }
    for (auto const& index : known->indexes) {
      if (found || index.name != operation.name) continue;
      found = true;
      kind = unique;
    }
    if (!found && operation.if_exists && !can_.conditional_changes) return;
  } else if (operation.if_exists && !can_.conditional_changes) {
    table_or_refuse(operation.table, "IF EXISTS for constraints", out);
  }
  if (kind == unknown && !can_.drop_constraint) {
    refuse("has no DROP CONSTRAINT in this version", "say what it is: type = \"check\", \"unique\" or \"foreignkey\"");
  }
  auto const what = kind == foreignkey     ? "FOREIGN KEY "sv
                    : kind == unique       ? "INDEX "sv
                    : can_.drop_constraint ? "CONSTRAINT "sv
                                           : "CHECK "sv;
  auto const table = quote(operation.table);
  if (kind == primary) {
    out.add(fmt::format("ALTER TABLE {} DROP PRIMARY KEY", table));
  } else {
    out.add(fmt::format("ALTER TABLE {} DROP {}{}{}", table, what,
                        operation.if_exists && can_.conditional_changes ? "IF EXISTS " : "", quote(operation.name)));
  }
}

// --- everything else ---

void Dialect::drop_schema(op::DropSchema const& operation, sql::Compilation& out) const {
  if (operation.cascade) refuse("always drops a schema with all that is in it", "leave 'cascade' out");
  Compiler::drop_schema(operation, out);
}

void Dialect::alter_enum(op::AlterEnum const& operation, sql::Compilation& out) const {
  for (auto const& each : operation.tables) {
    auto const& table = each.first;
    auto const& column = each.second;
    op::AlterColumn const alter{.table = table, .column = column};
    auto now = column_now(alter, out);
    if (!now) {
      refuse(fmt::format("says a column anew to change it, and nobody can be asked what '{}.{}' is", to_string(table),
                         column.text()),
             "use op.alter_column with 'type', 'existing_type' and 'existing_nullable'");
    }
    auto values = mysql::enum_values(now->type, capabilities_);
    auto const modify = [&] {
      std::vector<std::string> literals;
      for (auto const& value : values) literals.push_back(plain_text(value));
      now->type = fmt::format("ENUM({})", join(literals, ","));
      out.add(fmt::format("ALTER TABLE {} MODIFY COLUMN {} {}", quote(table), quote(column), now->text()));
    };
    auto const find = [&](std::string const& value) {
      auto const at = std::ranges::find(values, value);
      if (at == values.end()) {
        throw UsageError{fmt::format("the enum in '{}.{}' has no value '{}'", to_string(table), column.text(), value),
                         Hint{fmt::format("it has {}", quoted_list(values))}};
      }
      return at;
    };
    if (!operation.rename.empty()) {
      // The column holds both names while the rows move from one to the other.
      for (auto const& [old_value, new_value] : operation.rename) values.insert(find(old_value) + 1, new_value);
      modify();
      for (auto const& [old_value, new_value] : operation.rename) {
        out.add(fmt::format("UPDATE {} SET {} = {} WHERE {} = {}", quote(table), quote(column),
                            literal(Value{new_value}), quote(column), literal(Value{old_value})));
        values.erase(find(old_value));
        if (now->server_default == fmt::format("DEFAULT {}", literal(Value{old_value}))) {
          now->server_default = fmt::format("DEFAULT {}", literal(Value{new_value}));
        }
      }
    }
    for (auto const& add : operation.add) {
      if (std::ranges::find(values, add.value) != values.end()) {
        if (add.if_not_exists) continue;
        throw UsageError{
            fmt::format("the enum in '{}.{}' has a value '{}' already", to_string(table), column.text(), add.value)};
      }
      auto const at = add.before ? find(*add.before) : add.after ? find(*add.after) + 1 : values.end();
      values.insert(at, add.value);
    }
    for (auto const& value : operation.remove) values.erase(find(value));
    modify();
  }
}

namespace {

template<typename Field>
void take_over(std::optional<Field>& field, std::optional<Field> const& later) {
  if (later) field = later;
}

/// Both changes of one column as one: it is said anew, so the second would not see what the first said.
void merge(op::AlterColumn& change, op::AlterColumn const& later) {
  take_over(change.type, later.type);
  take_over(change.nullable, later.nullable);
  take_over(change.server_default, later.server_default);
  take_over(change.new_column_name, later.new_column_name);
  take_over(change.comment, later.comment);
  take_over(change.using_expression, later.using_expression);
  take_over(change.autoincrement, later.autoincrement);
  take_over(change.computed, later.computed);
  take_over(change.identity, later.identity);
  take_over(change.collation, later.collation);
  take_over(change.insert_before, later.insert_before);
  take_over(change.insert_after, later.insert_after);
  for (auto const& [name, value] : later.options) change.options.insert_or_assign(name, value);
}

} // namespace

void Dialect::batch_alter_table(op::BatchAlterTable const& operation, sql::Compilation& out) const {
  std::vector<op::Operation> changes;
  for (auto const& change : operation.operations) {
    auto const* alter = std::get_if<op::AlterColumn>(&change);
    auto const earlier = std::ranges::find_if(changes, [&](op::Operation const& any) {
      auto const* before = std::get_if<op::AlterColumn>(&any);
      return alter != nullptr && before != nullptr && before->new_column_name.value_or(before->column) == alter->column;
    });
    if (earlier == changes.end()) {
      changes.push_back(change);
    } else {
      merge(std::get<op::AlterColumn>(*earlier), *alter);
    }
  }
  // Each ALTER TABLE may copy the table and commits by itself, so neighbours become one.
  auto const head = fmt::format("ALTER TABLE {} ", quote(operation.table));
  auto const can_join = [&](sql::Statement const& statement) {
    return statement.text.starts_with(head) && statement.text.find("RENAME COLUMN") == std::string::npos;
  };
  sql::Compilation apart{.existing = out.existing};
  Compiler::batch_alter_table({.table = operation.table, .operations = std::move(changes)}, apart);
  bool joins = false;
  for (auto& statement : apart.statements) {
    bool const can = can_join(statement);
    if (joins && can) {
      out.statements.back().text += ", " + statement.text.substr(head.size());
    } else {
      out.statements.push_back(std::move(statement));
    }
    joins = can;
  }
}

void Dialect::create_view(op::CreateView const& operation, sql::Compilation& out) const {
  if (operation.materialized) return Compiler::create_view(operation, out);
  sql::OptionReader const options{operation.options, operation.replace ? "op.replace_view" : "op.create_view",
                                  prefixes(), view_options};
  if (operation.if_not_exists && !can_.conditional_views)
    refuse("has no IF NOT EXISTS for views", "use op.replace_view");
  std::string text = "CREATE ";
  if (operation.replace) text += "OR REPLACE ";
  if (auto const algorithm = options.text("algorithm")) text += fmt::format("ALGORITHM={} ", upper(*algorithm));
  if (auto const definer = options.text("definer")) text += fmt::format("DEFINER={} ", *definer);
  if (auto const security = options.text("security")) text += fmt::format("SQL SECURITY {} ", upper(*security));
  text += fmt::format("VIEW {}{}", operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.name));
  if (!operation.columns.empty()) text += fmt::format(" ({})", column_list(operation.columns));
  text += fmt::format(" AS {}", sql::without_semicolon(operation.definition));
  if (auto const check = options.text("check_option")) text += fmt::format(" WITH {} CHECK OPTION", upper(*check));
  out.add(std::move(text));
}

void Dialect::create_function(op::CreateFunction const& operation, sql::Compilation& out) const {
  schema::Options plain;
  for (auto const& [name, value] : operation.options) {
    bool const mine = name.starts_with("mysql_") || (is_mariadb_ && name.starts_with("mariadb_"));
    bool const foreign = name.starts_with("postgresql_") || name.starts_with("sqlite_") || name.starts_with("mariadb_");
    if (mine || !foreign) plain[mine ? name.substr(name.find('_') + 1) : name] = value;
  }
  sql::OptionReader const options{plain, operation.procedure ? "op.create_procedure" : "op.create_function",
                                  plain_prefix, function_options};
  auto const kind = operation.procedure ? "PROCEDURE"sv : "FUNCTION"sv;
  if (operation.replace && !can_.or_replace) out.add(fmt::format("DROP {} IF EXISTS {}", kind, quote(operation.name)));
  std::string text = "CREATE ";
  if (operation.replace && can_.or_replace) text += "OR REPLACE ";
  if (auto const definer = options.text("definer")) text += fmt::format("DEFINER={} ", *definer);
  text += fmt::format("{} {}({})", kind, quote(operation.name), operation.arguments);
  if (!operation.procedure) text += fmt::format(" RETURNS {}", operation.returns);
  auto const volatility = options.text("volatility");
  if (options.flag("deterministic") || (volatility && equals_ignore_case(*volatility, "immutable")))
    text += " DETERMINISTIC";
  if (auto const access = options.text("data_access")) text += " " + upper(*access);
  if (auto const security = options.text("security")) text += fmt::format(" SQL SECURITY {}", upper(*security));
  if (auto const comment = options.text("comment")) text += " " + comment_clause(*comment);
  out.add(fmt::format("{}\n{}", text, sql::without_semicolon(operation.body)));
}

void Dialect::drop_function(op::DropFunction const& operation, sql::Compilation& out) const {
  if (operation.cascade) refuse("drops nothing else along with a function", "leave 'cascade' out");
  out.add(fmt::format("DROP {} {}{}", operation.procedure ? "PROCEDURE" : "FUNCTION",
                      operation.if_exists ? "IF EXISTS " : "", quote(operation.name)));
}

void Dialect::create_trigger(op::CreateTrigger const& operation, sql::Compilation& out) const {
  if (operation.events.size() != 1) refuse("has one event for each trigger", "make a trigger for each of the events");
  if (upper(operation.events.front()).find(" OF ") != std::string::npos) {
    refuse("has no UPDATE OF for triggers", "compare OLD and NEW in the body: IF NOT (OLD.a <=> NEW.a) THEN … END IF");
  }
  if (!operation.when.empty()) refuse("has no WHEN for triggers", "write IF … THEN … END IF in the body");
  if (!operation.level.empty() && upper(operation.level) != "ROW") {
    refuse("runs triggers for each row only", "leave 'level' out");
  }
  auto const trigger = quote(schema::TableName{operation.table.schema, operation.name});
  if (operation.if_not_exists && !can_.conditional_triggers)
    refuse("has no IF NOT EXISTS for triggers in this version", "use replace = true");
  if (operation.replace && !can_.or_replace) out.add(fmt::format("DROP TRIGGER IF EXISTS {}", trigger));
  out.add(fmt::format("CREATE {}TRIGGER {}{} {} {} ON {} FOR EACH ROW\n{}",
                      operation.replace && can_.or_replace ? "OR REPLACE " : "",
                      operation.if_not_exists ? "IF NOT EXISTS " : "", trigger, upper(operation.timing),
                      upper(operation.events.front()), quote(operation.table), sql::without_semicolon(operation.body)));
}

void Dialect::drop_trigger(op::DropTrigger const& operation, sql::Compilation& out) const {
  if (operation.cascade) refuse("drops nothing else along with a trigger", "leave 'cascade' out");
  schema::TableName const trigger{operation.table ? operation.table->schema : std::nullopt, operation.name};
  out.add(fmt::format("DROP TRIGGER {}{}", operation.if_exists ? "IF EXISTS " : "", quote(trigger)));
}

void Dialect::create_sequence(op::CreateSequence const& operation, sql::Compilation& out) const {
  if (!can_.sequences) return Compiler::create_sequence(operation, out);
  if (operation.owned_by) refuse("has no owner for a sequence", "leave 'owned_by' out and drop the sequence yourself");
  if (!operation.type.empty() && !equals_ignore_case(operation.type, "bigint")) {
    refuse("has sequences of bigint only", "leave 'type' out and set 'maximum'");
  }
  auto const options = sequence_options(operation.start, operation.increment, operation.minimum, operation.maximum,
                                        operation.cache, operation.cycle);
  out.add(fmt::format("CREATE SEQUENCE {}{}{}{}", operation.if_not_exists ? "IF NOT EXISTS " : "",
                      quote(operation.name), options.empty() ? "" : " ", options));
}

void Dialect::drop_sequence(op::DropSequence const& operation, sql::Compilation& out) const {
  if (!can_.sequences) return Compiler::drop_sequence(operation, out);
  if (operation.cascade) refuse("drops nothing else along with a sequence", "leave 'cascade' out");
  out.add(fmt::format("DROP SEQUENCE {}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name)));
}

std::string Dialect::conflict_clause(std::string const& on_conflict, op::BulkInsert const& operation) const {
  if (!equals_ignore_case(trim(on_conflict), "ignore")) {
    refuse("has no ON CONFLICT", "use on_conflict = \"ignore\", or op.execute with ON DUPLICATE KEY UPDATE");
  }
  // INSERT IGNORE would also swallow values that do not fit.
  auto const column = quote(operation.columns.front());
  return fmt::format("ON DUPLICATE KEY UPDATE {0} = {0}", column);
}

} // namespace

std::unique_ptr<sql::Dialect> make_dialect(db::ServerInfo const* server, Product product) {
  if (server != nullptr) {
    return std::make_unique<Dialect>(server->product == "MariaDB" ? Product::mariadb : Product::mysql, server->number);
  }
  return std::make_unique<Dialect>(product, product == Product::mariadb ? 101100 : 80036);
}

} // namespace vm::dialect::mysql
