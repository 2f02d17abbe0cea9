#include "engine/db/sink.hpp"
#include "engine/dialect/registry.hpp"

#include <doctest/doctest.h>

#include <sstream>

namespace {

// What `--sql` prints for one statement in a dialect.
std::string printed(std::string_view dialect_name, vm::sql::Statement const& statement) {
  auto const dialect = vm::dialect::backend_for(dialect_name).dialect(nullptr, {});
  std::ostringstream out;
  vm::db::ScriptSink sink{out, *dialect};
  sink.execute(statement);
  return out.str();
}

constexpr auto trigger = "CREATE TRIGGER t AFTER UPDATE ON a FOR EACH ROW BEGIN DELETE FROM b; END";

} // namespace

TEST_CASE("a printed statement ends with a semicolon and holds its parameters as literals") {
  vm::sql::Statement statement;
  statement.text = "DELETE FROM a WHERE b = ?";
  statement.parameters = {vm::Value{std::string{"it's"}}};
  CHECK(printed("sqlite", statement) == "DELETE FROM a WHERE b = 'it''s';\n\n");
}

TEST_CASE("a printed body with semicolons is kept in one piece for the mariadb client") {
  vm::sql::Statement statement;
  statement.text = trigger;
  CHECK(printed("mariadb", statement) == std::string{"DELIMITER $$\n"} + trigger + "\n$$\nDELIMITER ;\n\n");
  CHECK(printed("sqlite", statement) == std::string{trigger} + ";\n\n");
}

TEST_CASE("the delimiter of a printed body never occurs in it") {
  vm::sql::Statement statement;
  statement.text = "SELECT '$$'; SELECT '$$$'";
  CHECK(printed("mysql", statement) == "DELIMITER $$$$\nSELECT '$$'; SELECT '$$$'\n$$$$\nDELIMITER ;\n\n");
}

TEST_CASE("a printed comment stays on one line") {
  auto const dialect = vm::dialect::backend_for("postgresql").dialect(nullptr, {});
  std::ostringstream out;
  vm::db::ScriptSink{out, *dialect}.comment("add\nDROP TABLE a;");
  CHECK(out.str() == "-- add DROP TABLE a;\n\n");
}
