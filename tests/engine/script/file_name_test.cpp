#include "engine/core/error.hpp"
#include "engine/script/template.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

using namespace vm;
using namespace vm::script;
using namespace std::chrono;

namespace {

constexpr system_clock::time_point autumn{seconds{1761048005}}; // 2025-10-21 12:00:05 UTC
constexpr system_clock::time_point winter{seconds{1736208305}}; // 2025-01-07 00:05:05 UTC

std::string error_of(auto&& action) {
  try {
    action();
  } catch (ConfigError const& error) {
    return error.message() + (error.hints().empty() ? "" : " | " + error.hints()[0].text);
  }
  return "no error";
}

NewScript script_of(std::string const& message, std::string const& revision = "abc123",
                    system_clock::time_point created = winter) {
  NewScript script;
  script.message = message;
  script.revision = revision;
  script.created = created;
  return script;
}

config::Config config_of(std::string const& file_template) {
  config::Config config;
  config.file_template = file_template;
  return config;
}

} // namespace

TEST_CASE("a new id is twelve hex digits, another one each time") {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    auto const id = new_revision_id();
    CHECK(id.size() == 12);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    ids.insert(id);
  }
  CHECK(ids.size() == 100);
}

TEST_CASE("a slug is made of the words of a message") {
  struct Row {
    std::string message;
    int limit;
    std::string expected;
  };
  std::vector<Row> const rows{
      {"Add email verification", 40, "add_email_verification"},
      {"", 40, ""},
      {" !?... ", 40, ""},
      {"  don't -- do/that\n(again) ", 40, "don_t_do_that_again"},
      {"a_b __c_ d", 40, "a_b_c_d"},
      {"Änderung für Größe", 40, "änderung_für_größe"},
      {"ДОБАВИТЬ Ёлку", 40, "добавить_ёлку"},
      {"ΑΒΓ", 40, "αβγ"},
      {"ŽLUŤOUČKÝ ŁÓDŹ", 40, "žluťoučký_łódź"},
      {"表を追加、する", 40, "表を追加_する"},
      {"rocket 🚀 “quoted” – €5", 40, "rocket_quoted_5"},
      {"bad \xFF\xC3 bytes", 40, "bad_bytes"},
      {"one two three", 9, "one_two"}, // "one_two_t"
      {"one two three", 8, "one_two"}, // "one_two_"
      {"one two three", 7, "one"},     // as Alembic: the last word within the limit goes as well
      {"one two three", 13, "one_two_three"},
      {"abcdefghij", 4, "abcd"},
      {"äöü äöü", 5, "äöü"}, // characters, not bytes
  };
  for (auto const& row : rows) {
    CAPTURE(row.message);
    CHECK(slug(row.message, row.limit) == row.expected);
  }
}

TEST_CASE("a file is named by file_template, in both ways to write it") {
  struct Row {
    std::string file_template, expected;
  };
  std::vector<Row> const rows{
      {"{rev}_{slug}", "abc123_add_users.lua"},
      {"%(rev)s_%(slug)s", "abc123_add_users.lua"},
      {"%%(rev)s_%%(slug)s", "abc123_add_users.lua"},
      {"{slug}.lua", "add_users.lua"},
      {"{year}{month}{day}_{hour}{minute}-{second}_{rev}", "20250107_0005-05_abc123.lua"},
      {"%(year)d_%(month).2d_%(day)02d_%(hour)d_%(minute)-3d|", "2025_01_07_0_5  |.lua"},
      {"%(month)3d%(slug).3s%(rev)8s%(year)s", "  1add  abc1232025.lua"},
      {"%(epoch)d_{epoch}", "1736208305_1736208305.lua"},
      {"100%_{rev}_%%", "100%_abc123_%.lua"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.file_template);
    CHECK(file_name(script_of("Add users"), config_of(row.file_template)) == row.expected);
  }
  auto sql = script_of("Add users");
  sql.sql = true;
  CHECK(file_name(sql, config_of("{rev}_{slug}")) == "abc123_add_users.sql");
  CHECK(file_name(script_of(""), config_of("{rev}_{slug}")) == "abc123.lua");
  auto short_slug = config_of("{slug}");
  short_slug.truncate_slug_length = 5;
  CHECK(file_name(script_of("Add users"), short_slug) == "add.lua");
}

TEST_CASE("a file name that cannot be is refused") {
  auto const refused = [](std::string const& file_template, std::string const& revision = "abc123") {
    return error_of([&] { file_name(script_of("x", revision), config_of(file_template)); });
  };
  CHECK(refused("{revv}") == "unknown token '{revv}' in 'file_template' | did you mean 'rev'?");
  CHECK(refused("%(zzzzzz)s") == "unknown token '%(zzzzzz)' in 'file_template' | known are 'rev', 'slug', 'epoch', "
                                 "'year', 'month', 'day', 'hour', "
                                 "'minute', 'second'");
  CHECK(refused("a{rev") == "'{rev' in 'file_template' is no token | a token is '{rev}' or '%(rev)s'");
  CHECK(refused("a%(rev") == "'%(rev' in 'file_template' is no token | a token is '{rev}' or '%(rev)s'");
  CHECK(refused("%(rev)x") == "'%(rev)x' in 'file_template' is no token | a token is '{rev}' or '%(rev)s'");
  auto const folder_hint = std::string{"it is made by 'file_template' from the revision and the message"};
  CHECK(refused("{year}/{rev}") ==
        "'2025/abc123.lua' is no name of a file in the folder of migrations | " + folder_hint);
  CHECK(refused("{rev}", "../../x") ==
        "'../../x.lua' is no name of a file in the folder of migrations | " + folder_hint);
  CHECK(refused(".{rev}") ==
        "a migration named '.abc123.lua' would be hidden | let 'file_template' begin with '{rev}'");
  CHECK(refused("{rev}", std::string(255, 'r')) == "the file name would be 259 bytes long, and 255 is the most | lower "
                                                   "'truncate_slug_length', or choose a shorter revision id");
}

TEST_CASE("dates follow the time zone, and the process keeps its own") {
  ::setenv("TZ", "America/New_York", 1);
  CHECK(created_text(autumn, "") == "2025-10-21 12:00:05 UTC");
  CHECK(created_text(autumn, "utc") == "2025-10-21 12:00:05 UTC");
  CHECK(created_text(autumn, "Europe/Berlin") == "2025-10-21 14:00:05 +02:00");
  CHECK(created_text(winter, "Europe/Berlin") == "2025-01-07 01:05:05 +01:00");
  CHECK(created_text(winter, "America/St_Johns") == "2025-01-06 20:35:05 -03:30");
  CHECK(created_text(winter, "Asia/Kathmandu") == "2025-01-07 05:50:05 +05:45");
  auto config = config_of("{day}-{hour}");
  config.timezone = "America/St_Johns";
  CHECK(file_name(script_of("x"), config) == "06-20.lua");
  CHECK(std::string{std::getenv("TZ")} == "America/New_York");
  ::unsetenv("TZ");
  created_text(autumn, "Europe/Berlin");
  CHECK(std::getenv("TZ") == nullptr);
  for (auto const* zone : {"Europe/Berlni", "../../../etc/passwd", "/etc/localtime", "Europe"}) {
    CAPTURE(zone);
    CHECK(error_of([&] { created_text(autumn, zone); }) ==
          "time zone '" + std::string{zone} +
              "' is not known | names are those below /usr/share/zoneinfo, such as 'Europe/Berlin'");
  }
}
