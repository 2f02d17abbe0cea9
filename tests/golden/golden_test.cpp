// Every folder of tests/golden/ddl is a case: op.lua, what the run did before it (setup.lua, may be absent), what was
// there before the run, so that a script without a connection does not know it (existing.lua, may be absent), and what
// op.lua becomes on each database: sqlite.sql, postgresql.sql, mariadb.sql, and mysql.sql where MySQL differs from
// MariaDB. VM_UPDATE_GOLDEN=1 writes them anew. Each script also runs on the live databases, and back again.
#include "engine/core/text.hpp"
#include "engine/op/reverse.hpp"
#include "engine/run/made_catalog.hpp"
#include "engine/sql/literal.hpp"
#include "tests/golden/cases.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace vm;
using namespace vm::test;

namespace {

namespace fs = std::filesystem;

struct MadeInRun final : sql::Existing {
  run::MadeCatalog made;
  schema::Table const* table(schema::TableName const& name) const override { return made.catalog().find_table(name); }
  std::optional<schema::TableName> table_of_index(schema::TableName const& index) const override {
    for (auto const& [name, table] : made.catalog().tables)
      for (auto const& each : table.indexes)
        if (each.name == index.name) return name;
    return std::nullopt;
  }
  schema::Catalog const& catalog() const override { return made.catalog(); }
  std::vector<std::vector<Value>> query(std::string_view, std::vector<Value> const&) const override { return {}; }
  bool live() const override { return false; }
};

std::string refusal(UsageError const& error) {
  auto text = fmt::format("-- refused: {}\n", error.message());
  for (auto const& hint : error.hints()) text += fmt::format("-- hint: {}\n", hint.text);
  return text;
}

/// The script that `--sql` would print for op.lua.
std::string script_of(fs::path const& folder, sql::Dialect const& dialect) {
  MadeInRun existing;
  for (auto const& operation : golden_operations(folder / "setup.lua", dialect.name())) existing.made.apply(operation);
  std::string text;
  try {
    for (auto const& operation : golden_operations(folder / "op.lua", dialect.name())) {
      for (auto const& statement : dialect.compile(operation, &existing)) {
        if (statement.outside_transaction) text += "-- outside a transaction\n";
        if (statement.must_return_no_rows) text += "-- must return no rows\n";
        text += sql::inline_parameters(statement, dialect) + ";\n";
      }
      existing.made.apply(operation);
    }
  } catch (UsageError const& error) {
    text += refusal(error);
  }
  return text;
}

bool updates() {
  char const* const update = std::getenv("VM_UPDATE_GOLDEN");
  return update != nullptr && std::string_view{update} == "1";
}

void compare(fs::path const& file, std::string const& text) {
  if (updates()) std::ofstream{file, std::ios::binary} << text;
  CHECK(text == read_golden(file).value_or("(no golden file; VM_UPDATE_GOLDEN=1 writes it)"));
}

std::unique_ptr<sql::Dialect> offline_dialect(std::string_view name) {
  if (name == "sqlite") return dialect::sqlite::make_dialect(nullptr);
  if (name == "postgresql") return dialect::postgresql::make_dialect(nullptr);
  return dialect::mysql::make_dialect(nullptr, name == "mysql" ? dialect::mysql::Product::mysql
                                                               : dialect::mysql::Product::mariadb);
}

} // namespace

TEST_CASE("each operation becomes the statements of its golden files") {
  for (auto const& folder : golden_cases()) {
    CAPTURE(folder.filename());
    for (std::string const name : {"sqlite", "postgresql", "mariadb"}) {
      CAPTURE(name);
      compare(folder / (name + ".sql"), script_of(folder, *offline_dialect(name)));
    }
    auto const mysql = script_of(folder, *offline_dialect("mysql"));
    if (mysql == read_golden(folder / "mariadb.sql")) {
      if (updates()) fs::remove(folder / "mysql.sql");
      CHECK_FALSE(fs::exists(folder / "mysql.sql"));
    } else {
      compare(folder / "mysql.sql", mysql);
    }
  }
}

TEST_CASE("what a golden file holds runs on the database, and its reverse gives back what was there") {
  on_every_database([](TestDatabase const& server) {
    for (auto const& folder : golden_cases()) {
      CAPTURE(folder.filename());
      // A database of its own costs PostgreSQL a second, a schema nothing.
      bool const by_schema = server.dialect() == "postgresql";
      auto const own = by_schema ? nullptr : TestDatabase::make(server.dialect());
      LiveDialect live{by_schema ? server : *own};
      if (by_schema) {
        live.run("DROP SCHEMA public CASCADE");
        live.run("CREATE SCHEMA public");
      }
      std::string const name{live.dialect().name()};
      bool const refused = read_golden(folder / (name + ".sql")).value_or("").find("-- refused: ") != std::string::npos;
      for (auto const* file : {"existing.lua", "setup.lua"}) {
        for (auto const& operation : golden_operations(folder / file, name)) live.apply(operation);
      }
      auto const before = live.catalog();
      std::vector<op::Operation> back;
      bool has_reverse = true;
      bool was_refused = false;
      for (auto const& operation : golden_operations(folder / "op.lua", name)) {
        auto reversed = op::reverse(operation, &live.catalog());
        has_reverse = has_reverse && !reversed.operations.empty();
        back.insert(back.begin(), reversed.operations.begin(), reversed.operations.end());
        try {
          live.apply(operation);
        } catch (UsageError const& error) {
          CHECK_MESSAGE(refused, error.message());
          was_refused = true;
          break;
        } catch (Error const& error) {
          FAIL_CHECK(error.message());
          was_refused = true;
          break;
        }
      }
      if (was_refused || !has_reverse) continue;
      try {
        for (auto const& operation : back) live.apply(operation);
      } catch (UsageError const&) {
        continue; // what a database cannot do again, it refuses; nothing ran
      } catch (Error const& error) {
        FAIL_CHECK("the reverse failed: " << error.message());
        continue;
      }
      live.forget();
      CHECK((live.catalog().tables == before.tables));
      CHECK((live.catalog().views == before.views));
      CHECK((live.catalog().enums == before.enums));
      CHECK((live.catalog().sequences == before.sequences));
      CHECK((live.catalog().triggers == before.triggers));
      CHECK((live.catalog().functions == before.functions));
    }
  });
}
