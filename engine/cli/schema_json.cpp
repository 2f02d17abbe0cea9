#include "engine/cli/schema_json.hpp"

#include <nlohmann/json.hpp>

#include <type_traits>

namespace vm::cli {
namespace {

using Json = nlohmann::ordered_json;

Json text(schema::Identifier const& name) {
  return name.text();
}
Json text(schema::TableName const& name) {
  return schema::to_string(name);
}

Json names(std::vector<schema::Identifier> const& list) {
  auto result = Json::array();
  for (auto const& name : list) result.push_back(name.text());
  return result;
}

template<class T>
void set(Json& object, char const* key, std::optional<T> const& value) {
  if (!value) return;
  if constexpr (std::is_same_v<T, schema::Identifier>)
    object[key] = value->text();
  else
    object[key] = *value;
}
void set(Json& object, char const* key, std::string const& value) {
  if (!value.empty()) object[key] = value;
}
void set(Json& object, char const* key, bool value) {
  if (value) object[key] = true;
}

Json value_of(Value const& value) {
  struct Convert {
    Json operator()(Null) const { return nullptr; }
    Json operator()(bool flag) const { return flag; }
    Json operator()(std::int64_t number) const { return number; }
    Json operator()(double number) const { return number; }
    Json operator()(std::string const& one) const { return one; }
    Json operator()(Decimal const& decimal) const { return {{"decimal", decimal.text}}; }
    Json operator()(Bytes const& bytes) const {
      static constexpr char digits[] = "0123456789abcdef";
      std::string hex;
      for (char const c : bytes.data) {
        auto const byte = static_cast<unsigned char>(c);
        hex += digits[byte >> 4];
        hex += digits[byte & 15u];
      }
      return {{"bytes", hex}};
    }
    Json operator()(Array const& array) const {
      auto list = Json::array();
      for (auto const& each : array.elements) list.push_back(value_of(each));
      return list;
    }
  };
  return std::visit(Convert{}, value);
}

Json value_of(schema::ServerDefault const& value) {
  if (auto const* expression = std::get_if<schema::Expression>(&value)) return {{"expression", expression->sql}};
  return {{"value", value_of(std::get<Value>(value))}};
}

std::string deferral_text(schema::Deferral deferral) {
  switch (deferral) {
  case schema::Deferral::not_deferrable: return "not deferrable";
  case schema::Deferral::initially_immediate: return "initially immediate";
  case schema::Deferral::initially_deferred: return "initially deferred";
  case schema::Deferral::unspecified: break;
  }
  return {};
}

Json options_of(schema::Options const& options) {
  auto result = Json::object();
  for (auto const& [key, value] : options) std::visit([&, &name = key](auto const& one) { result[name] = one; }, value);
  return result;
}

template<class T>
void set_numbers(Json& object, T const& from) {
  set(object, "start", from.start);
  set(object, "increment", from.increment);
  set(object, "minimum", from.minimum);
  set(object, "maximum", from.maximum);
  set(object, "cache", from.cache);
  set(object, "cycle", from.cycle);
}

Json value_of(schema::ForeignKey const& key) {
  Json object;
  object["kind"] = "foreign key";
  set(object, "name", key.name);
  object["columns"] = names(key.columns);
  object["referent"] = text(key.referent);
  object["referent_columns"] = names(key.referent_columns);
  set(object, "ondelete", key.ondelete);
  set(object, "onupdate", key.onupdate);
  set(object, "match", key.match);
  set(object, "deferral", deferral_text(key.deferral));
  set(object, "not_valid", key.not_valid);
  return object;
}

Json value_of(schema::CheckConstraint const& check) {
  Json object;
  object["kind"] = "check";
  set(object, "name", check.name);
  object["condition"] = check.condition;
  set(object, "not_valid", check.not_valid);
  return object;
}

Json value_of(schema::Constraint const& constraint) {
  struct Convert {
    Json operator()(schema::PrimaryKey const& key) const {
      Json object;
      object["kind"] = "primary key";
      set(object, "name", key.name);
      object["columns"] = names(key.columns);
      return object;
    }
    Json operator()(schema::UniqueConstraint const& unique) const {
      Json object;
      object["kind"] = "unique";
      set(object, "name", unique.name);
      object["columns"] = names(unique.columns);
      set(object, "deferral", deferral_text(unique.deferral));
      set(object, "nulls_not_distinct", unique.nulls_not_distinct);
      return object;
    }
    Json operator()(schema::ForeignKey const& key) const { return value_of(key); }
    Json operator()(schema::CheckConstraint const& check) const { return value_of(check); }
    Json operator()(schema::ExcludeConstraint const& exclude) const {
      Json object;
      object["kind"] = "exclude";
      set(object, "name", exclude.name);
      object["using"] = exclude.using_method;
      object["elements"] = Json::array();
      for (auto const& [what, with] : exclude.elements) {
        auto const* column = std::get_if<schema::Identifier>(&what);
        object["elements"].push_back({{column != nullptr ? "column" : "expression",
                                       column != nullptr ? column->text() : std::get<schema::Expression>(what).sql},
                                      {"operator", with}});
      }
      set(object, "where", exclude.where);
      set(object, "deferral", deferral_text(exclude.deferral));
      return object;
    }
  };
  return std::visit(Convert{}, constraint);
}

Json value_of(schema::Index const& index) {
  Json object;
  set(object, "name", index.name);
  object["elements"] = Json::array();
  for (auto const& element : index.elements) {
    Json one;
    if (auto const* column = std::get_if<schema::Identifier>(&element.what))
      one["column"] = column->text();
    else
      one["expression"] = std::get<schema::Expression>(element.what).sql;
    set(one, "descending", element.descending);
    set(one, "nulls_first", element.nulls_first);
    set(one, "operator_class", element.operator_class);
    set(one, "length", element.length);
    set(one, "collation", element.collation);
    object["elements"].push_back(std::move(one));
  }
  set(object, "unique", index.unique);
  set(object, "nulls_not_distinct", index.nulls_not_distinct);
  set(object, "where", index.where);
  set(object, "using", index.using_method);
  if (!index.include.empty()) object["include"] = names(index.include);
  if (!index.with.empty()) object["with"] = index.with;
  if (!index.options.empty()) object["options"] = options_of(index.options);
  return object;
}

Json value_of(schema::Column const& column) {
  Json object;
  object["name"] = column.name.text();
  object["type"] = schema::to_string(column.type);
  if (auto const* type = std::get_if<schema::Enum>(&column.type)) object["values"] = type->values;
  object["nullable"] = column.nullable;
  set(object, "primary_key", column.primary_key);
  set(object, "unique", column.unique);
  set(object, "index", column.index);
  set(object, "autoincrement", column.autoincrement);
  if (column.server_default) object["server_default"] = value_of(*column.server_default);
  set(object, "comment", column.comment);
  if (column.references) object["references"] = value_of(*column.references);
  if (column.check) object["check"] = value_of(*column.check);
  if (column.computed) {
    object["computed"] = {{"expression", column.computed->expression}};
    set(object["computed"], "persisted", column.computed->persisted);
  }
  if (column.identity) {
    object["identity"] = {{"always", column.identity->always}};
    set_numbers(object["identity"], *column.identity);
  }
  set(object, "collation", column.collation);
  if (!column.options.empty()) object["options"] = options_of(column.options);
  return object;
}

Json value_of(schema::Trigger const& trigger);
Json value_of(schema::Function const& function);
Json value_of(schema::Extension const& extension);

template<class List>
Json list_of(List const& list) {
  auto result = Json::array();
  for (auto const& each : list) result.push_back(value_of(each));
  return result;
}

Json value_of(schema::Table const& table) {
  Json object;
  object["name"] = text(table.name);
  set(object, "comment", table.comment);
  object["columns"] = list_of(table.columns);
  object["constraints"] = list_of(table.constraints);
  object["indexes"] = list_of(table.indexes);
  if (!table.options.empty()) object["options"] = options_of(table.options);
  return object;
}

Json value_of(schema::View const& view) {
  Json object{{"name", text(view.name)}, {"definition", view.definition}};
  set(object, "materialized", view.materialized);
  return object;
}

Json value_of(schema::EnumType const& type) {
  return {{"name", text(type.name)}, {"values", type.values}};
}

Json value_of(schema::Sequence const& sequence) {
  Json object;
  object["name"] = text(sequence.name);
  set(object, "type", sequence.type);
  set_numbers(object, sequence);
  return object;
}

Json value_of(schema::Trigger const& trigger) {
  return {{"name", text(trigger.name)}, {"table", text(trigger.table)}, {"definition", trigger.definition}};
}

Json value_of(schema::Function const& function) {
  Json object{{"name", text(function.name)}, {"arguments", function.arguments}, {"definition", function.definition}};
  set(object, "procedure", function.procedure);
  return object;
}

Json value_of(schema::Extension const& extension) {
  return {{"name", extension.name}, {"version", extension.version}};
}

template<class Map>
Json values_of(Map const& map) {
  auto result = Json::array();
  for (auto const& [name, value] : map) result.push_back(value_of(value));
  return result;
}

} // namespace

std::string schema_json(schema::Catalog const& catalog) {
  Json document;
  document["schemas"] = names(catalog.schemas);
  document["extensions"] = list_of(catalog.extensions);
  document["enums"] = values_of(catalog.enums);
  document["sequences"] = values_of(catalog.sequences);
  document["tables"] = values_of(catalog.tables);
  document["views"] = values_of(catalog.views);
  document["functions"] = list_of(catalog.functions);
  document["triggers"] = list_of(catalog.triggers);
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace vm::cli
