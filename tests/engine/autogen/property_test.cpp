// Random schemas on every database: what was made shows no difference, and what leads from one to the other leads back.
// VM_AUTOGEN_SCHEMAS says how many, VM_AUTOGEN_SEED where to begin, VM_AUTOGEN_DATABASE on which database alone.
#include "engine/autogen/compare.hpp"
#include "engine/autogen/render_lua.hpp"
#include "engine/core/text.hpp"
#include "engine/op/describe.hpp"
#include "tests/engine/autogen/random_schema.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

using namespace vm;
using namespace vm::test;

namespace {

std::uint32_t number(char const* variable, std::uint32_t otherwise) {
  auto const* text = std::getenv(variable);
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)) : otherwise;
}

/// Nothing here has to survive a crash.
void hurry(LiveDialect& live, TestDatabase const& database) {
  if (database.dialect() == "sqlite") live.run("PRAGMA synchronous = OFF");
}

schema::Catalog reflect(TestDatabase const& database, script::DesiredSchema const& desired) {
  LiveDialect live{database};
  hurry(live, database);
  for (auto const& operation : autogen::creation(desired, live.dialect())) live.apply(operation);
  live.forget();
  return live.catalog();
}

void apply(LiveDialect& live, std::vector<op::Operation> const& operations) {
  for (auto const& operation : operations) {
    try {
      live.apply(operation);
    } catch (Error& error) {
      error.add_note({"operation", op::describe(operation)});
      throw;
    }
  }
  live.forget();
}

/// Says of some of what appears in `second` that it was called like something of `first`, as far as it could have been.
void mark_renames(schema::Catalog const& first, schema::Catalog& second, std::uint32_t seed) {
  std::mt19937 random{seed};
  auto const chance = [&](std::uint32_t percent) { return random() % 100 < percent; };
  for (auto& [name, table] : second.tables) {
    auto const* old = first.find_table(name);
    if (!old && chance(40)) {
      for (auto const& [other, candidate] : first.tables) {
        if (second.find_table(other) || candidate.options != table.options) continue;
        auto const taken = std::ranges::any_of(
            second.tables, [&](auto const& entry) { return entry.second.renamed_from == other.name; });
        if (taken) continue;
        table.renamed_from = other.name;
        old = &candidate;
        break;
      }
    }
    if (!old) continue;
    for (auto& column : table.columns) {
      if (old->find_column(column.name) || !chance(30)) continue;
      for (auto const& candidate : old->columns) {
        if (table.find_column(candidate.name) || candidate.type != column.type) continue;
        if (candidate.computed.has_value() != column.computed.has_value()) continue;
        auto const taken =
            std::ranges::any_of(table.columns, [&](auto const& each) { return each.renamed_from == candidate.name; });
        if (taken) continue;
        column.renamed_from = candidate.name;
        break;
      }
    }
  }
}

std::string all(autogen::Comparison const& comparison) {
  return join(comparison.findings, "\n") + "\n" + autogen::render_operations(comparison.upgrade) + "--\n" +
         autogen::render_operations(comparison.downgrade);
}

} // namespace

TEST_CASE("a schema that was made shows no difference, and one becomes another and back") {
  auto const count = number("VM_AUTOGEN_SCHEMAS", 8);
  auto const first_seed = number("VM_AUTOGEN_SEED", 1);
  char const* const only = std::getenv("VM_AUTOGEN_DATABASE");
  on_every_database([&](TestDatabase const& there_is) {
    auto const& name = there_is.dialect();
    if (only && name != only) return;
    for (auto seed = first_seed; seed < first_seed + count; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      auto const first = RandomSchema{seed * 2, name}.make();
      auto second = RandomSchema{seed * 2 + 1, name}.make();
      if (seed % 3 == 0) mark_renames(first.catalog, second.catalog, seed);
      auto const scratch_of_second = TestDatabase::make(name), database = TestDatabase::make(name);
      std::string shown = "nothing was compared";
      auto stage = "create";
      try {
        auto const reflected_second = reflect(*scratch_of_second, second);
        auto const reflected_first = reflect(*database, first);
        LiveDialect live{*database};
        hurry(live, *database);
        auto const same = autogen::compare(live.catalog(), {first, reflected_first}, live.dialect());
        CHECK_MESSAGE(same.empty(), all(same));
        CHECK(same.not_compared.empty());
        auto const there = autogen::compare(live.catalog(), {second, reflected_second}, live.dialect());
        shown = all(there);
        INFO(shown);
        stage = "upgrade";
        apply(live, there.upgrade);
        auto const done = autogen::compare(live.catalog(), {second, reflected_second}, live.dialect());
        CHECK_MESSAGE(done.empty(), all(done));
        stage = "downgrade";
        apply(live, there.downgrade);
        auto const back = autogen::compare(live.catalog(), {first, reflected_first}, live.dialect());
        CHECK_MESSAGE(back.empty(), all(back));
      } catch (Error const& error) {
        for (auto const& note : error.notes()) shown += "\n" + note.label + ": " + note.text;
        auto const* database_error = dynamic_cast<DatabaseError const*>(&error);
        FAIL_CHECK(stage << ": " << error.message() << "\n"
                         << (database_error ? database_error->statement : std::string{}) << "\n"
                         << shown);
      }
    }
  });
}
