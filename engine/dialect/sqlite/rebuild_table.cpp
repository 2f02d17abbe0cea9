// Changes that SQLite's ALTER TABLE cannot make: a new table from the old one's text, the rows copied, the old table
// dropped, the new one renamed, indexes and triggers made again
// (https://www.sqlite.org/lang_altertable.html#otheralter). Views and foreign keys of other tables stay as they are,
// since the rename is done without looking at them (legacy_alter_table).
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/dialect/sqlite/compiler.hpp"
#include "engine/sql/quote.hpp"
#include "engine/sql/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vm::dialect::sqlite {

namespace {

using Recreate = op::BatchAlterTable::Recreate;

/// An index or trigger of the table that is made again after the rebuild.
struct Dependent {
  std::string name;
  std::string text;
  bool is_index = false;
};

/// The table as the database keeps it, with what hangs on it.
struct Before {
  TableDraft table;
  std::vector<Dependent> dependents;
  std::vector<std::string> children; ///< other tables whose foreign keys point here, where nobody can be asked
  bool is_temporary = false;
};

bool same(std::string_view a, std::string_view b) {
  return equals_ignore_case(a, b);
}

bool contains(std::vector<std::string> const& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string const& any) { return same(any, name); });
}

std::string text_of(Value const& value) {
  auto const* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string{} : *text;
}

/// What PostgreSQL would have called a constraint that has no name here, so that a migration written for both can drop
/// it.
std::string implied_name(std::string_view table, std::vector<std::string> const& columns, ConstraintTextKind kind) {
  if (kind == ConstraintTextKind::primary_key) return fmt::format("{}_pkey", table);
  auto const ending = kind == ConstraintTextKind::unique                                                  ? "key"
                      : kind == ConstraintTextKind::references || kind == ConstraintTextKind::foreign_key ? "fkey"
                                                                                                          : "check";
  return columns.empty() ? fmt::format("{}_{}", table, ending)
                         : fmt::format("{}_{}_{}", table, join(columns, "_"), ending);
}

} // namespace

class Rebuild {
 public:
  Rebuild(Compiler const& dialect, schema::TableName name, Before before)
      : dialect_{dialect},
        name_{std::move(name)},
        before_{std::move(before)},
        table_{before_.table} {
    for (auto const& column : table_.columns) sources_[lower(column.name)] = dialect_.quote(column.name);
  }

  void apply(op::Operation const& change, sql::Compilation& out);
  /// Whether ALTER TABLE, CREATE INDEX or DROP INDEX does it with nothing lost.
  bool is_native(op::Operation const& change) const;
  void emit_native(op::Operation const& change, sql::Compilation& out) const;
  /// `always`: also when nothing about the table changes.
  void finish(sql::Compilation& out, bool always);

 private:
  void rebuild(sql::Compilation& out);
  bool drop_index(std::string_view name);
  void add(op::AddColumn const& change);
  void drop(op::DropColumn const& change);
  void alter(op::AlterColumn const& change);
  bool names_rowid(ColumnDraft const& column) const;
  void create(schema::Constraint const& constraint);
  /// A constraint of the table, or of one of its columns.
  struct NamedConstraint {
    std::string name;
    bool is_implied; ///< nobody gave it the name
    ColumnDraft* column;
    std::size_t place; ///< among the clauses of the column or the table
  };
  std::vector<NamedConstraint> named_constraints();
  void drop(op::DropConstraint const& change);
  void alter(op::AlterEnum const& change);
  void set_type(ColumnDraft& column, schema::Type const& type);
  void move(std::string const& column, std::optional<schema::Identifier> const& before,
            std::optional<schema::Identifier> const& after);

  /// The name a column has until the renames at the end.
  std::string old_name(schema::Identifier const& column) const;
  std::string with_old_names(std::string text) const;
  ColumnDraft& column(schema::Identifier const& name);
  schema::Table strictness() const;
  void check_foreign_keys(sql::Compilation& out) const;

  Compiler const& dialect_;
  schema::TableName name_;
  Before before_;
  TableDraft table_;
  std::map<std::string, std::string> sources_; ///< what fills a column of the new table, by its lower-case name
  std::vector<std::pair<std::string, std::string>> renames_; ///< done by RENAME COLUMN after the rebuild
  std::vector<std::string> dropped_indexes_;
  std::vector<op::Operation> afterwards_; ///< indexes and whatever else has no part in the rebuild
};

// --- what the changes do to the text ---

std::string Rebuild::old_name(schema::Identifier const& column) const {
  auto name = column.text();
  for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
    if (same(rename->second, name)) name = rename->first;
  }
  return name;
}

std::string Rebuild::with_old_names(std::string text) const {
  for (auto rename = renames_.rbegin(); rename != renames_.rend(); ++rename) {
    text = with_renamed_column(text, rename->second, rename->first);
  }
  return text;
}

ColumnDraft& Rebuild::column(schema::Identifier const& name) {
  if (auto* found = table_.find(old_name(name))) return *found;
  std::vector<std::string> names;
  for (auto const& any : table_.columns) names.push_back(any.name);
  UsageError error{fmt::format("table '{}' has no column '{}'", to_string(name_), name.text())};
  if (auto const nearest = nearest_name(name.text(), names)) {
    error.add_hint({fmt::format("did you mean '{}'?", *nearest)});
  } else {
    error.add_hint({fmt::format("it has {}", quoted_list(names))});
  }
  throw error;
}

schema::Table Rebuild::strictness() const {
  schema::Table table{.name = name_};
  if (table_.strict) table.options["sqlite_strict"] = true;
  return table;
}

void Rebuild::apply(op::Operation const& change, sql::Compilation& out) {
  if (auto const* o = std::get_if<op::AddColumn>(&change)) return add(*o);
  if (auto const* o = std::get_if<op::DropColumn>(&change)) return drop(*o);
  if (auto const* o = std::get_if<op::AlterColumn>(&change)) return alter(*o);
  if (auto const* o = std::get_if<op::CreatePrimaryKey>(&change)) return create(o->constraint);
  if (auto const* o = std::get_if<op::CreateUniqueConstraint>(&change)) return create(o->constraint);
  if (auto const* o = std::get_if<op::CreateForeignKey>(&change)) return create(o->constraint);
  if (auto const* o = std::get_if<op::CreateCheckConstraint>(&change)) return create(o->constraint);
  if (auto const* o = std::get_if<op::CreateExcludeConstraint>(&change)) return create(o->constraint);
  if (auto const* o = std::get_if<op::DropConstraint>(&change)) return drop(*o);
  if (auto const* o = std::get_if<op::AlterEnum>(&change)) return alter(*o);
  if (auto const* o = std::get_if<op::DropIndex>(&change)) {
    if (drop_index(o->index.name.text())) return;
  }
  sql::Compilation checked{.existing = out.existing};
  dialect_.compile_into(change, checked); // refused now, not after the first statement
  afterwards_.push_back(change);
}

bool Rebuild::drop_index(std::string_view name) {
  auto const is_it = [&](Dependent const& any) { return any.is_index && same(any.name, name); };
  if (std::erase_if(before_.dependents, is_it) == 0) return false;
  dropped_indexes_.emplace_back(name);
  return true;
}

void Rebuild::add(op::AddColumn const& change) {
  auto const& name = change.column.name.text();
  if (table_.find(name) != nullptr) {
    if (change.if_not_exists) return;
    throw UsageError{fmt::format("table '{}' has a column '{}' already", to_string(name_), name)};
  }
  auto const strict = strictness();
  auto one = strict;
  one.columns = {change.column};
  auto added = draft_of_column(dialect_.column_definition({.column = change.column,
                                                           .in_key = change.column.primary_key,
                                                           .writes_key = change.column.primary_key,
                                                           .generates = dialect_.generates_values(one, change.column),
                                                           .writes_constraints = true,
                                                           .table = &strict}));
  if (change.column.primary_key && !table_.key().empty()) {
    throw UsageError{fmt::format("table '{}' has a primary key already", to_string(name_)),
                     Hint{"drop it first: op.drop_constraint(name, table, { type = \"primary\" })"}};
  }
  for (auto& clause : added.clauses) clause.text = with_old_names(std::move(clause.text));
  table_.columns.push_back(std::move(added));
  move(name, change.insert_before, change.insert_after);
  if (change.column.index) {
    afterwards_.push_back(op::CreateIndex{.table = name_, .index = {.elements = {{.what = change.column.name}}}});
  }
}

void Rebuild::drop(op::DropColumn const& change) {
  if (change.cascade) dialect_.refuse("drops nothing else along with a column", "leave 'cascade' out");
  auto const name = old_name(change.column);
  if (table_.find(name) == nullptr && change.if_exists) return;
  column(change.column);
  for (auto const& dependent : before_.dependents) {
    if (dependent.is_index) continue;
    auto const words = sql::words(dependent.text, dialect_.capabilities());
    for (std::size_t at = 2; at < words.size(); ++at) {
      bool const is_row = words[at - 1].is(".") && (words[at - 2].is("NEW") || words[at - 2].is("OLD"));
      if (!is_row || !same(sql::unquoted(words[at]), name)) continue;
      throw UsageError{
          fmt::format("trigger '{}' uses column '{}' of table '{}'", dependent.name, name, to_string(name_)),
          Hint{"drop the trigger first, and create it without the column afterwards"}};
    }
  }
  for (auto& other : table_.columns) {
    if (same(other.name, name)) continue;
    auto const* generated = other.find(ConstraintTextKind::generated);
    if (generated != nullptr && mentions(generated->text, name)) {
      throw UsageError{
          fmt::format("column '{}' of table '{}' is computed from column '{}'", other.name, to_string(name_), name),
          Hint{"drop the computed column first"}};
    }
    std::erase_if(other.clauses, [&](Clause const& clause) {
      return clause.kind == ConstraintTextKind::check && mentions(clause.text, name);
    });
  }
  // As elsewhere, what was about the column goes with it: constraints and indexes over it.
  std::erase_if(table_.constraints, [&](Clause const& clause) {
    return contains(clause.columns, name) || (clause.kind == ConstraintTextKind::check && mentions(clause.text, name));
  });
  std::erase_if(before_.dependents, [&](Dependent const& any) {
    auto const columns = any.text.find('(');
    return any.is_index && columns != std::string::npos && mentions(std::string_view{any.text}.substr(columns), name);
  });
  std::erase_if(table_.columns, [&](ColumnDraft const& any) { return same(any.name, name); });
  sources_.erase(lower(name));
}

void Rebuild::set_type(ColumnDraft& column, schema::Type const& type) {
  schema::Column const said{.name = schema::Identifier{column.name}, .type = type};
  auto const strict = strictness();
  auto const key = table_.key();
  bool const is_rowid =
      same(column.type, "INTEGER") && key.size() == 1 && same(key.front(), column.name) && !table_.without_rowid;
  std::erase_if(column.clauses, [&](Clause const& clause) {
    return clause.kind == ConstraintTextKind::check && enum_values(clause.text, column.name).has_value();
  });
  if (is_rowid && schema::is_integer(type)) return; // the rowid holds every integer, and must be called INTEGER
  column.type = dialect_.column_type({.column = said, .table = &strict});
  if (auto tail = dialect_.column_tail({.column = said}); !tail.empty()) {
    column.clauses.push_back({.kind = ConstraintTextKind::check, .text = std::move(tail)});
  }
}

/// Whether the column is the table's rowid under another name: a sole key declared INTEGER.
bool Rebuild::names_rowid(ColumnDraft const& column) const {
  auto const key = table_.key();
  return key.size() == 1 && same(key.front(), column.name) && upper(column.type) == "INTEGER";
}

void Rebuild::alter(op::AlterColumn const& change) {
  auto& changed = column(change.column);
  auto const name = changed.name;
  auto const set = [&](ConstraintTextKind kind, std::string text) {
    changed.drop(kind);
    changed.clauses.push_back({.kind = kind, .text = std::move(text)});
  };
  if (change.identity && change.identity->value) {
    dialect_.refuse("has no identity columns", "a sole integer primary key generates its values by itself");
  }
  if (change.autoincrement.value_or(false)) {
    auto const key = table_.key();
    bool const is_key = key.size() == 1 && same(key.front(), name);
    auto const type = change.type ? dialect_.type_name(*change.type) : changed.type;
    if (!is_key || upper(type).find("INT") == std::string::npos) {
      dialect_.refuse(fmt::format("generates values for a sole integer primary key only, and '{}' is none", name),
                      "leave 'autoincrement' out, or make the column the primary key first");
    }
    changed.type = "INTEGER";
  } else if (change.autoincrement && names_rowid(changed)) {
    // An INT key is a column like others; only INTEGER is the rowid.
    changed.type = "INT";
  }
  if (change.type) set_type(changed, *change.type);
  if (change.autoincrement == false && upper(changed.type) == "INTEGER") changed.type = "INT";
  if (change.nullable) {
    changed.drop(ConstraintTextKind::null);
    if (*change.nullable) {
      changed.drop(ConstraintTextKind::not_null);
    } else if (changed.find(ConstraintTextKind::not_null) == nullptr) {
      set(ConstraintTextKind::not_null, "NOT NULL");
    }
  }
  if (change.server_default) {
    changed.drop(ConstraintTextKind::default_value);
    if (change.server_default->value) {
      set(ConstraintTextKind::default_value,
          with_old_names(
              dialect_.default_clause(*change.server_default->value, change.type ? &*change.type : nullptr)));
    }
  }
  if (upper(changed.type) != "INTEGER") { // AUTOINCREMENT counts the rowid
    for (auto& clause : changed.clauses) {
      auto const word = clause.kind == ConstraintTextKind::primary_key ? upper(clause.text).rfind("AUTOINCREMENT")
                                                                       : std::string::npos;
      if (word != std::string::npos) clause.text = std::string{trim(clause.text.substr(0, word))};
    }
  }
  if (change.collation) set(ConstraintTextKind::collate, fmt::format("COLLATE {}", dialect_.quote(*change.collation)));
  if (change.computed) {
    bool const was_computed = changed.find(ConstraintTextKind::generated) != nullptr;
    changed.drop(ConstraintTextKind::generated);
    if (change.computed->value) {
      set(ConstraintTextKind::generated, with_old_names(dialect_.computed_clause(*change.computed->value)));
      changed.drop(ConstraintTextKind::default_value);
    } else if (!was_computed) {
      dialect_.refuse(fmt::format("computes nothing in column '{}'", name), "leave 'computed' out");
    }
  }
  if (change.using_expression) sources_[lower(name)] = with_old_names(*change.using_expression);
  move(name, change.insert_before, change.insert_after);
  if (change.new_column_name && change.new_column_name->text() != change.column.text()) {
    renames_.emplace_back(change.column.text(), change.new_column_name->text());
  }
}

void Rebuild::alter(op::AlterEnum const& change) {
  for (auto const& [table, name] : change.tables) {
    auto& changed = column(name);
    Clause* check = nullptr;
    std::vector<std::string> values;
    auto const look = [&](std::vector<Clause>& clauses) {
      for (auto& clause : clauses) {
        auto found = clause.kind == ConstraintTextKind::check ? enum_values(clause.text, changed.name) : std::nullopt;
        if (!found) continue;
        check = &clause;
        values = std::move(*found);
      }
    };
    look(changed.clauses);
    if (check == nullptr) look(table_.constraints);
    if (check == nullptr) {
      throw UsageError{fmt::format("column '{}' of table '{}' has no CHECK that lists the values of an enum",
                                   changed.name, to_string(name_)),
                       Hint{"change its type: op.alter_column(table, column, { type = sql.enum(…) })"}};
    }
    auto const find = [&](std::string const& value) {
      auto const at = std::ranges::find(values, value);
      if (at != values.end()) return at;
      throw UsageError{fmt::format("the enum in '{}.{}' has no value '{}'", to_string(name_), changed.name, value),
                       Hint{fmt::format("it has {}", quoted_list(values))}};
    };
    if (!change.rename.empty()) {
      auto source = fmt::format("CASE {}", sources_[lower(changed.name)]);
      for (auto const& [old_value, new_value] : change.rename) {
        *find(old_value) = new_value;
        source +=
            fmt::format(" WHEN {} THEN {}", dialect_.literal(Value{old_value}), dialect_.literal(Value{new_value}));
        for (auto& clause : changed.clauses) {
          bool const is_it = clause.kind == ConstraintTextKind::default_value &&
                             clause.text == fmt::format("DEFAULT {}", dialect_.literal(Value{old_value}));
          if (is_it) clause.text = fmt::format("DEFAULT {}", dialect_.literal(Value{new_value}));
        }
      }
      sources_[lower(changed.name)] = fmt::format("{} ELSE {} END", source, dialect_.quote(changed.name));
    }
    for (auto const& added : change.add) {
      if (std::ranges::find(values, added.value) != values.end()) {
        if (added.if_not_exists) continue;
        throw UsageError{
            fmt::format("the enum in '{}.{}' has a value '{}' already", to_string(name_), changed.name, added.value)};
      }
      auto const at = added.before ? find(*added.before) : added.after ? find(*added.after) + 1 : values.end();
      values.insert(at, added.value);
    }
    for (auto const& value : change.remove) values.erase(find(value));
    check->text = enum_check(dialect_, schema::Identifier{changed.name}, values);
    if (upper(changed.type).starts_with("VARCHAR")) changed.type = enum_type(values);
  }
}

void Rebuild::create(schema::Constraint const& constraint) {
  dialect_.check_constraint(constraint);
  auto clause = draft_of_constraint(with_old_names(dialect_.constraint_definition(constraint)));
  for (auto const& any : clause.columns) column(schema::Identifier{any});
  if (auto const* key = std::get_if<schema::PrimaryKey>(&constraint)) {
    if (!table_.key().empty()) {
      throw UsageError{fmt::format("table '{}' has a primary key already", to_string(name_)),
                       Hint{"drop it first: op.drop_constraint(name, table, { type = \"primary\" })"}};
    }
    for (auto const& any : key->columns) {
      auto& part = column(any);
      if (part.find(ConstraintTextKind::not_null) != nullptr) continue;
      part.drop(ConstraintTextKind::null);
      part.clauses.push_back({.kind = ConstraintTextKind::not_null, .text = "NOT NULL"});
    }
  }
  table_.constraints.push_back(std::move(clause));
}

/// Every constraint with the name it has, or that PostgreSQL would have given it: of several that would be called alike
/// the second gets a 1. In the order in which an inspector tells them.
std::vector<Rebuild::NamedConstraint> Rebuild::named_constraints() {
  using enum ConstraintTextKind;
  std::vector<NamedConstraint> found;
  std::map<std::string, std::size_t> taken;
  auto const add = [&](Clause const& clause, ColumnDraft* column, std::size_t place) {
    auto columns = clause.columns;
    if (column != nullptr && columns.empty()) columns = {column->name};
    if (clause.kind == check && column == nullptr) {
      for (auto const& any : table_.columns)
        if (mentions(clause.text, any.name)) columns.push_back(any.name);
      if (columns.size() != 1) columns.clear();
    }
    auto called = clause.name ? *clause.name : implied_name(name_.name.text(), columns, clause.kind);
    if (!clause.name)
      if (auto const times = taken[called]++; times > 0) called += std::to_string(times);
    found.push_back({std::move(called), !clause.name, column, place});
  };
  auto const add_all = [&](std::vector<Clause> const& clauses, ColumnDraft* column, auto const& wanted) {
    for (std::size_t place = 0; place < clauses.size(); ++place)
      if (wanted(clauses[place])) add(clauses[place], column, place);
  };
  auto const kinds =
      std::vector<std::vector<ConstraintTextKind>>{{primary_key}, {unique}, {references, foreign_key}, {check}};
  auto const is_listed = [&](Clause const& clause) {
    return std::ranges::any_of(kinds, [&](auto const& of) { return std::ranges::find(of, clause.kind) != of.end(); });
  };
  for (auto const& of : kinds) {
    auto const wanted = [&](Clause const& clause) { return std::ranges::find(of, clause.kind) != of.end(); };
    for (auto& column : table_.columns) add_all(column.clauses, &column, wanted);
    add_all(table_.constraints, nullptr, wanted);
  }
  // NOT NULL and the like, where they have a name.
  for (auto& column : table_.columns)
    add_all(column.clauses, &column, [&](Clause const& clause) { return clause.name && !is_listed(clause); });
  return found;
}

void Rebuild::drop(op::DropConstraint const& change) {
  if (change.cascade) dialect_.refuse("drops nothing else along with a constraint", "leave 'cascade' out");
  auto const& name = change.name.text();
  auto const constraints = named_constraints();
  for (bool const implied : {false, true}) {
    for (auto const& each : constraints) {
      if (each.is_implied != implied || !same(each.name, name)) continue;
      auto& clauses = each.column == nullptr ? table_.constraints : each.column->clauses;
      clauses.erase(clauses.begin() + static_cast<std::ptrdiff_t>(each.place));
      return;
    }
  }
  if (drop_index(name)) return;
  if (change.kind == op::ConstraintKind::primary && !table_.key().empty()) {
    std::erase_if(table_.constraints,
                  [](Clause const& clause) { return clause.kind == ConstraintTextKind::primary_key; });
    for (auto& any : table_.columns) any.drop(ConstraintTextKind::primary_key);
    return;
  }
  if (change.if_exists) return;
  UsageError error{fmt::format("table '{}' has no constraint '{}'", to_string(name_), name)};
  std::vector<std::string> known;
  for (auto const& each : constraints) known.push_back(each.name);
  if (!known.empty()) error.add_hint({fmt::format("it has {}", quoted_list(known))});
  throw error;
}

void Rebuild::move(std::string const& column, std::optional<schema::Identifier> const& before,
                   std::optional<schema::Identifier> const& after) {
  if (!before && !after) return;
  this->column(before ? *before : *after);
  auto const from =
      std::ranges::find_if(table_.columns, [&](ColumnDraft const& any) { return same(any.name, column); });
  auto moved = std::move(*from);
  table_.columns.erase(from);
  auto const at = std::ranges::find_if(
      table_.columns, [&](ColumnDraft const& any) { return same(any.name, old_name(before ? *before : *after)); });
  table_.columns.insert(before ? at : at + 1, std::move(moved));
}

// --- the statements ---

void Rebuild::finish(sql::Compilation& out, bool always) {
  auto sources_before = decltype(sources_){};
  for (auto const& any : before_.table.columns) sources_before[lower(any.name)] = dialect_.quote(any.name);
  if (always || table_.sql("") != before_.table.sql("") || sources_ != sources_before) {
    rebuild(out);
  } else {
    for (auto const& index : dropped_indexes_) {
      dialect_.drop_index({.index = {name_.schema, schema::Identifier{index}}}, out);
    }
  }
  for (auto const& [from, to] : renames_) {
    out.add(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", dialect_.quote(name_), dialect_.quote(from),
                        dialect_.quote(to)));
  }
  for (auto const& change : afterwards_) dialect_.compile_into(change, out);
}

void Rebuild::rebuild(sql::Compilation& out) {
  auto const first = out.statements.size();
  auto const schema_prefix = name_.schema           ? dialect_.quote(*name_.schema) + "."
                             : before_.is_temporary ? "\"temp\"."
                                                    : "";
  auto const plain = dialect_.quote(name_.name);
  auto const old_table = schema_prefix + plain;
  auto const new_plain = fmt::format("vm_new_{}", name_.name.text());
  auto const new_table = schema_prefix + dialect_.quote(new_plain);

  for (auto& any : table_.columns) {
    for (auto& clause : any.clauses) {
      if (clause.kind == ConstraintTextKind::check || clause.kind == ConstraintTextKind::generated) {
        clause.text = without_qualifier(clause.text, name_.name.text());
      }
    }
  }
  for (auto& clause : table_.constraints) {
    if (clause.kind == ConstraintTextKind::check) clause.text = without_qualifier(clause.text, name_.name.text());
  }
  out.add(table_.sql(fmt::format("CREATE TABLE {}", new_table)));

  std::string columns, values;
  for (auto const& any : table_.columns) {
    auto const source = sources_.find(lower(any.name));
    if (source == sources_.end() || any.find(ConstraintTextKind::generated) != nullptr) continue;
    columns += fmt::format("{}{}", columns.empty() ? "" : ", ", dialect_.quote(any.name));
    values += fmt::format("{}{}", values.empty() ? "" : ", ", source->second);
  }
  if (!columns.empty())
    out.add(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", new_table, columns, values, old_table));

  if (table_.has_autoincrement() && before_.table.has_autoincrement()) {
    // The highest number ever given may be beyond the rows that are left.
    auto const sequences = schema_prefix + "sqlite_sequence";
    out.add(fmt::format("DELETE FROM {} WHERE name = {}", sequences, dialect_.literal(Value{new_plain})));
    out.add(fmt::format("INSERT INTO {0} (name, seq) SELECT {1}, seq FROM {0} WHERE name = {2}", sequences,
                        dialect_.literal(Value{new_plain}), dialect_.literal(Value{name_.name.text()})));
  }
  out.add(fmt::format("DROP TABLE {}", old_table));
  out.add("PRAGMA legacy_alter_table = ON");
  out.add(fmt::format("ALTER TABLE {} RENAME TO {}", new_table, plain));
  out.add("PRAGMA legacy_alter_table = OFF");
  for (auto const& dependent : before_.dependents) out.add(dependent.text);
  for (auto at = first; at < out.statements.size(); ++at) out.statements[at].needs_foreign_keys_off = true;
  check_foreign_keys(out);
}

void Rebuild::check_foreign_keys(sql::Compilation& out) const {
  auto const points_elsewhere = [](TableDraft const& table) {
    auto const is_key = [](Clause const& clause) {
      return clause.kind == ConstraintTextKind::references || clause.kind == ConstraintTextKind::foreign_key;
    };
    return std::ranges::any_of(table.constraints, is_key) ||
           std::ranges::any_of(table.columns,
                               [&](ColumnDraft const& column) { return std::ranges::any_of(column.clauses, is_key); });
  };
  std::vector<std::string> tables;
  if (points_elsewhere(table_)) tables.push_back(name_.name.text());
  auto children = before_.children;
  if (auto const* live = out.live()) {
    // It looks at every table there is, so only a rebuild asks.
    auto const rows =
        live->query(fmt::format("SELECT DISTINCT t.name FROM {}sqlite_schema t, pragma_foreign_key_list(t.name) k "
                                "WHERE t.type = 'table' AND k.\"table\" = ? COLLATE NOCASE",
                                name_.schema ? dialect_.quote(*name_.schema) + "." : std::string{}),
                    {Value{name_.name.text()}});
    for (auto const& row : rows) children.push_back(text_of(row.at(0)));
  }
  for (auto const& child : children) {
    if (!contains(tables, child)) tables.push_back(child);
  }
  for (auto const& table : tables) {
    // Rows that broke a foreign key before are not ours to refuse; more of them are.
    std::int64_t before = 0;
    if (auto const* live = out.live()) {
      auto const rows = live->query("SELECT count(*) FROM pragma_foreign_key_check(?)", {Value{table}});
      auto const* count = rows.empty() ? nullptr : std::get_if<std::int64_t>(&rows.front().front());
      before = count == nullptr ? 0 : *count;
    }
    auto text = before == 0
                    ? fmt::format("PRAGMA foreign_key_check({})", dialect_.quote(table))
                    : fmt::format("SELECT {0}, count(*) FROM pragma_foreign_key_check({0}) HAVING count(*) > {1}",
                                  dialect_.literal(Value{table}), before);
    out.statements.push_back({.text = std::move(text), .needs_foreign_keys_off = true, .must_return_no_rows = true});
  }
}

// --- what needs no rebuild ---

bool Rebuild::is_native(op::Operation const& change) const {
  if (auto const* add = std::get_if<op::AddColumn>(&change)) {
    auto const& column = add->column;
    if (add->insert_before || add->insert_after || column.primary_key || column.unique) return false;
    if (column.computed && column.computed->persisted.value_or(false)) return false;
    if (!column.server_default) return true;
    auto const clause = dialect_.default_clause(*column.server_default, nullptr);
    bool const is_constant = !clause.starts_with("DEFAULT (") && clause.find("CURRENT_") == std::string::npos;
    bool const is_null = clause == "DEFAULT NULL";
    return is_constant && (is_null || !column.references);
  }
  if (auto const* drop = std::get_if<op::DropColumn>(&change)) {
    if (drop->cascade) return false;
    auto const name = drop->column.text();
    auto table = table_;
    auto const* column = table.find(name);
    if (column == nullptr) return false;
    auto const hinders = [&](Clause const& clause) {
      return clause.kind == ConstraintTextKind::primary_key || clause.kind == ConstraintTextKind::unique ||
             clause.kind == ConstraintTextKind::references;
    };
    if (std::ranges::any_of(column->clauses, hinders)) return false;
    for (auto const& clause : table.constraints) {
      if (contains(clause.columns, name) || mentions(clause.text, name)) return false;
    }
    for (auto const& other : table.columns) {
      if (same(other.name, name)) continue;
      for (auto const& clause : other.clauses) {
        if (mentions(clause.text, name)) return false;
      }
    }
    return std::ranges::none_of(before_.dependents, [&](Dependent const& any) { return mentions(any.text, name); });
  }
  if (auto const* alter = std::get_if<op::AlterColumn>(&change)) {
    return !alter->type && !alter->nullable && !alter->server_default && !alter->computed && !alter->identity &&
           !alter->autoincrement && !alter->collation && !alter->insert_before && !alter->insert_after &&
           !alter->using_expression;
  }
  return std::holds_alternative<op::CreateIndex>(change) || std::holds_alternative<op::DropIndex>(change) ||
         std::holds_alternative<op::ExecuteSql>(change) || std::holds_alternative<op::CreateTableComment>(change) ||
         std::holds_alternative<op::DropTableComment>(change);
}

void Rebuild::emit_native(op::Operation const& change, sql::Compilation& out) const {
  auto const table = dialect_.quote(name_);
  if (auto const* add = std::get_if<op::AddColumn>(&change)) {
    auto known = table_;
    if (add->if_not_exists && known.find(add->column.name.text()) != nullptr) return;
    auto const strict = strictness();
    out.add(
        fmt::format("ALTER TABLE {} ADD COLUMN {}", table,
                    dialect_.column_definition({.column = add->column, .writes_constraints = true, .table = &strict})));
    if (add->column.index)
      dialect_.create_index({.table = name_, .index = {.elements = {{.what = add->column.name}}}}, out);
  } else if (auto const* drop = std::get_if<op::DropColumn>(&change)) {
    out.add(fmt::format("ALTER TABLE {} DROP COLUMN {}", table, dialect_.quote(drop->column)));
  } else if (auto const* alter = std::get_if<op::AlterColumn>(&change)) {
    if (!alter->new_column_name || *alter->new_column_name == alter->column) return;
    out.add(fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table, dialect_.quote(alter->column),
                        dialect_.quote(*alter->new_column_name)));
  } else {
    dialect_.compile_into(change, out);
  }
}

namespace {

std::optional<Before> read_live(Compiler const& dialect, sql::Existing const& existing, schema::TableName const& name) {
  auto const read = [&](std::string const& where) {
    return existing.query(
        fmt::format(
            "SELECT type, name, sql FROM {} WHERE tbl_name = ? COLLATE NOCASE AND sql IS NOT NULL ORDER BY rowid",
            where),
        {Value{name.name.text()}});
  };
  auto const prefix = name.schema ? dialect.quote(*name.schema) + "." : std::string{};
  bool const is_temporary = name.schema && same(name.schema->text(), "temp");
  auto rows = read(is_temporary ? "sqlite_temp_schema" : prefix + "sqlite_schema");
  Before before{.is_temporary = is_temporary};
  if (rows.empty() && !name.schema) {
    rows = read("sqlite_temp_schema");
    before.is_temporary = !rows.empty();
  }
  bool found = false;
  for (auto const& row : rows) {
    auto const type = text_of(row.at(0));
    if (type == "table") {
      before.table = draft_of_table(text_of(row.at(2)));
      found = true;
    } else if (type == "index" || type == "trigger") {
      before.dependents.push_back({text_of(row.at(1)), text_of(row.at(2)), type == "index"});
    }
  }
  if (!found) return std::nullopt;
  return before;
}

} // namespace

void Compiler::change_table(schema::TableName const& table, std::span<op::Operation const> changes, Recreate recreate,
                            sql::Compilation& out) const {
  for (auto const& change : changes) {
    if (auto const* exclude = std::get_if<op::CreateExcludeConstraint>(&change)) check_constraint(exclude->constraint);
  }
  std::optional<Before> before;
  if (auto const* live = out.live()) {
    before = read_live(*this, *live, table);
    if (!before) throw UsageError{fmt::format("there is no table '{}'", to_string(table))};
  } else if (auto const* known = known_table(table, out)) {
    // Made earlier in this run: its text is what we would write.
    auto as_made = *known;
    as_made.name = table;
    sql::Compilation made;
    create_table({.table = std::move(as_made)}, made);
    before.emplace();
    before->table = draft_of_table(made.statements.front().text);
    for (std::size_t at = 1; at < made.statements.size(); ++at) {
      auto const& text = made.statements[at].text;
      auto const words = sql::words(text, capabilities());
      auto const name =
          std::ranges::find_if(words, [](sql::Word const& token) { return token.kind == sql::WordKind::quoted_name; });
      before->dependents.push_back({name == words.end() ? "" : sql::unquoted(*name), text, true});
    }
    for (auto const& trigger : out.existing->catalog().triggers) {
      if (trigger.table == table) before->dependents.push_back({trigger.name.text(), trigger.definition, false});
    }
    for (auto const& [name, other] : out.existing->catalog().tables) {
      auto const lifted = sql::with_column_flags_lifted(other);
      bool const points_here = std::ranges::any_of(lifted.constraints, [&](auto const& constraint) {
        auto const* key = std::get_if<schema::ForeignKey>(&constraint);
        return key != nullptr && key->referent.name == table.name;
      });
      if (points_here) before->children.push_back(name.name.text());
    }
  }

  bool const is_known = before.has_value();
  Rebuild rebuild{*this, table, is_known ? std::move(*before) : Before{}};
  auto const unnamed_guard = [](op::Operation const& change) {
    if (auto const* add = std::get_if<op::AddColumn>(&change)) return add->if_not_exists;
    auto const* drop = std::get_if<op::DropColumn>(&change);
    return drop != nullptr && drop->if_exists;
  };
  auto const is_native = [&](op::Operation const& change) {
    if (is_known) return rebuild.is_native(change);
    // Nobody knows the table: a column is dropped in the hope that nothing is over it, a condition cannot be kept.
    if (unnamed_guard(change)) return false;
    auto const* drop = std::get_if<op::DropColumn>(&change);
    return drop != nullptr ? !drop->cascade : rebuild.is_native(change);
  };
  auto const first_other = std::ranges::find_if_not(changes, is_native);
  if (first_other == changes.end() && (recreate != Recreate::always || !is_known)) {
    for (auto const& change : changes) rebuild.emit_native(change, out);
    return;
  }
  if (recreate == Recreate::never) {
    refuse(fmt::format("needs a rebuild of table '{}' for op.{}", to_string(table), op::name_of(*first_other)),
           "leave recreate = \"never\" out");
  }
  if (!is_known) {
    refuse(fmt::format("must rebuild table '{}' for this, and without a connection nobody knows its columns",
                       to_string(table)),
           "run it with a connection, or create the table in the same run");
  }
  for (auto const& change : changes) rebuild.apply(change, out);
  rebuild.finish(out, recreate == Recreate::always);
}

} // namespace vm::dialect::sqlite
