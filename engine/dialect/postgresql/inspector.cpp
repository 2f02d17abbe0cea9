#include "engine/dialect/postgresql/inspector.hpp"

#include "engine/core/text.hpp"
#include "engine/inspect/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace vm::dialect::postgresql {

namespace {

using inspect::boolean;
using inspect::identifiers;
using inspect::integer;
using inspect::optional_integer;
using inspect::optional_text;
using inspect::text;
using inspect::texts;
using schema::Identifier;
using schema::TableName;

std::optional<int> number(std::string_view digits) {
  int value = 0;
  auto const trimmed = trim(digits);
  auto const [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), value);
  if (error != std::errc{} || end != trimmed.data() + trimmed.size()) return std::nullopt;
  return value;
}

/// PostgreSQL's own types that format_type prints by the word a person writes.
constexpr auto known_words = std::to_array<std::string_view>({"citext",
                                                              "inet",
                                                              "cidr",
                                                              "macaddr",
                                                              "macaddr8",
                                                              "tsvector",
                                                              "tsquery",
                                                              "hstore",
                                                              "money",
                                                              "xml",
                                                              "oid",
                                                              "int4range",
                                                              "int8range",
                                                              "numrange",
                                                              "tsrange",
                                                              "tstzrange",
                                                              "daterange",
                                                              "int4multirange",
                                                              "int8multirange",
                                                              "nummultirange",
                                                              "tsmultirange",
                                                              "tstzmultirange",
                                                              "datemultirange",
                                                              "point",
                                                              "line",
                                                              "lseg",
                                                              "box",
                                                              "path",
                                                              "polygon",
                                                              "circle",
                                                              "ltree",
                                                              "jsonpath"});

/// The text of '…' when `sql` is one literal with at most a cast to a type's name after it.
std::optional<std::string> literal_default(std::string_view sql) {
  if (sql.empty() || sql.front() != '\'') return std::nullopt;
  std::string value;
  std::size_t at = 1;
  for (; at < sql.size(); ++at) {
    if (sql[at] != '\'') {
      value += sql[at];
    } else if (at + 1 < sql.size() && sql[at + 1] == '\'') {
      value += '\'';
      ++at;
    } else {
      break;
    }
  }
  if (at >= sql.size()) return std::nullopt;
  auto const rest = sql.substr(at + 1);
  if (rest.empty()) return value;
  if (rest.substr(0, 2) != "::" || rest.find_first_of("'+-*/|") != std::string_view::npos) return std::nullopt;
  return value;
}

std::optional<Value> number_default(std::string_view sql) {
  std::int64_t whole = 0;
  auto const [end, error] = std::from_chars(sql.data(), sql.data() + sql.size(), whole);
  if (error == std::errc{} && end == sql.data() + sql.size()) return Value{whole};
  auto const digits = sql.substr(!sql.empty() && sql.front() == '-' ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  return Value{Decimal{std::string{sql}}};
}

std::optional<schema::ServerDefault> parse_default(std::string const& sql, schema::Type const& type) {
  if (sql == "true") return Value{true};
  if (sql == "false") return Value{false};
  if (sql == "NULL" || sql.starts_with("NULL::")) return std::nullopt;
  if (auto literal = literal_default(sql)) {
    // A negative number is printed as '-5'::integer.
    bool const is_number = schema::is_integer(type) || std::holds_alternative<schema::Numeric>(type) ||
                           std::holds_alternative<schema::Real>(type) || std::holds_alternative<schema::Double>(type);
    if (is_number)
      if (auto number = number_default(*literal)) return std::move(*number);
    return Value{std::move(*literal)};
  }
  if (auto number = number_default(sql)) return std::move(*number);
  return schema::Expression{sql};
}

std::string action(std::string const& code) {
  switch (code.empty() ? 'a' : code[0]) {
  case 'c': return "CASCADE";
  case 'r': return "RESTRICT";
  case 'n': return "SET NULL";
  case 'd': return "SET DEFAULT";
  default: return {};
  }
}

schema::Deferral deferral(bool deferrable, bool deferred) {
  if (!deferrable) return schema::Deferral::unspecified;
  return deferred ? schema::Deferral::initially_deferred : schema::Deferral::initially_immediate;
}

/// Which relations are read, as SQL over `n.nspname`, `c.relname` and `c.oid`, with its parameters.
struct Filter {
  std::string condition;
  std::vector<Value> parameters;
};

class PostgresInspector : public inspect::Inspector {
 public:
  explicit PostgresInspector(db::Session& session) : session_{session} {}

  bool has_table(TableName const& table) override {
    std::vector<Value> parameters{table.name.text()};
    std::string where = "c.relname = $1 AND pg_catalog.pg_table_is_visible(c.oid)";
    if (table.schema) {
      where = "c.relname = $1 AND n.nspname = $2";
      parameters.emplace_back(table.schema->text());
    }
    auto const found = session_.scalar("SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
                                       "c.relnamespace WHERE c.relkind IN ('r', 'p', 'f') AND " +
                                           where,
                                       parameters);
    return found.has_value();
  }

  schema::Catalog read(op::InspectScope const& scope) override {
    schema::Catalog catalog;
    current_schema_ = text(session_.scalar("SELECT current_schema()::text").value_or(Value{Null{}}));
    asked_schema_.reset();
    if (scope.schema) asked_schema_ = scope.schema->text();
    schema_parameter_ = {Value{asked_schema_.value_or(current_schema_)}};
    explicit_.clear();
    if (scope.tables) explicit_.insert(scope.tables->begin(), scope.tables->end());
    auto const filter = make_filter(scope);
    read_columns(catalog, filter);
    if (!catalog.tables.empty()) {
      read_constraints(catalog, filter);
      read_indexes(catalog, filter);
    }
    if (scope.tables_only) return catalog;
    read_enums(catalog);
    read_views(catalog);
    read_sequences(catalog);
    read_triggers(catalog);
    read_functions(catalog);
    for (auto const& row :
         session_.all("SELECT extname::text, extversion FROM pg_catalog.pg_extension WHERE extname <> "
                      "'plpgsql' ORDER BY extname"))
      catalog.extensions.push_back({text(row[0]), text(row[1])});
    for (auto const& row :
         session_.all("SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname "
                      "<> 'information_schema' ORDER BY nspname"))
      catalog.schemas.emplace_back(text(row[0]));
    return catalog;
  }

 private:
  Filter make_filter(op::InspectScope const& scope) const {
    if (!scope.tables) return {"n.nspname = $1", schema_parameter_};
    Filter filter;
    for (auto const& name : *scope.tables) {
      if (!filter.condition.empty()) filter.condition += " OR ";
      filter.parameters.emplace_back(name.name.text());
      filter.condition += fmt::format("(c.relname = ${}", filter.parameters.size());
      if (name.schema) {
        filter.parameters.emplace_back(name.schema->text());
        filter.condition += fmt::format(" AND n.nspname = ${})", filter.parameters.size());
      } else {
        filter.condition += " AND pg_catalog.pg_table_is_visible(c.oid))";
      }
    }
    filter.condition = filter.condition.empty() ? "false" : "(" + filter.condition + ")";
    return filter;
  }

  /// As a person writes it: without the schema where the session looks there anyway, unless it was asked for with it.
  TableName name_of(std::string const& schema, std::string const& name) const {
    TableName full{Identifier{schema}, Identifier{name}};
    if (explicit_.count(full) > 0 || schema == asked_schema_) return full;
    if (schema == current_schema_ || explicit_.count({std::nullopt, full.name}) > 0) return {std::nullopt, full.name};
    return full;
  }
  TableName local_name(std::string const& schema, std::string const& name) const {
    if (schema == current_schema_ && schema != asked_schema_) return {std::nullopt, Identifier{name}};
    return {Identifier{schema}, Identifier{name}};
  }

  void read_columns(schema::Catalog& catalog, Filter const& filter) {
    auto const rows = session_.query(
        "SELECT n.nspname::text, c.relname::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), "
        "a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, "
        "ad.description, CASE WHEN a.attcollation <> t.typcollation THEN co.collname::text END, et.typtype::text, "
        "CASE WHEN et.typtype = 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = "
        "et.oid ORDER BY e.enumsortorder) END, tn.nspname::text, et.typname::text, cd.description, "
        "c.relkind::text, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, s.deptype, "
        "c.relpersistence::text, CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END, "
        "c.relispartition, t.typcategory = 'A' "
        "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
        "LEFT JOIN pg_catalog.pg_type et ON et.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END "
        "LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = et.typnamespace "
        "LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
        "LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation "
        "LEFT JOIN pg_catalog.pg_description cd ON cd.classoid = 'pg_catalog.pg_class'::regclass AND cd.objoid = c.oid "
        "AND cd.objsubid = 0 "
        "LEFT JOIN pg_catalog.pg_description ad ON ad.classoid = 'pg_catalog.pg_class'::regclass AND ad.objoid = c.oid "
        "AND ad.objsubid = a.attnum "
        "LEFT JOIN (SELECT q.*, dep.refobjid, dep.refobjsubid, dep.deptype::text AS deptype FROM pg_catalog.pg_depend "
        "dep JOIN pg_catalog.pg_sequence q ON q.seqrelid = dep.objid WHERE dep.classid = "
        "'pg_catalog.pg_class'::regclass AND dep.refclassid = 'pg_catalog.pg_class'::regclass AND dep.refobjsubid > 0 "
        "AND dep.deptype IN ('a', 'i')) s ON s.refobjid = c.oid AND s.refobjsubid = a.attnum AND "
        "s.deptype = CASE WHEN a.attidentity <> '' THEN 'i' ELSE 'a' END "
        "WHERE c.relkind IN ('r', 'p') AND " +
            filter.condition + " ORDER BY n.nspname, c.relname, a.attnum",
        filter.parameters);
    std::vector<Value> row;
    while (rows->next(row)) {
      auto const name = name_of(text(row[0]), text(row[1]));
      auto& table = catalog.tables.try_emplace(name, schema::Table{name}).first->second;
      table.comment = optional_text(row[14]);
      if (text(row[23]) == "u") table.options["postgresql_unlogged"] = true;
      if (auto partition = optional_text(row[24])) table.options["postgresql_partition_by"] = *partition;
      if (boolean(row[25])) table.options["postgresql_partition"] = true;
      if (!is_null(row[2])) table.columns.push_back(read_column(row));
    }
  }

  schema::Column read_column(std::vector<Value> const& row) const {
    auto type = parse_type(text(row[3]));
    if (text(row[10]) == "e") {
      schema::Type element = schema::Enum{local_name(text(row[12]), text(row[13])), texts(row[11]), true};
      type = boolean(row[26]) ? schema::Type{schema::Array{{std::move(element)}}} : std::move(element);
    }
    schema::Column column{Identifier{text(row[2])}, std::move(type)};
    column.nullable = !boolean(row[4]);
    column.comment = optional_text(row[8]);
    column.collation = optional_text(row[9]);
    auto const expression = optional_text(row[5]);
    auto const identity = text(row[6]);
    if (text(row[7]) == "s") {
      column.computed = schema::Computed{expression.value_or(""), true};
    } else if (!identity.empty()) {
      schema::Identity value;
      value.always = identity == "a";
      value.start = optional_integer(row[16]);
      value.increment = optional_integer(row[17]);
      value.minimum = optional_integer(row[18]);
      value.maximum = optional_integer(row[19]);
      value.cache = optional_integer(row[20]);
      value.cycle = boolean(row[21]);
      column.identity = value;
    } else if (expression) {
      // SERIAL is an integer whose default is the next value of a sequence that the column owns.
      if (text(row[22]) == "a" && expression->rfind("nextval(", 0) == 0)
        column.autoincrement = true;
      else
        column.server_default = parse_default(*expression, column.type);
    }
    return column;
  }

  void read_constraints(schema::Catalog& catalog, Filter const& filter) {
    auto const rows = session_.query(
        "SELECT n.nspname::text, c.relname::text, k.conname::text, k.contype::text, "
        "ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(num, ord) JOIN pg_catalog.pg_attribute a "
        "ON "
        "a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.ord), "
        "rn.nspname::text, rc.relname::text, "
        "ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(num, ord) JOIN pg_catalog.pg_attribute "
        "a ON "
        "a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.ord), "
        "k.confdeltype::text, k.confupdtype::text, k.confmatchtype::text, k.condeferrable, k.condeferred, "
        "k.convalidated, "
        "CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid, true) END, "
        "CASE WHEN k.contype = 'u' THEN (SELECT " +
            nulls_not_distinct() +
            " FROM pg_catalog.pg_index i WHERE i.indexrelid = "
            "k.conindid) END, "
            "CASE WHEN k.contype = 'x' THEN ARRAY(SELECT o.oprname::text FROM unnest(k.conexclop) WITH ORDINALITY "
            "u(op, "
            "ord) JOIN "
            "pg_catalog.pg_operator o ON o.oid = u.op ORDER BY u.ord) END, "
            "CASE WHEN k.contype = 'x' THEN ARRAY(SELECT pg_catalog.pg_get_indexdef(k.conindid, g, true) FROM "
            "generate_series(1, "
            "array_length(k.conexclop, 1)) g) END, "
            "CASE WHEN k.contype = 'x' THEN (SELECT am.amname::text FROM pg_catalog.pg_class ic JOIN pg_catalog.pg_am "
            "am "
            "ON am.oid "
            "= ic.relam WHERE ic.oid = k.conindid) END, "
            "CASE WHEN k.contype = 'x' THEN (SELECT pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) FROM "
            "pg_catalog.pg_index i "
            "WHERE i.indexrelid = k.conindid) END "
            "FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
            "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_class rc ON rc.oid = "
            "k.confrelid "
            "LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conislocal AND " +
            filter.condition +
            " ORDER BY n.nspname, c.relname, array_position(ARRAY['p','u','f','c','x'], k.contype::text), k.conname",
        filter.parameters);
    std::vector<Value> row;
    while (rows->next(row)) {
      auto const found = catalog.tables.find(name_of(text(row[0]), text(row[1])));
      if (found != catalog.tables.end()) found->second.constraints.push_back(read_constraint(row));
    }
  }

  schema::Constraint read_constraint(std::vector<Value> const& row) const {
    Identifier const name{text(row[2])};
    auto const columns = identifiers(texts(row[4]));
    auto const when = deferral(boolean(row[11]), boolean(row[12]));
    auto const kind = text(row[3]);
    if (kind == "p") return schema::PrimaryKey{name, columns};
    if (kind == "u") return schema::UniqueConstraint{name, columns, when, boolean(row[15])};
    if (kind == "c") return schema::CheckConstraint{name, text(row[14]), !boolean(row[13])};
    if (kind == "f") {
      schema::ForeignKey key{name, columns, local_name(text(row[5]), text(row[6])), identifiers(texts(row[7]))};
      key.ondelete = action(text(row[8]));
      key.onupdate = action(text(row[9]));
      key.match = text(row[10]) == "f" ? "FULL" : "";
      key.deferral = when;
      key.not_valid = !boolean(row[13]);
      return key;
    }
    schema::ExcludeConstraint exclude;
    exclude.name = name;
    auto const operators = texts(row[16]);
    auto const elements = texts(row[17]);
    for (std::size_t i = 0; i < operators.size() && i < elements.size(); ++i) {
      auto const column = std::find_if(columns.begin(), columns.end(), [&](Identifier const& each) {
        return elements[i] == each.text() || elements[i] == "\"" + each.text() + "\"";
      });
      if (column != columns.end())
        exclude.elements.emplace_back(*column, operators[i]);
      else
        exclude.elements.emplace_back(schema::Expression{elements[i]}, operators[i]);
    }
    exclude.using_method = text(row[18]);
    exclude.where = optional_text(row[19]);
    exclude.deferral = when;
    return exclude;
  }

  /// PostgreSQL 15 brought NULLS NOT DISTINCT.
  std::string nulls_not_distinct() const {
    return session_.server().number >= 150000 ? "i.indnullsnotdistinct" : "false";
  }

  void read_indexes(schema::Catalog& catalog, Filter const& filter) {
    // A row for each column, joined: subqueries for each index made the planner compare every table with every index.
    auto const rows = session_.query(
        "SELECT n.nspname::text, c.relname::text, ic.relname::text, i.indisunique, am.amname::text, ia.attnum > "
        "i.indnkeyatts, "
        "CASE WHEN i.indkey[ia.attnum - 1] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, ia.attnum, true) END, "
        "a.attname::text, i.indoption[ia.attnum - 1]::int, CASE WHEN NOT oc.opcdefault THEN oc.opcname::text END, "
        "co.collname::text, ia.attnum, pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), " +
            nulls_not_distinct() +
            ", ic.reloptions, i.indisvalid "
            "FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid "
            "JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
            "JOIN pg_catalog.pg_am am ON am.oid = ic.relam "
            "JOIN pg_catalog.pg_attribute ia ON ia.attrelid = i.indexrelid "
            "LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[ia.attnum - 1] "
            "LEFT JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[ia.attnum - 1] "
            "LEFT JOIN pg_catalog.pg_collation co ON co.oid = i.indcollation[ia.attnum - 1] AND co.oid <> "
            "a.attcollation "
            "WHERE c.relkind IN ('r', 'p') AND i.indexrelid NOT IN (SELECT k.conindid FROM pg_catalog.pg_constraint k "
            "WHERE k.contype IN ('p', 'u', 'x')) AND " +
            filter.condition + " ORDER BY n.nspname, c.relname, ic.relname, ia.attnum",
        filter.parameters);
    std::vector<Value> row;
    schema::Table* table = nullptr;
    while (rows->next(row)) {
      if (integer(row[11]) == 1) {
        auto const found = catalog.tables.find(name_of(text(row[0]), text(row[1])));
        table = found == catalog.tables.end() ? nullptr : &found->second;
        if (table) table->indexes.push_back(read_index(row));
      }
      if (table) read_index_column(row, table->indexes.back());
    }
  }

  static schema::Index read_index(std::vector<Value> const& row) {
    schema::Index index;
    index.name = Identifier{text(row[2])};
    index.unique = boolean(row[3]);
    if (auto const method = text(row[4]); method != "btree") index.using_method = method;
    index.where = optional_text(row[12]);
    index.nulls_not_distinct = boolean(row[13]);
    for (auto const& option : texts(row[14])) {
      auto const equals = option.find('=');
      if (equals != std::string::npos) index.with.emplace(option.substr(0, equals), option.substr(equals + 1));
    }
    if (!boolean(row[15])) index.options["postgresql_invalid"] = true;
    return index;
  }

  static void read_index_column(std::vector<Value> const& row, schema::Index& index) {
    if (boolean(row[5])) {
      index.include.emplace_back(text(row[7]));
      return;
    }
    schema::IndexElement element{schema::Expression{text(row[6])}};
    if (!is_null(row[7])) element.what = Identifier{text(row[7])};
    auto const bits = integer(row[8]);
    element.descending = (bits & 1) != 0;
    bool const nulls_first = (bits & 2) != 0;
    // NULLS FIRST is the default of DESC, NULLS LAST that of ASC.
    if (nulls_first != element.descending) element.nulls_first = nulls_first;
    element.operator_class = optional_text(row[9]);
    element.collation = optional_text(row[10]);
    index.elements.push_back(std::move(element));
  }

  void read_enums(schema::Catalog& catalog) {
    for (auto const& row : session_.all(
             "SELECT n.nspname::text, t.typname::text, ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE "
             "e.enumtypid = t.oid ORDER BY e.enumsortorder) FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n "
             "ON n.oid "
             "= t.typnamespace WHERE t.typtype = 'e' AND n.nspname = $1 AND NOT EXISTS (SELECT 1 FROM "
             "pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND "
             "d.deptype = 'e') "
             "ORDER BY t.typname",
             schema_parameter_)) {
      auto const name = local_name(text(row[0]), text(row[1]));
      catalog.enums.emplace(name, schema::EnumType{name, texts(row[2])});
    }
  }

  void read_views(schema::Catalog& catalog) {
    for (auto const& row : session_.all(
             "SELECT n.nspname::text, c.relname::text, pg_catalog.pg_get_viewdef(c.oid, true), c.relkind = 'm' FROM "
             "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', "
             "'m') AND "
             "n.nspname = $1 AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = "
             "'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname",
             schema_parameter_)) {
      auto const name = local_name(text(row[0]), text(row[1]));
      auto const definition = text(row[2]);
      auto body = trim(definition);
      if (!body.empty() && body.back() == ';') body.remove_suffix(1);
      catalog.views.emplace(name, schema::View{name, std::string{body}, boolean(row[3])});
    }
  }

  void read_sequences(schema::Catalog& catalog) {
    for (auto const& row : session_.all("SELECT n.nspname::text, c.relname::text, pg_catalog.format_type(s.seqtypid, "
                                        "NULL), s.seqstart, s.seqincrement, "
                                        "s.seqmin, s.seqmax, s.seqcache, s.seqcycle FROM pg_catalog.pg_sequence s JOIN "
                                        "pg_catalog.pg_class c ON c.oid = "
                                        "s.seqrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE "
                                        "n.nspname = $1 AND NOT "
                                        "EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = "
                                        "'pg_catalog.pg_class'::regclass AND d.objid = "
                                        "c.oid AND d.deptype IN ('a', 'i', 'e')) ORDER BY c.relname",
                                        schema_parameter_)) {
      auto const name = local_name(text(row[0]), text(row[1]));
      schema::Sequence sequence{name, text(row[2])};
      sequence.start = optional_integer(row[3]);
      sequence.increment = optional_integer(row[4]);
      sequence.minimum = optional_integer(row[5]);
      sequence.maximum = optional_integer(row[6]);
      sequence.cache = optional_integer(row[7]);
      sequence.cycle = boolean(row[8]);
      catalog.sequences.emplace(name, std::move(sequence));
    }
  }

  void read_triggers(schema::Catalog& catalog) {
    for (auto const& row : session_.all(
             "SELECT t.tgname::text, n.nspname::text, c.relname::text, pg_catalog.pg_get_triggerdef(t.oid, true) FROM "
             "pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid JOIN pg_catalog.pg_namespace n "
             "ON n.oid "
             "= c.relnamespace WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname = $1 ORDER BY "
             "c.relname, t.tgname",
             schema_parameter_))
      catalog.triggers.push_back({Identifier{text(row[0])}, local_name(text(row[1]), text(row[2])), text(row[3])});
  }

  void read_functions(schema::Catalog& catalog) {
    for (auto const& row :
         session_.all("SELECT n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid), "
                      "pg_catalog.pg_get_functiondef(p.oid), p.prokind = 'p' FROM pg_catalog.pg_proc p JOIN "
                      "pg_catalog.pg_namespace n "
                      "ON n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p') AND n.nspname = $1 AND "
                      "NOT EXISTS (SELECT 1 "
                      "FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = "
                      "p.oid AND d.deptype = "
                      "'e') ORDER BY p.proname, 3",
                      schema_parameter_))
      catalog.functions.push_back(
          {local_name(text(row[0]), text(row[1])), text(row[2]), std::string{trim(text(row[3]))}, boolean(row[4])});
  }

  db::Session& session_;
  std::string current_schema_;
  std::optional<std::string> asked_schema_;
  std::vector<Value> schema_parameter_; ///< $1 of the queries about a whole schema
  std::set<TableName> explicit_;
};

} // namespace

schema::Type parse_type(std::string_view whole) {
  auto const full = trim(whole);
  if (full.size() > 2 && full.substr(full.size() - 2) == "[]") {
    auto element = parse_type(full.substr(0, full.size() - 2));
    // PostgreSQL does not keep the number of dimensions.
    if (std::holds_alternative<schema::Array>(element)) return element;
    return schema::Array{{std::move(element)}};
  }
  auto const open = full.find('(');
  std::string base{trim(full.substr(0, open))};
  std::vector<std::optional<int>> arguments;
  if (open != std::string_view::npos) {
    auto const close = full.find(')', open);
    if (close == std::string_view::npos) return schema::Raw{std::string{full}};
    for (auto const part : split(full.substr(open + 1, close - open - 1), ',')) arguments.push_back(number(part));
    // "timestamp(3) with time zone"
    if (auto const rest = trim(full.substr(close + 1)); !rest.empty()) base += " " + std::string{rest};
  }
  auto const argument = [&](std::size_t i) { return i < arguments.size() ? arguments[i] : std::nullopt; };
  if (base == "smallint") return schema::SmallInt{};
  if (base == "integer") return schema::Integer{};
  if (base == "bigint") return schema::BigInt{};
  if (base == "real") return schema::Real{};
  if (base == "double precision") return schema::Double{};
  if (base == "numeric") return schema::Numeric{argument(0), argument(1)};
  if (base == "boolean") return schema::Boolean{};
  if (base == "character varying") return schema::String{argument(0)};
  if (base == "character") return schema::Char{argument(0)};
  if (base == "text") return schema::Text{};
  if (base == "bytea") return schema::Binary{};
  if (base == "date") return schema::Date{};
  if (base == "time without time zone") return schema::Time{false, argument(0)};
  if (base == "time with time zone") return schema::Time{true, argument(0)};
  if (base == "timestamp without time zone") return schema::Timestamp{false, argument(0)};
  if (base == "timestamp with time zone") return schema::Timestamp{true, argument(0)};
  if (base == "interval" && arguments.empty()) return schema::Interval{};
  if (base == "uuid") return schema::Uuid{};
  if (base == "json") return schema::Json{false};
  if (base == "jsonb") return schema::Json{true};
  if (base == "bit" && argument(0) == 1) return schema::PostgresType{"bit"};
  if (base == "bit varying" && arguments.empty()) return schema::PostgresType{"varbit"};
  if (arguments.empty() && std::find(known_words.begin(), known_words.end(), base) != known_words.end())
    return schema::PostgresType{base};
  return schema::Raw{std::string{full}};
}

std::unique_ptr<inspect::Inspector> make_inspector(db::Session& session) {
  return std::make_unique<PostgresInspector>(session);
}

} // namespace vm::dialect::postgresql
