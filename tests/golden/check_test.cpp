// Zero false differences: what each operation's golden makes, taken as the desired schema and made in another database,
// shows no difference from where it came.
#include "engine/autogen/compare.hpp"
#include "engine/autogen/render_lua.hpp"
#include "engine/core/text.hpp"
#include "tests/golden/cases.hpp"

#include <doctest/doctest.h>

using namespace vm;
using namespace vm::test;

namespace {

/// An empty database a time. A database costs PostgreSQL a second, a schema nothing: there one is emptied again.
class EmptyDatabases {
 public:
  explicit EmptyDatabases(std::string dialect) : dialect_{std::move(dialect)} {}

  TestDatabase const& next() {
    if (database_ && dialect_ == "postgresql") {
      LiveDialect live{*database_};
      live.run("DROP SCHEMA public CASCADE");
      live.run("CREATE SCHEMA public");
    } else {
      database_ = TestDatabase::make(dialect_);
    }
    return *database_;
  }

 private:
  std::string dialect_;
  std::unique_ptr<TestDatabase> database_;
};

} // namespace

TEST_CASE("after each operation of the goldens a check is silent") {
  on_every_database([](TestDatabase const& server) {
    EmptyDatabases databases{server.dialect()}, scratches{server.dialect()};
    for (auto const& folder : golden_cases()) {
      CAPTURE(folder.filename());
      LiveDialect live{databases.next()};
      std::string const name{live.dialect().name()};
      bool is_refused = false;
      for (auto const* file : {"existing.lua", "setup.lua", "op.lua"}) {
        for (auto const& operation : golden_operations(folder / file, name)) {
          try {
            live.apply(operation);
          } catch (UsageError const&) { // said in its golden file
            is_refused = true;
            break;
          }
        }
      }
      if (is_refused) continue;
      auto const made = live.catalog();
      script::DesiredSchema const desired{autogen::as_written(made), {}};
      try {
        LiveDialect there{scratches.next()};
        for (auto const& operation : autogen::creation(desired, there.dialect())) there.apply(operation);
        there.forget();
        auto const result = autogen::compare(made, {desired, there.catalog()}, live.dialect());
        auto const shown = join(result.findings, "\n") + "\n" + autogen::render_operations(result.upgrade);
        CHECK_MESSAGE(result.empty(), shown);
        auto const unsaid = join(result.not_compared, "\n");
        CHECK_MESSAGE(result.not_compared.empty(), unsaid);
      } catch (DatabaseError const& error) {
        FAIL_CHECK(error.message() << "\n" << error.statement);
      } catch (Error const& error) {
        FAIL_CHECK(error.message());
      }
    }
  });
}
