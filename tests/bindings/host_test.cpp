#include "bindings/host.hpp"
#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

using namespace vm;

TEST_CASE("a migration's operations reach the target with their lines") {
  test::ScriptProject project;
  project.target.rows_affected = 3;
  project.upgrade(
      "local result = op.execute('UPDATE t SET a = 1')\nassert(result.rows_affected == 3)\n"
      "op.execute({ 'SELECT 1', 'SELECT 2' })\nop.execute('SELECT :a', { a = vm.json.decode('null'), b = 2 })");
  REQUIRE(project.target.applied.size() == 3);
  CHECK(project.target.applied[0].where == Location{"versions/a.lua", 3});
  CHECK(project.target.applied[1].where == Location{"versions/a.lua", 5});
  auto const& last = std::get<op::ExecuteSql>(project.target.applied[2].operation);
  CHECK(last.parameters == op::Parameters{{"a", Null{}}, {"b", std::int64_t{2}}});
  CHECK_FALSE(std::get<op::ExecuteSql>(project.target.applied[0].operation).parameters.has_value());
}

TEST_CASE("downgrade runs downgrade(), and a missing one is told") {
  test::ScriptProject project;
  project.run("revision = 'a'\nfunction downgrade() op.execute('down') end", graph::Direction::downgrade);
  CHECK(project.target.texts() == std::vector<std::string>{"down"});
  CHECK_THROWS_WITH(project.run("revision = 'a'", graph::Direction::downgrade), "revision 'a' has no downgrade()");
}

TEST_CASE("an error in a migration becomes a MigrationError with place and traceback") {
  test::ScriptProject project;
  auto const error = project.failure("local function inner()\n  error('no such customer')\nend\ninner()");
  CHECK(test::text_of(error) == "versions/a.lua:4: no such customer");
  CHECK(error.traceback == "versions/a.lua:4: in function 'inner'\nversions/a.lua:6");
  CHECK(test::text_of(project.failure("op.execute(5)")) ==
        "versions/a.lua:3: op.execute: argument 1 'text' must be a string or a list of strings, not a number");
  CHECK(test::text_of(project.failure("op.execute('x', { 1 })")) ==
        "versions/a.lua:3: op.execute: argument 2 'params' must be a table of named values\n"
        "hint: write :name in the text and { name = value } here");
}

TEST_CASE("the database's error keeps its type and gains the place") {
  test::ScriptProject project;
  project.target.on_apply = [] {
    DatabaseError error{"no such table"};
    error.code = "42P01";
    throw error;
  };
  try {
    project.upgrade("\nop.execute('SELECT 1')");
    FAIL("nothing was thrown");
  } catch (DatabaseError const& error) {
    CHECK(error.code == "42P01");
    CHECK(error.location() == Location{"versions/a.lua", 4});
  }
  CHECK_THROWS_AS(project.upgrade("local ok, e = pcall(op.execute, 'x')\nassert(e.code == '42P01')\nerror(e)"),
                  DatabaseError);
  CHECK_NOTHROW(project.upgrade("local ok, e = pcall(op.execute, 'x')\nassert(not ok)"));
}

TEST_CASE("an error of the database in a library names both files") {
  test::ScriptProject project;
  project.write("scripts/lib.lua", "return function() op.execute('x') end");
  project.target.on_apply = [] {
    DatabaseError error{"refused"};
    error.locate({"versions/a.lua", 3});
    throw error;
  };
  try {
    project.upgrade("require('lib')()");
    FAIL("nothing was thrown");
  } catch (DatabaseError const& error) {
    CHECK(error.location() == Location{"versions/a.lua", 3});
    REQUIRE(error.notes().size() == 1);
    CHECK(error.notes().front().label == "raised in");
    CHECK(error.notes().front().text == "scripts/lib.lua:1");
  }
}

TEST_CASE("refusals of the target keep their type") {
  test::ScriptProject project;
  project.target.on_apply = [] { throw UsageError{"sqlite cannot do that"}; };
  CHECK_THROWS_AS(project.upgrade("op.execute('x')"), UsageError);
  project.target.on_apply = [] { throw Interrupted{"interrupted"}; };
  CHECK_THROWS_AS(project.upgrade("op.execute('x')"), Interrupted);
  project.target.on_apply = [] { throw ScriptError{"no queries offline"}; };
  CHECK_THROWS_AS(project.upgrade("op.execute('x')"), ScriptError);
}

TEST_CASE("op kept beyond its migration answers that it is over") {
  test::ScriptProject project;
  project.write("scripts/keep.lua", "return {}");
  project.upgrade("local keep = require('keep')\nkeep.execute = op.execute\nkeep.db = op.get_bind()\n"
                  "keep.rows = keep.db:rows('SELECT 1')");
  CHECK(project.target.open_queries == 0);
  CHECK(project.failure("require('keep').db:execute('x')").message() ==
        "'db:execute' used after its migration finished");
  CHECK(project.failure("require('keep').rows()").message() == "'db:rows' used after its migration finished");
  CHECK_NOTHROW(project.upgrade("require('keep').execute('another migration runs now')"));
}

TEST_CASE("a loop without end is interrupted, and pcall does not help it") {
  test::ScriptProject project;
  auto& host = project.host();
  std::thread stop{[&host] {
    std::this_thread::sleep_for(std::chrono::milliseconds{30});
    host.interrupt();
  }};
  CHECK_THROWS_AS(project.upgrade("while true do pcall(function() while true do end end) end"), Interrupted);
  stop.join();
}

TEST_CASE("time has a limit") {
  test::ScriptProject project;
  project.options.time_limit = 0.02;
  CHECK(test::text_of(project.failure("while true do end")) ==
        "versions/a.lua:3: the script ran longer than the time limit of 0.02 s\nhint: raise 'time_limit' in vm.toml");
}

TEST_CASE("memory has a limit, recursion an end, and the state works on") {
  test::ScriptProject project;
  project.options.memory_limit = std::size_t{8} << 20;
  CHECK(test::text_of(project.failure("local s = ('x'):rep(1e9)")) ==
        "versions/a.lua:3: not enough memory: the script needs more than the limit of 8 MiB\n"
        "hint: raise 'memory_limit' in vm.toml, or read rows one by one with db:rows");
  CHECK(test::text_of(project.failure("local function f() return 1 + f() end\nf()")) ==
        "versions/a.lua:3: stack overflow: a function calls itself without end");
  CHECK_NOTHROW(project.upgrade("op.execute('the state still works')"));
}

TEST_CASE("vm tells where the migration runs") {
  test::ScriptProject project;
  project.options.arguments = {{"tenant", "acme"}};
  project.target.surroundings_value = {"postgresql", "15.6", true, "upgrade"};
  project.run("revision = 'a'\nlocal dialect = vm.dialect\nfunction upgrade()\n"
              "assert(dialect == 'postgresql' and vm.dialect == dialect and vm.server_version == '15.6')\n"
              "assert(vm.offline == true and vm.direction == 'upgrade' and vm.args.tenant == 'acme')\n"
              "assert(vm.args.other == nil and vm.version:match('^%d+%.%d+'))\nend");
  CHECK(test::text_of(project.failure("return vm.dialekt")) ==
        "versions/a.lua:3: 'vm.dialekt' does not exist\nhint: did you mean 'vm.dialect'?");
}

TEST_CASE("libraries add operations") {
  test::ScriptProject project;
  project.options.libraries = {"audit"};
  project.write("scripts/audit.lua", "op.register('create_audited', {\n  run = function(name)\n"
                                     "    op.execute('create ' .. name)\n    op.execute(nil)\n  end,\n"
                                     "  describe = function(name) return 'create audited ' .. name end,\n})");
  CHECK_NOTHROW(project.host().load_environment(project.folder / "env.lua"));
  auto const error = project.failure("op.create_audited('users')");
  CHECK(project.target.texts() == std::vector<std::string>{"create users"});
  CHECK(project.target.applied.front().where == Location{"versions/a.lua", 3});
  CHECK(test::text_of(error) ==
        "scripts/audit.lua:4: op.execute: argument 1 'text' is missing, it must be a string or a "
        "list of strings");
  REQUIRE(error.notes().size() == 1);
  CHECK(error.notes().front().text == "versions/a.lua:3");
  CHECK(project.read("local create = op.create_audited\nrevision = create and 'known' or 'unknown'").header->revision ==
        "known");
}

TEST_CASE("libraries add types: a type, or a function that makes one") {
  test::ScriptProject project;
  project.options.libraries = {"types"};
  project.write("scripts/types.lua", "sql.register_type('amount', sql.numeric(19, 4))\n"
                                     "sql.register_type('code', function(n) return sql.char(n or 3) end)");
  project.upgrade("assert(sql.amount == sql.numeric(19, 4) and sql.amount() == sql.amount)\n"
                  "op.add_column('t', sql.column('a', sql.amount))\nop.add_column('t', sql.column('b', sql.code(2)))");
  REQUIRE(project.target.applied.size() == 2);
  CHECK(project.failure("sql.amount(5)").message() == "sql.numeric(19,4): a type takes its arguments once");
}

TEST_CASE("sql.register_type refuses what exists, what is no type, and migrations") {
  auto const error_of = [](std::string const& library) {
    test::ScriptProject project;
    project.options.libraries = {"lib"};
    project.write("scripts/lib.lua", library);
    try {
      project.host().load_environment(project.folder / "env.lua");
    } catch (ScriptError const& error) {
      return test::text_of(error);
    }
    return std::string{"nothing"};
  };
  CHECK(error_of("sql.register_type('text', sql.text)") ==
        "scripts/lib.lua:1: sql.register_type: sql.text exists already");
  CHECK(error_of("sql.register_type('x', 'varchar')") ==
        "scripts/lib.lua:1: sql.register_type: argument 2 'type' must be a type or a function that returns one, not a "
        "string");
  CHECK(error_of("sql.register_type('a b', sql.text)") ==
        "scripts/lib.lua:1: sql.register_type: 'a b' is no name a script can write after 'sql.'");
  test::ScriptProject project;
  CHECK(project.failure("sql.register_type('x', sql.text)").message() ==
        "sql.register_type: only a library may add types");
}

TEST_CASE("op.register refuses what exists, what is no operation, and migrations") {
  auto const error_of = [](std::string const& library) {
    test::ScriptProject project;
    project.options.libraries = {"lib"};
    project.write("scripts/lib.lua", library);
    try {
      project.host().load_environment(project.folder / "env.lua");
    } catch (ScriptError const& error) {
      return test::text_of(error);
    }
    return std::string{"nothing"};
  };
  CHECK(error_of("op.register('execute', { run = function() end })") ==
        "scripts/lib.lua:1: op.register: op.execute exists already");
  CHECK(error_of("op.register('x', {})") == "scripts/lib.lua:1: op.register: 'run' is missing");
  CHECK(error_of("op.register('x', { run = 5 })") ==
        "scripts/lib.lua:1: op.register: 'run' must be a function, not a number");
  CHECK(error_of("op.register('a b', { run = print })") ==
        "scripts/lib.lua:1: op.register: 'a b' is no name a script can write after 'op.'");
  CHECK(error_of("op.register('x', { run = print, revers = print })") ==
        "scripts/lib.lua:1: op.register: unknown key 'revers'\nhint: did you mean 'reverse'?");
  CHECK(error_of("local x = nil + 1") == "scripts/lib.lua:1: attempt to perform arithmetic on a nil value");
  test::ScriptProject project;
  CHECK(project.failure("op.register('x', { run = print })").message() ==
        "op.register: only a library may add operations");
}

TEST_CASE("env.lua gives settings and hooks") {
  test::ScriptProject project;
  auto const file = project.write(
      "migrations/env.lua",
      "return {\n  naming_convention = { ix = 'ix_%(table_name)s' }, version_table = 'v',\n"
      "  before_migration = function(m) op.execute('before ' .. m.revision .. ' ' .. m.direction .. ' ' .. "
      "m.message .. ' ' .. m.file) end,\n"
      "  include_object = function() return true end, compare_type = true,\n}");
  auto const environment = project.host().load_environment(file);
  CHECK(environment.naming_convention == std::map<std::string, std::string>{{"ix", "ix_%(table_name)s"}});
  CHECK(environment.version_table == "v");
  CHECK(environment.has_before_migration);
  CHECK_FALSE(environment.has_after_migration);
  script::Header header;
  header.path = project.folder / "versions/a.lua";
  header.revision = "a";
  header.message = "words";
  project.host().before_migration(header, graph::Direction::upgrade, project.target);
  project.host().after_migration(header, graph::Direction::upgrade, project.target);
  CHECK(project.target.texts() == std::vector<std::string>{"before a upgrade words versions/a.lua"});
}

TEST_CASE("a wrong env.lua is told with the file") {
  auto const error_of = [](std::string const& text) {
    test::ScriptProject project;
    try {
      project.host().load_environment(project.write("migrations/env.lua", text));
    } catch (ScriptError const& error) {
      return test::text_of(error);
    }
    return std::string{"nothing"};
  };
  CHECK(error_of("return {}") == "nothing");
  CHECK(error_of("") == "migrations/env.lua: the file must return a table, not nil\nhint: end it with: return { … }");
  CHECK(error_of("return { naming_conventions = {} }") ==
        "migrations/env.lua: env.lua: unknown key 'naming_conventions'\nhint: did you mean 'naming_convention'?");
  CHECK(error_of("return { naming_convention = { idx = 'x' } }") ==
        "migrations/env.lua: env.lua: naming_convention: unknown key 'idx'\nhint: did you mean 'ix'?");
  CHECK(error_of("return { before_migration = 'x' }") ==
        "migrations/env.lua: env.lua: 'before_migration' must be a function, not a string");
  CHECK(error_of("return {\n  x = }") == "migrations/env.lua:2: unexpected symbol near '}'");
  CHECK(error_of("op.execute('x')") == "migrations/env.lua:1: 'op.execute' called while the file is read\n"
                                       "hint: operations belong inside upgrade() or downgrade()");
  test::ScriptProject project;
  CHECK_NOTHROW(project.host().load_environment(project.folder / "missing.lua"));
}
