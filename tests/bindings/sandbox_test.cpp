#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace vm;

TEST_CASE("what a script may not do is not there") {
  test::ScriptProject project;
  for (auto const* name : {"io",         "ffi",        "debug",        "package",     "jit",         "load",
                           "loadstring", "loadfile",   "dofile",       "setfenv",     "getfenv",     "collectgarbage",
                           "gcinfo",     "newproxy",   "module",       "os.execute",  "os.remove",   "os.rename",
                           "os.exit",    "os.tmpname", "os.setlocale", "os.difftime", "string.dump", "table.foreach"}) {
    CAPTURE(name);
    CHECK_NOTHROW(project.upgrade("assert(" + std::string{name} + " == nil)"));
  }
}

TEST_CASE("what a script may do works") {
  test::ScriptProject project;
  CHECK_NOTHROW(
      project.upgrade("assert(('x'):upper() == 'X' and string.format('%05.1f', 2.5) == '002.5')\n"
                      "assert(table.concat({ 1, 2 }, ',') == '1,2' and math.floor(1.5) == 1 and bit.band(6, 3) == 2)\n"
                      "assert(select('#', 1, 2) == 2 and tonumber('12') == 12 and type(os.time()) == 'number')\n"
                      "assert(os.date('!%Y', 0) == '1970' and os.clock() >= 0)\n"
                      "local c = coroutine.wrap(function() coroutine.yield(1) end)\n"
                      "assert(c() == 1)\n"
                      "local t = setmetatable({}, { __index = { a = 1 } })\n"
                      "assert(t.a == 1 and rawget(t, 'a') == nil and getmetatable(t).__index.a == 1)\n"
                      "assert(rawset(t, 'a', 2).a == 2 and unpack({ 7 }) == 7)"));
}

TEST_CASE("a script cannot change what other scripts see") {
  test::ScriptProject project;
  CHECK(project.failure("string.upper = nil").message() == "'upper' cannot be set: the table is read-only");
  CHECK(project.failure("op.execute = print").message() == "'execute' cannot be set: the table is read-only");
  CHECK(project.failure("rawset(op, 'execute', print)").message() == "rawset: this table is read-only");
  CHECK(project.failure("setmetatable(op, {})").message() == "cannot change a protected metatable");
  CHECK_NOTHROW(project.upgrade("assert(getmetatable('') == false and getmetatable(op) == false)"));
  CHECK_NOTHROW(project.upgrade("print = 1; op = 2"));
  CHECK_NOTHROW(project.upgrade("assert(type(print) == 'function' and type(op) == 'table')"));
}

TEST_CASE("variables of the environment are seen only when they are listed") {
  ::setenv("VM_SANDBOX_TEST", "seen", 1);
  test::ScriptProject closed;
  auto const error = closed.failure("local x = os.getenv('VM_SANDBOX_TEST')");
  CHECK(test::text_of(error) ==
        "versions/a.lua:3: os.getenv: 'VM_SANDBOX_TEST' is not in the list of variables scripts may see\n"
        "hint: add it to vm.toml: allow_env = [\"VM_SANDBOX_TEST\"]");
  test::ScriptProject open;
  open.options.allow_env = {"VM_SANDBOX_TEST", "VM_SANDBOX_UNSET"};
  CHECK_NOTHROW(
      open.upgrade("assert(os.getenv('VM_SANDBOX_TEST') == 'seen' and os.getenv('VM_SANDBOX_UNSET') == nil)"));
}

TEST_CASE("require finds modules in the library path, in the project, and vm's own") {
  test::ScriptProject project;
  project.write("scripts/audit.lua", "return { name = 'audit', global = rawget }");
  project.write("scripts/lib/init.lua", "return 'init'");
  project.write("migrations/helpers.lua", "return 'project'");
  project.write("scripts/silent.lua", "local x = 1");
  CHECK_NOTHROW(project.upgrade("assert(require('audit').name == 'audit' and require('audit') == require('audit'))\n"
                                "assert(require('lib') == 'init' and require('migrations.helpers') == 'project')\n"
                                "assert(require('silent') == true)\n"
                                "assert(require('vm.names').snake('customerId') == 'customer_id')"));
}

TEST_CASE("require does not leave the project") {
  test::ScriptProject project;
  test::ScriptProject elsewhere;
  auto const secret = elsewhere.write("secret.lua", "return 1");
  std::filesystem::create_directories(project.folder / "scripts");
  std::filesystem::create_symlink(secret, project.folder / "scripts/leak.lua");
  CHECK(project.failure("require('leak')").message() ==
        "require: 'leak' leads out of the project: 'scripts/leak.lua' is a link to '" +
            std::filesystem::canonical(secret).native() + "'");
  for (auto const* name : {"../secret", "/etc/passwd", "a..b", "", ".", "a/b", "a\\0b"}) {
    auto const error = project.failure("require('" + std::string{name} + "')");
    CAPTURE(name);
    CHECK(error.message().find("is no name of a module") != std::string::npos);
  }
  auto const missing = project.failure("require('nowhere')");
  CHECK(test::text_of(missing) == "versions/a.lua:3: require: there is no module 'nowhere'\n"
                                  "hint: looked for 'scripts/nowhere.lua', 'scripts/nowhere/init.lua', 'nowhere.lua', "
                                  "'nowhere/init.lua'");
  CHECK(project.failure("require('vm.nothing')").message() == "require: vm has no library 'vm.nothing'");
}

TEST_CASE("modules that require each other in a circle are named") {
  test::ScriptProject project;
  project.write("scripts/one.lua", "return require('two')");
  project.write("scripts/two.lua", "return require('one')");
  CHECK(project.failure("require('one')").message() ==
        "require: modules require each other in a circle: one -> two -> one");
}

TEST_CASE("an error in a library shows the library's line and the migration's") {
  test::ScriptProject project;
  project.write("scripts/broken.lua", "local M = {}\nfunction M.go()\n  return nil + 1\nend\nreturn M");
  auto const error = project.failure("local broken = require('broken')\nbroken.go()");
  CHECK(test::text_of(error) == "scripts/broken.lua:3: attempt to perform arithmetic on a nil value");
  REQUIRE(error.notes().size() == 1);
  CHECK(error.notes().front().label == "called from");
  CHECK(error.notes().front().text == "versions/a.lua:4");
  project.write("scripts/unparsable.lua", "x = = 1");
  try {
    project.upgrade("require('unparsable')");
    FAIL("nothing was thrown");
  } catch (ScriptError const& syntax) {
    CHECK(test::text_of(syntax) == "scripts/unparsable.lua:1: unexpected symbol near '='");
  }
}

TEST_CASE("unsafe scripts have the full library") {
  test::ScriptProject project;
  project.options.unsafe = true;
  CHECK_NOTHROW(project.upgrade("assert(io.open and os.execute and debug and load and require('ffi').typeof('int'))"));
}

TEST_CASE("print and the log module reach the person") {
  test::ScriptProject project;
  project.upgrade(
      "print('a', 1, nil, true)\nlog.info('done', setmetatable({}, { __tostring = function() return 'it' end }))\n"
      "log.warn('careful')\nlog.debug('d')\nlog.error('e')");
  CHECK(project.logged ==
        std::vector<std::string>{"info: a\t1\tnil\ttrue", "info: done it", "warning: careful", "debug: d", "error: e"});
  project.logged.clear();
  CHECK(project.read("print('while the header is read')\nrevision = 'a'").header.has_value());
  CHECK(project.logged.empty());
}
