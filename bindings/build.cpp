#include "bindings/build.hpp"

#include "bindings/lua/error.hpp"
#include "bindings/lua/push.hpp"
#include "bindings/lua/userdata.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace vm::bindings {
namespace {

using schema::Identifier;
using schema::TableName;
using schema::to_string;

/// A dialect option that must be text, true or false, or names: what a plain option of the same name takes.
template<typename T>
T as(schema::OptionValue value, std::string_view key, char const* wanted) {
  if (auto* found = std::get_if<T>(&value)) return std::move(*found);
  throw lua::ArgumentError{fmt::format("the option for '{}' must be {}", key, wanted)};
}

std::vector<Identifier> as_names(schema::OptionValue value, std::string_view key) {
  auto names = std::vector<Identifier>{};
  if (auto* text = std::get_if<std::string>(&value)) {
    names.emplace_back(std::move(*text));
    return names;
  }
  for (auto& text : as<std::vector<std::string>>(std::move(value), key, "a name or a list of names"))
    names.emplace_back(std::move(text));
  return names;
}

std::map<std::string, std::string> as_map(schema::OptionValue value, std::string_view key) {
  return as<std::map<std::string, std::string>>(std::move(value), key, "a table of names and texts");
}

schema::IndexElement* element_of(schema::Index& index, std::string_view column) {
  auto const found = std::ranges::find_if(index.elements, [&](schema::IndexElement const& element) {
    auto const* name = std::get_if<Identifier>(&element.what);
    return name != nullptr && name->text() == column;
  });
  return found == index.elements.end() ? nullptr : &*found;
}

schema::IndexElement& known_element(schema::Index& index, std::string_view column, std::string_view key) {
  if (auto* element = element_of(index, column)) return *element;
  throw UsageError{fmt::format("the option for '{}' names '{}', which is no column of the index", key, column)};
}

int to_length(std::string const& text) {
  auto length = 0;
  auto const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, length).ptr != end || length < 1)
    throw lua::ArgumentError{"the option for 'length' must be a whole number, or a table of columns and whole numbers"};
  return length;
}

/// MariaDB and MySQL: `mysql_length = 10` for every column, or `{ name = 10 }`.
void apply_length(schema::Index& index, schema::OptionValue const& value) {
  if (auto const* number = std::get_if<double>(&value)) {
    for (auto& element : index.elements)
      if (std::holds_alternative<Identifier>(element.what)) element.length = to_length(fmt::format("{}", *number));
    return;
  }
  for (auto const& [column, text] : as_map(value, "length"))
    known_element(index, column, "length").length = to_length(text);
}

std::vector<Identifier> columns_of(schema::Constraint const& constraint) {
  struct Columns {
    std::vector<Identifier> operator()(schema::PrimaryKey const& key) const { return key.columns; }
    std::vector<Identifier> operator()(schema::UniqueConstraint const& unique) const { return unique.columns; }
    std::vector<Identifier> operator()(schema::ForeignKey const& key) const { return key.columns; }
    std::vector<Identifier> operator()(schema::CheckConstraint const&) const { return {}; }
    std::vector<Identifier> operator()(schema::ExcludeConstraint const& exclude) const {
      auto columns = std::vector<Identifier>{};
      for (auto const& [what, method] : exclude.elements)
        if (auto const* column = std::get_if<Identifier>(&what)) columns.push_back(*column);
      return columns;
    }
  };
  return std::visit(Columns{}, constraint);
}

std::string_view kind_of(schema::Constraint const& constraint) {
  constexpr std::array<std::string_view, 5> kinds{"primary key", "unique constraint", "foreign key", "check constraint",
                                                  "exclude constraint"};
  return kinds.at(constraint.index());
}

void check_column_exists(schema::Table const& table, Identifier const& column, std::string_view what) {
  if (table.find_column(column) != nullptr) return;
  auto names = std::vector<std::string>{};
  for (auto const& one : table.columns) names.push_back(one.name.text());
  auto error = UsageError{fmt::format("{} of table '{}' is about the column '{}', which the table does not have", what,
                                      to_string(table.name), column.text())};
  if (auto const nearest = nearest_name(column.text(), names))
    error.add_hint({fmt::format("did you mean '{}'?", *nearest)});
  throw error;
}

void check_table(schema::Table const& table) {
  for (auto place = table.columns.begin(); place != table.columns.end(); ++place)
    if (std::find_if(table.columns.begin(), place, [&](auto const& one) { return one.name == place->name; }) != place)
      throw UsageError{fmt::format("table '{}' has two columns '{}'", to_string(table.name), place->name.text())};
  auto primary_keys = std::ranges::count_if(
      table.constraints, [](auto const& one) { return std::holds_alternative<schema::PrimaryKey>(one); });
  if (std::ranges::any_of(table.columns, &schema::Column::primary_key)) ++primary_keys;
  if (primary_keys > 1)
    throw UsageError{fmt::format("table '{}' has two primary keys", to_string(table.name)),
                     Hint{"mark the columns with primary_key = true, or list them in one sql.primary_key"}};
  for (auto const& constraint : table.constraints)
    for (auto const& column : columns_of(constraint)) check_column_exists(table, column, kind_of(constraint));
  for (auto const& index : table.indexes) {
    for (auto const& element : index.elements)
      if (auto const* column = std::get_if<Identifier>(&element.what)) check_column_exists(table, *column, "an index");
    for (auto const& column : index.include) check_column_exists(table, column, "an index");
  }
}

schema::Column* column_of(schema::Table& table, Identifier const& name) {
  auto const found = std::ranges::find(table.columns, name, &schema::Column::name);
  return found == table.columns.end() ? nullptr : &*found;
}

/// `primary_key = true` becomes a constraint where the convention has a name for it; key columns are not nullable.
void settle_primary_key(BuildRules const& rules, schema::Table& table) {
  auto key = schema::PrimaryKey{};
  for (auto const& column : table.columns)
    if (column.primary_key) key.columns.push_back(column.name);
  if (!key.columns.empty()) {
    if (auto name = name_constraint(rules, table.name, key, {})) {
      key.name = std::move(name);
      for (auto& column : table.columns) column.primary_key = false;
      table.constraints.insert(table.constraints.begin(), std::move(key));
    }
  }
  for (auto const& constraint : table.constraints)
    if (auto const* primary = std::get_if<schema::PrimaryKey>(&constraint))
      for (auto const& name : primary->columns)
        if (auto* column = column_of(table, name)) column->nullable = false;
}

} // namespace

std::optional<Identifier> name_constraint(BuildRules const& rules, TableName const& table,
                                          schema::Constraint const& constraint, GivenName const& given,
                                          std::vector<Identifier> const& columns) {
  if (given.final && given.name) {
    schema::check_name(rules.naming, *given.name);
    return given.name;
  }
  auto name = schema::constraint_name(rules.naming, table, constraint, given.name, columns);
  // A pattern that cannot be filled says nothing against a name somebody typed.
  return name ? name : given.name;
}

std::optional<schema::OptionValue> take_option(schema::Options& options, std::string_view dialect,
                                               std::string_view key) {
  auto taken = std::optional<schema::OptionValue>{};
  for (auto const* prefix : {"mysql", "mariadb", "postgresql", "sqlite"}) {
    auto const found = options.find(fmt::format("{}_{}", prefix, key));
    if (found == options.end()) continue;
    // MariaDB reads what is meant for MySQL; its own form, which comes later, wins.
    if (dialect == prefix || (dialect == "mariadb" && std::string_view{prefix} == "mysql")) taken = found->second;
    options.erase(found);
  }
  return taken;
}

schema::Constraint build_constraint(BuildRules const& rules, TableName const& table, ConstraintItem const& item) {
  auto constraint = item.constraint;
  auto const is_postgresql = rules.dialect == "postgresql";
  std::visit(
      [&](auto& one) {
        using Kind = std::remove_reference_t<decltype(one)>;
        one.name = name_constraint(rules, table, item.constraint, {one.name, item.name_is_final});
        if constexpr (std::is_same_v<Kind, schema::UniqueConstraint>) {
          if (is_postgresql && item.postgresql_nulls_not_distinct) one.nulls_not_distinct = true;
        } else if constexpr (std::is_same_v<Kind, schema::ForeignKey> ||
                             std::is_same_v<Kind, schema::CheckConstraint>) {
          if (is_postgresql && item.postgresql_not_valid) one.not_valid = true;
        }
      },
      constraint);
  return constraint;
}

schema::Index build_index(BuildRules const& rules, TableName const& table, IndexItem const& item) {
  auto index = item.index;
  auto const take = [&](char const* key) { return take_option(index.options, rules.dialect, key); };
  if (auto value = take("where")) index.where = as<std::string>(std::move(*value), "where", "a string of SQL");
  if (auto value = take("using")) index.using_method = as<std::string>(std::move(*value), "using", "a string");
  if (auto value = take("include")) index.include = as_names(std::move(*value), "include");
  if (auto value = take("nulls_not_distinct"))
    index.nulls_not_distinct = as<bool>(*value, "nulls_not_distinct", "true or false");
  if (auto value = take("with")) index.with = as_map(std::move(*value), "with");
  if (auto value = take("ops"))
    for (auto& [column, ops] : as_map(std::move(*value), "ops"))
      known_element(index, column, "ops").operator_class = ops;
  if (auto value = take("length")) apply_length(index, *value);

  if (item.name_is_final && index.name) {
    schema::check_name(rules.naming, *index.name);
    return index;
  }
  index.name = schema::index_name(rules.naming, table, index, item.index.name);
  if (!index.name)
    throw UsageError{fmt::format("the index on table '{}' needs a name", to_string(table)),
                     Hint{"only an index of columns gets one by itself"}};
  return index;
}

BuiltColumn build_column(BuildRules const& rules, TableName const& table, ColumnItem const& item) {
  auto built = BuiltColumn{.column = item.column};
  auto& column = built.column;
  if (column.references) {
    auto key = *column.references;
    key.columns = {column.name};
    column.references->name =
        name_constraint(rules, table, key, {column.references->name, item.references_name_is_final});
  }
  if (column.check)
    column.check->name =
        name_constraint(rules, table, *column.check, {column.check->name, item.check_name_is_final}, {column.name});
  if (column.index) {
    auto index = IndexItem{};
    index.index.elements = {schema::IndexElement{.what = column.name}};
    // As in SQLAlchemy: both flags are one unique index, not an index and a constraint.
    index.index.unique = column.unique;
    built.index = build_index(rules, table, index);
    column.index = false;
    column.unique = false;
  }
  if (column.unique) {
    auto unique = schema::UniqueConstraint{.columns = {column.name}};
    unique.name = name_constraint(rules, table, unique, {});
    if (unique.name) {
      built.unique = std::move(unique);
      column.unique = false;
    }
  }
  return built;
}

schema::Table build_table(BuildRules const& rules, TableItem const& item) {
  auto table = schema::Table{.name = item.name,
                             .columns = {},
                             .constraints = {},
                             .indexes = {},
                             .comment = item.comment,
                             .options = item.options,
                             .renamed_from = item.renamed_from};
  struct Adder {
    BuildRules const& rules;
    schema::Table& table;
    void operator()(ColumnItem const& column) const {
      auto built = build_column(rules, table.name, column);
      table.columns.push_back(std::move(built.column));
      if (built.unique) table.constraints.emplace_back(std::move(*built.unique));
      if (built.index) table.indexes.push_back(std::move(*built.index));
    }
    void operator()(ConstraintItem const& constraint) const {
      table.constraints.push_back(build_constraint(rules, table.name, constraint));
    }
    void operator()(IndexItem const& index) const { table.indexes.push_back(build_index(rules, table.name, index)); }
  };
  for (auto const& one : item.items) std::visit(Adder{rules, table}, one);
  check_table(table);
  settle_primary_key(rules, table);
  return table;
}

namespace {

void add_table(BuildRules const& rules, TableItem const& item, schema::Catalog& catalog) {
  try {
    auto table = build_table(rules, item);
    auto const name = table.name;
    if (!catalog.tables.emplace(name, std::move(table)).second)
      throw UsageError{fmt::format("the schema has two tables '{}'", to_string(name))};
  } catch (Error& error) {
    if (item.place) error.locate(*item.place);
    throw;
  }
}

/// A sequence or an extension becomes part of the catalog; false for what only its SQL text describes.
bool add_plain_object(op::Operation const& object, schema::Catalog& catalog) {
  if (auto const* sequence = std::get_if<op::CreateSequence>(&object)) {
    auto const value = schema::Sequence{.name = sequence->name,
                                        .type = sequence->type,
                                        .start = sequence->start,
                                        .increment = sequence->increment,
                                        .minimum = sequence->minimum,
                                        .maximum = sequence->maximum,
                                        .cache = sequence->cache,
                                        .cycle = sequence->cycle};
    if (!catalog.sequences.emplace(sequence->name, value).second)
      throw UsageError{fmt::format("the schema has two sequences '{}'", to_string(sequence->name))};
    return true;
  }
  if (auto const* extension = std::get_if<op::CreateExtension>(&object)) {
    catalog.extensions.push_back({extension->name.text(), extension->version.value_or("")});
    return true;
  }
  return false;
}

/// Schemas that names of the catalog stand in.
void add_schemas(schema::Catalog& catalog) {
  auto names = std::set<Identifier>{};
  auto const add = [&](schema::TableName const& name) {
    if (name.schema) names.insert(*name.schema);
  };
  for (auto const& [name, table] : catalog.tables) add(name);
  for (auto const& [name, view] : catalog.views) add(name);
  for (auto const& [name, type] : catalog.enums) add(name);
  for (auto const& [name, sequence] : catalog.sequences) add(name);
  catalog.schemas.assign(names.begin(), names.end());
}

} // namespace

script::DesiredSchema build_schema(BuildRules const& rules, SchemaItem const& item) {
  auto desired = script::DesiredSchema{};
  auto& catalog = desired.catalog;
  for (auto const& one : item.tables) add_table(rules, one, catalog);
  for (auto const& view : item.views)
    if (!catalog.views.emplace(view.name, view).second)
      throw UsageError{fmt::format("the schema has two views '{}'", to_string(view.name))};
  auto const add_enum = [&](schema::EnumType type) {
    auto const name = type.name;
    auto const [place, is_new] = catalog.enums.emplace(name, type);
    if (!is_new && place->second != type)
      throw UsageError{fmt::format("the schema has two enums '{}' with different values", to_string(name))};
  };
  for (auto const& type : item.enums) add_enum(type);
  for (auto const& [name, table] : catalog.tables)
    for (auto const& column : table.columns)
      if (auto const* type = std::get_if<schema::Enum>(&column.type); type != nullptr && type->create_type)
        add_enum({type->name, type->values});
  for (auto const& object : item.objects)
    if (!add_plain_object(object, catalog)) desired.objects.push_back(object);
  catalog.functions.insert(catalog.functions.end(), item.functions.begin(), item.functions.end());
  catalog.triggers.insert(catalog.triggers.end(), item.triggers.begin(), item.triggers.end());
  add_schemas(catalog);
  return desired;
}

script::DesiredSchema read_schema(lua_State* L, int index, BuildRules const& rules) {
  auto const* item = lua::to_userdata<SchemaItem>(L, index);
  if (item == nullptr)
    throw lua::ArgumentError{
        fmt::format("a schema must be made by sql.schema{{…}}, not be {}", lua::type_text(L, index))};
  return build_schema(rules, *item);
}

} // namespace vm::bindings
