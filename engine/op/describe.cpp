#include "engine/op/describe.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

namespace vm::op {
namespace {

using schema::to_string;

constexpr std::size_t longest_sql = 80;

/// SQL on one line, cut where it is long.
std::string one_line(std::string_view sql) {
  auto line = std::string{};
  auto is_gap = false;
  for (auto const byte : trim(sql)) {
    if (byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t') {
      is_gap = true;
      continue;
    }
    // Cut at a character, never inside one.
    if (line.size() >= longest_sql && (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U) return line + " …";
    if (is_gap) line += ' ';
    is_gap = false;
    line += byte;
  }
  return line;
}

std::string text_of(Value const& value) {
  struct Writer {
    std::string operator()(Null const&) const { return "NULL"; }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(double number) const { return fmt::format("{}", number); }
    std::string operator()(std::string const& text) const { return fmt::format("'{}'", one_line(text)); }
    std::string operator()(Decimal const& decimal) const { return decimal.text; }
    std::string operator()(Bytes const& bytes) const { return fmt::format("{} bytes", bytes.data.size()); }
    std::string operator()(Array const& array) const { return fmt::format("{} elements", array.elements.size()); }
  };
  return std::visit(Writer{}, value);
}

std::string text_of(schema::ServerDefault const& value) {
  if (auto const* expression = std::get_if<schema::Expression>(&value)) return one_line(expression->sql);
  return text_of(std::get<Value>(value));
}

std::string quoted(TableName const& name) {
  return fmt::format("'{}'", to_string(name));
}
std::string quoted(Identifier const& name) {
  return fmt::format("'{}'", name.text());
}
std::string column_of(TableName const& table, Identifier const& column) {
  return fmt::format("'{}.{}'", to_string(table), column.text());
}

std::string names(std::vector<Identifier> const& columns) {
  auto text = std::string{};
  for (auto const& column : columns) text += fmt::format("{}{}", text.empty() ? "" : ", ", column.text());
  return text;
}

/// "unique constraint 'uq'", or what it is about where it has no name.
std::string constraint(std::string_view kind, std::optional<Identifier> const& name, std::string const& otherwise) {
  if (name) return fmt::format("{} '{}'", kind, name->text());
  return otherwise.empty() ? std::string{kind} : fmt::format("{} ({})", kind, otherwise);
}

std::string_view kind_name(ConstraintKind kind) {
  switch (kind) {
  case ConstraintKind::primary: return "primary key";
  case ConstraintKind::unique: return "unique constraint";
  case ConstraintKind::foreignkey: return "foreign key";
  case ConstraintKind::check: return "check constraint";
  case ConstraintKind::exclude: return "exclude constraint";
  case ConstraintKind::unknown: break;
  }
  return "constraint";
}

/// What changes of a column, with ", " between.
std::string changes(AlterColumn const& alter) {
  auto parts = std::vector<std::string>{};
  if (alter.type) parts.push_back("type " + to_string(*alter.type));
  if (alter.nullable) parts.emplace_back(*alter.nullable ? "nullable" : "not nullable");
  if (alter.server_default)
    parts.push_back(alter.server_default->value ? "default " + text_of(*alter.server_default->value)
                                                : "without default");
  if (alter.computed)
    parts.push_back(alter.computed->value ? "computed as " + one_line(alter.computed->value->expression)
                                          : "not computed");
  if (alter.identity) parts.emplace_back(alter.identity->value ? "identity" : "without identity");
  if (alter.collation) parts.push_back("collation " + *alter.collation);
  if (alter.autoincrement) parts.emplace_back(*alter.autoincrement ? "autoincrement" : "without autoincrement");
  if (alter.comment) parts.emplace_back(alter.comment->value ? "comment" : "without comment");
  if (alter.new_column_name) parts.push_back("rename to " + quoted(*alter.new_column_name));
  if (parts.empty()) parts.emplace_back("nothing");
  return join(parts, ", ");
}

struct Describer {
  std::string operator()(CreateTable const& create) const {
    return fmt::format("create {}table {}", create.temporary ? "temporary " : "", quoted(create.table.name));
  }
  std::string operator()(DropTable const& drop) const { return "drop table " + quoted(drop.table); }
  std::string operator()(RenameTable const& rename) const {
    return fmt::format("rename table {} to {}", quoted(rename.table), quoted(rename.new_name));
  }
  std::string operator()(AddColumn const& add) const { return "add column " + column_of(add.table, add.column.name); }
  std::string operator()(DropColumn const& drop) const { return "drop column " + column_of(drop.table, drop.column); }
  std::string operator()(AlterColumn const& alter) const {
    return fmt::format("alter column {}: {}", column_of(alter.table, alter.column), changes(alter));
  }
  std::string operator()(CreateIndex const& create) const {
    auto const kind = create.index.unique ? "unique index" : "index";
    auto const what = create.index.name ? fmt::format("{} {}", kind, quoted(*create.index.name)) : std::string{kind};
    return fmt::format("create {} on {}{}", what, quoted(create.table), create.concurrently ? " concurrently" : "");
  }
  std::string operator()(DropIndex const& drop) const {
    auto text = "drop index " + quoted(drop.index);
    if (drop.table) text += " on " + quoted(*drop.table);
    return drop.concurrently ? text + " concurrently" : text;
  }
  std::string operator()(CreatePrimaryKey const& create) const {
    return fmt::format("create {} on {}",
                       constraint("primary key", create.constraint.name, names(create.constraint.columns)),
                       quoted(create.table));
  }
  std::string operator()(CreateUniqueConstraint const& create) const {
    return fmt::format("create {} on {}",
                       constraint("unique constraint", create.constraint.name, names(create.constraint.columns)),
                       quoted(create.table));
  }
  std::string operator()(CreateForeignKey const& create) const {
    return fmt::format("create {} from {} to {}",
                       constraint("foreign key", create.constraint.name, names(create.constraint.columns)),
                       quoted(create.table), quoted(create.constraint.referent));
  }
  std::string operator()(CreateCheckConstraint const& create) const {
    return fmt::format("create {} on {}",
                       constraint("check constraint", create.constraint.name, one_line(create.constraint.condition)),
                       quoted(create.table));
  }
  std::string operator()(CreateExcludeConstraint const& create) const {
    return fmt::format("create {} on {}", constraint("exclude constraint", create.constraint.name, ""),
                       quoted(create.table));
  }
  std::string operator()(ValidateConstraint const& validate) const {
    return fmt::format("validate constraint {} on {}", quoted(validate.name), quoted(validate.table));
  }
  std::string operator()(DropConstraint const& drop) const {
    return fmt::format("drop {} {} on {}", kind_name(drop.kind), quoted(drop.name), quoted(drop.table));
  }
  std::string operator()(CreateTableComment const& create) const { return "comment table " + quoted(create.table); }
  std::string operator()(DropTableComment const& drop) const { return "drop comment of table " + quoted(drop.table); }
  std::string operator()(CreateSchema const& create) const { return "create schema " + quoted(create.name); }
  std::string operator()(DropSchema const& drop) const { return "drop schema " + quoted(drop.name); }
  std::string operator()(CreateEnum const& create) const {
    return fmt::format("create enum {} ({})", quoted(create.name), join(create.values, ", "));
  }
  std::string operator()(DropEnum const& drop) const { return "drop enum " + quoted(drop.name); }
  std::string operator()(AlterEnum const& alter) const {
    auto parts = std::vector<std::string>{};
    for (auto const& add : alter.add) parts.push_back(fmt::format("add '{}'", add.value));
    for (auto const& [from, to] : alter.rename) parts.push_back(fmt::format("rename '{}' to '{}'", from, to));
    for (auto const& value : alter.remove) parts.push_back(fmt::format("remove '{}'", value));
    if (parts.empty()) parts.emplace_back("nothing");
    return fmt::format("alter enum {}: {}", quoted(alter.name), join(parts, ", "));
  }
  std::string operator()(CreateView const& create) const {
    return fmt::format("{} {}view {}", create.replace ? "replace" : "create",
                       create.materialized ? "materialized " : "", quoted(create.name));
  }
  std::string operator()(DropView const& drop) const {
    return fmt::format("drop {}view {}", drop.materialized ? "materialized " : "", quoted(drop.name));
  }
  std::string operator()(RefreshMaterializedView const& refresh) const {
    return "refresh materialized view " + quoted(refresh.name);
  }
  std::string operator()(CreateFunction const& create) const {
    return fmt::format("{} {} {}", create.replace ? "replace" : "create", create.procedure ? "procedure" : "function",
                       quoted(create.name));
  }
  std::string operator()(DropFunction const& drop) const {
    return fmt::format("drop {} {}", drop.procedure ? "procedure" : "function", quoted(drop.name));
  }
  std::string operator()(CreateTrigger const& create) const {
    return fmt::format("{} trigger {} on {}", create.replace ? "replace" : "create", quoted(create.name),
                       quoted(create.table));
  }
  std::string operator()(DropTrigger const& drop) const {
    auto const text = "drop trigger " + quoted(drop.name);
    return drop.table ? fmt::format("{} on {}", text, quoted(*drop.table)) : text;
  }
  std::string operator()(CreateSequence const& create) const { return "create sequence " + quoted(create.name); }
  std::string operator()(DropSequence const& drop) const { return "drop sequence " + quoted(drop.name); }
  std::string operator()(CreateExtension const& create) const { return "create extension " + quoted(create.name); }
  std::string operator()(DropExtension const& drop) const { return "drop extension " + quoted(drop.name); }
  std::string operator()(BulkInsert const& insert) const {
    return fmt::format("insert {} {} into {}", insert.rows.size(), insert.rows.size() == 1 ? "row" : "rows",
                       quoted(insert.table));
  }
  std::string operator()(Insert const& insert) const { return "insert 1 row into " + quoted(insert.table); }
  std::string operator()(Update const& update) const {
    auto const text = "update " + quoted(update.table);
    return update.where ? fmt::format("{} where {}", text, one_line(*update.where)) : text + " (every row)";
  }
  std::string operator()(Delete const& remove) const {
    auto const text = "delete from " + quoted(remove.table);
    return remove.where ? fmt::format("{} where {}", text, one_line(*remove.where)) : text + " (every row)";
  }
  std::string operator()(ExecuteSql const& execute) const {
    if (execute.texts.empty()) return "execute nothing";
    auto const text = "execute " + one_line(execute.texts.front());
    return execute.texts.size() == 1 ? text : fmt::format("{} (and {} more)", text, execute.texts.size() - 1);
  }
  std::string operator()(BatchAlterTable const& batch) const {
    auto parts = std::vector<std::string>{};
    for (auto const& operation : batch.operations) parts.push_back(describe(operation));
    if (parts.empty()) parts.emplace_back("nothing");
    return fmt::format("alter table {}: {}", quoted(batch.table), join(parts, "; "));
  }
};

} // namespace

std::string describe(Operation const& operation) {
  return std::visit(Describer{}, operation);
}

} // namespace vm::op
