#include "engine/op/reverse.hpp"

#include "engine/op/describe.hpp"
#include "engine/schema/naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::op {
namespace {

using schema::Catalog;
using schema::Column;
using schema::Constraint;
using schema::Index;
using schema::Table;
using schema::to_string;

Reversed done(std::vector<Operation> operations) {
  return {std::move(operations), {}};
}
template<typename... Operations>
Reversed by(Operations... operations) {
  auto list = std::vector<Operation>{};
  (list.emplace_back(std::move(operations)), ...);
  return done(std::move(list));
}
Reversed not_reversible(std::string reason) {
  return {{}, std::move(reason)};
}

constexpr auto needs_catalog = "what was there before is not known";

ConstraintKind kind_of(Constraint const& constraint) {
  constexpr auto kinds = std::array{ConstraintKind::primary, ConstraintKind::unique, ConstraintKind::foreignkey,
                                    ConstraintKind::check, ConstraintKind::exclude};
  return kinds.at(constraint.index());
}

std::optional<Identifier> const& name_of_constraint(Constraint const& constraint) {
  return std::visit([](auto const& one) -> std::optional<Identifier> const& { return one.name; }, constraint);
}

Operation create_constraint(TableName const& table, Constraint const& constraint) {
  struct Creator {
    TableName const& table;
    Operation operator()(schema::PrimaryKey const& key) const { return CreatePrimaryKey{table, key}; }
    Operation operator()(schema::UniqueConstraint const& unique) const { return CreateUniqueConstraint{table, unique}; }
    Operation operator()(schema::ForeignKey const& key) const { return CreateForeignKey{table, key}; }
    Operation operator()(schema::CheckConstraint const& check) const { return CreateCheckConstraint{table, check}; }
    Operation operator()(schema::ExcludeConstraint const& exclude) const {
      return CreateExcludeConstraint{table, exclude};
    }
  };
  return std::visit(Creator{table}, constraint);
}

std::vector<Identifier> columns_of(Constraint const& constraint) {
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

bool contains(std::vector<Identifier> const& columns, Identifier const& column) {
  return std::ranges::find(columns, column) != columns.end();
}

bool uses(Index const& index, Identifier const& column) {
  return contains(index.include, column) || std::ranges::any_of(index.elements, [&](auto const& element) {
           auto const* name = std::get_if<Identifier>(&element.what);
           return name && *name == column;
         });
}

std::optional<Identifier> index_name_of(TableName const& table, Index const& index) {
  return schema::index_name(schema::NamingConvention{}, table, index, index.name);
}

TableName beside(TableName const& table, Identifier const& name) {
  return {table.schema, name};
}

/// Enum types that `columns` made, by what the catalog did not have.
void drop_new_enums(std::vector<Operation>& operations, std::vector<Column> const& columns, Catalog const* before) {
  if (!before) return;
  auto dropped = std::vector<TableName>{};
  for (auto const& column : columns) {
    auto const* type = std::get_if<schema::Enum>(&column.type);
    if (!type || !type->create_type || before->enums.contains(type->name)) continue;
    if (std::ranges::find(dropped, type->name) != dropped.end()) continue;
    dropped.push_back(type->name);
    operations.emplace_back(DropEnum{type->name, true, false});
  }
}

/// Foreign keys of other tables that point at `table`, as operations that make them again.
void restore_references(std::vector<Operation>& operations, TableName const& table, Catalog const& before) {
  for (auto const& [name, other] : before.tables) {
    if (name == table) continue;
    for (auto const& constraint : other.constraints)
      if (auto const* key = std::get_if<schema::ForeignKey>(&constraint); key && key->referent == table)
        operations.emplace_back(CreateForeignKey{name, *key});
  }
}

/// A statement kept by the catalog as the database printed it.
Operation again(std::string definition) {
  return ExecuteSql{{std::move(definition)}, std::nullopt};
}

/// `a int DEFAULT 1, b text = 'x'` without the defaults: what DROP FUNCTION takes.
std::string without_defaults(std::string_view arguments) {
  auto result = std::string{};
  auto depth = 0;
  auto quote = '\0';
  auto is_default = false;
  for (auto place = std::size_t{0}; place < arguments.size(); ++place) {
    auto const byte = arguments[place];
    if (quote != '\0') {
      if (byte == quote) quote = '\0';
    } else if (byte == '\'' || byte == '"') {
      quote = byte;
    } else if (byte == '(' || byte == '[') {
      ++depth;
    } else if (byte == ')' || byte == ']') {
      --depth;
    } else if (depth == 0 && byte == ',') {
      is_default = false;
    } else if (depth == 0 && !is_default) {
      constexpr auto word = std::string_view{" default "};
      auto const here = arguments.substr(place, word.size());
      is_default = byte == '=' || (byte == ':' && arguments.substr(place, 2) == ":=") ||
                   std::ranges::equal(here, word, [](char a, char b) {
                     return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                   });
      if (is_default)
        while (result.ends_with(' ')) result.pop_back();
    }
    if (!is_default) result += byte;
  }
  return result;
}

struct Reverser {
  Catalog const* before;

  Table const* table(TableName const& name) const { return before ? before->find_table(name) : nullptr; }

  Reversed unknown_table(TableName const& name) const {
    return not_reversible(before ? fmt::format("table '{}' was not there before", to_string(name)) : needs_catalog);
  }

  // --- tables ---

  Reversed operator()(CreateTable const& create) const {
    if (create.if_not_exists && table(create.table.name))
      return not_reversible(fmt::format("table '{}' was there before", to_string(create.table.name)));
    auto operations = std::vector<Operation>{DropTable{create.table.name, create.if_not_exists, false}};
    drop_new_enums(operations, create.table.columns, before);
    return done(std::move(operations));
  }

  Reversed operator()(DropTable const& drop) const {
    auto const* held = table(drop.table);
    if (!held) return unknown_table(drop.table);
    auto operations = std::vector<Operation>{CreateTable{*held, false, false}};
    if (drop.cascade) restore_references(operations, drop.table, *before);
    for (auto const& trigger : before->triggers)
      if (trigger.table == drop.table) operations.push_back(again(trigger.definition));
    return done(std::move(operations));
  }

  Reversed operator()(RenameTable const& rename) const {
    return by(RenameTable{beside(rename.table, rename.new_name), rename.table.name});
  }

  Reversed operator()(CreateTableComment const& create) const {
    if (auto const* held = table(create.table); held && held->comment)
      return by(CreateTableComment{create.table, *held->comment});
    return by(DropTableComment{create.table});
  }

  Reversed operator()(DropTableComment const& drop) const {
    auto const* held = table(drop.table);
    if (!held) return unknown_table(drop.table);
    if (!held->comment) return not_reversible(fmt::format("table '{}' had no comment", to_string(drop.table)));
    return by(CreateTableComment{drop.table, *held->comment});
  }

  // --- columns ---

  Reversed operator()(AddColumn const& add) const {
    auto const* held = table(add.table);
    if (add.if_not_exists && held && held->find_column(add.column.name))
      return not_reversible(
          fmt::format("column '{}.{}' was there before", to_string(add.table), add.column.name.text()));
    auto operations = std::vector<Operation>{DropColumn{add.table, add.column.name, add.if_not_exists, false}};
    drop_new_enums(operations, {add.column}, before);
    return done(std::move(operations));
  }

  Reversed operator()(DropColumn const& drop) const {
    auto const* held = table(drop.table);
    if (!held) return unknown_table(drop.table);
    auto const* column = held->find_column(drop.column);
    if (!column) return not_reversible(missing_column(drop.table, drop.column));
    auto operations = std::vector<Operation>{AddColumn{drop.table, *column, false, {}, {}}};
    for (auto const& constraint : held->constraints) {
      auto const columns = columns_of(constraint);
      if (!contains(columns, drop.column)) continue;
      // MariaDB keeps what still has other columns, under the same name.
      if (auto const& name = name_of_constraint(constraint); name && columns.size() > 1)
        operations.emplace_back(DropConstraint{drop.table, *name, kind_of(constraint), true, false});
      operations.push_back(create_constraint(drop.table, constraint));
    }
    for (auto const& index : held->indexes) {
      if (!uses(index, drop.column)) continue;
      if (index.name && index.elements.size() > 1)
        operations.emplace_back(DropIndex{beside(drop.table, *index.name), drop.table, false, true, false});
      operations.emplace_back(CreateIndex{drop.table, index, false, false});
    }
    return done(std::move(operations));
  }

  Reversed operator()(AlterColumn const& alter) const {
    auto back = AlterColumn{.table = alter.table, .column = alter.new_column_name.value_or(alter.column)};
    if (alter.new_column_name) back.new_column_name = alter.column;
    auto const* held = table(alter.table);
    auto const* column = held ? held->find_column(alter.column) : nullptr;
    auto const told = Told{alter, column};
    auto unknown = std::string{};
    auto const restore = [&](bool changes, char const* what, auto set) {
      if (changes && !set() && unknown.empty()) unknown = what;
    };
    restore(alter.type.has_value(), "type", [&] { return told.type(back); });
    restore(alter.nullable.has_value(), "nullability", [&] { return told.nullable(back); });
    restore(alter.server_default.has_value(), "default", [&] { return told.server_default(back); });
    restore(alter.comment.has_value(), "comment", [&] { return told.comment(back); });
    restore(alter.autoincrement.has_value(), "autoincrement", [&] { return told.autoincrement(back); });
    restore(alter.computed.has_value(), "computed expression", [&] { return told.computed(back); });
    restore(alter.identity.has_value(), "identity", [&] { return told.identity(back); });
    restore(alter.collation.has_value(), "collation", [&] { return told.collation(back); });
    if (!unknown.empty()) {
      if (before && !column) return not_reversible(missing_column(alter.table, alter.column));
      return not_reversible(fmt::format("the {} of column '{}.{}' before the change is not known", unknown,
                                        to_string(alter.table), alter.column.text()));
    }
    back.options = alter.options;
    return by(std::move(back));
  }

  // --- indexes and constraints ---

  Reversed operator()(CreateIndex const& create) const {
    auto const name = index_name_of(create.table, create.index);
    if (!name) return not_reversible(fmt::format("the index on '{}' has no name", to_string(create.table)));
    if (create.if_not_exists && held_index(create.table, *name))
      return not_reversible(fmt::format("index '{}' was there before", name->text()));
    return by(DropIndex{beside(create.table, *name), create.table, create.concurrently, create.if_not_exists, false});
  }

  Reversed operator()(DropIndex const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    for (auto const& [name, one] : before->tables) {
      if (drop.table ? *drop.table != name : name.schema != drop.index.schema) continue;
      if (auto const* index = held_index(name, drop.index.name))
        return by(CreateIndex{name, *index, drop.concurrently, false});
    }
    return not_reversible(fmt::format("index '{}' was not there before", to_string(drop.index)));
  }

  Reversed operator()(CreatePrimaryKey const& create) const {
    // Without a name: PostgreSQL's own; the others have one primary key and ask for no name.
    auto const name = create.constraint.name.value_or(Identifier{create.table.name.text() + "_pkey"});
    return by(DropConstraint{create.table, name, ConstraintKind::primary, false, false});
  }
  Reversed operator()(CreateUniqueConstraint const& create) const { return drop_constraint(create); }
  Reversed operator()(CreateForeignKey const& create) const { return drop_constraint(create); }
  Reversed operator()(CreateCheckConstraint const& create) const { return drop_constraint(create); }
  Reversed operator()(CreateExcludeConstraint const& create) const { return drop_constraint(create); }

  Reversed operator()(ValidateConstraint const&) const { return not_reversible("a constraint stays validated"); }

  Reversed operator()(DropConstraint const& drop) const {
    auto const* held = table(drop.table);
    if (!held) return unknown_table(drop.table);
    for (auto const& constraint : held->constraints) {
      auto const& name = name_of_constraint(constraint);
      auto const is_only_primary = drop.kind == ConstraintKind::primary && kind_of(constraint) == drop.kind;
      if (!is_only_primary && name != drop.name) continue;
      if (drop.kind != ConstraintKind::unknown && kind_of(constraint) != drop.kind) continue;
      auto operations = std::vector<Operation>{create_constraint(drop.table, constraint)};
      if (drop.cascade) restore_references(operations, drop.table, *before);
      return done(std::move(operations));
    }
    return not_reversible(
        fmt::format("constraint '{}' was not on table '{}' before", drop.name.text(), to_string(drop.table)));
  }

  // --- other objects ---

  Reversed operator()(CreateSchema const& create) const {
    if (create.if_not_exists && before && contains(before->schemas, create.name))
      return not_reversible(fmt::format("schema '{}' was there before", create.name.text()));
    return by(DropSchema{create.name, create.if_not_exists, false});
  }

  Reversed operator()(DropSchema const& drop) const {
    auto const is_inside = [&](auto const& entry) { return entry.first.schema == drop.name; };
    if (drop.cascade &&
        (!before || std::ranges::any_of(before->tables, is_inside) || std::ranges::any_of(before->views, is_inside) ||
         std::ranges::any_of(before->enums, is_inside) || std::ranges::any_of(before->sequences, is_inside)))
      return not_reversible(fmt::format("what schema '{}' held went with it", drop.name.text()));
    return by(CreateSchema{drop.name, false});
  }

  Reversed operator()(CreateEnum const& create) const {
    if (create.if_not_exists && before && before->enums.contains(create.name))
      return not_reversible(fmt::format("enum '{}' was there before", to_string(create.name)));
    return by(DropEnum{create.name, create.if_not_exists, false});
  }

  Reversed operator()(DropEnum const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    auto const held = before->enums.find(drop.name);
    if (held == before->enums.end())
      return not_reversible(fmt::format("enum '{}' was not there before", to_string(drop.name)));
    return by(CreateEnum{drop.name, held->second.values, false});
  }

  Reversed operator()(AlterEnum const& alter) const {
    auto back = AlterEnum{.name = alter.name, .add = {}, .rename = {}, .remove = {}, .tables = alter.tables};
    for (auto const& [from, to] : alter.rename) back.rename.emplace_back(to, from);
    std::ranges::reverse(back.rename);
    for (auto const& add : alter.add) back.remove.push_back(add.value);
    if (alter.remove.empty()) return by(std::move(back));

    auto const held = before ? before->enums.find(alter.name) : std::map<TableName, schema::EnumType>::const_iterator{};
    if (!before || held == before->enums.end())
      return not_reversible(
          fmt::format("where the removed values of enum '{}' stood is not known", to_string(alter.name)));
    // A second operation, so that the values it is placed by have their old names again.
    auto removed = AlterEnum{.name = alter.name, .add = {}, .rename = {}, .remove = {}, .tables = alter.tables};
    auto const& values = held->second.values;
    for (auto place = values.begin(); place != values.end(); ++place) {
      if (std::ranges::find(alter.remove, *place) == alter.remove.end()) continue;
      auto add = AlterEnum::Add{*place, {}, {}, false};
      if (place != values.begin()) {
        add.after = *std::prev(place);
      } else {
        auto const kept = std::ranges::find_if(
            values, [&](auto const& value) { return std::ranges::find(alter.remove, value) == alter.remove.end(); });
        if (kept != values.end()) add.before = *kept;
      }
      removed.add.push_back(std::move(add));
    }
    if (back.rename.empty() && back.remove.empty()) return by(std::move(removed));
    return by(std::move(back), std::move(removed));
  }

  Reversed operator()(CreateView const& create) const {
    auto const* held = held_view(create.name);
    if (held && create.if_not_exists)
      return not_reversible(fmt::format("view '{}' was there before", to_string(create.name)));
    if (held && create.replace) return by(view_again(*held, true));
    return by(DropView{create.name, create.if_not_exists, false, create.materialized});
  }

  Reversed operator()(DropView const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    auto const* held = held_view(drop.name);
    if (!held) return not_reversible(fmt::format("view '{}' was not there before", to_string(drop.name)));
    return by(view_again(*held, false));
  }

  Reversed operator()(RefreshMaterializedView const&) const {
    return not_reversible("a refreshed view does not get its old rows back");
  }

  Reversed operator()(CreateFunction const& create) const {
    if (create.replace)
      if (auto const* held = held_function(create.name, std::nullopt)) return by(again(held->definition));
    return by(DropFunction{create.name, without_defaults(create.arguments), false, false, create.procedure});
  }

  Reversed operator()(DropFunction const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    auto const* held = held_function(drop.name, drop.arguments);
    if (!held) return not_reversible(fmt::format("function '{}' was not there before", to_string(drop.name)));
    return by(again(held->definition));
  }

  Reversed operator()(CreateTrigger const& create) const {
    if (create.replace || create.if_not_exists)
      if (auto const* held = held_trigger(create.name, create.table)) {
        if (create.if_not_exists)
          return not_reversible(fmt::format("trigger '{}' was there before", create.name.text()));
        return by(DropTrigger{create.name, create.table, false, false}, again(held->definition));
      }
    return by(DropTrigger{create.name, create.table, create.if_not_exists, false});
  }

  Reversed operator()(DropTrigger const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    auto const* held = held_trigger(drop.name, drop.table);
    if (!held) return not_reversible(fmt::format("trigger '{}' was not there before", drop.name.text()));
    return by(again(held->definition));
  }

  Reversed operator()(CreateSequence const& create) const {
    if (create.if_not_exists && before && before->sequences.contains(create.name))
      return not_reversible(fmt::format("sequence '{}' was there before", to_string(create.name)));
    return by(DropSequence{create.name, create.if_not_exists, false});
  }

  Reversed operator()(DropSequence const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    auto const found = before->sequences.find(drop.name);
    if (found == before->sequences.end())
      return not_reversible(fmt::format("sequence '{}' was not there before", to_string(drop.name)));
    auto const& held = found->second;
    return by(CreateSequence{.name = held.name,
                             .type = held.type,
                             .start = held.start,
                             .increment = held.increment,
                             .minimum = held.minimum,
                             .maximum = held.maximum,
                             .cache = held.cache,
                             .cycle = held.cycle,
                             .if_not_exists = false,
                             .owned_by = std::nullopt});
  }

  Reversed operator()(CreateExtension const& create) const {
    if (create.if_not_exists && held_extension(create.name))
      return not_reversible(fmt::format("extension '{}' was there before", create.name.text()));
    return by(DropExtension{create.name, create.if_not_exists, false});
  }

  Reversed operator()(DropExtension const& drop) const {
    if (!before) return not_reversible(needs_catalog);
    auto const* held = held_extension(drop.name);
    if (!held) return not_reversible(fmt::format("extension '{}' was not there before", drop.name.text()));
    auto const version = held->version.empty() ? std::nullopt : std::optional{held->version};
    return by(CreateExtension{drop.name, std::nullopt, version, false, false});
  }

  // --- data ---

  Reversed operator()(BulkInsert const&) const { return not_reversible("inserted rows are not known by key"); }
  Reversed operator()(Insert const&) const { return not_reversible("inserted rows are not known by key"); }
  Reversed operator()(Update const&) const { return not_reversible("the old values of updated rows are gone"); }
  Reversed operator()(Delete const&) const { return not_reversible("deleted rows are gone"); }
  Reversed operator()(ExecuteSql const&) const { return not_reversible("what SQL text does is not known"); }

  // --- several ---

  Reversed operator()(BatchAlterTable const& batch) const;

 private:
  /// What the column was: by the catalog, else by what the operation itself says under `existing_*`.
  struct Told {
    AlterColumn const& alter;
    Column const* column;

    bool type(AlterColumn& back) const {
      if (column)
        back.type = column->type;
      else
        back.type = alter.existing_type;
      return back.type.has_value();
    }
    bool nullable(AlterColumn& back) const {
      if (column)
        back.nullable = column->nullable;
      else
        back.nullable = alter.existing_nullable;
      return back.nullable.has_value();
    }
    bool server_default(AlterColumn& back) const {
      if (column)
        back.server_default = Change<schema::ServerDefault>{column->server_default};
      else if (alter.existing_server_default)
        back.server_default = Change<schema::ServerDefault>{alter.existing_server_default};
      return back.server_default.has_value();
    }
    bool comment(AlterColumn& back) const {
      if (column)
        back.comment = Change<std::string>{column->comment};
      else if (alter.existing_comment)
        back.comment = Change<std::string>{alter.existing_comment};
      return back.comment.has_value();
    }
    bool autoincrement(AlterColumn& back) const {
      if (column)
        back.autoincrement = column->autoincrement.value_or(false);
      else
        back.autoincrement = alter.existing_autoincrement;
      return back.autoincrement.has_value();
    }
    bool computed(AlterColumn& back) const {
      if (column) back.computed = Change<schema::Computed>{column->computed};
      return column != nullptr;
    }
    bool identity(AlterColumn& back) const {
      if (column) back.identity = Change<schema::Identity>{column->identity};
      return column != nullptr;
    }
    bool collation(AlterColumn& back) const {
      if (column) back.collation = column->collation;
      return column && column->collation;
    }
  };

  static std::string missing_column(TableName const& table, Identifier const& column) {
    return fmt::format("column '{}.{}' was not there before", to_string(table), column.text());
  }

  template<typename Create>
  static Reversed drop_constraint(Create const& create) {
    auto const kind = kind_of(Constraint{create.constraint});
    if (!create.constraint.name)
      return not_reversible(fmt::format("the constraint on '{}' has no name", to_string(create.table)));
    return by(DropConstraint{create.table, *create.constraint.name, kind, false, false});
  }

  Index const* held_index(TableName const& name, Identifier const& index) const {
    auto const* held = table(name);
    if (!held) return nullptr;
    auto const found = std::ranges::find(held->indexes, std::optional{index}, &Index::name);
    return found == held->indexes.end() ? nullptr : &*found;
  }

  schema::View const* held_view(TableName const& name) const {
    if (!before) return nullptr;
    auto const found = before->views.find(name);
    return found == before->views.end() ? nullptr : &found->second;
  }

  static CreateView view_again(schema::View const& view, bool replace) {
    auto create = CreateView{.name = view.name, .definition = view.definition, .columns = {}};
    create.replace = replace;
    create.materialized = view.materialized;
    return create;
  }

  schema::Function const* held_function(TableName const& name, std::optional<std::string> const& arguments) const {
    if (!before) return nullptr;
    auto const named = [&](schema::Function const& function) { return function.name == name; };
    auto const is_meant = [&](schema::Function const& function) {
      return named(function) && arguments && function.arguments == *arguments;
    };
    auto found = std::ranges::find_if(before->functions, is_meant);
    // Without arguments, or with another spelling of them, the name must be enough.
    if (found == before->functions.end() && std::ranges::count_if(before->functions, named) == 1)
      found = std::ranges::find_if(before->functions, named);
    return found == before->functions.end() ? nullptr : &*found;
  }

  schema::Trigger const* held_trigger(Identifier const& name, std::optional<TableName> const& on) const {
    if (!before) return nullptr;
    auto const found = std::ranges::find_if(before->triggers, [&](schema::Trigger const& trigger) {
      return trigger.name == name && (!on || trigger.table == *on);
    });
    return found == before->triggers.end() ? nullptr : &*found;
  }

  schema::Extension const* held_extension(Identifier const& name) const {
    if (!before) return nullptr;
    auto const found = std::ranges::find(before->extensions, name.text(), &schema::Extension::name);
    return found == before->extensions.end() ? nullptr : &*found;
  }
};

/// `table` as it is after one change of a batch, as far as a later reverse in the batch asks for it.
struct Changer {
  Table& table;

  void operator()(AddColumn const& add) const { table.columns.push_back(add.column); }
  void operator()(DropColumn const& drop) const {
    std::erase_if(table.columns, [&](Column const& column) { return column.name == drop.column; });
  }
  void operator()(AlterColumn const& alter) const {
    auto const found = std::ranges::find(table.columns, alter.column, &Column::name);
    if (found == table.columns.end()) return;
    if (alter.type) found->type = *alter.type;
    if (alter.nullable) found->nullable = *alter.nullable;
    if (alter.server_default) found->server_default = alter.server_default->value;
    if (alter.comment) found->comment = alter.comment->value;
    if (alter.autoincrement) found->autoincrement = alter.autoincrement;
    if (alter.computed) found->computed = alter.computed->value;
    if (alter.identity) found->identity = alter.identity->value;
    if (alter.collation) found->collation = alter.collation;
    if (alter.new_column_name) found->name = *alter.new_column_name;
  }
  void operator()(CreateIndex const& create) const { table.indexes.push_back(create.index); }
  void operator()(DropIndex const& drop) const {
    std::erase_if(table.indexes, [&](Index const& index) { return index.name == drop.index.name; });
  }
  void operator()(CreatePrimaryKey const& create) const { table.constraints.emplace_back(create.constraint); }
  void operator()(CreateUniqueConstraint const& create) const { table.constraints.emplace_back(create.constraint); }
  void operator()(CreateForeignKey const& create) const { table.constraints.emplace_back(create.constraint); }
  void operator()(CreateCheckConstraint const& create) const { table.constraints.emplace_back(create.constraint); }
  void operator()(CreateExcludeConstraint const& create) const { table.constraints.emplace_back(create.constraint); }
  void operator()(DropConstraint const& drop) const {
    std::erase_if(table.constraints,
                  [&](Constraint const& constraint) { return name_of_constraint(constraint) == drop.name; });
  }
  void operator()(CreateTableComment const& create) const { table.comment = create.comment; }
  void operator()(DropTableComment const&) const { table.comment.reset(); }
  template<typename Other>
  void operator()(Other const&) const {}
};

Reversed Reverser::operator()(BatchAlterTable const& batch) const {
  auto now = Catalog{};
  auto const* held = table(batch.table);
  if (held) now.tables.emplace(batch.table, *held);
  if (before) now.enums = before->enums;
  auto back = BatchAlterTable{batch.table, batch.recreate, {}, batch.options};
  for (auto const& operation : batch.operations) {
    auto reversed = reverse(operation, held ? &now : nullptr);
    if (reversed.operations.empty()) return not_reversible(fmt::format("{}: {}", describe(operation), reversed.reason));
    back.operations.insert(back.operations.begin(), std::make_move_iterator(reversed.operations.begin()),
                           std::make_move_iterator(reversed.operations.end()));
    if (held) std::visit(Changer{now.tables.at(batch.table)}, operation);
  }
  return by(std::move(back));
}

} // namespace

Reversed reverse(Operation const& operation, schema::Catalog const* before) {
  return std::visit(Reverser{before}, operation);
}

} // namespace vm::op
