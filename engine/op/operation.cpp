#include "engine/op/operation.hpp"

namespace vm::op {
namespace {

struct NameOf {
  std::string_view operator()(CreateTable const&) const { return "create_table"; }
  std::string_view operator()(DropTable const&) const { return "drop_table"; }
  std::string_view operator()(RenameTable const&) const { return "rename_table"; }
  std::string_view operator()(AddColumn const&) const { return "add_column"; }
  std::string_view operator()(DropColumn const&) const { return "drop_column"; }
  std::string_view operator()(AlterColumn const&) const { return "alter_column"; }
  std::string_view operator()(CreateIndex const&) const { return "create_index"; }
  std::string_view operator()(DropIndex const&) const { return "drop_index"; }
  std::string_view operator()(CreatePrimaryKey const&) const { return "create_primary_key"; }
  std::string_view operator()(CreateUniqueConstraint const&) const { return "create_unique_constraint"; }
  std::string_view operator()(CreateForeignKey const&) const { return "create_foreign_key"; }
  std::string_view operator()(CreateCheckConstraint const&) const { return "create_check_constraint"; }
  std::string_view operator()(CreateExcludeConstraint const&) const { return "create_exclude_constraint"; }
  std::string_view operator()(ValidateConstraint const&) const { return "validate_constraint"; }
  std::string_view operator()(DropConstraint const&) const { return "drop_constraint"; }
  std::string_view operator()(CreateTableComment const&) const { return "create_table_comment"; }
  std::string_view operator()(DropTableComment const&) const { return "drop_table_comment"; }
  std::string_view operator()(CreateSchema const&) const { return "create_schema"; }
  std::string_view operator()(DropSchema const&) const { return "drop_schema"; }
  std::string_view operator()(CreateEnum const&) const { return "create_enum"; }
  std::string_view operator()(DropEnum const&) const { return "drop_enum"; }
  std::string_view operator()(AlterEnum const&) const { return "alter_enum"; }
  std::string_view operator()(CreateView const& view) const {
    if (view.materialized) return "create_materialized_view";
    return view.replace ? "replace_view" : "create_view";
  }
  std::string_view operator()(DropView const& view) const {
    return view.materialized ? "drop_materialized_view" : "drop_view";
  }
  std::string_view operator()(RefreshMaterializedView const&) const { return "refresh_materialized_view"; }
  std::string_view operator()(CreateFunction const& function) const {
    return function.procedure ? "create_procedure" : "create_function";
  }
  std::string_view operator()(DropFunction const& function) const {
    return function.procedure ? "drop_procedure" : "drop_function";
  }
  std::string_view operator()(CreateTrigger const&) const { return "create_trigger"; }
  std::string_view operator()(DropTrigger const&) const { return "drop_trigger"; }
  std::string_view operator()(CreateSequence const&) const { return "create_sequence"; }
  std::string_view operator()(DropSequence const&) const { return "drop_sequence"; }
  std::string_view operator()(CreateExtension const&) const { return "create_extension"; }
  std::string_view operator()(DropExtension const&) const { return "drop_extension"; }
  std::string_view operator()(BulkInsert const&) const { return "bulk_insert"; }
  std::string_view operator()(Insert const&) const { return "insert"; }
  std::string_view operator()(Update const&) const { return "update"; }
  std::string_view operator()(Delete const&) const { return "delete"; }
  std::string_view operator()(ExecuteSql const&) const { return "execute"; }
  std::string_view operator()(BatchAlterTable const&) const { return "batch_alter_table"; }
};

} // namespace

std::string_view name_of(Operation const& operation) {
  return std::visit(NameOf{}, operation);
}

} // namespace vm::op
