#include "engine/autogen/batches.hpp"

#include "engine/autogen/meaning.hpp"

#include <algorithm>

namespace vm::autogen {
namespace {

using schema::Identifier;
using schema::Table;
using schema::TableName;

/// Everything that happens to one table.
struct Unit {
  enum class Kind { change, create, drop };
  Kind kind;
  TableName table;
  std::vector<op::Operation> operations = {};
};

struct Finder {
  std::optional<TableName> operator()(op::CreateTable const& one) const { return one.table.name; }
  std::optional<TableName> operator()(op::AlterColumn const& one) const {
    return one.new_column_name ? std::nullopt : std::optional{one.table};
  }
  std::optional<TableName> operator()(op::DropIndex const& one) const { return one.table; }
  std::optional<TableName> operator()(op::DropTable const& one) const { return one.table; }
  std::optional<TableName> operator()(op::AddColumn const& one) const { return one.table; }
  std::optional<TableName> operator()(op::DropColumn const& one) const { return one.table; }
  std::optional<TableName> operator()(op::CreateIndex const& one) const { return one.table; }
  std::optional<TableName> operator()(op::CreatePrimaryKey const& one) const { return one.table; }
  std::optional<TableName> operator()(op::CreateUniqueConstraint const& one) const { return one.table; }
  std::optional<TableName> operator()(op::CreateForeignKey const& one) const { return one.table; }
  std::optional<TableName> operator()(op::CreateCheckConstraint const& one) const { return one.table; }
  std::optional<TableName> operator()(op::DropConstraint const& one) const { return one.table; }
  template<typename Other>
  std::optional<TableName> operator()(Other const&) const {
    return std::nullopt;
  }
};

/// The table that an operation changes, makes or drops; nothing for other operations and for renames, which come first
/// anyway.
std::optional<TableName> table_of(op::Operation const& operation) {
  return std::visit(Finder{}, operation);
}

Unit::Kind kind_of(op::Operation const& operation) {
  if (std::holds_alternative<op::CreateTable>(operation)) return Unit::Kind::create;
  return std::holds_alternative<op::DropTable>(operation) ? Unit::Kind::drop : Unit::Kind::change;
}

/// Whether it costs a rebuild. A column that is added or dropped may cost one as well, which the batch finds out.
bool needs_rebuild(op::Operation const& operation) {
  if (auto const* add = std::get_if<op::AddColumn>(&operation)) {
    auto const& column = add->column;
    auto const is_expression =
        column.server_default && std::holds_alternative<schema::Expression>(*column.server_default);
    return column.unique || column.primary_key || column.computed || is_expression ||
           (!column.nullable && !column.server_default);
  }
  return !std::holds_alternative<op::DropColumn>(operation) && !std::holds_alternative<op::CreateIndex>(operation) &&
         !std::holds_alternative<op::DropIndex>(operation);
}

std::set<std::vector<Identifier>> keys(Table const* table) {
  std::set<std::vector<Identifier>> found;
  if (!table) return found;
  for (auto const& constraint : table->constraints) {
    if (auto const* key = std::get_if<schema::PrimaryKey>(&constraint)) found.insert(key->columns);
    if (auto const* unique = std::get_if<schema::UniqueConstraint>(&constraint)) found.insert(unique->columns);
  }
  return found;
}

bool refers(Table const* table, TableName const& referent) {
  return table && std::ranges::any_of(table->constraints, [&](auto const& constraint) {
           auto const* key = std::get_if<schema::ForeignKey>(&constraint);
           return key && key->referent == referent;
         });
}

class Order {
 public:
  Order(std::vector<Unit> units, Direction const& way) : units_{std::move(units)}, way_{way} {}

  std::vector<Unit> sorted() && {
    std::vector<Unit> result;
    while (!units_.empty()) {
      auto next = std::ranges::find_if(units_, [&](Unit const& unit) {
        return std::ranges::none_of(units_,
                                    [&](Unit const& other) { return &other != &unit && comes_before(other, unit); });
      });
      if (next == units_.end()) {
        if (auto first = without_references()) {
          result.push_back(std::move(*first));
          continue;
        }
        // SQLite enforces no foreign keys meanwhile, but a key has to be there when rows are checked.
        next = std::ranges::find_if(units_, [&](Unit const& unit) {
          return keys(way_.from.find_table(unit.table)) != keys(way_.to.find_table(unit.table));
        });
        if (next == units_.end()) next = units_.begin();
      }
      result.push_back(std::move(*next));
      units_.erase(next);
    }
    return result;
  }

 private:
  /// Whether a foreign key of `table` to the referent is there before and no longer after.
  bool loses_reference(TableName const& table, TableName const& referent) const {
    auto const* from = way_.from.find_table(table);
    auto const* to = way_.to.find_table(table);
    return from && std::ranges::any_of(from->constraints, [&](auto const& constraint) {
             auto const* key = std::get_if<schema::ForeignKey>(&constraint);
             if (!key || key->referent != referent) return false;
             return !to || std::ranges::none_of(to->constraints, [&](auto const& other) {
               auto const* kept = std::get_if<schema::ForeignKey>(&other);
               return kept && kept->referent == referent && kept->columns == key->columns &&
                      kept->referent_columns == key->referent_columns;
             });
           });
  }
  bool comes_before(Unit const& first, Unit const& second) const {
    auto const* after = way_.to.find_table(second.table);
    if (first.table == second.table) return first.kind == Unit::Kind::change && second.kind == Unit::Kind::drop;
    // What loses a reference goes before what it referred to is gone.
    if (second.kind == Unit::Kind::drop || (second.kind == Unit::Kind::change && loses_key(second.table)))
      if (!unlinked_.contains(first.table) && loses_reference(first.table, second.table)) return true;
    // What is referred to comes before what refers to it.
    return first.kind != Unit::Kind::drop && second.kind != Unit::Kind::drop && refers(after, first.table);
  }
  /// Of a circle: the foreign keys that one of its tables loses, to be dropped ahead of its other changes.
  std::optional<Unit> without_references() {
    for (auto& unit : units_) {
      Unit first{Unit::Kind::change, unit.table};
      std::erase_if(unit.operations, [&](op::Operation const& operation) {
        auto const* drop = std::get_if<op::DropConstraint>(&operation);
        if (!drop || drop->kind != op::ConstraintKind::foreignkey) return false;
        first.operations.push_back(operation);
        return true;
      });
      if (first.operations.empty()) continue;
      unlinked_.insert(unit.table);
      if (unit.operations.empty()) units_.erase(units_.begin() + (&unit - units_.data()));
      return first;
    }
    return std::nullopt;
  }
  bool loses_key(TableName const& table) const {
    auto const left = keys(way_.to.find_table(table));
    return std::ranges::any_of(keys(way_.from.find_table(table)), [&](auto const& key) { return !left.contains(key); });
  }

  std::vector<Unit> units_;
  Direction const& way_;
  std::set<TableName> unlinked_; ///< tables whose foreign keys are dropped already
};

void write(std::vector<op::Operation>& out, Unit unit) {
  auto const spares_rebuilds = unit.operations.size() > 1 && std::ranges::any_of(unit.operations, needs_rebuild);
  if (unit.kind == Unit::Kind::change && spares_rebuilds) {
    op::BatchAlterTable batch{.table = unit.table};
    batch.operations = std::move(unit.operations);
    out.emplace_back(std::move(batch));
    return;
  }
  for (auto& operation : unit.operations) out.push_back(std::move(operation));
}

} // namespace

bool rebuilds_tables(sql::Dialect const& dialect) {
  return !dialect.capabilities().alter_column_type;
}

std::vector<op::Operation> in_batches(std::vector<op::Operation> operations, Direction const& way) {
  if (!rebuilds_tables(way.dialect)) return operations;
  std::vector<op::Operation> result, after;
  std::vector<Unit> units;
  for (auto& operation : operations) {
    auto const table = table_of(operation);
    if (!table) {
      auto const comes_first = units.empty();
      (comes_first ? result : after).push_back(std::move(operation));
      continue;
    }
    auto const kind = kind_of(operation);
    auto unit = std::ranges::find_if(units, [&](Unit const& one) {
      // Indexes of a new table belong to its making.
      return one.table == *table &&
             (one.kind == kind || (one.kind == Unit::Kind::create && kind == Unit::Kind::change));
    });
    if (unit == units.end()) unit = units.insert(units.end(), Unit{kind, *table});
    unit->operations.push_back(std::move(operation));
  }
  for (auto& unit : Order{std::move(units), way}.sorted()) write(result, std::move(unit));
  for (auto& operation : after) result.push_back(std::move(operation));
  return result;
}

} // namespace vm::autogen
