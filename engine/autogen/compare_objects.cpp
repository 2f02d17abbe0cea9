#include "engine/autogen/direction.hpp"
#include "engine/autogen/normal_text.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::autogen {
namespace {

using schema::TableName;
using schema::to_string;

op::Operation execute(std::string text) {
  return op::ExecuteSql{{std::move(text)}, std::nullopt};
}

// --- schemas and extensions ---

std::set<schema::Identifier> schemas_in_use(schema::Catalog const& catalog) {
  std::set<schema::Identifier> used;
  auto const add = [&](auto const& objects) {
    for (auto const& entry : objects)
      if (entry.first.schema) used.insert(*entry.first.schema);
  };
  add(catalog.tables);
  add(catalog.views);
  add(catalog.enums);
  add(catalog.sequences);
  return used;
}

/// A schema is made where the desired objects need it, and goes again on the way back. What else stands on the server
/// is nobody's business here: on MariaDB those are all databases.
void compare_schemas(Direction& way) {
  auto const has = [](schema::Catalog const& catalog, schema::Identifier const& name) {
    return std::ranges::find(catalog.schemas, name) != catalog.schemas.end() || schemas_in_use(catalog).contains(name);
  };
  if (way.up) {
    for (auto const& name : schemas_in_use(way.to)) {
      if (has(way.from, name)) continue;
      way.found(fmt::format("added schema '{}'", name.text()));
      way.steps.add(Phase::create_schema, op::CreateSchema{name, false});
    }
    return;
  }
  for (auto const& name : schemas_in_use(way.from))
    if (!has(way.to, name)) way.steps.add(Phase::drop_schema, op::DropSchema{name, false, false});
}

void compare_extensions(Direction& way) {
  auto const has = [](std::vector<schema::Extension> const& list, std::string const& name) {
    return std::ranges::any_of(list, [&](auto const& each) { return each.name == name; });
  };
  for (auto const& each : way.to.extensions) {
    if (has(way.from.extensions, each.name)) continue;
    way.found(fmt::format("added extension '{}'", each.name));
    op::CreateExtension create{.name = schema::Identifier{each.name}};
    way.steps.add(Phase::create_extension, std::move(create));
  }
  for (auto const& each : way.from.extensions) {
    if (has(way.to.extensions, each.name)) continue;
    way.found(fmt::format("removed extension '{}'", each.name));
    way.steps.add(Phase::drop_extension, op::DropExtension{schema::Identifier{each.name}, false, false});
  }
}

// --- enums ---

/// Whether an operation that is there already makes the type: a table or column that says its values.
bool is_made_by_column(Direction const& way, TableName const& name) {
  if (!way.typed) return false;
  auto const makes = [&](schema::Column const& column) {
    auto const* type = std::get_if<schema::Enum>(&column.type);
    return type && type->name == name && type->create_type && !type->values.empty();
  };
  return std::ranges::any_of(way.typed->catalog.tables,
                             [&](auto const& entry) { return std::ranges::any_of(entry.second.columns, makes); });
}

/// How `from` becomes `to`: values added where they stand, values renamed where one stands in another's place.
op::AlterEnum change_of(Direction const& way, schema::EnumType const& from, schema::EnumType const& to,
                        std::vector<std::string>& told) {
  auto change = op::AlterEnum{.name = to.name};
  auto const has = [](std::vector<std::string> const& list, std::string const& value) {
    return std::ranges::find(list, value) != list.end();
  };
  auto held = from.values;
  if (from.values.size() == to.values.size() && way.options.is_rename) {
    for (std::size_t place = 0; place < held.size(); ++place) {
      auto const& old = from.values[place];
      auto const& wanted = to.values[place];
      if (old == wanted || has(to.values, old) || has(from.values, wanted)) continue;
      Rename const rename = way.up ? Rename{"enum value", to_string(to.name), old, wanted}
                                   : Rename{"enum value", to_string(to.name), wanted, old};
      if (!way.options.is_rename(rename)) continue;
      change.rename.emplace_back(old, wanted);
      told.push_back(fmt::format("renamed value '{}' of enum '{}' to '{}'", old, to_string(to.name), wanted));
      held[place] = wanted;
    }
  }
  for (auto const& value : held) {
    if (has(to.values, value)) continue;
    change.remove.push_back(value);
    told.push_back(fmt::format("removed value '{}' of enum '{}'", value, to_string(to.name)));
  }
  std::erase_if(held, [&](auto const& value) { return !has(to.values, value); });
  for (std::size_t place = 0; place < to.values.size(); ++place) {
    auto const& value = to.values[place];
    if (has(held, value)) continue;
    op::AlterEnum::Add add{.value = value};
    if (place > 0)
      add.after = to.values[place - 1];
    else if (to.values.size() > 1 && !held.empty())
      add.before = held.front();
    change.add.push_back(std::move(add));
    told.push_back(fmt::format("added value '{}' to enum '{}'", value, to_string(to.name)));
  }
  return change;
}

bool is_of(schema::Type const& type, TableName const& name) {
  if (auto const* array = std::get_if<schema::Array>(&type)) return is_of(array->element.front(), name);
  auto const* own = std::get_if<schema::Enum>(&type);
  return own && own->name == name;
}

void compare_enums(Direction& way) {
  if (!way.dialect.capabilities().enum_types) return;
  for (auto const& [name, to] : way.to.enums) {
    auto const found = way.from.enums.find(name);
    if (found == way.from.enums.end()) {
      way.found(fmt::format("added enum '{}'", to_string(name)));
      if (!is_made_by_column(way, name)) way.steps.add(Phase::create_type, op::CreateEnum{name, to.values, false});
      continue;
    }
    if (found->second.values == to.values) continue;
    std::vector<std::string> told;
    auto change = change_of(way, found->second, to, told);
    if (told.empty()) {
      if (way.up)
        way.not_compared.push_back(
            fmt::format("the values of enum '{}' stand in another order; no operation changes that", to_string(name)));
      continue;
    }
    for (auto& one : told) way.found(std::move(one));
    if (!change.remove.empty()) { // the type is made anew, and the columns with it
      auto const& type = to.name;
      for (auto const& [table, from] : way.from.tables)
        if (std::ranges::any_of(from.columns, [&](auto const& column) { return is_of(column.type, type); }))
          way.reshaped.insert(table);
    }
    way.steps.add(Phase::create_type, std::move(change));
  }
  for (auto const& [name, from] : way.from.enums) {
    if (way.to.enums.contains(name)) continue;
    way.found(fmt::format("removed enum '{}'", to_string(name)));
    way.steps.add(Phase::drop_type, op::DropEnum{name, false, false});
  }
}

// --- sequences ---

op::CreateSequence creating(schema::Sequence const& sequence) {
  return {.name = sequence.name,
          .type = sequence.type,
          .start = sequence.start,
          .increment = sequence.increment,
          .minimum = sequence.minimum,
          .maximum = sequence.maximum,
          .cache = sequence.cache,
          .cycle = sequence.cycle};
}

void compare_sequences(Direction& way) {
  for (auto const& [name, to] : way.to.sequences) {
    auto const found = way.from.sequences.find(name);
    if (found == way.from.sequences.end()) {
      way.found(fmt::format("added sequence '{}'", to_string(name)));
      auto const* written = &to;
      if (way.typed)
        if (auto const typed = way.typed->catalog.sequences.find(name); typed != way.typed->catalog.sequences.end())
          written = &typed->second;
      way.steps.add(Phase::create_sequence, creating(*written));
      continue;
    }
    auto const& from = found->second;
    if (from == to) continue;
    way.found(fmt::format("changed sequence '{}'", to_string(name)));
    auto text = "ALTER SEQUENCE " + way.dialect.quote(name);
    auto const clause = [&](std::string_view word, auto const& a, auto const& b) {
      if (a != b && b) text += fmt::format(" {} {}", word, *b);
    };
    if (from.type != to.type && !to.type.empty()) text += " AS " + to.type;
    clause("START WITH", from.start, to.start);
    clause("INCREMENT BY", from.increment, to.increment);
    clause("MINVALUE", from.minimum, to.minimum);
    clause("MAXVALUE", from.maximum, to.maximum);
    clause("CACHE", from.cache, to.cache);
    if (from.cycle != to.cycle) text += fmt::format(" {}", to.cycle ? "CYCLE" : way.dialect.capabilities().no_cycle);
    way.steps.add(Phase::create_sequence, execute(std::move(text)));
  }
  for (auto const& [name, from] : way.from.sequences) {
    if (way.to.sequences.contains(name)) continue;
    way.found(fmt::format("removed sequence '{}'", to_string(name)));
    way.steps.add(Phase::drop_sequence, op::DropSequence{name, false, false});
  }
}

// --- functions and procedures ---

template<typename Operation>
Operation const* written(Direction const& way, auto const& is_it) {
  if (!way.typed) return nullptr;
  for (auto const& object : way.typed->objects)
    if (auto const* one = std::get_if<Operation>(&object); one && is_it(*one)) return one;
  return nullptr;
}

void create_function(Direction& way, schema::Function const& function, bool replace) {
  auto const* typed = written<op::CreateFunction>(way, [&](auto const& one) {
    return one.name == function.name && one.procedure == function.procedure &&
           (normal_text(one.arguments) == normal_text(function.arguments) || way.to.functions.size() == 1 ||
            std::ranges::count_if(way.to.functions, [&](auto const& each) { return each.name == function.name; }) == 1);
  });
  // A function that reads a table made in the same migration comes after it.
  auto const phase =
      std::ranges::any_of(way.to.tables,
                          [&](auto const& entry) {
                            return mentions(function.definition, entry.first.name.text()) ||
                                   function.definition.find(entry.first.name.text()) != std::string::npos;
                          })
          ? Phase::late_function
          : Phase::early_function;
  if (typed) {
    auto create = *typed;
    create.replace = replace && way.dialect.capabilities().replaces_routines;
    if (replace && !create.replace)
      way.steps.add(phase, op::DropFunction{function.name, function.arguments, false, false, function.procedure});
    way.steps.add(phase, std::move(create));
    return;
  }
  auto const replaces = upper(function.definition.substr(0, 17)) == "CREATE OR REPLACE";
  if (replace && !replaces)
    way.steps.add(phase, op::DropFunction{function.name, function.arguments, false, false, function.procedure});
  way.steps.add(phase, execute(function.definition));
}

void compare_functions(Direction& way) {
  auto const find = [](std::vector<schema::Function> const& list, schema::Function const& wanted) {
    return std::ranges::find_if(list, [&](auto const& each) {
      return each.name == wanted.name && each.arguments == wanted.arguments && each.procedure == wanted.procedure;
    });
  };
  auto const shown = [](schema::Function const& one) {
    return fmt::format("{} '{}({})'", one.procedure ? "procedure" : "function", to_string(one.name), one.arguments);
  };
  for (auto const& to : way.to.functions) {
    auto const from = find(way.from.functions, to);
    if (from == way.from.functions.end()) {
      way.found("added " + shown(to));
      create_function(way, to, false);
    } else if (normal_text(from->definition) != normal_text(to.definition)) {
      way.found("changed " + shown(to));
      create_function(way, to, true);
    }
  }
  for (auto const& from : way.from.functions) {
    if (find(way.to.functions, from) != way.to.functions.end()) continue;
    way.found("removed " + shown(from));
    way.steps.add(Phase::drop_function, op::DropFunction{from.name, from.arguments, false, false, from.procedure});
  }
}

// --- views ---

/// Views so that each stands after those it reads.
std::vector<schema::View const*> by_use(std::vector<schema::View const*> views) {
  std::vector<schema::View const*> result;
  while (!views.empty()) {
    auto next = std::ranges::find_if(views, [&](auto const* view) {
      return std::ranges::none_of(views, [&](auto const* other) {
        return other != view && mentions(view->definition, other->name.name.text());
      });
    });
    if (next == views.end()) next = views.begin(); // each mentions another: the database will say
    result.push_back(*next);
    views.erase(next);
  }
  return result;
}

void compare_views(Direction& way) {
  std::set<TableName> again; // of both sides, to be dropped and made again
  auto const shown = [](schema::View const& view) {
    return fmt::format("{}view '{}'", view.materialized ? "materialized " : "", to_string(view.name));
  };
  std::vector<schema::View const*> dropped, created;
  for (auto const& entry : way.to.views) {
    auto const& name = entry.first;
    auto const& to = entry.second;
    auto const found = way.from.views.find(name);
    if (found == way.from.views.end()) {
      way.found("added " + shown(to));
      created.push_back(&to);
    } else if (normal_text(found->second.definition) != normal_text(to.definition) ||
               found->second.materialized != to.materialized) {
      way.found("changed " + shown(to));
      again.insert(name);
    } else if (way.dialect.capabilities().views_pin_columns &&
               std::ranges::any_of(way.reshaped,
                                   [&](auto const& table) { return mentions(to.definition, table.name.text()); })) {
      again.insert(name);
    }
  }
  for (auto const& [name, from] : way.from.views) {
    if (way.to.views.contains(name)) continue;
    way.found("removed " + shown(from));
    dropped.push_back(&from);
  }
  // What reads a view that goes has to go with it.
  if (way.dialect.capabilities().views_pin_columns) {
    for (auto grown = true; grown;) {
      grown = false;
      for (auto const& [name, to] : way.to.views) {
        auto const from = way.from.views.find(name);
        if (again.contains(name) || from == way.from.views.end()) continue;
        auto const reads = [&](TableName const& other) { return mentions(from->second.definition, other.name.text()); };
        if (std::ranges::any_of(again, reads) ||
            std::ranges::any_of(dropped, [&](auto const* view) { return reads(view->name); })) {
          again.insert(name);
          grown = true;
        }
      }
    }
  }
  for (auto const& name : again) {
    dropped.push_back(&way.from.views.at(name));
    created.push_back(&way.to.views.at(name));
  }
  auto order = by_use(dropped);
  for (auto each = order.rbegin(); each != order.rend(); ++each)
    way.steps.add(Phase::drop_view, op::DropView{(*each)->name, false, false, (*each)->materialized});
  for (auto const* view : by_use(created)) {
    auto definition = view->definition;
    if (way.typed)
      if (auto const typed = way.typed->catalog.views.find(view->name); typed != way.typed->catalog.views.end())
        definition = typed->second.definition;
    way.steps.add(Phase::create_view, op::CreateView{.name = view->name,
                                                     .definition = std::string{trim(definition)},
                                                     .materialized = view->materialized});
  }
}

// --- triggers ---

void create_trigger(Direction& way, schema::Trigger const& trigger) {
  auto const* typed = written<op::CreateTrigger>(
      way, [&](auto const& one) { return one.name == trigger.name && one.table == trigger.table; });
  way.steps.add(Phase::create_trigger, typed ? op::Operation{*typed} : execute(trigger.definition));
}

void compare_triggers(Direction& way) {
  auto const find = [](std::vector<schema::Trigger> const& list, schema::Trigger const& wanted) {
    return std::ranges::find_if(
        list, [&](auto const& each) { return each.name == wanted.name && each.table == wanted.table; });
  };
  auto const shown = [](schema::Trigger const& one) {
    return fmt::format("trigger '{}' on '{}'", one.name.text(), to_string(one.table));
  };
  auto const drop = [&](schema::Trigger const& one) {
    // It went with its table.
    if (way.from.tables.contains(one.table) && !way.to.tables.contains(one.table)) return;
    way.steps.add(Phase::drop_trigger, op::DropTrigger{one.name, one.table, false, false});
  };
  for (auto const& to : way.to.triggers) {
    auto const from = find(way.from.triggers, to);
    if (from == way.from.triggers.end()) {
      way.found("added " + shown(to));
      create_trigger(way, to);
    } else if (normal_text(from->definition) != normal_text(to.definition)) {
      way.found("changed " + shown(to));
      drop(*from);
      create_trigger(way, to);
    }
  }
  for (auto const& from : way.from.triggers) {
    if (find(way.to.triggers, from) != way.to.triggers.end()) continue;
    way.found("removed " + shown(from));
    drop(from);
  }
}

} // namespace

void compare_objects(Direction& way) {
  compare_schemas(way);
  compare_extensions(way);
  compare_enums(way);
  compare_sequences(way);
  compare_functions(way);
  compare_views(way);
  compare_triggers(way);
}

} // namespace vm::autogen
