#include "bindings/lua/ref.hpp"
#include "bindings/lua/stack.hpp"
#include "bindings/lua/userdata.hpp"
#include "tests/support/lua_fixture.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <memory>

using namespace vm;

namespace {

int throw_database_error(lua_State* /*L*/) {
  DatabaseError error{"duplicate key value"};
  error.code = "23505";
  error.kind = DatabaseErrorKind::constraint;
  error.add_hint({"look at the key"});
  throw error;
}

int call_back(lua_State* L) {
  lua_settop(L, 1);
  lua::call(L, 0, 0);
  return 0;
}

DatabaseError const* database_cause(lua::CallError const& error) {
  if (error.cause == nullptr) return nullptr;
  try {
    std::rethrow_exception(error.cause);
  } catch (DatabaseError const& cause) {
    static DatabaseError copy{""};
    copy = cause;
    return &copy;
  }
}

void open_pcall(lua_State* L) {
  lua::protect(L, [](lua_State* inner) {
    lua_pushcfunction(inner, luaopen_base);
    lua_call(inner, 0, 0);
    lua_pushcfunction(inner, luaopen_string);
    lua_call(inner, 0, 0);
  });
}

Value through_lua(lua_State* L, Value const& value) {
  lua::push_value(L, value);
  auto back = lua::to_value(L, -1);
  lua_pop(L, 1);
  REQUIRE(back.has_value());
  return *back;
}

} // namespace

TEST_CASE("a C++ exception comes out of Lua with its type, code and place") {
  lua::State L;
  test::add_function(L, "fail", lua::bound<throw_database_error>);
  auto const error = test::error_of(L, "local x = 1\nfail()");
  CHECK(error.message() == "duplicate key value");
  CHECK(error.location() == Location{"script.lua", 2});
  REQUIRE(error.hints().size() == 1);
  CHECK(error.hints().front().text == "look at the key");
  auto const* cause = database_cause(error);
  REQUIRE(cause != nullptr);
  CHECK(cause->code == "23505");
  CHECK(lua_gettop(L) == 0);
}

TEST_CASE("a C++ exception survives pcall and being raised again") {
  lua::State L;
  open_pcall(L);
  test::add_function(L, "fail", lua::bound<throw_database_error>);
  auto const error = test::error_of(L, "local ok, e = pcall(fail)\nlocal ok, e = pcall(error, e)\nerror(e)");
  CHECK(error.message() == "duplicate key value");
  auto const* cause = database_cause(error);
  REQUIRE(cause != nullptr);
  CHECK(cause->kind == DatabaseErrorKind::constraint);
}

TEST_CASE("a script can look at an error of the database") {
  lua::State L;
  open_pcall(L);
  test::add_function(L, "fail", lua::bound<throw_database_error>);
  test::run(L,
            "local _, e = pcall(function() fail() end)\n"
            "return e.code, e.kind, e.hint, e.line, tostring(e), 'got: ' .. e, getmetatable(e), e.nothing",
            8);
  CHECK(lua::to_text(L, 1) == "23505");
  CHECK(lua::to_text(L, 2) == "constraint");
  CHECK(lua::to_text(L, 3) == "look at the key");
  CHECK(lua_tonumber(L, 4) == 1);
  CHECK(lua::to_text(L, 5) == "script.lua:1: duplicate key value");
  CHECK(lua::to_text(L, 6) == "got: script.lua:1: duplicate key value");
  CHECK(lua::to_text(L, 7) == "vm.error");
  CHECK(lua_isnil(L, 8));
}

TEST_CASE("an error of an inner call is kept, not wrapped again") {
  lua::State L;
  test::add_function(L, "call_back", lua::bound<call_back>);
  test::add_function(L, "fail", lua::bound<throw_database_error>);
  auto const error = test::error_of(L, "call_back(function()\n  call_back(function()\n    fail()\n  end)\nend)");
  CHECK(error.message() == "duplicate key value");
  CHECK(error.location() == Location{"script.lua", 3});
  REQUIRE(error.frames.size() >= 3);
  CHECK(error.frames.front().location.line == 3);
  CHECK(database_cause(error) != nullptr);
}

TEST_CASE("an error raised in Lua carries file, line and the functions on the way") {
  lua::State L;
  auto const error = test::error_of(L, "local function inner()\n  local t = nil\n  return t.x\nend\nlocal y = inner()");
  CHECK(error.message() == "attempt to index local 't' (a nil value)");
  CHECK(error.location() == Location{"script.lua", 3});
  CHECK(error.cause == nullptr);
  CHECK(error.traceback == "script.lua:3: in function 'inner'\nscript.lua:5");
}

TEST_CASE("a chunk name longer than Lua prints is kept whole") {
  lua::State L;
  std::string const name = "@migrations/" + std::string(100, 'x') + ".lua";
  auto const error = test::error_of(L, "\nlocal t = nil; t.x = 1", name.c_str());
  CHECK(error.location() == Location{name.substr(1), 2});
  CHECK(error.message() == "attempt to index local 't' (a nil value)");
  CHECK_THROWS_AS(lua::load(L, "x = = 1", name.c_str()), ScriptError);
  try {
    lua::load(L, "\n\nx = = 1", name.c_str());
  } catch (ScriptError const& syntax) {
    CHECK(syntax.message() == "unexpected symbol near '='");
    CHECK(syntax.location() == Location{name.substr(1), 3});
  }
}

TEST_CASE("whatever error() was given becomes a message") {
  lua::State L;
  open_pcall(L);
  CHECK(test::error_of(L, "error()").message() == "error() was called without a message");
  CHECK(test::error_of(L, "error({})").message() == "error() was called with a table");
  CHECK(test::error_of(L, "error({ message = 'from the field' })").message() == "from the field");
  CHECK(test::error_of(L, "error(setmetatable({}, { __tostring = function() return 'own words' end }))").message() ==
        "own words");
  CHECK(test::error_of(L, "error(setmetatable({}, { __tostring = function() error('x') end }))").message() ==
        "error() was called with a table whose __tostring fails");
  CHECK(test::error_of(L, "error(true)").message() == "error() was called with a boolean");
  CHECK(test::error_of(L, "error(42)").message() == "42");
  CHECK(test::error_of(L, "error('at level two', 0)").message() == "at level two");
  CHECK(test::error_of(L, "local function f() error('blame the caller', 2) end\nf()").location() ==
        Location{"script.lua", 2});
}

TEST_CASE("a function that calls itself without end is a clear error") {
  lua::State L;
  open_pcall(L);
  auto const in_lua = test::error_of(L, "\nlocal function f() return 1 + f() end\nf()");
  CHECK(in_lua.message() == "stack overflow: a function calls itself without end");
  CHECK(in_lua.location() == Location{"script.lua", 2});
  auto const through_c = test::error_of(L, "\nfunction f() return (('x'):gsub('x', f)) end\nf()");
  CHECK(through_c.message() == "stack overflow: a function calls itself without end");
  CHECK(through_c.location() == Location{"script.lua", 2});
  auto const coroutines = test::error_of(L, "local function f() return coroutine.wrap(f)() end\nf()");
  CHECK(coroutines.message() == "stack overflow: a function calls itself without end");
}

TEST_CASE("a script that allocates without end meets the limit and the setting is named") {
  lua::State L{std::size_t{4} << 20};
  open_pcall(L);
  auto const slow = test::error_of(L, "local t = {}\nfor i = 1, 1e9 do t[i] = { i } end");
  CHECK(slow.message() == "not enough memory: the script needs more than the limit of 4 MiB");
  CHECK(slow.location() == Location{"script.lua", 2});
  REQUIRE(slow.hints().size() == 1);
  CHECK(slow.hints().front().text == "raise 'memory_limit' in vm.toml, or read rows one by one with db:rows");
  auto const at_once = test::error_of(L, "\nlocal s = ('x'):rep(1e9)");
  CHECK(at_once.location() == Location{"script.lua", 2});
  CHECK(at_once.message() == "not enough memory: the script needs more than the limit of 4 MiB");
}

TEST_CASE("garbage does not count towards the memory limit") {
  lua::State L{std::size_t{4} << 20};
  open_pcall(L);
  CHECK_NOTHROW(test::run(L, "local s\nfor i = 1, 100000 do s = { i, tostring(i), {} } end"));
}

TEST_CASE("a time limit stops a loop, and pcall cannot swallow it") {
  lua::State L;
  open_pcall(L);
  L.begin(0.02);
  auto const error = test::error_of(L, "while true do pcall(function() while true do end end) end");
  CHECK(error.message() == "the script ran longer than the time limit of 0.02 s");
  L.begin(0);
  CHECK_NOTHROW(test::run(L, "for i = 1, 100000 do end"));
}

TEST_CASE("an interrupt stops a loop, and pcall cannot swallow it") {
  std::atomic<bool> interrupted{true};
  lua::State L{0, &interrupted};
  open_pcall(L);
  auto const error = test::error_of(L, "while true do pcall(function() while true do end end) end");
  REQUIRE(error.cause != nullptr);
  CHECK_THROWS_AS(std::rethrow_exception(error.cause), Interrupted);
}

TEST_CASE("protect turns out of memory into an exception") {
  lua::State L{std::size_t{1} << 20};
  CHECK_THROWS_WITH(lua::protect(L, [](lua_State* inner) { lua_newuserdata(inner, std::size_t{64} << 20); }),
                    "not enough memory: the script needs more than the limit of 1 MiB");
  CHECK(lua_gettop(L) == 0);
}

TEST_CASE("protect passes a C++ exception with its type") {
  lua::State L;
  CHECK_THROWS_AS(lua::protect(L, [](lua_State*) { throw LockError{"busy"}; }), LockError);
}

TEST_CASE("bytecode is refused") {
  lua::State L;
  CHECK_THROWS_WITH(lua::load(L, "\x1bLJ\x02", "@script.lua"), "attempt to load chunk with wrong mode");
}

TEST_CASE("values pass through Lua without loss") {
  lua::State L;
  auto const big = std::numeric_limits<std::int64_t>::max();
  for (std::int64_t const number :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 53, (std::int64_t{1} << 53) + 1, -(std::int64_t{1} << 53),
        -(std::int64_t{1} << 53) - 1, big, std::numeric_limits<std::int64_t>::min()})
    CHECK(through_lua(L, number) == Value{number});
  CHECK(through_lua(L, 0.1) == Value{0.1});
  CHECK(through_lua(L, 1e300) == Value{1e300});
  CHECK(through_lua(L, true) == Value{true});
  CHECK(through_lua(L, Null{}) == Value{Null{}});
  CHECK(through_lua(L, Decimal{"12.50"}) == Value{Decimal{"12.50"}});
  CHECK(through_lua(L, std::string{"a\0b", 3}) == Value{std::string{"a\0b", 3}});
  CHECK(through_lua(L, Array{{Null{}, std::int64_t{1}, Array{{std::string{"x"}}}}}) ==
        Value{Array{{Null{}, std::int64_t{1}, Array{{std::string{"x"}}}}}});
  lua::push_bytes(L, Bytes{std::string{"\0\1", 2}});
  CHECK(lua::to_value(L, -1) == Value{Bytes{std::string{"\0\1", 2}}});
}

TEST_CASE("integers beyond 2^53 can be compared, added and written back") {
  lua::State L;
  lua::push_integer(L, 9007199254740993);
  lua_setglobal(L, "n");
  test::run(L, "return n + 1, n == 9007199254740993LL, n < 2, 5LL, 18446744073709551615ULL", 5);
  CHECK(lua::to_value(L, 1) == Value{std::int64_t{9007199254740994}});
  CHECK(lua_toboolean(L, 2) == 1);
  CHECK(lua_toboolean(L, 3) == 0);
  CHECK(lua::to_value(L, 4) == Value{std::int64_t{5}});
  CHECK(lua::to_value(L, 5) == Value{Decimal{"18446744073709551615"}});
}

TEST_CASE("decimals compare by value") {
  CHECK(lua::compare_decimals("1.50", "1.5") == 0);
  CHECK(lua::compare_decimals("-0.00", "0") == 0);
  CHECK(lua::compare_decimals("10", "9.99") > 0);
  CHECK(lua::compare_decimals("-10", "-9.99") < 0);
  CHECK(lua::compare_decimals("0.001", "1e-3") == 0);
  CHECK(lua::compare_decimals("99999999999999999999.1", "99999999999999999999.2") < 0);
  CHECK(lua::compare_decimals("-Infinity", "-1e30") < 0);
  CHECK(lua::compare_decimals("NaN", "Infinity") > 0);
  for (auto const* good : {"1", "-1.5", ".5", "5.", "1e10", "+2E-3", "NaN", "-Infinity"}) CHECK(lua::is_decimal(good));
  for (auto const* bad : {"", "-", ".", "1e", "0x10", "1,5", " 1", "inf", "1e9999999"})
    CHECK_FALSE(lua::is_decimal(bad));
}

TEST_CASE("decimals print, compare and join in scripts") {
  lua::State L;
  open_pcall(L);
  lua::push_decimal(L, {"12.50"});
  lua_setglobal(L, "a");
  lua::push_decimal(L, {"12.5"});
  lua_setglobal(L, "b");
  test::run(L, "return tostring(a), a == b, a < b, a <= b, a .. ' EUR', a:number()", 6);
  CHECK(lua::to_text(L, 1) == "12.50");
  CHECK(lua_toboolean(L, 2) == 1);
  CHECK(lua_toboolean(L, 3) == 0);
  CHECK(lua_toboolean(L, 4) == 1);
  CHECK(lua::to_text(L, 5) == "12.50 EUR");
  CHECK(lua_tonumber(L, 6) == 12.5);
}

TEST_CASE("a table that is no list is no value") {
  lua::State L;
  test::run(L, "return { a = 1 }, { 1, nil, 3, x = 2 }, function() end", 3);
  CHECK_FALSE(lua::to_value(L, 1).has_value());
  CHECK_FALSE(lua::to_value(L, 2).has_value());
  CHECK_FALSE(lua::to_value(L, 3).has_value());
}

TEST_CASE("a reference keeps its value through a collection, and lets it go") {
  lua::State L;
  lua::push_decimal(L, {"7"});
  lua::Ref ref{L};
  lua_gc(L, LUA_GCCOLLECT, 0);
  ref.push(L);
  CHECK(lua::to_value(L, -1) == Value{Decimal{"7"}});
  lua_pop(L, 1);
  lua::Ref moved = std::move(ref);
  CHECK(static_cast<bool>(moved));
  CHECK_FALSE(static_cast<bool>(ref)); // NOLINT(bugprone-use-after-move): what a moved-from Ref promises
}

TEST_CASE("a state has one ffi library, and has given all its memory back when it closes") {
  lua::State state;
  lua::protect(state, [&](lua_State* L) {
    lua::push_ffi(L);
    lua::push_ffi(L);
    CHECK(lua_rawequal(L, -1, -2));
    lua_pop(L, 1);
    lua_setglobal(L, "ffi");
    // A type of its own, values of it, and one that outlives the script: the state's destructor looks at the sum.
    test::run(L, "local wide = ffi.typeof('struct { int64_t cells[40]; }')\n"
                 "for i = 1, 1000 do kept = wide() end");
    lua_gc(L, LUA_GCCOLLECT, 0);
  });
  CHECK(state.memory_used() > 0);
}
