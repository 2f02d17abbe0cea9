// The compiler for SQLite, shared by the files of this folder.
#pragma once

#include "engine/dialect/sqlite/table_draft.hpp"
#include "engine/sql/compile.hpp"

#include <span>

namespace vm::dialect::sqlite {

sql::Capabilities const& capabilities_of_sqlite();

/// The column type as SQL; in a STRICT table one of the few it takes.
std::string type_name(schema::Type const& type, bool strict);

/// `CHECK ("role" IN ('a', 'b'))`, what an enum is on SQLite.
std::string enum_check(sql::Dialect const& dialect, schema::Identifier const& column,
                       std::vector<std::string> const& values);
/// `VARCHAR(6)`, or VARCHAR where there are no values to measure.
std::string enum_type(std::vector<std::string> const& values);

class Compiler final : public sql::Compiler {
 public:
  std::string_view name() const override { return "sqlite"; }
  std::string_view product() const override { return "SQLite"; }
  sql::Capabilities const& capabilities() const override { return capabilities_of_sqlite(); }
  std::string placeholder(std::size_t) const override { return "?"; }
  std::string type_name(schema::Type const& type) const override { return sqlite::type_name(type, false); }
  std::string_view begin_statement() const override { return "BEGIN IMMEDIATE"; }

  using sql::Compiler::quote;
  std::string quote(std::string_view identifier) const override;
  std::string literal(Value const& value) const override;
  bool must_run_outside_transaction(std::string_view statement) const override;
  schema::Table recognised(schema::Table table) const override;
  sql::Settlement settlement(std::string_view statement) const override;

 protected:
  void create_table(op::CreateTable const& operation, sql::Compilation& out) const override;
  void drop_table(op::DropTable const& operation, sql::Compilation& out) const override;
  void add_column(op::AddColumn const& operation, sql::Compilation& out) const override;
  void drop_column(op::DropColumn const& operation, sql::Compilation& out) const override;
  void alter_column(op::AlterColumn const& operation, sql::Compilation& out) const override;
  void create_index(op::CreateIndex const& operation, sql::Compilation& out) const override;
  void drop_index(op::DropIndex const& operation, sql::Compilation& out) const override;
  void create_constraint(schema::TableName const& table, schema::Constraint const& constraint,
                         sql::Compilation& out) const override;
  void drop_constraint(op::DropConstraint const& operation, sql::Compilation& out) const override;
  void create_table_comment(op::CreateTableComment const& operation, sql::Compilation& out) const override;
  void drop_table_comment(op::DropTableComment const& operation, sql::Compilation& out) const override;
  void create_schema(op::CreateSchema const& operation, sql::Compilation& out) const override;
  void drop_schema(op::DropSchema const& operation, sql::Compilation& out) const override;
  void alter_enum(op::AlterEnum const& operation, sql::Compilation& out) const override;
  void create_view(op::CreateView const& operation, sql::Compilation& out) const override;
  void drop_view(op::DropView const& operation, sql::Compilation& out) const override;
  void create_trigger(op::CreateTrigger const& operation, sql::Compilation& out) const override;
  void drop_trigger(op::DropTrigger const& operation, sql::Compilation& out) const override;
  void batch_alter_table(op::BatchAlterTable const& operation, sql::Compilation& out) const override;

  std::string column_type(sql::ColumnPlace const& place) const override;
  std::string default_clause(schema::ServerDefault const& value, schema::Type const* type) const override;
  std::string key_clause(sql::ColumnPlace const& place) const override;
  std::string column_tail(sql::ColumnPlace const& place) const override;
  void check_constraint(schema::Constraint const& constraint) const override;
  std::string table_tail(op::CreateTable const& operation) const override;
  std::string index_element(schema::IndexElement const& element) const override;

 private:
  friend class Rebuild;

  /// Changes of one table: each by ALTER TABLE where that keeps everything, else all of them in one rebuild.
  void change_table(schema::TableName const& table, std::span<op::Operation const> changes,
                    op::BatchAlterTable::Recreate recreate, sql::Compilation& out) const;
};

} // namespace vm::dialect::sqlite
