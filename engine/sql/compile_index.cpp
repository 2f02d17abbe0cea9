#include "engine/core/digest.hpp"
#include "engine/core/error.hpp"
#include "engine/sql/compile.hpp"

#include <fmt/format.h>

namespace vm::sql {

schema::Identifier index_name_or_default(schema::TableName const& table, schema::Index const& index,
                                         std::size_t limit) {
  if (index.name) return *index.name;
  auto name = fmt::format("ix_{}", table.name.text());
  for (auto const& element : index.elements) {
    auto const* column = std::get_if<schema::Identifier>(&element.what);
    name += fmt::format("_{}", column == nullptr ? std::string{"expr"} : column->text());
  }
  if (name.size() > limit) {
    auto length = limit - 8;
    while (length > 0 && (static_cast<unsigned char>(name[length]) & 0xC0) == 0x80) --length;
    name = fmt::format("{}_{}", name.substr(0, length), md5_hex(name).substr(0, 4));
  }
  return schema::Identifier{std::move(name)};
}

std::string Compiler::index_element(schema::IndexElement const& element) const {
  auto text = name_or_expression(element.what);
  if (element.collation) text += fmt::format(" COLLATE {}", quote(*element.collation));
  if (element.operator_class) text += fmt::format(" {}", *element.operator_class);
  if (element.descending) text += " DESC";
  if (element.nulls_first) text += *element.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  return text;
}

std::string Compiler::index_elements(schema::Index const& index) const {
  std::string text;
  for (auto const& element : index.elements) {
    if (!text.empty()) text += ", ";
    text += index_element(element);
  }
  return text;
}

void Compiler::create_index(op::CreateIndex const& operation, Compilation& out) const {
  auto const& index = operation.index;
  out.add(fmt::format("CREATE {}INDEX {}{} ON {} ({}){}", index.unique ? "UNIQUE " : "",
                      operation.if_not_exists ? "IF NOT EXISTS " : "",
                      quote(index_name_or_default(operation.table, index, capabilities().identifier_limit)),
                      quote(operation.table), index_elements(index),
                      index.where ? fmt::format(" WHERE {}", *index.where) : ""));
}

void Compiler::drop_index(op::DropIndex const& operation, Compilation& out) const {
  out.add(fmt::format("DROP INDEX {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.index),
                      operation.cascade ? " CASCADE" : ""));
}

} // namespace vm::sql
