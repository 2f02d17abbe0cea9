// schema.lua and what env.lua says about comparing: values and callbacks for the engine.
#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

using namespace vm;

namespace {

schema::TableName table_name(std::string const& name) {
  return {std::nullopt, schema::Identifier{name}};
}

struct DesiredProject : test::ScriptProject {
  script::Environment environment(std::string_view text) {
    return host().load_environment(write("migrations/env.lua", text));
  }
  std::optional<script::DesiredSchema> schema(std::string_view text) {
    return host().load_schema(write("migrations/schema.lua", text), naming, surroundings);
  }
  std::string schema_failure(std::string_view text) {
    try {
      schema(text);
    } catch (ScriptError const& error) {
      return test::text_of(error);
    }
    return "nothing";
  }

  schema::NamingConvention naming{.patterns = {{"uq", "uq_%(table_name)s_%(column_0_name)s"}}};
  op::Surroundings surroundings{"postgresql", "15.6", false, ""};
};

} // namespace

TEST_CASE("schema.lua gives tables, views, enums, sequences, extensions, functions and triggers") {
  DesiredProject project;
  project.write("scripts/parts.lua", "return sql.schema{ sql.table('teams', { sql.column('id', sql.integer) }) }");
  auto const desired = project.schema(R"lua(
    return sql.schema{
      require "parts",
      { sql.table("users", { sql.column("email", sql.text, { unique = true, renamed_from = "mail" }) },
          { renamed_from = "persons" }) },
      sql.view("emails", "SELECT email FROM users"),
      sql.materialized_view("counts", "SELECT count(*) FROM users"),
      sql.enum("mood", { "sad", "ok" }),
      sql.sequence("tickets", { start = 100, schema = "app" }),
      sql.extension("citext"),
      sql.func("one", { returns = "integer", language = "sql", body = "SELECT 1" }),
      sql.trigger("t", "users", { timing = "before", events = "insert", body = "EXECUTE FUNCTION one()" }),
    })lua");
  REQUIRE(desired.has_value());
  auto const& catalog = desired->catalog;
  CHECK(catalog.tables.size() == 2);
  auto const& users = catalog.tables.at(table_name("users"));
  CHECK(users.renamed_from->text() == "persons");
  CHECK(users.columns.at(0).renamed_from->text() == "mail");
  CHECK(std::get<schema::UniqueConstraint>(users.constraints.at(0)).name->text() == "uq_users_email");
  CHECK_FALSE(catalog.views.at(table_name("emails")).materialized);
  CHECK(catalog.views.at(table_name("counts")).materialized);
  CHECK(catalog.enums.size() == 1);
  CHECK(catalog.sequences.begin()->second.start == 100);
  CHECK(catalog.schemas == std::vector<schema::Identifier>{schema::Identifier{"app"}});
  CHECK(catalog.extensions.at(0).name == "citext");
  REQUIRE(desired->objects.size() == 2);
  CHECK(std::get<op::CreateFunction>(desired->objects[0]).body == "SELECT 1");
  CHECK(std::get<op::CreateTrigger>(desired->objects[1]).timing == "BEFORE");
}

TEST_CASE("a schema may look at the database it is for") {
  DesiredProject project;
  auto const text = "local name = vm.dialect == 'sqlite' and 'a' or 'b'\n"
                    "return sql.schema{ sql.table(name, { sql.column('id', sql.integer) }) }";
  CHECK(project.schema(text)->catalog.tables.begin()->first == table_name("b"));
  project.surroundings.dialect = "sqlite";
  CHECK(project.schema(text)->catalog.tables.begin()->first == table_name("a"));
}

TEST_CASE("no schema.lua is nothing, and what is wrong in it is told with its line") {
  DesiredProject project;
  CHECK_FALSE(
      project.host().load_schema(project.folder / "migrations/schema.lua", project.naming, project.surroundings));
  CHECK(project.schema_failure("return {}") == "migrations/schema.lua: the file must return a sql.schema, not a table\n"
                                               "hint: end it with: return sql.schema({ … })");
  CHECK(project.schema_failure("\nreturn sql.schema{ 5 }") ==
        "migrations/schema.lua: sql.schema: item 1 must be a table, a view, an enum or another element of a schema, "
        "not a number");
  CHECK(project.schema_failure("return sql.schema{ a = 1 }")
            .starts_with("migrations/schema.lua: sql.schema: unknown key 'a'"));
  CHECK(project.schema_failure("return sql.schema{\n  sql.table('a', { sql.column('id', sql.integer) }),\n"
                               "  sql.table('a', { sql.column('id', sql.integer) }) }") ==
        "migrations/schema.lua:3: the schema has two tables 'a'");
  CHECK(
      project.schema_failure("return sql.schema{\n\n sql.table('a', { sql.column('i', sql.text), sql.unique('j') }) }")
          .starts_with("migrations/schema.lua:3: "));
  CHECK(project.schema_failure("return sql.schema(").starts_with("migrations/schema.lua:1: "));
  CHECK(project.schema_failure("op.drop_table('a')") ==
        "migrations/schema.lua:1: 'op.drop_table' called while the file is read\n"
        "hint: operations belong inside upgrade() or downgrade()");
}

TEST_CASE("env.lua names the schema as a file, a URL or a value") {
  DesiredProject project;
  CHECK(project.environment("return { target_schema = 'schema.sql' }").target_schema == "schema.sql");
  project.environment("return { target_schema = sql.schema{ sql.table('t', { sql.column('i', sql.text) }) } }");
  CHECK(project.schema("return 5")->catalog.tables.size() == 1);
  CHECK_THROWS_WITH(project.environment("return { target_schema = {} }"),
                    "env.lua: 'target_schema' must be a sql.schema, the path of a .sql file or a database URL, not a "
                    "table");
}

TEST_CASE("the callbacks of env.lua decide about a comparison") {
  DesiredProject project;
  auto const hooks = project
                         .environment(R"lua(return {
    include_object = function(object, name, kind, reflected)
      return not (kind == "table" and name == "spatial_ref_sys" and reflected and object.name == name)
    end,
    compare_type = false,
    compare_server_default = function(table, column, database, desired)
      if column == "odd" then return desired ~= nil and database == "1" and table == "t" end
    end,
    process_operations = function(operations, direction)
      assert(direction == "upgrade")
      assert(operations[1].operation == "drop_table" and operations[1].table == "old")
      return { "SELECT 1", operations[2] }
    end,
  })lua")
                         .comparison;
  CHECK_FALSE(hooks.include_object({.kind = "table", .name = "spatial_ref_sys", .reflected = true}));
  CHECK(hooks.include_object({.kind = "table", .name = "users", .reflected = true}));
  auto const pair = [](char const* column) {
    return script::ColumnPair{table_name("t"), schema::Identifier{column}, "1", "2"};
  };
  CHECK(hooks.compare_type(pair("odd")) == false);
  CHECK(hooks.compare_server_default(pair("odd")) == true);
  CHECK_FALSE(hooks.compare_server_default(pair("even")).has_value());
  auto const kept = hooks.process_operations(
      {op::DropTable{table_name("old")}, op::DropColumn{table_name("t"), schema::Identifier{"c"}}}, true);
  REQUIRE(kept.size() == 2);
  CHECK(std::get<op::ExecuteSql>(kept[0]).texts == std::vector<std::string>{"SELECT 1"});
  CHECK(std::get<op::DropColumn>(kept[1]).column.text() == "c");
}

TEST_CASE("process_operations may change its list in place") {
  DesiredProject project;
  auto const hooks =
      project.environment("return { process_operations = function(list) table.remove(list, 1) end }").comparison;
  auto const kept = hooks.process_operations({op::DropTable{table_name("a")}, op::DropTable{table_name("b")}}, false);
  REQUIRE(kept.size() == 1);
  CHECK(std::get<op::DropTable>(kept[0]).table == table_name("b"));
}

TEST_CASE("a callback that fails is told with its line") {
  DesiredProject project;
  auto const hooks = project
                         .environment("return {\n  include_object = function() return 5 end,\n"
                                      "  compare_type = function() error('no') end,\n"
                                      "  process_operations = function() return { {} } end }")
                         .comparison;
  auto const text = [](auto const& call) {
    try {
      call();
    } catch (ScriptError const& error) {
      return test::text_of(error);
    }
    return std::string{"nothing"};
  };
  CHECK(text([&] {
          hooks.include_object({.kind = "table", .name = "t"});
        }).ends_with("include_object must return true or false, not a number, for table 't'"));
  CHECK(text([&] {
          hooks.compare_type({table_name("t"), schema::Identifier{"c"}, "a", "b"});
        }) == "migrations/env.lua:3: no");
  CHECK(text([&] {
          hooks.process_operations({}, true);
        }).find("element 1 of the result is none of the operations given") != std::string::npos);
}

TEST_CASE("a function of a migration is called with what reads the database") {
  DesiredProject project;
  script::Header header;
  header.revision = "a";
  header.path = project.write("versions/a.lua", "function sample(db) db:execute('INSERT') end");
  CHECK(project.host().call(header, "sample", project.target));
  CHECK(project.target.texts() == std::vector<std::string>{"INSERT"});
  CHECK_FALSE(project.host().call(header, "other", project.target));
}
