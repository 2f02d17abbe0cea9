// Random schemas on every database: what was made shows no difference, and what leads from one to the other leads back.
// VM_AUTOGEN_SCHEMAS says how many, VM_AUTOGEN_SEED where to begin.
#include "engine/autogen/compare.hpp"
#include "engine/autogen/render_lua.hpp"
#include "engine/core/text.hpp"
#include "engine/op/describe.hpp"
#include "tests/engine/autogen/random_schema.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace vm;
using namespace vm::test;

namespace {

std::uint32_t number(char const* variable, std::uint32_t otherwise) {
  auto const* text = std::getenv(variable);
  return text ? static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10)) : otherwise;
}

schema::Catalog reflect(TestDatabase const& database, script::DesiredSchema const& desired) {
  LiveDialect live{database};
  for (auto const& operation : autogen::creation(desired, live.dialect())) live.apply(operation);
  live.forget();
  return live.catalog();
}

void apply(LiveDialect& live, std::vector<op::Operation> const& operations) {
  for (auto const& operation : operations) {
    INFO("operation: " << op::describe(operation));
    INFO("of:\n" << autogen::render_operations(operations));
    try {
      live.apply(operation);
    } catch (Error const& error) {
      FAIL(error.message());
    }
  }
  live.forget();
}

std::string all(autogen::Comparison const& comparison) {
  return join(comparison.findings, "\n") + "\n" + autogen::render_operations(comparison.upgrade) + "--\n" +
         autogen::render_operations(comparison.downgrade);
}

} // namespace

TEST_CASE("a schema that was made shows no difference, and one becomes another and back") {
  auto const count = number("VM_AUTOGEN_SCHEMAS", 8);
  auto const first_seed = number("VM_AUTOGEN_SEED", 1);
  on_every_database([&](TestDatabase const& there_is) {
    auto const& name = there_is.dialect();
    for (auto seed = first_seed; seed < first_seed + count; ++seed) {
      CAPTURE(seed);
      script::DesiredSchema const first{RandomSchema{seed * 2, name}.make(), {}};
      script::DesiredSchema const second{RandomSchema{seed * 2 + 1, name}.make(), {}};
      auto const scratch_of_second = TestDatabase::make(name), database = TestDatabase::make(name);
      auto const reflected_second = reflect(*scratch_of_second, second);
      auto const reflected_first = reflect(*database, first);
      LiveDialect live{*database};
      auto const same = autogen::compare(live.catalog(), {first, reflected_first}, live.dialect());
      CHECK_MESSAGE(same.empty(), all(same));
      auto const there = autogen::compare(live.catalog(), {second, reflected_second}, live.dialect());
      INFO(all(there));
      apply(live, there.upgrade);
      auto const done = autogen::compare(live.catalog(), {second, reflected_second}, live.dialect());
      CHECK_MESSAGE(done.empty(), all(done));
      apply(live, there.downgrade);
      auto const back = autogen::compare(live.catalog(), {first, reflected_first}, live.dialect());
      CHECK_MESSAGE(back.empty(), all(back));
    }
  });
}
