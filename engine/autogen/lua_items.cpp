#include "engine/autogen/lua_items.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace vm::autogen {
namespace {

using schema::Identifier;

Lua flag(bool value) {
  return Lua::atom(value ? "true" : "false");
}
Lua number(std::int64_t value) {
  // A Lua number is exact up to 2^53; LuaJIT reads a longer one with LL.
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (value == std::numeric_limits<std::int64_t>::min()) return Lua::atom("-9223372036854775807LL - 1");
  return Lua::atom(fmt::format("{}{}", value, value > exact || value < -exact ? "LL" : ""));
}
Lua expression(std::string_view sql) {
  return Lua::call("sql.expr", {Lua::string(sql)});
}
Lua text(Identifier const& name) {
  return Lua::string(name.text());
}

bool is_word(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
  });
}

Lua word(std::string name) {
  return Lua::atom("sql." + std::move(name));
}
Lua with_length(std::string name, std::optional<int> length) {
  if (!length) return word(std::move(name));
  return Lua::call("sql." + std::move(name), {number(*length)});
}
Lua with_precision(std::string const& name, std::optional<int> precision, bool timezone) {
  if (!precision) return word(name + (timezone ? "tz" : ""));
  if (!timezone) return Lua::call("sql." + name, {number(*precision)});
  return Lua::call("sql." + name, {Lua::table({{"timezone", flag(true)}, {"precision", number(*precision)}})});
}

struct TypeWriter {
  Lua operator()(schema::SmallInt const&) const { return word("smallint"); }
  Lua operator()(schema::Integer const&) const { return word("integer"); }
  Lua operator()(schema::BigInt const&) const { return word("bigint"); }
  Lua operator()(schema::Real const&) const { return word("real"); }
  Lua operator()(schema::Float const&) const { return word("float"); }
  Lua operator()(schema::Double const&) const { return word("double"); }
  Lua operator()(schema::Numeric const& type) const {
    if (!type.precision) return word("numeric");
    if (!type.scale) return Lua::call("sql.numeric", {number(*type.precision)});
    return Lua::call("sql.numeric", {number(*type.precision), number(*type.scale)});
  }
  Lua operator()(schema::Boolean const&) const { return word("boolean"); }
  Lua operator()(schema::String const& type) const { return with_length("string", type.length); }
  Lua operator()(schema::Text const&) const { return word("text"); }
  Lua operator()(schema::Char const& type) const { return with_length("char", type.length); }
  Lua operator()(schema::Binary const& type) const { return with_length("binary", type.length); }
  Lua operator()(schema::Date const&) const { return word("date"); }
  Lua operator()(schema::Time const& type) const { return with_precision("time", type.precision, type.timezone); }
  Lua operator()(schema::Timestamp const& type) const {
    return with_precision("timestamp", type.precision, type.timezone);
  }
  Lua operator()(schema::Interval const&) const { return word("interval"); }
  Lua operator()(schema::Uuid const&) const { return word("uuid"); }
  Lua operator()(schema::Json const& type) const { return word(type.binary ? "jsonb" : "json"); }
  Lua operator()(schema::Enum const& type) const {
    std::vector<Lua> arguments{text(type.name.name)};
    LuaFields options;
    add_schema(options, type.name);
    if (!type.create_type) options.emplace_back("create_type", flag(false));
    if (!type.values.empty() || !options.empty()) arguments.push_back(lua_texts(type.values));
    if (!options.empty()) arguments.push_back(Lua::table(std::move(options)));
    return Lua::call("sql.enum", std::move(arguments));
  }
  Lua operator()(schema::PostgresType const& type) const {
    return is_word(type.name) ? word(type.name) : Lua::call("sql.raw", {Lua::string(type.name)});
  }
  Lua operator()(schema::Raw const& type) const { return Lua::call("sql.raw", {Lua::string(type.text)}); }
  Lua operator()(schema::Array const& type) const {
    return Lua::call("sql.array", {std::visit(*this, type.element.front())});
  }
};

Lua option(schema::OptionValue const& value) {
  struct Writer {
    Lua operator()(bool value) const { return flag(value); }
    Lua operator()(double value) const { return Lua::atom(fmt::format("{}", value)); }
    Lua operator()(std::string const& value) const { return Lua::string(value); }
    Lua operator()(std::vector<std::string> const& value) const { return lua_texts(value); }
    Lua operator()(std::map<std::string, std::string> const& value) const {
      LuaFields fields;
      for (auto const& [key, each] : value) fields.emplace_back(key, Lua::string(each));
      return Lua::table(std::move(fields));
    }
  };
  return std::visit(Writer{}, value);
}

void add_text(LuaFields& fields, std::string key, std::string const& value) {
  if (!value.empty()) fields.emplace_back(std::move(key), Lua::string(value));
}

/// Arguments with an options table behind them, where there are any.
std::vector<Lua> with_options(std::vector<Lua> arguments, LuaFields options) {
  if (!options.empty()) arguments.push_back(Lua::table(std::move(options)));
  return arguments;
}

void add_name(LuaFields& fields, std::optional<Identifier> const& name) {
  if (name) fields.emplace_back("name", text(*name));
}
/// A check's typed name is what conventions build on: one that the database has must be final.
void add_final_name(LuaFields& fields, std::optional<Identifier> const& name) {
  if (name) fields.emplace_back("name", Lua::call("op.f", {text(*name)}));
}

struct ConstraintWriter {
  Lua operator()(schema::PrimaryKey const& key) const {
    LuaFields options;
    add_name(options, key.name);
    return Lua::call("sql.primary_key", with_options({lua_names(key.columns)}, std::move(options)));
  }
  Lua operator()(schema::UniqueConstraint const& unique) const {
    LuaFields options;
    add_name(options, unique.name);
    add_deferral(options, unique.deferral);
    if (unique.nulls_not_distinct) options.emplace_back("nulls_not_distinct", flag(true));
    return Lua::call("sql.unique", with_options({lua_names(unique.columns)}, std::move(options)));
  }
  Lua operator()(schema::ForeignKey const& key) const {
    LuaFields options;
    add_name(options, key.name);
    add_foreign_key_options(options, key);
    if (key.referent.schema) options.emplace_back("referent_schema", text(*key.referent.schema));
    auto arguments = std::vector{lua_names(key.columns), text(key.referent.name)};
    if (!key.referent_columns.empty())
      arguments.push_back(lua_names(key.referent_columns));
    else if (!options.empty())
      arguments.push_back(Lua::atom("nil"));
    return Lua::call("sql.foreign_key", with_options(std::move(arguments), std::move(options)));
  }
  Lua operator()(schema::CheckConstraint const& check) const {
    LuaFields options;
    add_final_name(options, check.name);
    if (check.not_valid) options.emplace_back("not_valid", flag(true));
    return Lua::call("sql.check", with_options({Lua::string(check.condition)}, std::move(options)));
  }
  Lua operator()(schema::ExcludeConstraint const& exclude) const {
    LuaFields options;
    add_name(options, exclude.name);
    if (exclude.using_method != "gist") options.emplace_back("using", Lua::string(exclude.using_method));
    if (exclude.where) options.emplace_back("where", Lua::string(*exclude.where));
    add_deferral(options, exclude.deferral);
    return Lua::call("sql.exclude", with_options({lua_exclude_elements(exclude)}, std::move(options)));
  }
};

/// The table with what a single column can say by itself said there, as a person would.
schema::Table folded(schema::Table table) {
  auto const column_of = [&](std::vector<Identifier> const& columns) -> schema::Column* {
    if (columns.size() != 1) return nullptr;
    auto const found = std::ranges::find(table.columns, columns.front(), &schema::Column::name);
    return found == table.columns.end() ? nullptr : &*found;
  };
  auto const is_default = [&](std::optional<Identifier> const& name, std::string_view middle, std::string_view end) {
    return !name || name->text() == fmt::format("{}{}{}", table.name.name.text(), middle, end);
  };
  auto const has_dot = [](std::string const& name) { return name.find('.') != std::string::npos; };
  std::erase_if(table.constraints, [&](schema::Constraint const& constraint) {
    if (auto const* key = std::get_if<schema::PrimaryKey>(&constraint)) {
      auto* column = column_of(key->columns);
      if (!column || !is_default(key->name, "", "_pkey")) return false;
      column->primary_key = true;
      return true;
    }
    if (auto const* unique = std::get_if<schema::UniqueConstraint>(&constraint)) {
      auto* column = column_of(unique->columns);
      if (!column || unique->nulls_not_distinct || unique->deferral != schema::Deferral::unspecified) return false;
      if (column->unique || !is_default(unique->name, "_" + column->name.text(), "_key")) return false;
      column->unique = true;
      return true;
    }
    if (auto const* key = std::get_if<schema::ForeignKey>(&constraint)) {
      auto* column = column_of(key->columns);
      if (!column || column->references || key->referent.schema || key->referent_columns.size() != 1) return false;
      if (!is_default(key->name, "_" + column->name.text(), "_fkey")) return false;
      if (has_dot(key->referent.name.text()) || has_dot(key->referent_columns[0].text())) return false;
      column->references = *key;
      column->references->name.reset();
      return true;
    }
    return false;
  });
  for (auto const& constraint : table.constraints) // a key of several columns makes none of them nullable
    if (auto const* key = std::get_if<schema::PrimaryKey>(&constraint))
      for (auto& column : table.columns)
        if (std::ranges::find(key->columns, column.name) != key->columns.end()) column.nullable = true;
  return table;
}

} // namespace

Lua lua_type(schema::Type const& type) {
  return std::visit(TypeWriter{}, type);
}

Lua lua_value(Value const& value) {
  struct Writer {
    Lua operator()(Null const&) const { return Lua::atom("sql.null"); }
    Lua operator()(bool value) const { return flag(value); }
    Lua operator()(std::int64_t value) const { return number(value); }
    Lua operator()(double value) const { return Lua::atom(fmt::format("{}", value)); }
    Lua operator()(std::string const& value) const { return Lua::string(value); }
    Lua operator()(Decimal const& value) const { return Lua::call("sql.decimal", {Lua::string(value.text)}); }
    Lua operator()(Bytes const& value) const { return Lua::call("sql.bytes", {Lua::string(value.data)}); }
    Lua operator()(Array const& value) const {
      std::vector<Lua> items;
      for (auto const& each : value.elements) items.push_back(std::visit(*this, each));
      return Lua::list(std::move(items));
    }
  };
  return std::visit(Writer{}, value);
}

Lua lua_default(schema::ServerDefault const& value) {
  if (auto const* sql = std::get_if<schema::Expression>(&value)) return expression(sql->sql);
  auto const& literal = std::get<Value>(value);
  if (auto const* decimal = std::get_if<Decimal>(&literal)) return expression(decimal->text);
  return lua_value(literal);
}

Lua lua_names(std::vector<Identifier> const& names) {
  std::vector<Lua> items;
  for (auto const& name : names) items.push_back(text(name));
  return Lua::list(std::move(items));
}

Lua lua_texts(std::vector<std::string> const& texts) {
  std::vector<Lua> items;
  for (auto const& each : texts) items.push_back(Lua::string(each));
  return Lua::list(std::move(items));
}

Lua lua_name_or_names(std::vector<Identifier> const& names) {
  return names.size() == 1 ? text(names.front()) : lua_names(names);
}

Lua lua_computed(schema::Computed const& computed) {
  if (!computed.persisted) return Lua::string(computed.expression);
  return Lua::table({{"", Lua::string(computed.expression)}, {"persisted", flag(*computed.persisted)}});
}

Lua lua_identity(schema::Identity const& identity) {
  LuaFields fields;
  if (identity.always) fields.emplace_back("always", flag(true));
  auto const add = [&](char const* key, std::optional<std::int64_t> const& value) {
    if (value) fields.emplace_back(key, number(*value));
  };
  add("start", identity.start);
  add("increment", identity.increment);
  add("minimum", identity.minimum);
  add("maximum", identity.maximum);
  add("cache", identity.cache);
  if (identity.cycle) fields.emplace_back("cycle", flag(true));
  return fields.empty() ? flag(true) : Lua::table(std::move(fields));
}

Lua lua_column(schema::Column const& column) {
  LuaFields fields;
  if (column.primary_key) fields.emplace_back("primary_key", flag(true));
  if (!column.nullable && !column.primary_key) fields.emplace_back("nullable", flag(false));
  if (column.unique) fields.emplace_back("unique", flag(true));
  if (column.index) fields.emplace_back("index", flag(true));
  if (column.autoincrement) fields.emplace_back("autoincrement", flag(*column.autoincrement));
  if (column.server_default) fields.emplace_back("server_default", lua_default(*column.server_default));
  if (column.comment) fields.emplace_back("comment", Lua::string(*column.comment));
  if (auto const& key = column.references) {
    auto const place = fmt::format("{}{}", schema::to_string(key->referent),
                                   key->referent_columns.empty() ? "" : "." + key->referent_columns[0].text());
    if (key->name) {
      LuaFields inner{{"", Lua::string(place)}};
      add_name(inner, key->name);
      fields.emplace_back("references", Lua::table(std::move(inner)));
    } else {
      fields.emplace_back("references", Lua::string(place));
    }
    add_foreign_key_options(fields, *key);
  }
  if (auto const& check = column.check) {
    if (check->name) {
      LuaFields inner{{"", Lua::string(check->condition)}};
      add_final_name(inner, check->name);
      fields.emplace_back("check", Lua::table(std::move(inner)));
    } else {
      fields.emplace_back("check", Lua::string(check->condition));
    }
  }
  if (column.computed) fields.emplace_back("computed", lua_computed(*column.computed));
  if (column.identity) fields.emplace_back("identity", lua_identity(*column.identity));
  if (column.collation) fields.emplace_back("collation", Lua::string(*column.collation));
  add_options(fields, column.options);
  if (column.renamed_from) fields.emplace_back("renamed_from", text(*column.renamed_from));
  return Lua::call("sql.column", with_options({text(column.name), lua_type(column.type)}, std::move(fields)));
}

Lua lua_constraint(schema::Constraint const& constraint) {
  return std::visit(ConstraintWriter{}, constraint);
}

Lua lua_index_elements(std::vector<schema::IndexElement> const& elements) {
  std::vector<Lua> items;
  for (auto const& element : elements) {
    auto const* column = std::get_if<Identifier>(&element.what);
    auto what = column ? text(*column) : expression(std::get<schema::Expression>(element.what).sql);
    LuaFields fields;
    if (element.descending) fields.emplace_back("descending", flag(true));
    if (element.nulls_first && *element.nulls_first != element.descending)
      fields.emplace_back("nulls", Lua::string(*element.nulls_first ? "first" : "last"));
    if (element.operator_class) fields.emplace_back("ops", Lua::string(*element.operator_class));
    if (element.length) fields.emplace_back("length", number(*element.length));
    if (element.collation) fields.emplace_back("collation", Lua::string(*element.collation));
    if (!fields.empty()) {
      fields.insert(fields.begin(), {"", std::move(what)});
      what = Lua::table(std::move(fields));
    }
    items.push_back(std::move(what));
  }
  return Lua::list(std::move(items));
}

Lua lua_index(schema::Index const& index) {
  LuaFields options;
  add_index_options(options, index);
  auto name = index.name ? text(*index.name) : Lua::atom("nil");
  return Lua::call("sql.index",
                   with_options({std::move(name), lua_index_elements(index.elements)}, std::move(options)));
}

Lua lua_exclude_elements(schema::ExcludeConstraint const& exclude) {
  std::vector<Lua> items;
  for (auto const& [what, method] : exclude.elements) {
    auto const* column = std::get_if<Identifier>(&what);
    items.push_back(
        Lua::list({column ? text(*column) : expression(std::get<schema::Expression>(what).sql), Lua::string(method)}));
  }
  return Lua::list(std::move(items));
}

Lua lua_table_items(schema::Table const& whole) {
  auto const table = folded(whole);
  std::vector<Lua> items;
  for (auto const& column : table.columns) items.push_back(lua_column(column));
  for (auto const& constraint : table.constraints) items.push_back(lua_constraint(constraint));
  for (auto const& index : table.indexes) items.push_back(lua_index(index));
  return Lua::list(std::move(items)).broken();
}

void add_schema(LuaFields& fields, schema::TableName const& name) {
  if (name.schema) fields.emplace_back("schema", text(*name.schema));
}

void add_deferral(LuaFields& fields, schema::Deferral deferral) {
  if (deferral == schema::Deferral::unspecified) return;
  fields.emplace_back("deferrable", flag(deferral != schema::Deferral::not_deferrable));
  if (deferral == schema::Deferral::initially_deferred) fields.emplace_back("initially", Lua::string("DEFERRED"));
}

void add_options(LuaFields& fields, schema::Options const& options) {
  for (auto const& [key, value] : options) fields.emplace_back(key, option(value));
}

void add_index_options(LuaFields& fields, schema::Index const& index) {
  if (index.unique) fields.emplace_back("unique", flag(true));
  if (index.where) fields.emplace_back("where", Lua::string(*index.where));
  add_text(fields, "using", index.using_method);
  if (!index.include.empty()) fields.emplace_back("include", lua_names(index.include));
  if (index.nulls_not_distinct) fields.emplace_back("nulls_not_distinct", flag(true));
  if (!index.with.empty()) fields.emplace_back("with", option(index.with));
  add_options(fields, index.options);
}

void add_foreign_key_options(LuaFields& fields, schema::ForeignKey const& key) {
  add_text(fields, "ondelete", key.ondelete);
  add_text(fields, "onupdate", key.onupdate);
  add_text(fields, "match", key.match);
  add_deferral(fields, key.deferral);
  if (key.not_valid) fields.emplace_back("not_valid", flag(true));
}

void add_table_options(LuaFields& fields, schema::Table const& table) {
  add_schema(fields, table.name);
  if (table.comment) fields.emplace_back("comment", Lua::string(*table.comment));
  add_options(fields, table.options);
  if (table.renamed_from) fields.emplace_back("renamed_from", text(*table.renamed_from));
}

} // namespace vm::autogen
