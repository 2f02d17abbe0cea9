#include "engine/command/schema_equality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace vm::command {
namespace {

template<class Map, class Same>
void compare_maps(std::string_view kind, Map const& before, Map const& after, std::vector<std::string>& found,
                  Same same) {
  for (auto const& [name, value] : before) {
    auto const other = after.find(name);
    if (other == after.end())
      found.push_back(fmt::format("{} '{}' is gone", kind, schema::to_string(name)));
    else
      same(name, value, other->second);
  }
  for (auto const& [name, value] : after)
    if (before.count(name) == 0) found.push_back(fmt::format("{} '{}' is left over", kind, schema::to_string(name)));
}

template<class Map>
void compare_values(std::string_view kind, Map const& before, Map const& after, std::vector<std::string>& found) {
  compare_maps(kind, before, after, found, [&](auto const& name, auto const& one, auto const& other) {
    if (!(one == other)) found.push_back(fmt::format("{} '{}' is not what it was", kind, schema::to_string(name)));
  });
}

/// Elements of one list that the other lacks.
template<class T>
std::vector<T> missing(std::vector<T> const& from, std::vector<T> const& in) {
  std::vector<T> result;
  for (auto const& each : from)
    if (std::ranges::find(in, each) == in.end()) result.push_back(each);
  return result;
}

std::string text_of(std::optional<schema::Identifier> const& name) {
  return name ? fmt::format(" '{}'", name->text()) : std::string{};
}

std::string describe(schema::Constraint const& constraint) {
  struct Describe {
    std::string operator()(schema::PrimaryKey const& one) const { return "primary key" + text_of(one.name); }
    std::string operator()(schema::UniqueConstraint const& one) const {
      return "unique constraint" + text_of(one.name);
    }
    std::string operator()(schema::ForeignKey const& one) const { return "foreign key" + text_of(one.name); }
    std::string operator()(schema::CheckConstraint const& one) const {
      return fmt::format("check{} ({})", text_of(one.name), one.condition);
    }
    std::string operator()(schema::ExcludeConstraint const& one) const { return "exclusion" + text_of(one.name); }
  };
  return std::visit(Describe{}, constraint);
}

std::string describe(schema::Index const& index) {
  return "index" + text_of(index.name);
}

std::string default_text(schema::Column const& column) {
  if (!column.server_default) return "none";
  if (auto const* expression = std::get_if<schema::Expression>(&*column.server_default)) return expression->sql;
  auto const& value = std::get<Value>(*column.server_default);
  if (auto const* text = std::get_if<std::string>(&value)) return fmt::format("'{}'", *text);
  if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (auto const* decimal = std::get_if<Decimal>(&value)) return decimal->text;
  if (auto const* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  return "another value";
}

void compare_columns(std::string const& table, schema::Column const& one, schema::Column const& other,
                     std::vector<std::string>& found) {
  if (one == other) return;
  auto const name = fmt::format("column '{}.{}'", table, one.name.text());
  auto const count = found.size();
  if (!(one.type == other.type))
    found.push_back(
        fmt::format("{} was {} and is {}", name, schema::to_string(one.type), schema::to_string(other.type)));
  if (one.nullable != other.nullable)
    found.push_back(fmt::format("{} {} NULL before and {} now", name, one.nullable ? "took" : "did not take",
                                other.nullable ? "does" : "does not"));
  if (one.server_default != other.server_default)
    found.push_back(fmt::format("{} had the default {} and has {}", name, default_text(one), default_text(other)));
  if (found.size() == count) found.push_back(fmt::format("{} is not what it was", name));
}

template<class T>
void compare_lists(std::string const& table, std::vector<T> const& before, std::vector<T> const& after,
                   std::vector<std::string>& found) {
  for (auto const& each : missing(before, after))
    found.push_back(fmt::format("{} of table '{}' is gone, or is not what it was", describe(each), table));
  for (auto const& each : missing(after, before))
    found.push_back(fmt::format("{} of table '{}' is left over, or is not what it was", describe(each), table));
}

void compare_tables(schema::Table const& before, schema::Table const& after, std::vector<std::string>& found) {
  auto const table = schema::to_string(before.name);
  for (auto const& column : before.columns) {
    if (auto const* other = after.find_column(column.name))
      compare_columns(table, column, *other, found);
    else
      found.push_back(fmt::format("column '{}.{}' is gone", table, column.name.text()));
  }
  for (auto const& column : after.columns)
    if (before.find_column(column.name) == nullptr)
      found.push_back(fmt::format("column '{}.{}' is left over", table, column.name.text()));
  compare_lists(table, before.constraints, after.constraints, found);
  compare_lists(table, before.indexes, after.indexes, found);
  if (before.comment != after.comment) found.push_back(fmt::format("the comment of table '{}' differs", table));
  if (before.options != after.options) found.push_back(fmt::format("the options of table '{}' differ", table));
}

template<class T>
void compare_objects(std::string_view kind, std::vector<T> const& before, std::vector<T> const& after,
                     std::vector<std::string>& found) {
  auto const name = [](T const& one) {
    if constexpr (std::is_same_v<T, schema::Function>)
      return fmt::format("{}({})", schema::to_string(one.name), one.arguments);
    else if constexpr (std::is_same_v<T, schema::Extension>)
      return one.name;
    else if constexpr (std::is_same_v<T, schema::Identifier>)
      return one.text();
    else
      return one.name.text();
  };
  for (auto const& each : missing(before, after))
    found.push_back(fmt::format("{} '{}' is gone, or is not what it was", kind, name(each)));
  for (auto const& each : missing(after, before))
    if (std::ranges::none_of(before, [&](T const& one) { return name(one) == name(each); }))
      found.push_back(fmt::format("{} '{}' is left over", kind, name(each)));
}

} // namespace

std::vector<std::string> schema_differences(schema::Catalog const& before, schema::Catalog const& after) {
  std::vector<std::string> found;
  compare_maps(
      "table", before.tables, after.tables, found,
      [&](auto const&, schema::Table const& one, schema::Table const& other) { compare_tables(one, other, found); });
  compare_values("view", before.views, after.views, found);
  compare_values("enum", before.enums, after.enums, found);
  compare_values("sequence", before.sequences, after.sequences, found);
  compare_objects("trigger", before.triggers, after.triggers, found);
  compare_objects("function", before.functions, after.functions, found);
  compare_objects("extension", before.extensions, after.extensions, found);
  compare_objects("schema", before.schemas, after.schemas, found);
  return found;
}

} // namespace vm::command
