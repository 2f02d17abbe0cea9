#include "engine/autogen/direction.hpp"
#include "engine/autogen/normal_text.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::autogen {
namespace {

using schema::Column;
using schema::Constraint;
using schema::Identifier;
using schema::Index;
using schema::Table;
using schema::TableName;
using schema::to_string;

std::string list(std::vector<Identifier> const& columns) {
  std::string text;
  for (auto const& column : columns) text += (text.empty() ? "" : ", ") + column.text();
  return text;
}

std::string deferral(schema::Deferral value) {
  if (value == schema::Deferral::initially_deferred) return " deferred";
  return value == schema::Deferral::initially_immediate ? " deferrable" : "";
}

std::string element_text(std::variant<Identifier, schema::Expression> const& what) {
  if (auto const* column = std::get_if<Identifier>(&what)) return "column " + column->text();
  return "(" + normal_text(std::get<schema::Expression>(what).sql) + ")";
}

/// What a constraint says without its name: equal texts, equal constraints.
struct Meaning {
  std::string operator()(schema::PrimaryKey const& key) const { return "primary key " + list(key.columns); }
  std::string operator()(schema::UniqueConstraint const& one) const {
    return "unique " + list(one.columns) + deferral(one.deferral) + (one.nulls_not_distinct ? " nulls" : "");
  }
  std::string operator()(schema::ForeignKey const& key) const {
    auto const action = [](std::string const& text) { return text == "NO ACTION" ? std::string{} : text; };
    return fmt::format("foreign key {} -> {}({}) {}/{}/{}{}{}", list(key.columns), to_string(key.referent),
                       list(key.referent_columns), action(key.ondelete), action(key.onupdate),
                       key.match == "SIMPLE" ? "" : key.match, deferral(key.deferral),
                       key.not_valid ? " not valid" : "");
  }
  std::string operator()(schema::CheckConstraint const& check) const {
    return "check " + normal_text(check.condition) + (check.not_valid ? " not valid" : "");
  }
  std::string operator()(schema::ExcludeConstraint const& exclude) const {
    std::string text = "exclude " + exclude.using_method;
    for (auto const& [what, method] : exclude.elements) text += fmt::format(" {} {}", element_text(what), method);
    return text + normal_text(exclude.where.value_or("")) + deferral(exclude.deferral);
  }
};

std::string option_text(schema::OptionValue const& value) {
  if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (auto const* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (auto const* text = std::get_if<std::string>(&value)) return lower(*text);
  return "…";
}

std::string meaning(Index const& index) {
  std::string text = index.unique ? "unique index" : "index";
  for (auto const& element : index.elements) {
    text += ' ' + element_text(element.what) + (element.descending ? " desc" : "");
    // NULLs come last, or first in a descending order, where nobody says otherwise.
    if (element.nulls_first && *element.nulls_first != element.descending)
      text += *element.nulls_first ? " nulls first" : " nulls last";
    if (element.operator_class) text += " class " + *element.operator_class;
    if (element.length) text += fmt::format(" length {}", *element.length);
    if (element.collation) text += " collation " + *element.collation;
  }
  text += " include " + list(index.include) + (index.nulls_not_distinct ? " nulls" : "");
  if (index.where) text += " where " + normal_text(*index.where);
  text += " using " + (index.using_method.empty() ? "btree" : lower(index.using_method));
  for (auto const& [key, value] : index.with) text += fmt::format(" {}={}", lower(key), lower(value));
  return text;
}

std::optional<Identifier> const& name_of(Constraint const& constraint) {
  return std::visit([](auto const& one) -> std::optional<Identifier> const& { return one.name; }, constraint);
}

std::vector<Identifier> columns_of(Constraint const& constraint) {
  struct Columns {
    std::vector<Identifier> operator()(schema::PrimaryKey const& key) const { return key.columns; }
    std::vector<Identifier> operator()(schema::UniqueConstraint const& one) const { return one.columns; }
    std::vector<Identifier> operator()(schema::ForeignKey const& key) const { return key.columns; }
    std::vector<Identifier> operator()(schema::CheckConstraint const&) const { return {}; }
    std::vector<Identifier> operator()(schema::ExcludeConstraint const&) const { return {}; }
  };
  return std::visit(Columns{}, constraint);
}

std::string_view kind_text(Constraint const& constraint) {
  constexpr std::array<std::string_view, 5> kinds{"primary key", "unique constraint", "foreign key", "check constraint",
                                                  "exclude constraint"};
  return kinds.at(constraint.index());
}

std::string shown(TableName const& table, Constraint const& constraint) {
  auto const& name = name_of(constraint);
  if (name) return fmt::format("{} '{}' on '{}'", kind_text(constraint), name->text(), to_string(table));
  return fmt::format("{} ({}) on '{}'", kind_text(constraint), list(columns_of(constraint)), to_string(table));
}

/// The name that PostgreSQL gives to what nobody named, and by which SQLite's rebuild finds it.
Identifier implied_name(Table const& table, Constraint const& constraint) {
  auto columns = columns_of(constraint);
  if (auto const* check = std::get_if<schema::CheckConstraint>(&constraint)) {
    for (auto const& column : table.columns)
      if (mentions(check->condition, column.name.text())) columns.push_back(column.name);
    if (columns.size() != 1) columns.clear();
  }
  constexpr std::array<std::string_view, 5> endings{"pkey", "key", "fkey", "check", "excl"};
  auto text = table.name.name.text() + "_";
  if (!std::holds_alternative<schema::PrimaryKey>(constraint))
    for (auto const& column : columns) text += column.text() + "_";
  text += endings.at(constraint.index());
  return Identifier{text};
}

/// Names that a person chose for constraints and indexes of a table; the database's own choices are not among them.
std::set<Identifier> chosen_names(Table const* typed) {
  std::set<Identifier> names;
  if (!typed) return names;
  auto const add = [&](std::optional<Identifier> const& name) {
    if (name) names.insert(*name);
  };
  for (auto const& constraint : typed->constraints) add(name_of(constraint));
  for (auto const& index : typed->indexes) add(index.name);
  for (auto const& column : typed->columns) {
    if (column.references) add(column.references->name);
    if (column.check) add(column.check->name);
  }
  return names;
}

/// Whether an ALTER of this direction changes what one of the columns is.
bool is_altered(Direction const& way, TableName const& table, std::vector<Identifier> const& columns) {
  auto const* from = way.from.find_table(table);
  auto const* to = way.to.find_table(table);
  return from && to && std::ranges::any_of(columns, [&](auto const& name) {
           auto const* before = from->find_column(name);
           auto const* after = to->find_column(name);
           return before && after && (before->type != after->type || before->nullable != after->nullable);
         });
}

/// Whether a key has to wait until the column it points to is altered.
bool must_wait(Direction const& way, schema::ForeignKey const& key) {
  return way.dialect.capabilities().foreign_keys_need_index && is_altered(way, key.referent, key.referent_columns);
}

/// Compares the parts of one table.
class TableWalk {
 public:
  TableWalk(Direction& way, TablePair const& pair)
      : way_{way},
        pair_{pair},
        from_{*pair.from},
        to_{*pair.to},
        chosen_{chosen_names(pair.desired_typed)} {}

  void run() {
    columns();
    constraints();
    indexes();
    comment();
    options();
  }

 private:
  void columns();
  bool alter(Column const& from, Column const& to);
  bool reads_changed(Column const& to) const;
  void add_column(Column const& to);
  void constraints();
  void indexes();
  void comment();
  void options();

  void drop(Constraint const& constraint);
  void create(Constraint const& constraint);
  void create(Index const& index);
  bool must_step_aside(schema::ForeignKey const& key) const;
  bool touches_replaced(Constraint const& constraint) const;
  bool touches_replaced(Index const& index) const;
  bool serves_foreign_key(Index const& index) const;

  bool decided(std::function<std::optional<bool>(script::ColumnPair const&)> const& hook, Column const& column,
               std::optional<std::string> from, std::optional<std::string> to, bool differs) const {
    if (!hook) return differs;
    script::ColumnPair pair{to_.name, column.name, std::move(from), std::move(to)};
    if (!way_.up) std::swap(pair.database, pair.desired);
    return hook(pair).value_or(differs);
  }

  Column const& typed(Column const& column) const {
    auto const* written = pair_.typed ? pair_.typed->find_column(column.name) : nullptr;
    return written ? *written : column;
  }

  std::string at(Column const& column) const { return fmt::format("'{}.{}'", to_string(to_.name), column.name.text()); }

  Direction& way_;
  TablePair const& pair_;
  Table const& from_;
  Table const& to_;
  std::set<Identifier> chosen_;
  std::set<Identifier> replaced_;    ///< dropped and added again: what stands on them goes along
  std::set<Identifier> gone_;        ///< dropped for good
  std::set<std::string> made_along_; ///< meanings of what an added column brings along
};

void TableWalk::add_column(Column const& to) {
  auto column = typed(to);
  column.primary_key = false; // a change of the key is one of its own
  column.renamed_from.reset();
  column.check.reset();
  auto const& name = column.name;
  auto const has = [&](std::string const& wanted) {
    return std::ranges::any_of(to_.constraints, [&](auto const& one) { return std::visit(Meaning{}, one) == wanted; });
  };
  if (column.unique) {
    auto const unique = Meaning{}(schema::UniqueConstraint{.columns = {name}});
    column.unique = has(unique);
    if (column.unique) made_along_.insert(unique);
  }
  if (column.references) {
    auto const* key = [&]() -> schema::ForeignKey const* {
      for (auto const& constraint : to_.constraints)
        if (auto const* one = std::get_if<schema::ForeignKey>(&constraint); one && one->columns == std::vector{name})
          return one;
      return nullptr;
    }();
    // A referent that is made in the same migration stands already: tables come before columns.
    if (key && !must_wait(way_, *key))
      made_along_.insert(Meaning{}(*key));
    else
      column.references.reset();
  }
  if (column.index) {
    auto const index = meaning(Index{.elements = {{.what = name}}});
    column.index = std::ranges::any_of(to_.indexes, [&](auto const& one) { return meaning(one) == index; });
    if (column.index) made_along_.insert(index);
  }
  auto const phase = column.computed ? Phase::add_computed : Phase::add_column;
  way_.steps.add(phase, op::AddColumn{to_.name, std::move(column), false, {}, {}});
}

/// False where no ALTER leads there and the column has to be made anew.
bool TableWalk::alter(Column const& from, Column const& to) {
  auto const& written = typed(to);
  auto change = op::AlterColumn{.table = to_.name, .column = to.name};
  auto changes = false;
  std::vector<std::string> found;

  if (from.computed != to.computed) {
    auto const same = from.computed && to.computed &&
                      normal_text(from.computed->expression) == normal_text(to.computed->expression) &&
                      from.computed->persisted == to.computed->persisted;
    if (!same) {
      way_.found(fmt::format("computed expression on {}", at(to)));
      if (to.computed) return false;
      change.computed = op::Change<schema::Computed>{};
      changes = true;
    }
  }
  auto const type_differs = from.type != to.type;
  if (decided(way_.options.hooks.compare_type, to, to_string(from.type), to_string(to.type), type_differs)) {
    change.type = written.type;
    if (auto cast = way_.dialect.cast_for_type_change(to.name, from.type, to.type)) change.using_expression = cast;
    found.push_back(fmt::format("type change from {} to {} on {}", to_string(from.type), to_string(to.type), at(to)));
  }
  if (from.nullable != to.nullable) {
    change.nullable = to.nullable;
    found.push_back(fmt::format("{} on column {}", to.nullable ? "NULL" : "NOT NULL", at(to)));
  }
  auto const text = [&](Column const& column) -> std::optional<std::string> {
    if (!column.server_default) return std::nullopt;
    return default_text(way_.dialect, *column.server_default);
  };
  auto const before = text(from), after = text(to);
  auto const default_differs =
      before.has_value() != after.has_value() || (before && normal_text(*before) != normal_text(*after));
  if (decided(way_.options.hooks.compare_server_default, to, before, after, default_differs)) {
    change.server_default =
        op::Change<schema::ServerDefault>{written.server_default ? written.server_default : to.server_default};
    found.push_back(fmt::format("server default on column {}", at(to)));
  }
  if (from.identity != to.identity) {
    change.identity = op::Change<schema::Identity>{written.identity ? written.identity : to.identity};
    found.push_back(fmt::format("identity on column {}", at(to)));
  }
  if (from.collation != to.collation) {
    // Back to the database's own collation there is no way but the type.
    if (to.collation)
      change.collation = to.collation;
    else
      change.type = written.type;
    found.push_back(fmt::format("collation on column {}", at(to)));
  }
  if (from.autoincrement != to.autoincrement) {
    // Unset is the rule: a sole integer key counts by itself, nothing else does.
    change.autoincrement = to.autoincrement.value_or(!from.autoincrement.value_or(true));
    found.push_back(fmt::format("autoincrement on column {}", at(to)));
  }
  if (from.comment != to.comment) {
    change.comment = op::Change<std::string>{to.comment};
    found.push_back(fmt::format("column comment {}", at(to)));
  }
  if (found.empty() && !changes) return true;
  for (auto& one : found) way_.found(std::move(one));
  if (!change.type) change.existing_type = from.type;
  if (!change.nullable) change.existing_nullable = from.nullable;
  if (change.type || change.collation) way_.reshaped.insert(to_.name);
  way_.steps.add(Phase::alter_column, std::move(change));
  return true;
}

/// A computed column whose sources change their type is made anew: PostgreSQL alters no column that one reads.
bool TableWalk::reads_changed(Column const& to) const {
  if (!to.computed) return false;
  return std::ranges::any_of(to_.columns, [&](Column const& source) {
    auto const* before = from_.find_column(source.name);
    return before && before->type != source.type && mentions(to.computed->expression, source.name.text());
  });
}

void TableWalk::columns() {
  for (auto const& to : to_.columns) {
    auto const* from = from_.find_column(to.name);
    if (!from) {
      way_.found(fmt::format("added column {}", at(to)));
      add_column(to);
    } else if (reads_changed(to) || !alter(*from, to)) {
      replaced_.insert(to.name);
      way_.reshaped.insert(to_.name);
      way_.steps.add(Phase::drop_replaced, op::DropColumn{to_.name, to.name, false, false});
      add_column(to);
    }
  }
  for (auto const& from : from_.columns) {
    if (to_.find_column(from.name)) continue;
    way_.found(fmt::format("removed column {}", at(from)));
    gone_.insert(from.name);
    way_.reshaped.insert(to_.name);
    way_.steps.add(from.computed ? Phase::drop_computed : Phase::drop_column,
                   op::DropColumn{to_.name, from.name, false, false});
  }
}

/// MariaDB alters no column that a foreign key reads or points to, and drops no index that one stands on: the key steps
/// aside meanwhile.
bool TableWalk::must_step_aside(schema::ForeignKey const& key) const {
  if (!way_.dialect.capabilities().foreign_keys_need_index) return false;
  if (is_altered(way_, to_.name, key.columns) || is_altered(way_, key.referent, key.referent_columns)) return true;
  return std::ranges::any_of(from_.indexes, [&](Index const& index) {
    auto const stays = [&](Index const& other) { return other.name == index.name && meaning(other) == meaning(index); };
    auto const* first = std::get_if<Identifier>(&index.elements.front().what);
    return first && *first == key.columns.front() && std::ranges::none_of(to_.indexes, stays);
  });
}

bool TableWalk::touches_replaced(Constraint const& constraint) const {
  if (auto const* key = std::get_if<schema::ForeignKey>(&constraint); key && must_step_aside(*key)) return true;
  if (replaced_.empty()) return false;
  auto const columns = columns_of(constraint);
  if (std::ranges::any_of(columns, [&](auto const& each) { return replaced_.contains(each); })) return true;
  auto const text = std::visit(Meaning{}, constraint);
  return columns.empty() &&
         std::ranges::any_of(replaced_, [&](auto const& column) { return mentions(text, column.text()); });
}

bool TableWalk::touches_replaced(Index const& index) const {
  auto const text = meaning(index);
  return std::ranges::any_of(replaced_, [&](auto const& column) { return mentions(text, column.text()); });
}

void TableWalk::drop(Constraint const& constraint) {
  auto const kind = static_cast<op::ConstraintKind>(constraint.index() + 1);
  auto const name = name_of(constraint).value_or(implied_name(from_, constraint));
  auto const phase = kind == op::ConstraintKind::foreignkey ? Phase::drop_foreign_key : Phase::drop_constraint;
  way_.steps.add(phase, op::DropConstraint{to_.name, name, kind, false, false});
}

void TableWalk::create(Constraint const& constraint) {
  struct Creator {
    TableName const& table;
    op::Operation operator()(schema::PrimaryKey const& key) const { return op::CreatePrimaryKey{table, key}; }
    op::Operation operator()(schema::UniqueConstraint const& one) const {
      return op::CreateUniqueConstraint{table, one};
    }
    op::Operation operator()(schema::ForeignKey const& key) const { return op::CreateForeignKey{table, key}; }
    op::Operation operator()(schema::CheckConstraint const& check) const {
      return op::CreateCheckConstraint{table, check};
    }
    op::Operation operator()(schema::ExcludeConstraint const& one) const {
      return op::CreateExcludeConstraint{table, one};
    }
  };
  auto written = constraint;
  std::visit(
      [&](auto& one) {
        if (!one.name) one.name = implied_name(to_, constraint);
      },
      written);
  if (auto* check = std::get_if<schema::CheckConstraint>(&written); check && check->name && pair_.typed) {
    for (auto const& typed : pair_.typed->constraints)
      if (auto const* one = std::get_if<schema::CheckConstraint>(&typed); one && one->name == check->name)
        check->condition = one->condition;
  }
  auto const phase =
      std::holds_alternative<schema::ForeignKey>(constraint) ? Phase::create_foreign_key : Phase::create_constraint;
  way_.steps.add(phase, std::visit(Creator{to_.name}, written));
}

void TableWalk::constraints() {
  struct Held {
    Constraint const* constraint;
    std::string meaning;
    bool matched = false;
  };
  auto const hold = [](Table const& table) {
    std::vector<Held> held;
    for (auto const& each : table.constraints) held.push_back({&each, std::visit(Meaning{}, each)});
    return held;
  };
  auto from = hold(from_), to = hold(to_);
  auto const match = [&](auto const& fits) {
    for (auto& b : to) {
      if (b.matched) continue;
      for (auto& a : from) {
        if (a.matched || a.meaning != b.meaning || !fits(name_of(*a.constraint), name_of(*b.constraint))) continue;
        a.matched = b.matched = true;
        break;
      }
    }
  };
  match([](auto const& a, auto const& b) { return a == b; });
  // A name that nobody chose is no difference.
  auto const free = [&](std::optional<Identifier> const& name) { return !name || !chosen_.contains(*name); };
  match([&](auto const& a, auto const& b) { return way_.up ? free(b) : free(a); });

  for (auto const& a : from) {
    auto const& constraint = *a.constraint;
    if (a.matched && !touches_replaced(constraint)) continue;
    if (!a.matched) way_.found("removed " + shown(to_.name, constraint));
    // It goes with its column where the database lets it; keys are told in so many words, where they have a name.
    auto const columns = columns_of(constraint);
    auto const goes_along = columns.size() == 1 && (gone_.contains(columns[0]) || replaced_.contains(columns[0])) &&
                            !std::holds_alternative<schema::PrimaryKey>(constraint) &&
                            (!std::holds_alternative<schema::ForeignKey>(constraint) || !name_of(constraint));
    if (!goes_along) drop(constraint);
  }
  for (auto const& b : to) {
    if (b.matched && !touches_replaced(*b.constraint)) continue;
    if (made_along_.contains(b.meaning)) continue;
    if (!b.matched) way_.found("added " + shown(to_.name, *b.constraint));
    create(*b.constraint);
  }
}

/// MariaDB keeps an index for each foreign key, makes it by itself, and takes any that begins with the key's columns.
bool TableWalk::serves_foreign_key(Index const& index) const {
  if (!way_.dialect.capabilities().foreign_keys_need_index || index.unique) return false;
  auto const serves = [&](Constraint const& constraint) {
    auto const* key = std::get_if<schema::ForeignKey>(&constraint);
    if (!key || key->columns.size() > index.elements.size()) return false;
    for (std::size_t place = 0; place < key->columns.size(); ++place) {
      auto const* column = std::get_if<Identifier>(&index.elements[place].what);
      if (!column || *column != key->columns[place]) return false;
    }
    return true;
  };
  return std::ranges::any_of(to_.constraints, serves) && std::ranges::any_of(from_.constraints, serves);
}

void TableWalk::create(Index const& index) {
  auto written = index;
  // As a person wrote it, where that is the same index.
  if (pair_.typed)
    for (auto const& typed : pair_.typed->indexes)
      if (typed.name && typed.name == index.name) written = typed;
  way_.steps.add(Phase::create_index, op::CreateIndex{to_.name, std::move(written), false, false});
}

void TableWalk::indexes() {
  std::set<Index const*> kept_from, kept_to;
  auto const match = [&](auto const& fits) {
    for (auto const& b : to_.indexes) {
      if (kept_to.contains(&b)) continue;
      for (auto const& a : from_.indexes) {
        if (kept_from.contains(&a) || meaning(a) != meaning(b) || !fits(a.name, b.name)) continue;
        kept_from.insert(&a);
        kept_to.insert(&b);
        break;
      }
    }
  };
  match([](auto const& a, auto const& b) { return a == b; });
  auto const& generated = pair_.desired_typed;
  auto const free = [&](std::optional<Identifier> const& name) {
    return generated != nullptr && name && !chosen_.contains(*name);
  };
  match([&](auto const& a, auto const& b) { return way_.up ? free(b) : free(a); });

  auto const describe = [&](Index const& index) {
    return fmt::format("index '{}' on '{}'", index.name ? index.name->text() : "", to_string(to_.name));
  };
  for (auto const& a : from_.indexes) {
    auto const kept = kept_from.contains(&a);
    if (kept && !touches_replaced(a)) continue;
    if (!kept && serves_foreign_key(a) && !chosen_.contains(*a.name)) continue;
    if (!kept) way_.found("removed " + describe(a));
    auto const* only = a.elements.size() == 1 ? std::get_if<Identifier>(&a.elements[0].what) : nullptr;
    if (only && (gone_.contains(*only) || replaced_.contains(*only))) continue; // goes with its column
    if (a.name) {
      way_.steps.add(Phase::drop_index, op::DropIndex{{to_.name.schema, *a.name}, to_.name, false, false, false});
    }
  }
  for (auto const& b : to_.indexes) {
    auto const kept = kept_to.contains(&b);
    if (kept && !touches_replaced(b)) continue;
    if (!kept && serves_foreign_key(b) && !chosen_.contains(*b.name)) continue;
    if (made_along_.contains(meaning(b))) continue;
    if (!kept) way_.found("added " + describe(b));
    create(b);
  }
}

void TableWalk::comment() {
  if (from_.comment == to_.comment) return;
  way_.found(fmt::format("table comment on '{}'", to_string(to_.name)));
  if (to_.comment)
    way_.steps.add(Phase::comment, op::CreateTableComment{to_.name, *to_.comment});
  else
    way_.steps.add(Phase::comment, op::DropTableComment{to_.name});
}

/// Options are looked at where a person wrote them; only then it is known that one is meant.
void TableWalk::options() {
  if (!way_.up || !pair_.typed) return;
  for (auto const& [key, written] : pair_.typed->options) {
    auto const desired = to_.options.find(key), held = from_.options.find(key);
    if (desired == to_.options.end()) continue; // another database's, or one that cannot be read back
    if (held != from_.options.end() && option_text(held->second) == option_text(desired->second)) continue;
    way_.not_compared.push_back(fmt::format("option '{}' of table '{}' is {} in the database and {} in the schema; no "
                                            "operation changes it, op.execute may",
                                            key, to_string(to_.name),
                                            held == from_.options.end() ? "not set" : option_text(held->second),
                                            option_text(desired->second)));
  }
}

std::vector<schema::ForeignKey> foreign_keys(Table const& table) {
  std::vector<schema::ForeignKey> keys;
  for (auto const& column : table.columns) {
    if (!column.references) continue;
    keys.push_back(*column.references);
    if (keys.back().columns.empty()) keys.back().columns = {column.name};
  }
  for (auto const& constraint : table.constraints)
    if (auto const* key = std::get_if<schema::ForeignKey>(&constraint)) keys.push_back(*key);
  return keys;
}

/// Tables so that each stands after those it refers to; `broken` are the keys that point ahead all the same.
struct Sorted {
  std::vector<Table const*> tables;
  std::map<TableName, std::set<TableName>> ahead;
};

Sorted sorted(std::vector<Table const*> tables) {
  Sorted result;
  std::map<TableName, std::set<TableName>> open; // table -> the referents that are not placed yet
  for (auto const* table : tables) open[table->name];
  for (auto const* table : tables)
    for (auto const& key : foreign_keys(*table))
      if (key.referent != table->name && open.contains(key.referent)) open[table->name].insert(key.referent);
  while (!tables.empty()) {
    auto next = std::ranges::find_if(tables, [&](auto const* table) { return open[table->name].empty(); });
    if (next == tables.end()) { // a cycle: the table with the fewest keys ahead goes first
      next = std::ranges::min_element(tables, {}, [&](auto const* table) { return open[table->name].size(); });
      result.ahead[(*next)->name] = open[(*next)->name];
    }
    auto const* table = *next;
    tables.erase(next);
    open.erase(table->name);
    for (auto& [name, referents] : open) referents.erase(table->name);
    result.tables.push_back(table);
  }
  return result;
}

} // namespace

void compare_table(Direction& way, TablePair const& pair) {
  TableWalk{way, pair}.run();
}

void create_tables(Direction& way, std::vector<Table const*> const& tables) {
  auto const order = sorted(tables);
  for (auto const* table : order.tables) {
    auto made = *table;
    made.renamed_from.reset();
    for (auto& column : made.columns) column.renamed_from.reset();
    auto const ahead = order.ahead.find(made.name);
    auto const later = [&](schema::ForeignKey key) {
      auto const is_ahead = ahead != order.ahead.end() && ahead->second.contains(key.referent);
      if (!is_ahead && !must_wait(way, key)) return false;
      way.steps.add(Phase::create_foreign_key, op::CreateForeignKey{made.name, std::move(key)});
      return true;
    };
    for (auto& column : made.columns) {
      if (!column.references) continue;
      auto key = *column.references;
      if (key.columns.empty()) key.columns = {column.name};
      if (later(key)) column.references.reset();
    }
    std::erase_if(made.constraints, [&](auto const& constraint) {
      auto const* key = std::get_if<schema::ForeignKey>(&constraint);
      return key && later(*key);
    });
    way.found(fmt::format("added table '{}'", to_string(made.name)));
    way.steps.add(Phase::create_table, op::CreateTable{std::move(made), false, false});
  }
}

void drop_tables(Direction& way, std::vector<Table const*> const& tables) {
  auto const order = sorted(tables);
  for (auto const& [name, referents] : order.ahead) {
    for (auto const& key : foreign_keys(*way.from.find_table(name))) {
      if (!key.name || !referents.contains(key.referent)) continue;
      way.steps.add(Phase::drop_foreign_key,
                    op::DropConstraint{name, *key.name, op::ConstraintKind::foreignkey, false, false});
    }
  }
  if (way.dialect.capabilities().foreign_keys_need_index) {
    // What they point to may be altered before they go.
    for (auto const* table : tables) {
      for (auto const& key : foreign_keys(*table)) {
        if (!key.name || !way.to.tables.contains(key.referent)) continue;
        way.steps.add(Phase::drop_foreign_key,
                      op::DropConstraint{table->name, *key.name, op::ConstraintKind::foreignkey, false, false});
      }
    }
  }
  for (auto each = order.tables.rbegin(); each != order.tables.rend(); ++each)
    way.steps.add(Phase::drop_table, op::DropTable{(*each)->name, false, false});
  for (auto const* table : tables) way.found(fmt::format("removed table '{}'", to_string(table->name)));
}

std::string default_text(sql::Dialect const& dialect, schema::ServerDefault const& value) {
  if (auto const* expression = std::get_if<schema::Expression>(&value)) return expression->sql;
  return dialect.literal(std::get<Value>(value));
}

} // namespace vm::autogen
