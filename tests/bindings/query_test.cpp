#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("rows stream by name, NULL is nil, and the query ends with the loop") {
  test::ScriptProject project;
  project.target.answer = {{"id", "email"}, {{std::int64_t{1}, std::string{"a@b"}}, {std::int64_t{2}, Null{}}}};
  project.upgrade("local seen = {}\nfor row in op.get_bind():rows('SELECT id', { id = 10 }) do\n"
                  "  seen[#seen + 1] = row.id .. ':' .. tostring(row.email)\nend\nassert(table.concat(seen, ' ') == "
                  "'1:a@b 2:nil')");
  REQUIRE(project.target.asked.size() == 1);
  CHECK(project.target.asked[0].parameters == op::Parameters{{"id", std::int64_t{10}}});
  CHECK(project.target.asked[0].where == Location{"versions/a.lua", 4});
  CHECK(project.target.open_queries == 0);
}

TEST_CASE("all, one and scalar read what their names say") {
  test::ScriptProject project;
  project.target.answer = {{"n"}, {{std::int64_t{7}}, {std::int64_t{8}}}};
  project.upgrade("local db = op.get_bind()\nassert(#db:all('q') == 2 and db:all('q')[2].n == 8)\n"
                  "assert(db:one('q').n == 7 and db:scalar('q') == 7)\n"
                  "assert(db:execute('UPDATE t', { a = 1 }).rows_affected == 0)");
  project.target.answer = {{"n"}, {}};
  project.upgrade(
      "local db = op.get_bind()\nassert(#db:all('q') == 0 and db:one('q') == nil and db:scalar('q') == nil)");
  project.target.answer = {{"n"}, {{Null{}}}};
  project.upgrade("local db, null = op.get_bind(), vm.json.decode('null')\nassert(db:one('q').n == nil and db:one('q', "
                  "nil, { null = true }).n == null)\n"
                  "assert(db:scalar('q') == nil and db:scalar('q', nil, { null = true }) == null)");
  CHECK(project.target.open_queries == 0);
}

TEST_CASE("a loop left early can be closed, and ends with the migration at the latest") {
  test::ScriptProject project;
  project.target.answer = {{"n"}, {{std::int64_t{1}}, {std::int64_t{2}}}};
  project.upgrade("local rows = op.get_bind():rows('q')\nassert(rows:columns()[1] == 'n')\nassert(rows().n == 1)\n"
                  "rows:close()\nassert(rows() == nil)");
  CHECK(project.target.open_queries == 0);
  project.upgrade("for row in op.get_bind():rows('q') do break end");
  CHECK(project.target.open_queries == 0);
}

TEST_CASE("two columns of one name are refused") {
  test::ScriptProject project;
  project.target.answer = {{"id", "name", "id"}, {}};
  CHECK(test::text_of(project.failure("op.get_bind():all('SELECT * FROM a JOIN b')")) ==
        "versions/a.lua:3: db:all: the query returns two columns named 'id'\nhint: give one of them another name with "
        "AS");
}

TEST_CASE("a call with a dot instead of a colon is explained") {
  test::ScriptProject project;
  CHECK(test::text_of(project.failure("op.get_bind().rows('x')")) ==
        "versions/a.lua:3: db:rows was called without its database\nhint: write db:rows(…) with a colon");
}
