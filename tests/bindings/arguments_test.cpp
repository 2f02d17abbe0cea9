#include "bindings/lua/arguments.hpp"
#include "tests/support/lua_fixture.hpp"

#include <doctest/doctest.h>

using namespace vm;

namespace {

// op.sample(table, column, count, options)
int sample(lua_State* L) {
  lua::Arguments args{L, "op.sample"};
  args.text(1, "table");
  args.texts(2, "columns");
  if (args.has(3)) args.integer(3, "count");
  auto options = args.options(4);
  options.text("schema");
  options.boolean("if_exists");
  options.number("timeout");
  options.integer("limit");
  options.texts("using");
  options.value("value");
  options.refuse("default", "the key is called 'server_default'");
  options.done();
  args.done();
  return 0;
}

std::string message_of(std::string const& call) {
  lua::State L;
  test::add_function(L, "sample", lua::bound<sample>);
  return test::error_of(L, call).message();
}

std::string hint_of(std::string const& call) {
  lua::State L;
  test::add_function(L, "sample", lua::bound<sample>);
  auto const error = test::error_of(L, call);
  return error.hints().empty() ? "" : error.hints().front().text;
}

} // namespace

TEST_CASE("a wrong argument names the call, the argument and what was found") {
  CHECK(message_of("sample('t', 'c')") == "nothing");
  CHECK(message_of("sample()") == "op.sample: argument 1 'table' is missing, it must be a string");
  CHECK(message_of("sample(nil, 'c')") == "op.sample: argument 1 'table' must be a string, not nil");
  CHECK(message_of("sample(12, 'c')") == "op.sample: argument 1 'table' must be a string, not a number");
  CHECK(message_of("sample('t', { 1 })") ==
        "op.sample: argument 2 'columns' must be a string or a list of strings, not a table");
  CHECK(message_of("sample('t', 'c', 1.5)") == "op.sample: argument 3 'count' must be a whole number, not a number");
  CHECK(message_of("sample('t', 'c', 1, 'x')") == "op.sample: argument 4 'options' must be a table, not a string");
  CHECK(message_of("sample('t', 'c', 1, {}, 5)") == "op.sample: takes at most 4 arguments, 5 were given");
  CHECK(message_of("sample('t', 'c', nil, nil, nil)") == "nothing");
}

TEST_CASE("a wrong option names the call, the key and what was found") {
  CHECK(message_of("sample('t', 'c', 1, { schema = 's', if_exists = true, limit = 5LL, using = { 'a' } })") ==
        "nothing");
  CHECK(message_of("sample('t', 'c', 1, { if_exists = 'yes' })") ==
        "op.sample: 'if_exists' must be true or false, not a string");
  CHECK(message_of("sample('t', 'c', 1, { limit = 1.5 })") ==
        "op.sample: 'limit' must be a whole number, not a number");
  CHECK(message_of("sample('t', 'c', 1, { using = { x = 1 } })") ==
        "op.sample: 'using' must be a string or a list of strings, not a table");
  CHECK(message_of("sample('t', 'c', 1, { value = sample })") ==
        "op.sample: 'value' must be a value a database can store, not a function");
}

TEST_CASE("an unknown option is refused with the nearest known one") {
  CHECK(message_of("sample('t', 'c', 1, { if_exist = true })") == "op.sample: unknown key 'if_exist'");
  CHECK(hint_of("sample('t', 'c', 1, { if_exist = true })") == "did you mean 'if_exists'?");
  CHECK(hint_of("sample('t', 'c', 1, { default = 1 })") == "the key is called 'server_default'");
  CHECK(hint_of("sample('t', 'c', 1, { zzzzzz = 1 })") ==
        "known keys: 'if_exists', 'limit', 'schema', 'timeout', 'using', 'value'");
  CHECK(message_of("sample('t', 'c', 1, { 'if_exists' })") == "op.sample: unknown key '1'");
}

TEST_CASE("an error in an argument is placed at the caller's line") {
  lua::State L;
  test::add_function(L, "sample", lua::bound<sample>);
  CHECK(test::error_of(L, "\n\nsample(1)").location() == Location{"script.lua", 3});
}
