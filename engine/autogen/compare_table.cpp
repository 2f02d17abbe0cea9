#include "engine/autogen/batches.hpp"
#include "engine/autogen/direction.hpp"
#include "engine/autogen/meaning.hpp"
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

std::string option_text(schema::OptionValue const& value) {
  if (auto const* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (auto const* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (auto const* text = std::get_if<std::string>(&value)) return lower(*text);
  return "…";
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

bool has_collation(schema::Type const& type) {
  return std::holds_alternative<schema::String>(type) || std::holds_alternative<schema::Text>(type) ||
         std::holds_alternative<schema::Char>(type) || std::holds_alternative<schema::Enum>(type);
}

bool changes_anything(op::AlterColumn const& step) {
  return step.type || step.nullable || step.server_default || step.comment || step.autoincrement || step.computed ||
         step.identity || step.collation;
}

/// As as_written() leaves it: unset means that a sole integer key counts by itself and nothing else does.
bool counts_by_itself(Table const& table, Column const& column) {
  if (column.autoincrement) return *column.autoincrement;
  if (!schema::is_integer(column.type) || column.identity) return false;
  return std::ranges::any_of(table.constraints, [&](auto const& constraint) {
    auto const* key = std::get_if<schema::PrimaryKey>(&constraint);
    return key && key->columns == std::vector{column.name};
  });
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
  bool key_changes() const;
  std::string default_collation() const;
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
    return std::ranges::any_of(to_.constraints, [&](auto const& one) { return meaning(one) == wanted; });
  };
  if (column.unique) {
    auto const unique = meaning(schema::UniqueConstraint{.columns = {name}});
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
      made_along_.insert(meaning(*key));
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
  if (from.collation != to.collation) {
    // On PostgreSQL a new type comes without the old one's.
    auto const stays = rebuilds_tables(way_.dialect) ||
                       (way_.dialect.capabilities().default_collation.empty() && has_collation(to.type));
    if (to.collation || !type_differs || stays) change.collation = to.collation.value_or(default_collation());
    found.push_back(fmt::format("collation on column {}", at(to)));
  }
  // What counts a column goes before the column changes, and comes after: one way to count has to make room for
  // another, and what is no key or no integer does not count.
  auto before_it = op::AlterColumn{.table = to_.name, .column = to.name};
  auto after_it = before_it;
  auto const identity_differs = from.identity != to.identity;
  if (identity_differs) {
    auto& step = !to.identity ? before_it : type_differs || !from.identity ? after_it : change;
    // What is there already keeps what nobody names.
    auto const whole = from.identity || !written.identity;
    step.identity = op::Change<schema::Identity>{whole ? to.identity : written.identity};
    found.push_back(fmt::format("identity on column {}", at(to)));
  }
  auto const counted = counts_by_itself(from_, from);
  // A table WITHOUT ROWID counts nothing, and no operation makes another of it: options() says so.
  auto const has_rowid = [](Table const& table) { return !table.options.contains("sqlite_without_rowid"); };
  auto const counts = has_rowid(from_) == has_rowid(to_) ? counts_by_itself(to_, to) : counted;
  if (counts != counted) {
    auto const apart = key_changes() || identity_differs;
    (!apart ? change : counts ? after_it : before_it).autoincrement = counts;
    found.push_back(fmt::format("autoincrement on column {}", at(to)));
  } else if (to.autoincrement == false && rebuilds_tables(way_.dialect) && (type_differs || key_changes())) {
    change.autoincrement = false; // an INTEGER that becomes the key would count
    changes = true;
  }
  if (from.comment != to.comment) {
    change.comment = op::Change<std::string>{to.comment};
    found.push_back(fmt::format("column comment {}", at(to)));
  }
  if (found.empty() && !changes) return true;
  for (auto& one : found) way_.found(std::move(one));
  if (change.type || change.collation) way_.reshaped.insert(to_.name);
  auto const add = [&](Phase phase, op::AlterColumn step, Column const& existing) {
    if (!changes_anything(step)) return;
    if (!step.type) step.existing_type = existing.type;
    if (!step.nullable) step.existing_nullable = existing.nullable;
    way_.steps.add(phase, std::move(step));
  };
  add(Phase::drop_count, std::move(before_it), from);
  add(Phase::alter_column, std::move(change), from);
  add(Phase::create_count, std::move(after_it), to);
  return true;
}

/// What brings a column back to the collation that nobody chose.
std::string TableWalk::default_collation() const {
  if (auto const& name = way_.dialect.capabilities().default_collation; !name.empty()) return std::string{name};
  auto const found = to_.options.find("mysql_collate");
  auto const* name = found == to_.options.end() ? nullptr : std::get_if<std::string>(&found->second);
  return name ? *name : std::string{};
}

/// Whether the primary key is made anew.
bool TableWalk::key_changes() const {
  auto const key = [](Table const& table) -> Constraint const* {
    for (auto const& constraint : table.constraints)
      if (std::holds_alternative<schema::PrimaryKey>(constraint)) return &constraint;
    return nullptr;
  };
  auto const* before = key(from_);
  auto const* after = key(to_);
  return !before || !after || meaning(*before) != meaning(*after);
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

/// A key steps aside while the columns it reads or points to change their type, or the key it points to is made anew.
/// MariaDB alters no column at all that one reads or points to, and drops no index that one stands on.
bool TableWalk::must_step_aside(schema::ForeignKey const& key) const {
  if (rebuilds_tables(way_.dialect)) return false;
  if (is_altered(way_, to_.name, key.columns) || must_wait(way_, key)) return true;
  if (!way_.dialect.capabilities().foreign_keys_need_index) return false;
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
  auto const text = meaning(constraint);
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
        // SQLite finds it by that name as well, also when the table gets another one.
        if (!one.name && !rebuilds_tables(way_.dialect)) one.name = implied_name(to_, constraint);
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
    for (auto const& each : table.constraints) held.push_back({&each, meaning(each)});
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

  std::vector<Constraint const*> dropped;
  for (auto const& a : from) {
    auto const& constraint = *a.constraint;
    if (a.matched && !touches_replaced(constraint)) continue;
    if (!a.matched) way_.found("removed " + shown(to_.name, constraint));
    // It goes with its column where the database lets it; keys are told in so many words, where they have a name.
    auto const columns = columns_of(constraint);
    auto const goes_along = columns.size() == 1 && (gone_.contains(columns[0]) || replaced_.contains(columns[0])) &&
                            !std::holds_alternative<schema::PrimaryKey>(constraint) &&
                            !std::holds_alternative<schema::ForeignKey>(constraint);
    if (!goes_along) dropped.push_back(&constraint);
  }
  // Names that end in a number count what stands before: the last goes first.
  for (auto each = dropped.rbegin(); each != dropped.rend(); ++each) drop(**each);
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

/// No operation changes them. What only the database fills in (an engine, a collation) is looked at where a person
/// wrote it: only then it is known that one is meant.
void TableWalk::options() {
  if (!way_.up) return;
  auto const say = [&](std::string const& key, schema::OptionValue const* held, schema::OptionValue const* desired) {
    way_.not_compared.push_back(fmt::format(
        "option '{}' of table '{}' is {} in the database and {} in the schema; no operation changes it, op.execute may",
        key, to_string(to_.name), held ? option_text(*held) : "not set", desired ? option_text(*desired) : "not set"));
  };
  auto const find = [](schema::Options const& options, std::string const& key) {
    auto const found = options.find(key);
    return found == options.end() ? nullptr : &found->second;
  };
  for (auto const& [key, desired] : to_.options) {
    auto const* held = find(from_.options, key);
    auto const is_meant = !held || (pair_.typed && find(pair_.typed->options, key));
    if (is_meant && (!held || option_text(*held) != option_text(desired))) say(key, held, &desired);
  }
  for (auto const& [key, held] : from_.options)
    if (!find(to_.options, key)) say(key, &held, nullptr);
}

} // namespace

void compare_table(Direction& way, TablePair const& pair) {
  TableWalk{way, pair}.run();
}

std::string default_text(sql::Dialect const& dialect, schema::ServerDefault const& value) {
  if (auto const* expression = std::get_if<schema::Expression>(&value)) return expression->sql;
  return dialect.literal(std::get<Value>(value));
}

} // namespace vm::autogen
