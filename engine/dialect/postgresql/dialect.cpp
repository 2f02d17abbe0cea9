#include "engine/dialect/postgresql/dialect.hpp"

#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/literal.hpp"
#include "engine/sql/quote.hpp"
#include "engine/sql/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vm::dialect::postgresql {

namespace {

using namespace std::string_view_literals;

constexpr sql::Capabilities capabilities_of_postgresql{.transactional_ddl = true,
                                                       .alter_column_type = true,
                                                       .schemas = true,
                                                       .comments = true,
                                                       .enum_types = true,
                                                       .sequences = true,
                                                       .if_exists_on_index = true,
                                                       .dollar_quotes = true,
                                                       .nested_comments = true,
                                                       .carriage_return_ends_line = true,
                                                       .copy_from_stdin = true,
                                                       .views_pin_columns = true,
                                                       .replaces_routines = true,
                                                       .default_collation = "default",
                                                       .identifier_limit = 63,
                                                       .parameter_limit = 65535};

constexpr std::array prefixes{"postgresql_"sv};
constexpr std::array table_options{"partition_by"sv, "inherits"sv,  "with"sv,    "tablespace"sv,
                                   "using"sv,        "on_commit"sv, "unlogged"sv};
constexpr std::array column_options{"storage"sv, "compression"sv};
constexpr std::array alter_options{"using"sv};
constexpr std::array index_options{"where"sv, "using"sv, "include"sv,   "concurrently"sv, "nulls_not_distinct"sv,
                                   "ops"sv,   "with"sv,  "tablespace"sv};
constexpr std::array view_options{
    "security_barrier"sv, "security_invoker"sv, "check_option"sv, "with"sv, "tablespace"sv, "using"sv};
constexpr std::array plain_prefix{""sv};
constexpr std::array function_options{"volatility"sv, "security"sv, "strict"sv,    "parallel"sv, "cost"sv,
                                      "rows"sv,       "set"sv,      "leakproof"sv, "window"sv,   "deterministic"sv};

std::string storage_parameters(std::map<std::string, std::string> const& parameters) {
  std::vector<std::string> parts;
  for (auto const& [name, value] : parameters) parts.push_back(fmt::format("{} = {}", name, value));
  return join(parts, ", ");
}

class Dialect final : public sql::Compiler {
 public:
  Dialect(int version, Settings settings) : version_{version}, settings_{settings} {}

  std::string_view name() const override { return "postgresql"; }
  std::string_view product() const override { return "PostgreSQL"; }
  sql::Capabilities const& capabilities() const override { return capabilities_of_postgresql; }
  std::string placeholder(std::size_t index) const override { return fmt::format("${}", index + 1); }
  std::string type_name(schema::Type const& type) const override { return postgresql::type_name(type, *this); }

  using Compiler::quote;
  std::string quote(std::string_view identifier) const override;
  std::string literal(Value const& value) const override;
  std::optional<std::string> cast_for_type_change(schema::Identifier const& column, schema::Type const& from,
                                                  schema::Type const& to) const override;
  bool must_run_outside_transaction(std::string_view statement) const override;
  sql::Settlement settlement(std::string_view statement) const override;
  std::string_view held_locks_query() const override {
    return "SELECT DISTINCT l.relation::regclass::text, l.mode FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c "
           "ON "
           "c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE l.pid = "
           "pg_catalog.pg_backend_pid() AND l.granted AND n.nspname NOT IN ('pg_catalog', 'pg_toast', "
           "'information_schema') ORDER BY 1, 2";
  }

 protected:
  void create_table(op::CreateTable const& operation, sql::Compilation& out) const override;
  void add_column(op::AddColumn const& operation, sql::Compilation& out) const override;
  void alter_column(op::AlterColumn const& operation, sql::Compilation& out) const override;
  void create_index(op::CreateIndex const& operation, sql::Compilation& out) const override;
  void drop_index(op::DropIndex const& operation, sql::Compilation& out) const override;
  void validate_constraint(op::ValidateConstraint const& operation, sql::Compilation& out) const override;
  void create_enum(op::CreateEnum const& operation, sql::Compilation& out) const override;
  void drop_enum(op::DropEnum const& operation, sql::Compilation& out) const override;
  void alter_enum(op::AlterEnum const& operation, sql::Compilation& out) const override;
  void create_view(op::CreateView const& operation, sql::Compilation& out) const override;
  void drop_view(op::DropView const& operation, sql::Compilation& out) const override;
  void refresh_materialized_view(op::RefreshMaterializedView const& operation, sql::Compilation& out) const override;
  void create_function(op::CreateFunction const& operation, sql::Compilation& out) const override;
  void drop_function(op::DropFunction const& operation, sql::Compilation& out) const override;
  void create_trigger(op::CreateTrigger const& operation, sql::Compilation& out) const override;
  void drop_trigger(op::DropTrigger const& operation, sql::Compilation& out) const override;
  void create_sequence(op::CreateSequence const& operation, sql::Compilation& out) const override;
  void drop_sequence(op::DropSequence const& operation, sql::Compilation& out) const override;
  void create_extension(op::CreateExtension const& operation, sql::Compilation& out) const override;
  void drop_extension(op::DropExtension const& operation, sql::Compilation& out) const override;

  std::string column_type(sql::ColumnPlace const& place) const override;
  std::string generation_clause(sql::ColumnPlace const& place) const override;
  std::string computed_clause(schema::Computed const& computed) const override;
  std::string identity_clause(schema::Identity const& identity) const override;
  std::string column_tail(sql::ColumnPlace const& place) const override;
  std::string create_table_head(op::CreateTable const& operation) const override;
  std::string table_tail(op::CreateTable const& operation) const override;
  void check_constraint(schema::Constraint const& constraint) const override;
  void prepare_type(schema::Type const& type, sql::Compilation& out) const override;
  void comment_on_table(schema::TableName const& table, std::optional<std::string> const& comment,
                        sql::Compilation& out) const override;
  void comment_on_column(schema::TableName const& table, schema::Identifier const& column,
                         std::optional<std::string> const& comment, sql::Compilation& out) const override;

 private:
  std::string text_literal(std::string_view text) const;
  void change_autoincrement(op::AlterColumn const& operation, schema::Column const* known, sql::Compilation& out) const;
  void replace_enum(op::AlterEnum const& operation, sql::Compilation& out) const;

  int version_;
  Settings settings_;
};

std::string Dialect::quote(std::string_view identifier) const {
  if (identifier.size() > capabilities().identifier_limit) {
    throw UsageError{fmt::format("the name '{}' has {} bytes and PostgreSQL keeps {} of a name", identifier,
                                 identifier.size(), capabilities().identifier_limit),
                     Hint{"choose a shorter name"}};
  }
  return sql::quoted_with('"', identifier);
}

std::string Dialect::text_literal(std::string_view text) const {
  if (text.find('\0') != std::string_view::npos) {
    throw UsageError{"PostgreSQL stores no NUL byte in a text", Hint{"use a binary column and sql.bytes"}};
  }
  auto quoted = sql::quoted_with('\'', text);
  if (text.find('\\') == std::string_view::npos) return quoted;
  // An E'' string reads the same whatever standard_conforming_strings is.
  std::string escaped = "E";
  for (char const c : quoted) {
    escaped += c;
    if (c == '\\') escaped += c;
  }
  return escaped;
}

std::optional<std::string> Dialect::cast_for_type_change(schema::Identifier const& column, schema::Type const& from,
                                                         schema::Type const& to) const {
  if (!needs_cast(from, to)) return std::nullopt;
  return fmt::format("{}::text::{}", quote(column.text()), type_name(to));
}

std::string Dialect::literal(Value const& value) const {
  struct Writer {
    Dialect const& dialect;
    std::string operator()(Null) const { return "NULL"; }
    std::string operator()(bool flag) const { return flag ? "TRUE" : "FALSE"; }
    std::string operator()(std::int64_t number) const {
      // The digits alone are one more than a bigint holds, so the plain text would be a numeric.
      if (number == std::numeric_limits<std::int64_t>::min()) return fmt::format("'{}'::bigint", number);
      return fmt::format("{}", number);
    }
    std::string operator()(double number) const {
      if (std::isnan(number)) return "'NaN'::double precision";
      if (std::isinf(number)) return number > 0 ? "'Infinity'::double precision" : "'-Infinity'::double precision";
      return sql::number_literal(number);
    }
    std::string operator()(std::string const& text) const { return dialect.text_literal(text); }
    std::string operator()(Decimal const& number) const {
      return sql::is_number(number.text) ? number.text : fmt::format("{}::numeric", dialect.text_literal(number.text));
    }
    std::string operator()(Bytes const& bytes) const {
      return fmt::format("E'\\\\x{}'::bytea", lower(sql::hex(bytes.data)));
    }
    std::string operator()(Array const& array) const { return dialect.text_literal(sql::array_text(array)); }
  };
  return std::visit(Writer{*this}, value);
}

bool Dialect::must_run_outside_transaction(std::string_view statement) const {
  // Long data statements need no look at all.
  auto words = sql::words(statement.substr(0, 4096), capabilities());
  while (!words.empty() && words.back().is(";")) words.pop_back();
  auto const starts = [&](std::initializer_list<std::string_view> head) { return sql::starts_with(words, head); };
  auto const has = [&](std::string_view word, std::size_t until) {
    return std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(std::min(until, words.size())),
                       [&](sql::Word const& token) { return token.is(word); });
  };
  auto const has_anywhere = [&](std::initializer_list<std::string_view> sequence) {
    for (std::size_t at = 0; at + sequence.size() <= words.size(); ++at) {
      if (sql::starts_with(std::span{words}.subspan(at), sequence)) return true;
    }
    return false;
  };

  if (starts({"VACUUM"})) return true;
  if (starts({"CREATE", "INDEX"}) || starts({"CREATE", "UNIQUE", "INDEX"})) return has("CONCURRENTLY", 4);
  if (starts({"DROP", "INDEX"})) return has("CONCURRENTLY", 3);
  // CONCURRENTLY, or CONCURRENTLY false, off, 0 among options in parentheses.
  auto const is_on = [&](std::string_view option) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      if (!words[at].is(option)) continue;
      auto value = at + 1;
      if (value < words.size() && words[value].is("=")) ++value;
      return value >= words.size() || !(words[value].is("FALSE") || words[value].is("OFF") || words[value].is("0") ||
                                        words[value].text == "'false'" || words[value].text == "'off'");
    }
    return false;
  };
  if (starts({"REINDEX"})) {
    // REINDEX [(options)] kind [CONCURRENTLY] name; whole databases and schemas commit table by table. So does a
    // partitioned table, which its name does not tell.
    std::size_t kind = 1;
    if (words.size() > 1 && words[1].is("("))
      while (kind < words.size() && !words[kind - 1].is(")")) ++kind;
    if (kind >= words.size()) return false;
    return is_on("CONCURRENTLY") || words[kind].is("DATABASE") || words[kind].is("SYSTEM") || words[kind].is("SCHEMA");
  }
  for (auto const kind : {"DATABASE"sv, "TABLESPACE"sv}) {
    if (starts({"CREATE", kind}) || starts({"DROP", kind})) return true;
  }
  if (starts({"ALTER", "SYSTEM"})) return true;
  if (starts({"ALTER", "DATABASE"})) return has_anywhere({"SET", "TABLESPACE"});
  if (starts({"CLUSTER"})) return words.size() == 1 || (words.size() == 2 && words[1].is("VERBOSE"));
  // One that makes no slot on the other server may stand in a transaction.
  if (starts({"CREATE", "SUBSCRIPTION"}))
    return !(has("CONNECT", words.size()) && !is_on("CONNECT")) &&
           !(has("CREATE_SLOT", words.size()) && !is_on("CREATE_SLOT"));
  if (starts({"DROP", "SUBSCRIPTION"})) return true;
  if (starts({"ALTER", "SUBSCRIPTION"})) return has("REFRESH", words.size()) || has("PUBLICATION", words.size());
  if (starts({"DISCARD", "ALL"})) return true;
  if (starts({"COMMIT", "PREPARED"}) || starts({"ROLLBACK", "PREPARED"})) return true;
  if (starts({"ALTER", "TYPE"})) return version_ < 120000 && has_anywhere({"ADD", "VALUE"});
  if (starts({"ALTER", "TABLE"})) return has_anywhere({"DETACH", "PARTITION"}) && has("CONCURRENTLY", words.size());
  return false;
}

sql::Settlement Dialect::settlement(std::string_view statement) const {
  using Kind = sql::Settlement::Kind;
  auto const words = sql::words(statement.substr(0, 4096), capabilities());
  auto const starts = [&](std::initializer_list<std::string_view> head) { return sql::starts_with(words, head); };
  // The name that starts at a word, as SQL text and as it is stored.
  auto const name_at = [&](std::size_t at) {
    std::string text;
    for (; at < words.size(); at += 2) {
      text += words[at].text;
      if (at + 1 >= words.size() || !words[at + 1].is(".")) break;
      text += '.';
    }
    return text;
  };
  auto const stored = [](sql::Word const& word) {
    auto name = sql::unquoted(word);
    if (word.kind == sql::WordKind::word)
      for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return name;
  };
  for (auto const repeatable : {"VACUUM"sv, "REINDEX"sv, "CLUSTER"sv, "ANALYZE"sv, "REFRESH"sv, "CHECKPOINT"sv, "SET"sv,
                                "RESET"sv, "LOAD"sv, "LISTEN"sv, "SHOW"sv}) {
    if (!starts({repeatable})) continue;
    sql::Settlement answer{.kind = Kind::repeatable};
    if (repeatable == "REINDEX") {
      answer.leftovers = "SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass) FROM pg_index i JOIN "
                         "pg_class c ON c.oid = i.indexrelid WHERE NOT i.indisvalid AND c.relname ~ '_ccnew[0-9]*$'";
    }
    return answer;
  }
  if (starts({"ALTER", "SYSTEM"})) return {.kind = Kind::repeatable};
  auto at = std::size_t{0};
  auto const skip = [&](std::string_view word) { at += at < words.size() && words[at].is(word) ? 1 : 0; };
  if (starts({"CREATE", "INDEX"}) || starts({"CREATE", "UNIQUE", "INDEX"})) {
    at = words[1].is("UNIQUE") ? 3 : 2;
    for (auto const word : {"CONCURRENTLY", "IF", "NOT", "EXISTS"}) skip(word);
    std::string name;
    if (at < words.size() && !words[at].is("ON")) name = stored(words[at++]);
    skip("ON");
    skip("ONLY");
    auto const table = text_literal(name_at(at));
    auto const named = name.empty() ? std::string{} : fmt::format(" AND c.relname = {}", text_literal(name));
    auto const from = fmt::format("FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = "
                                  "to_regclass({}){}",
                                  table, named);
    sql::Settlement answer{.kind = Kind::compare};
    answer.probes.push_back(
        fmt::format("SELECT pg_get_indexdef(i.indexrelid) {} AND i.indisvalid ORDER BY i.indexrelid", from));
    // What a failed CONCURRENTLY leaves has the name and slows every write, and helps no reader.
    if (!name.empty()) {
      answer.leftovers = fmt::format(
          "SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass) {} AND NOT i.indisvalid", from);
    }
    return answer;
  }
  if (starts({"DROP", "INDEX"})) {
    at = 2;
    for (auto const word : {"CONCURRENTLY", "IF", "EXISTS"}) skip(word);
    return {.kind = Kind::compare,
            .probes = {fmt::format("SELECT to_regclass({})::oid::text", text_literal(name_at(at)))}};
  }
  struct Shared {
    std::string_view word, table, column;
  };
  for (auto const& [word, table, column] :
       {Shared{"DATABASE", "pg_database", "datname"}, Shared{"TABLESPACE", "pg_tablespace", "spcname"},
        Shared{"SUBSCRIPTION", "pg_subscription", "subname"}}) {
    if (!starts({"CREATE", word}) && !starts({"DROP", word})) continue;
    at = 2;
    for (auto const each : {"IF", "EXISTS"}) skip(each);
    if (at >= words.size()) break;
    return {.kind = Kind::compare,
            .probes = {
                fmt::format("SELECT count(*) FROM {} WHERE {} = {}", table, column, text_literal(stored(words[at])))}};
  }
  return {};
}

// --- columns and tables ---

std::string Dialect::column_type(sql::ColumnPlace const& place) const {
  if (!place.generates || settings_.identity_keys) return type_name(place.column.type);
  if (std::holds_alternative<schema::SmallInt>(place.column.type)) return "SMALLSERIAL";
  return std::holds_alternative<schema::BigInt>(place.column.type) ? "BIGSERIAL" : "SERIAL";
}

std::string Dialect::generation_clause(sql::ColumnPlace const&) const {
  return settings_.identity_keys ? "GENERATED BY DEFAULT AS IDENTITY" : "";
}

std::string Dialect::computed_clause(schema::Computed const& computed) const {
  if (computed.persisted == false) {
    refuse("15 computes columns when rows are written only (persisted)", "leave 'persisted' out, or use a view");
  }
  return fmt::format("GENERATED ALWAYS AS ({}) STORED", computed.expression);
}

std::string Dialect::identity_clause(schema::Identity const& identity) const {
  auto const options = sequence_options(identity.start, identity.increment, identity.minimum, identity.maximum,
                                        identity.cache, identity.cycle);
  return fmt::format("GENERATED {} AS IDENTITY{}", identity.always ? "ALWAYS" : "BY DEFAULT",
                     options.empty() ? "" : fmt::format(" ({})", options));
}

std::string Dialect::column_tail(sql::ColumnPlace const& place) const {
  sql::OptionReader const options{place.column.options, "sql.column", prefixes, column_options};
  return options.has("compression") ? fmt::format("COMPRESSION {}", *options.text("compression")) : std::string{};
}

std::string Dialect::create_table_head(op::CreateTable const& operation) const {
  sql::OptionReader const options{operation.table.options, "op.create_table", prefixes, table_options};
  return fmt::format("CREATE {}TABLE {}{}",
                     operation.temporary        ? "TEMPORARY "
                     : options.flag("unlogged") ? "UNLOGGED "
                                                : "",
                     operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.table.name));
}

std::string Dialect::table_tail(op::CreateTable const& operation) const {
  sql::OptionReader const options{operation.table.options, "op.create_table", prefixes, table_options};
  std::string tail;
  if (auto const parents = options.list("inherits"); !parents.empty()) {
    std::vector<std::string> names;
    for (auto const& parent : parents) names.push_back(quote(parent));
    tail += fmt::format(" INHERITS ({})", join(names, ", "));
  }
  if (auto const by = options.text("partition_by")) tail += fmt::format(" PARTITION BY {}", *by);
  if (auto const method = options.text("using")) tail += fmt::format(" USING {}", quote(*method));
  if (options.has("with")) tail += fmt::format(" WITH ({})", storage_parameters(options.map("with")));
  if (auto const what = options.text("on_commit")) tail += fmt::format(" ON COMMIT {}", upper(*what));
  if (auto const space = options.text("tablespace")) tail += fmt::format(" TABLESPACE {}", quote(*space));
  return tail;
}

void Dialect::create_table(op::CreateTable const& operation, sql::Compilation& out) const {
  Compiler::create_table(operation, out);
  for (auto const& column : operation.table.columns) {
    sql::OptionReader const options{column.options, "sql.column", prefixes, column_options};
    if (auto const storage = options.text("storage")) {
      out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET STORAGE {}", quote(operation.table.name),
                          quote(column.name), upper(*storage)));
    }
  }
}

void Dialect::prepare_type(schema::Type const& type, sql::Compilation& out) const {
  if (auto const* array = std::get_if<schema::Array>(&type)) return prepare_type(array->element.at(0), out);
  auto const* enumeration = std::get_if<schema::Enum>(&type);
  if (enumeration == nullptr || !enumeration->create_type || enumeration->values.empty()) return;
  auto text = create_enum_if_missing(enumeration->name, enumeration->values, *this);
  auto const same = [&](sql::Statement const& statement) { return statement.text == text; };
  if (std::ranges::none_of(out.statements, same)) out.add(std::move(text));
}

void Dialect::comment_on_table(schema::TableName const& table, std::optional<std::string> const& comment,
                               sql::Compilation& out) const {
  out.add(fmt::format("COMMENT ON TABLE {} IS {}", quote(table), comment ? text_literal(*comment) : "NULL"));
}

void Dialect::comment_on_column(schema::TableName const& table, schema::Identifier const& column,
                                std::optional<std::string> const& comment, sql::Compilation& out) const {
  out.add(fmt::format("COMMENT ON COLUMN {}.{} IS {}", quote(table), quote(column),
                      comment ? text_literal(*comment) : "NULL"));
}

void Dialect::add_column(op::AddColumn const& operation, sql::Compilation& out) const {
  if (operation.insert_before || operation.insert_after) {
    refuse("puts a new column at the end only", "leave 'insert_before' and 'insert_after' out");
  }
  // A foreign key that is not to be checked yet cannot stand at the column.
  auto column = operation;
  std::optional<schema::ForeignKey> later;
  if (column.column.references && column.column.references->not_valid) {
    later = std::exchange(column.column.references, std::nullopt);
    if (later->columns.empty()) later->columns = {column.column.name};
  }
  Compiler::add_column(column, out);
  if (later) create_constraint(operation.table, *later, out);
  sql::OptionReader const options{operation.column.options, "sql.column", prefixes, column_options};
  if (auto const storage = options.text("storage")) {
    out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET STORAGE {}", quote(operation.table),
                        quote(operation.column.name), upper(*storage)));
  }
}

void Dialect::alter_column(op::AlterColumn const& operation, sql::Compilation& out) const {
  if (operation.insert_before || operation.insert_after) refuse("cannot move a column", "leave the column where it is");
  sql::OptionReader const options{operation.options, "op.alter_column", prefixes, alter_options};
  auto const* known = known_column(operation.table, operation.column, out);
  auto const table = quote(operation.table);
  auto const column = quote(operation.column);

  std::vector<std::string> actions;
  auto const action = [&](std::string text) {
    actions.push_back(fmt::format("ALTER COLUMN {} {}", column, std::move(text)));
  };

  auto type = operation.type;
  if (!type && operation.collation) {
    if (operation.existing_type) {
      type = operation.existing_type;
    } else if (known != nullptr) {
      type = known->type;
    } else {
      refuse("needs the type of a column to change its collation", "add 'existing_type'");
    }
  }
  bool default_is_set = false;
  if (type) {
    auto using_expression = operation.using_expression ? operation.using_expression : options.text("using");
    auto const* enumeration = std::get_if<schema::Enum>(&*type);
    if (operation.type) prepare_type(*type, out);
    auto default_now = operation.existing_server_default;
    if (!default_now && known != nullptr) default_now = known->server_default;
    if (default_now && !std::holds_alternative<Value>(*default_now)) default_now.reset();
    if (enumeration != nullptr && !using_expression && operation.type) {
      using_expression = fmt::format("{}::text::{}", column, type_name(*type));
    }
    // The old default need not fit the new type: PostgreSQL casts rows by USING, defaults never.
    bool const steps_aside = operation.server_default || (default_now && using_expression);
    if (steps_aside) action("DROP DEFAULT");
    auto change = fmt::format("TYPE {}", type_name(*type));
    if (operation.collation) change += fmt::format(" COLLATE {}", quote(*operation.collation));
    if (using_expression) change += fmt::format(" USING {}", *using_expression);
    action(std::move(change));
    if (operation.server_default) {
      default_is_set = true;
      if (operation.server_default->value)
        action(fmt::format("SET {}", default_clause(*operation.server_default->value, nullptr)));
    } else if (steps_aside) {
      action(fmt::format("SET {}", default_clause(*default_now, nullptr)));
    }
  }
  if (operation.server_default && !default_is_set) {
    action(operation.server_default->value
               ? fmt::format("SET {}", default_clause(*operation.server_default->value, nullptr))
               : "DROP DEFAULT");
  }
  if (operation.nullable) action(*operation.nullable ? "DROP NOT NULL" : "SET NOT NULL");
  if (operation.computed) {
    if (operation.computed->value) {
      refuse("15 cannot change the expression of a computed column", "drop the column and add it again");
    }
    action("DROP EXPRESSION");
  }
  if (operation.identity) {
    if (!operation.identity->value) {
      action("DROP IDENTITY IF EXISTS");
    } else if (known != nullptr && known->identity) {
      auto const& identity = *operation.identity->value;
      std::string text = fmt::format("SET GENERATED {}", identity.always ? "ALWAYS" : "BY DEFAULT");
      if (identity.increment) text += fmt::format(" SET INCREMENT BY {}", *identity.increment);
      if (identity.minimum) text += fmt::format(" SET MINVALUE {}", *identity.minimum);
      if (identity.maximum) text += fmt::format(" SET MAXVALUE {}", *identity.maximum);
      if (identity.start) text += fmt::format(" SET START WITH {}", *identity.start);
      if (identity.cache) text += fmt::format(" SET CACHE {}", *identity.cache);
      if (identity.cycle != known->identity->cycle) text += identity.cycle ? " SET CYCLE" : " SET NO CYCLE";
      action(std::move(text));
    } else {
      action(fmt::format("ADD {}", identity_clause(*operation.identity->value)));
    }
  }
  if (!actions.empty()) out.add(fmt::format("ALTER TABLE {} {}", table, join(actions, ", ")));
  change_autoincrement(operation, known, out);
  if (operation.comment) comment_on_column(operation.table, operation.column, operation.comment->value, out);
  if (operation.new_column_name && *operation.new_column_name != operation.column) {
    out.add(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table, column, quote(*operation.new_column_name)));
  }
}

void Dialect::change_autoincrement(op::AlterColumn const& operation, schema::Column const* known,
                                   sql::Compilation& out) const {
  if (!operation.autoincrement) return;
  auto now = operation.existing_autoincrement;
  if (!now && known != nullptr) {
    auto const* expression = known->server_default ? std::get_if<schema::Expression>(&*known->server_default) : nullptr;
    now = known->identity.has_value() || known->autoincrement.value_or(false) ||
          (expression != nullptr && lower(expression->sql).starts_with("nextval("));
  }
  if (now == operation.autoincrement) return;
  auto const table = quote(operation.table);
  auto const column = quote(operation.column);
  if (!*operation.autoincrement) {
    out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", table, column));
    return;
  }
  auto const sequence = schema::TableName{
      operation.table.schema,
      schema::Identifier{fmt::format("{}_{}_seq", operation.table.name.text(), operation.column.text())}};
  auto const name = quote(sequence);
  out.add(fmt::format("CREATE SEQUENCE IF NOT EXISTS {} OWNED BY {}.{}", name, table, column));
  out.add(fmt::format("SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}", text_literal(name), column, table));
  out.add(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT nextval({})", table, column, text_literal(name)));
}

// --- indexes and constraints ---

void Dialect::create_index(op::CreateIndex const& operation, sql::Compilation& out) const {
  auto index = operation.index;
  sql::OptionReader const options{index.options, "op.create_index", prefixes, index_options};
  bool const concurrently = operation.concurrently || options.flag("concurrently");
  if (auto const where = options.text("where")) index.where = where;
  if (auto const method = options.text("using")) index.using_method = *method;
  for (auto const& column : options.list("include")) index.include.emplace_back(column);
  if (options.flag("nulls_not_distinct")) index.nulls_not_distinct = true;
  for (auto const& [column, operator_class] : options.map("ops")) {
    for (auto& element : index.elements) {
      auto const* name = std::get_if<schema::Identifier>(&element.what);
      if (name != nullptr && name->text() == column) element.operator_class = operator_class;
    }
  }
  for (auto const& [name, value] : options.map("with")) index.with[name] = value;
  for (auto const& element : index.elements) {
    if (element.length)
      refuse("indexes whole columns, without a prefix length", "index an expression: sql.expr(\"left(name, 10)\")");
  }

  auto const name = sql::index_name_or_default(operation.table, index, capabilities().identifier_limit);
  std::string text = "CREATE ";
  if (index.unique) text += "UNIQUE ";
  text += "INDEX ";
  if (concurrently) text += "CONCURRENTLY ";
  if (operation.if_not_exists) text += "IF NOT EXISTS ";
  text += fmt::format("{} ON {}", quote(name), quote(operation.table));
  if (!index.using_method.empty()) text += fmt::format(" USING {}", quote(index.using_method));
  text += fmt::format(" ({})", index_elements(index));
  if (!index.include.empty()) text += fmt::format(" INCLUDE ({})", column_list(index.include));
  if (index.nulls_not_distinct) {
    if (version_ < 150000) refuse("has NULLS NOT DISTINCT from 15 on", "index an expression with coalesce()");
    text += " NULLS NOT DISTINCT";
  }
  if (!index.with.empty()) text += fmt::format(" WITH ({})", storage_parameters(index.with));
  if (auto const space = options.text("tablespace")) text += fmt::format(" TABLESPACE {}", quote(*space));
  if (index.where) text += fmt::format(" WHERE {}", *index.where);

  if (!concurrently) return out.add(std::move(text));
  // What an earlier attempt left behind: a build that failed leaves an index that is never used.
  if (auto const* live = out.live()) {
    auto const full = quote(schema::TableName{operation.table.schema, name});
    auto const invalid = live->query(
        "SELECT 1 FROM pg_catalog.pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid", {Value{full}});
    if (!invalid.empty()) out.add_outside_transaction(fmt::format("DROP INDEX CONCURRENTLY {}", full));
  }
  out.add_outside_transaction(std::move(text));
}

void Dialect::drop_index(op::DropIndex const& operation, sql::Compilation& out) const {
  auto index = operation.index;
  if (!index.schema && operation.table) index.schema = operation.table->schema;
  if (operation.concurrently && operation.cascade) {
    refuse("cannot drop an index both concurrently and with cascade", "drop what depends on it first");
  }
  auto text = fmt::format("DROP INDEX {}{}{}{}", operation.concurrently ? "CONCURRENTLY " : "",
                          operation.if_exists ? "IF EXISTS " : "", quote(index), operation.cascade ? " CASCADE" : "");
  operation.concurrently ? out.add_outside_transaction(std::move(text)) : out.add(std::move(text));
}

void Dialect::check_constraint(schema::Constraint const& constraint) const {
  if (auto const* unique = std::get_if<schema::UniqueConstraint>(&constraint)) {
    if (unique->nulls_not_distinct && version_ < 150000) {
      refuse("has NULLS NOT DISTINCT from 15 on", "make a unique index over coalesce()");
    }
  }
}

void Dialect::validate_constraint(op::ValidateConstraint const& operation, sql::Compilation& out) const {
  out.add(fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {}", quote(operation.table), quote(operation.name)));
}

// --- enums ---

std::string enum_values(std::vector<std::string> const& values, sql::Dialect const& dialect) {
  std::vector<std::string> literals;
  for (auto const& value : values) literals.push_back(dialect.literal(Value{value}));
  return join(literals, ", ");
}

void Dialect::create_enum(op::CreateEnum const& operation, sql::Compilation& out) const {
  if (operation.if_not_exists) return out.add(create_enum_if_missing(operation.name, operation.values, *this));
  out.add(fmt::format("CREATE TYPE {} AS ENUM ({})", quote(operation.name), enum_values(operation.values, *this)));
}

void Dialect::drop_enum(op::DropEnum const& operation, sql::Compilation& out) const {
  out.add(fmt::format("DROP TYPE {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

void Dialect::alter_enum(op::AlterEnum const& operation, sql::Compilation& out) const {
  auto const name = quote(operation.name);
  for (auto const& [old_value, new_value] : operation.rename) {
    out.add(fmt::format("ALTER TYPE {} RENAME VALUE {} TO {}", name, text_literal(old_value), text_literal(new_value)));
  }
  for (auto const& add : operation.add) {
    auto text = fmt::format("ALTER TYPE {} ADD VALUE {}{}", name, add.if_not_exists ? "IF NOT EXISTS " : "",
                            text_literal(add.value));
    if (add.before) text += fmt::format(" BEFORE {}", text_literal(*add.before));
    if (add.after) text += fmt::format(" AFTER {}", text_literal(*add.after));
    version_ < 120000 ? out.add_outside_transaction(std::move(text)) : out.add(std::move(text));
  }
  if (!operation.remove.empty()) replace_enum(operation, out);
}

/// PostgreSQL has no way to take a value out of an enum: a new type takes the old one's place in every column. One
/// block, so that it needs no knowledge of the database and works in a script too.
void Dialect::replace_enum(op::AlterEnum const& operation, sql::Compilation& out) const {
  auto const name = quote(operation.name);
  auto const old_name = schema::TableName{operation.name.schema,
                                          schema::Identifier{fmt::format("{}_before", operation.name.name.text())}};
  auto const body = fmt::format(R"(
DECLARE
  name text := {name_text};
  kept text;
  place record;
BEGIN
  SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) INTO kept
  FROM pg_catalog.pg_enum WHERE enumtypid = name::regtype AND enumlabel NOT IN ({removed});
  ALTER TYPE {name} RENAME TO {old};
  EXECUTE format('CREATE TYPE %s AS ENUM (%s)', name, kept);
  FOR place IN
    SELECT a.attrelid::regclass AS relation, quote_ident(a.attname) AS attribute,
           pg_get_expr(d.adbin, d.adrelid) AS default_text, CASE WHEN a.atttypid = t.oid THEN '' ELSE '[]' END AS brackets
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_attribute a ON a.atttypid IN (t.oid, t.typarray) AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND a.attinhcount = 0
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE t.oid = {old_text}::regtype
  LOOP
    IF place.default_text IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT', place.relation, place.attribute);
    END IF;
    EXECUTE format('ALTER TABLE %1$s ALTER COLUMN %2$s TYPE %3$s%4$s USING %2$s::text%4$s::%3$s%4$s',
                   place.relation, place.attribute, name, place.brackets);
    IF place.default_text IS NOT NULL THEN
      EXECUTE format('ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s::%s%s', place.relation, place.attribute,
                     regexp_replace(place.default_text, '::[^:'']*$', ''), name, place.brackets);
    END IF;
  END LOOP;
  DROP TYPE {old_qualified};
END
)",
                                fmt::arg("name_text", text_literal(name)), fmt::arg("name", name),
                                fmt::arg("old", quote(old_name.name)), fmt::arg("old_qualified", quote(old_name)),
                                fmt::arg("old_text", text_literal(quote(old_name))),
                                fmt::arg("removed", enum_values(operation.remove, *this)));
  out.add(fmt::format("DO {}", sql::dollar_quoted(body)));
}

// --- views, routines, the rest ---

void Dialect::create_view(op::CreateView const& operation, sql::Compilation& out) const {
  sql::OptionReader const own{operation.options, operation.replace ? "op.replace_view" : "op.create_view", prefixes,
                              view_options};
  auto const columns = operation.columns.empty() ? std::string{} : fmt::format(" ({})", column_list(operation.columns));
  auto const definition = sql::without_semicolon(operation.definition);
  std::map<std::string, std::string> with = own.map("with");
  if (operation.materialized) {
    if (operation.replace) {
      out.add(fmt::format("DROP MATERIALIZED VIEW IF EXISTS {}", quote(operation.name)));
    }
    auto text = fmt::format("CREATE MATERIALIZED VIEW {}{}{}", operation.if_not_exists ? "IF NOT EXISTS " : "",
                            quote(operation.name), columns);
    if (auto const method = own.text("using")) text += fmt::format(" USING {}", quote(*method));
    if (!with.empty()) text += fmt::format(" WITH ({})", storage_parameters(with));
    if (auto const space = own.text("tablespace")) text += fmt::format(" TABLESPACE {}", quote(*space));
    out.add(fmt::format("{} AS {}{}", text, definition, operation.with_data ? "" : " WITH NO DATA"));
    return;
  }
  if (operation.if_not_exists) {
    refuse("has no IF NOT EXISTS for views", "use op.replace_view, which makes or replaces it");
  }
  if (own.flag("security_barrier")) with["security_barrier"] = "true";
  if (own.flag("security_invoker")) {
    if (version_ < 150000) refuse("has security_invoker from 15 on", "leave 'postgresql_security_invoker' out");
    with["security_invoker"] = "true";
  }
  auto const check = own.text("check_option");
  out.add(fmt::format("CREATE {}VIEW {}{}{} AS {}{}", operation.replace ? "OR REPLACE " : "", quote(operation.name),
                      columns, with.empty() ? "" : fmt::format(" WITH ({})", storage_parameters(with)), definition,
                      check ? fmt::format(" WITH {} CHECK OPTION", upper(*check)) : ""));
}

void Dialect::drop_view(op::DropView const& operation, sql::Compilation& out) const {
  out.add(fmt::format("DROP {}VIEW {}{}{}", operation.materialized ? "MATERIALIZED " : "",
                      operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

void Dialect::refresh_materialized_view(op::RefreshMaterializedView const& operation, sql::Compilation& out) const {
  out.add(fmt::format("REFRESH MATERIALIZED VIEW {}{}", operation.concurrently ? "CONCURRENTLY " : "",
                      quote(operation.name)));
}

void Dialect::create_function(op::CreateFunction const& operation, sql::Compilation& out) const {
  schema::Options plain;
  for (auto const& [name, value] : operation.options) {
    // `deterministic` is MariaDB's word; PostgreSQL's is volatility.
    auto const own = name.starts_with("postgresql_") ? name.substr(11) : name;
    if (!name.starts_with("mysql_") && !name.starts_with("mariadb_") && !name.starts_with("sqlite_"))
      plain[own] = value;
  }
  sql::OptionReader const options{plain, operation.procedure ? "op.create_procedure" : "op.create_function",
                                  plain_prefix, function_options};
  auto text = fmt::format("CREATE {}{} {}({})", operation.replace ? "OR REPLACE " : "",
                          operation.procedure ? "PROCEDURE" : "FUNCTION", quote(operation.name), operation.arguments);
  if (!operation.procedure && !operation.returns.empty()) text += fmt::format(" RETURNS {}", operation.returns);
  text += fmt::format(" LANGUAGE {}", operation.language.empty() ? "sql" : operation.language);
  if (auto const volatility = options.text("volatility")) text += " " + upper(*volatility);
  if (options.has("deterministic") && !options.has("volatility") && options.flag("deterministic")) text += " IMMUTABLE";
  if (options.flag("leakproof")) text += " LEAKPROOF";
  if (options.flag("strict")) text += " STRICT";
  if (options.flag("window")) text += " WINDOW";
  if (auto const security = options.text("security")) text += fmt::format(" SECURITY {}", upper(*security));
  if (auto const parallel = options.text("parallel")) text += fmt::format(" PARALLEL {}", upper(*parallel));
  if (auto const cost = options.text("cost")) text += fmt::format(" COST {}", *cost);
  if (auto const rows = options.text("rows")) text += fmt::format(" ROWS {}", *rows);
  for (auto const& [name, value] : options.map("set")) text += fmt::format(" SET {} = {}", name, value);
  out.add(fmt::format("{} AS {}", text, sql::dollar_quoted(operation.body)));
}

void Dialect::drop_function(op::DropFunction const& operation, sql::Compilation& out) const {
  out.add(fmt::format("DROP {} {}{}{}{}", operation.procedure ? "PROCEDURE" : "FUNCTION",
                      operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.arguments ? fmt::format("({})", *operation.arguments) : "",
                      operation.cascade ? " CASCADE" : ""));
}

void Dialect::create_trigger(op::CreateTrigger const& operation, sql::Compilation& out) const {
  auto const body = sql::without_semicolon(operation.body);
  auto const words = sql::words(body, capabilities());
  bool const executes = sql::starts_with(words, {"EXECUTE"});
  bool const calls = !words.empty() && words.back().is(")") && words.size() > 2;
  if (!executes && !calls) {
    refuse("runs a function in a trigger, and the body is none",
           "make one with op.create_function and write \"name()\" as the body");
  }
  if (operation.if_not_exists) refuse("has no IF NOT EXISTS for triggers", "use replace = true");
  auto const table = quote(operation.table);
  bool const replaces = operation.replace && version_ >= 140000;
  if (operation.replace && !replaces)
    out.add(fmt::format("DROP TRIGGER IF EXISTS {} ON {}", quote(operation.name), table));
  out.add(fmt::format("CREATE {}TRIGGER {} {} {} ON {} FOR EACH {}{} {}{}", replaces ? "OR REPLACE " : "",
                      quote(operation.name), upper(operation.timing), join(operation.events, " OR "), table,
                      operation.level.empty() ? "ROW" : upper(operation.level),
                      operation.when.empty() ? "" : fmt::format(" WHEN ({})", operation.when),
                      executes ? "" : "EXECUTE FUNCTION ", body));
}

void Dialect::drop_trigger(op::DropTrigger const& operation, sql::Compilation& out) const {
  if (!operation.table) refuse("needs the table of a trigger", "op.drop_trigger(name, { table = \"…\" })");
  out.add(fmt::format("DROP TRIGGER {}{} ON {}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      quote(*operation.table), operation.cascade ? " CASCADE" : ""));
}

void Dialect::create_sequence(op::CreateSequence const& operation, sql::Compilation& out) const {
  auto text =
      fmt::format("CREATE SEQUENCE {}{}", operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.name));
  if (!operation.type.empty()) text += fmt::format(" AS {}", operation.type);
  auto const options = sequence_options(operation.start, operation.increment, operation.minimum, operation.maximum,
                                        operation.cache, operation.cycle);
  if (!options.empty()) text += " " + options;
  if (operation.owned_by) {
    std::vector<std::string> parts;
    for (auto const part : vm::split(*operation.owned_by, '.')) parts.push_back(quote(part));
    text += fmt::format(" OWNED BY {}", join(parts, "."));
  }
  out.add(std::move(text));
}

void Dialect::drop_sequence(op::DropSequence const& operation, sql::Compilation& out) const {
  out.add(fmt::format("DROP SEQUENCE {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

void Dialect::create_extension(op::CreateExtension const& operation, sql::Compilation& out) const {
  auto text =
      fmt::format("CREATE EXTENSION {}{}", operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.name));
  if (operation.schema) text += fmt::format(" SCHEMA {}", quote(*operation.schema));
  if (operation.version) text += fmt::format(" VERSION {}", text_literal(*operation.version));
  if (operation.cascade) text += " CASCADE";
  out.add(std::move(text));
}

void Dialect::drop_extension(op::DropExtension const& operation, sql::Compilation& out) const {
  out.add(fmt::format("DROP EXTENSION {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

} // namespace

std::string create_enum_if_missing(op::TableName const& name, std::vector<std::string> const& values,
                                   sql::Dialect const& dialect) {
  auto const quoted = dialect.quote(name);
  return fmt::format(
      "DO {}", sql::dollar_quoted(fmt::format(
                   "\nBEGIN\n  IF to_regtype({}) IS NULL THEN\n    CREATE TYPE {} AS ENUM ({});\n  END IF;\nEND\n",
                   dialect.literal(Value{quoted}), quoted, enum_values(values, dialect))));
}

std::unique_ptr<sql::Dialect> make_dialect(db::ServerInfo const* server, Settings settings) {
  return std::make_unique<Dialect>(server == nullptr ? 150000 : server->number, settings);
}

} // namespace vm::dialect::postgresql
