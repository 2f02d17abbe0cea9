#include "tests/support/script_project.hpp"

#include <doctest/doctest.h>

using namespace vm;

TEST_CASE("JSON is decoded and encoded without loss") {
  test::ScriptProject project;
  CHECK_NOTHROW(project.upgrade(R"lua(
    local text = '{"a":[1,2.5,"x",null,true],"b":{},"big":9007199254740993,"e":[],"huge":18446744073709551615}'
    local value = vm.json.decode(text)
    assert(value.a[1] == 1 and value.a[4] == vm.json.decode('null') and value.big == 9007199254740993LL)
    assert(vm.json.encode(value) == text)
    assert(vm.json.encode({ z = 1, a = { 1, 2 } }) == '{"a":[1,2],"z":1}')
    assert(vm.json.encode({}) == '{}' and vm.json.encode(vm.json.list({})) == '[]')
    assert(vm.json.encode('é"\n') == '"é\\"\\n"' and vm.json.encode(nil) == 'null')
  )lua"));
  CHECK(project.failure("vm.json.decode('{\\n\"a\": }')").message() ==
        "vm.json.decode: the text is no JSON: line 2, byte 8");
  CHECK(project.failure("vm.json.encode(print)").message() == "vm.json.encode: a function cannot be written as JSON");
  CHECK(project.failure("vm.json.encode(0/0)").message() == "vm.json.encode: JSON has no infinity and no NaN");
  CHECK(project.failure("vm.json.encode({ 1, a = 2 })").message() ==
        "vm.json.encode: a table must be a list without gaps, or have names only");
  CHECK(project.failure("local t = {}; t.t = t; vm.json.encode(t)").message() ==
        "vm.json.encode: the value is nested too deep, or holds itself");
}

TEST_CASE("identifiers and digests") {
  test::ScriptProject project;
  CHECK_NOTHROW(project.upgrade(
      "local id = vm.uuid()\n"
      "assert(id:match('^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$') and id ~= "
      "vm.uuid())\n"
      "assert(vm.sha256('abc') == 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')"));
}

TEST_CASE("files of the project can be read, others not") {
  test::ScriptProject project;
  project.write("data/note.txt", "words");
  std::filesystem::create_symlink("/etc/passwd", project.folder / "data/link.txt");
  CHECK_NOTHROW(project.upgrade("assert(vm.read_file('data/note.txt') == 'words')"));
  CHECK(project.failure("vm.read_file('/etc/passwd')").message() ==
        "vm.read_file: '/etc/passwd' lies outside the project");
  CHECK(project.failure("vm.read_file('data/link.txt')").message() ==
        "vm.read_file: 'data/link.txt' lies outside the project");
  CHECK(project.failure("vm.read_file('data/none')").message() ==
        "vm.read_file: there is no file 'data/none' in the project");
  CHECK(project.failure("vm.read_file('data')").message().starts_with("vm.read_file: cannot read 'data': "));
}

TEST_CASE("CSV is read by header, with quotes, line breaks and both line ends") {
  test::ScriptProject project;
  project.write("data/a.csv",
                "\xef\xbb\xbfid,name,note\r\n1,\"Smith, \"\"J\"\"\",\"two\nlines\"\r\n2,,x\n3,last,no end of line");
  CHECK_NOTHROW(project.upgrade(
      "local rows = {}\nfor row in vm.read_csv('data/a.csv') do rows[#rows + 1] = row end\n"
      "assert(#rows == 3 and rows[1].id == '1' and rows[1].name == 'Smith, \"J\"')\n"
      "assert(rows[1].note == 'two\\nlines' and rows[2].name == '' and rows[3].note == 'no end of line')"));
  project.write("data/b.csv", "a;b\n1;2\n");
  CHECK_NOTHROW(
      project.upgrade("for row in vm.read_csv('data/b.csv', { delimiter = ';' }) do assert(row.b == '2') end"));
  project.write("data/short.csv", "a,b\n1,2\n\"x\ny\"\n");
  CHECK(project.failure("for row in vm.read_csv('data/short.csv') do end").message() ==
        "vm.read_csv: data/short.csv:3: 1 field, but there are 2 columns");
  project.write("data/open.csv", "a\n\"x\n");
  CHECK(project.failure("for row in vm.read_csv('data/open.csv') do end").message() ==
        "vm.read_csv: data/open.csv:2: a quoted field has no end");
  project.write("data/twice.csv", "a,a\n");
  CHECK(project.failure("vm.read_csv('data/twice.csv')").message() ==
        "vm.read_csv: data/twice.csv:1: two columns are named 'a'");
}

TEST_CASE("CSV files nobody would write are read to the end or refused with their line") {
  test::ScriptProject project;
  project.write("data/odd.csv", "junk\nid;'na;me'\n\n1;'it''s\n\nhere'\r\n2;NA\n");
  CHECK_NOTHROW(project.upgrade(
      "local next = vm.read_csv('data/odd.csv', { delimiter = ';', quote = \"'\", skip = 1, null = 'NA' })\n"
      "local one, two = next(), next()\n"
      "assert(one.id == '1' and one['na;me'] == \"it's\\n\\nhere\" and two.id == '2' and two['na;me'] == nil)\n"
      "assert(next() == nil and next() == nil)"));
  project.write("data/bare.csv", "1,2\n3,4\n");
  CHECK_NOTHROW(project.upgrade(
      "local sum = 0\n"
      "for row in vm.read_csv('data/bare.csv', { columns = { 'a', 'b' } }) do sum = sum + row.a * row.b end\n"
      "assert(sum == 14)"));
  project.write("data/long.csv", "a\n\"" + std::string(300000, 'x') + "\"\n");
  CHECK_NOTHROW(project.upgrade("assert(#vm.read_csv('data/long.csv')().a == 300000)"));
  project.write("data/after.csv", "a,b\n\"x\"y,1\n");
  CHECK(project.failure("vm.read_csv('data/after.csv')()").message() ==
        "vm.read_csv: data/after.csv:2: a quoted field is followed by text");
  project.write("data/zero.csv", std::string{"a\nx\0y\n", 6});
  CHECK(project.failure("vm.read_csv('data/zero.csv')()").message() ==
        "vm.read_csv: data/zero.csv:2: field 1 holds a zero byte");
  project.write("data/latin.csv", "a\n\xe9\n");
  CHECK(project.failure("vm.read_csv('data/latin.csv')()").message() ==
        "vm.read_csv: data/latin.csv:2: field 1 is not valid UTF-8");
  project.write("data/empty.csv", "");
  CHECK(project.failure("vm.read_csv('data/empty.csv')").message() == "vm.read_csv: 'data/empty.csv' is empty");
  CHECK(project.failure("vm.read_csv('data/bare.csv', { encoding = 'latin1' })").message() ==
        "vm.read_csv: the encoding 'latin1' is not read, only UTF-8");
  CHECK(project.failure("vm.read_csv('../x.csv')").message().starts_with("vm.read_csv: there is no file '../x.csv'"));
  CHECK(project.failure("vm.read_csv('/etc/passwd')").message() ==
        "vm.read_csv: '/etc/passwd' lies outside the project");
  CHECK(project.failure("vm.read_csv('data')").message() == "vm.read_csv: cannot read 'data': it is a folder");
  CHECK(project.failure("vm.read_csv('data/bare.csv', { delimiter = ',,' })").message() ==
        "vm.read_csv: 'delimiter' must be one character");
}

TEST_CASE("the libraries vm ships do what they say") {
  test::ScriptProject project;
  project.target.surroundings_value.dialect = "mariadb";
  project.target.surroundings_value.server_version = "10.11.6";
  CHECK_NOTHROW(project.upgrade(R"lua(
    local names, when = require "vm.names", require "vm.when"
    assert(names.title("jean-luc D'ARCY") == "Jean-Luc D'Arcy" and names.title(nil) == nil)
    assert(names.snake("HTTPServerName 2") == "http_server_name_2" and names.camel("customer_id") == "customerId")
    assert(names.squeeze("  a   b ") == "a b" and names.squeeze("  ") == nil)
    assert(when.dialect({ mysql = function() return "m" end, default = function() return "d" end }) == "m")
    assert(when.dialect({ sqlite = function() return "s" end }) == nil)
    assert(when.at_least("10.7") and not when.at_least("11") and when.not_before("15", "15.0"))
  )lua"));
  CHECK(project.failure("require('vm.when').dialect({ postgres = print })").message() ==
        "when.dialect: 'postgres' is no database: sqlite, postgresql, mysql, mariadb, default");
}
