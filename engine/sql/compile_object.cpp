#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/sql/compile.hpp"

#include <fmt/format.h>

namespace vm::sql {

void Compiler::create_schema(op::CreateSchema const& operation, Compilation& out) const {
  out.add(fmt::format("CREATE SCHEMA {}{}", operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.name)));
}

void Compiler::drop_schema(op::DropSchema const& operation, Compilation& out) const {
  out.add(fmt::format("DROP SCHEMA {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

void Compiler::create_enum(op::CreateEnum const&, Compilation&) const {}
void Compiler::drop_enum(op::DropEnum const&, Compilation&) const {}

void Compiler::create_view(op::CreateView const& operation, Compilation& out) const {
  if (operation.materialized) {
    refuse("has no materialized views", "make a table and fill it from the SELECT, or guard the call with vm.dialect");
  }
  auto const columns = operation.columns.empty() ? std::string{} : fmt::format(" ({})", column_list(operation.columns));
  out.add(fmt::format("CREATE {}VIEW {}{}{} AS {}", operation.replace ? "OR REPLACE " : "",
                      operation.if_not_exists ? "IF NOT EXISTS " : "", quote(operation.name), columns,
                      without_semicolon(operation.definition)));
}

void Compiler::drop_view(op::DropView const& operation, Compilation& out) const {
  if (operation.materialized) refuse("has no materialized views", "guard the call with vm.dialect");
  out.add(fmt::format("DROP VIEW {}{}{}", operation.if_exists ? "IF EXISTS " : "", quote(operation.name),
                      operation.cascade ? " CASCADE" : ""));
}

void Compiler::refresh_materialized_view(op::RefreshMaterializedView const&, Compilation&) const {
  refuse("has no materialized views", "guard the call with vm.dialect");
}

void Compiler::create_function(op::CreateFunction const&, Compilation&) const {
  refuse("has no stored functions", "do the work in a trigger, or in the application; guard the call with vm.dialect");
}

void Compiler::drop_function(op::DropFunction const&, Compilation&) const {
  refuse("has no stored functions", "guard the call with vm.dialect");
}

std::string Compiler::sequence_options(std::optional<std::int64_t> start, std::optional<std::int64_t> increment,
                                       std::optional<std::int64_t> minimum, std::optional<std::int64_t> maximum,
                                       std::optional<std::int64_t> cache, bool cycle) const {
  std::vector<std::string> parts;
  if (increment) parts.push_back(fmt::format("INCREMENT BY {}", *increment));
  if (minimum) parts.push_back(fmt::format("MINVALUE {}", *minimum));
  if (maximum) parts.push_back(fmt::format("MAXVALUE {}", *maximum));
  if (start) parts.push_back(fmt::format("START WITH {}", *start));
  if (cache) parts.push_back(fmt::format("CACHE {}", *cache));
  if (cycle) parts.push_back("CYCLE");
  return join(parts, " ");
}

void Compiler::create_sequence(op::CreateSequence const&, Compilation&) const {
  refuse("has no sequences",
         "use a sole integer primary key, or a table with a counter; guard the call with vm.dialect");
}

void Compiler::drop_sequence(op::DropSequence const&, Compilation&) const {
  refuse("has no sequences", "guard the call with vm.dialect");
}

void Compiler::create_extension(op::CreateExtension const&, Compilation&) const {
  refuse("has no extensions that a migration can create", "guard the call with vm.dialect == \"postgresql\"");
}

void Compiler::drop_extension(op::DropExtension const&, Compilation&) const {
  refuse("has no extensions that a migration can drop", "guard the call with vm.dialect == \"postgresql\"");
}

} // namespace vm::sql
