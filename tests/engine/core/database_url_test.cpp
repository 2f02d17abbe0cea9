#include "engine/core/database_url.hpp"
#include "engine/core/error.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace vm;

namespace {

std::string error_of(std::string_view text) {
  try {
    DatabaseUrl::parse(text);
  } catch (ConfigError const& error) {
    return error.message() + (error.hints().empty() ? "" : " | " + error.hints()[0].text);
  }
  return "no error";
}

DatabaseUrl url(std::string dialect, std::string user, std::optional<std::string> password, std::string host,
                std::optional<int> port, std::string database, std::map<std::string, std::string> parameters = {}) {
  return {dialect, user, password, host, port, database, parameters};
}

} // namespace

TEST_CASE("every form of a URL is taken apart") {
  struct Row {
    std::string text;
    DatabaseUrl expected;
  };
  auto const none = std::nullopt;
  std::vector<Row> const rows{
      {"sqlite://", url("sqlite", "", none, "", none, "")},
      {"sqlite:///", url("sqlite", "", none, "", none, "")},
      {"sqlite:///:memory:", url("sqlite", "", none, "", none, "")},
      {"sqlite:///app.db", url("sqlite", "", none, "", none, "app.db")},
      {"sqlite3:///app.db", url("sqlite", "", none, "", none, "app.db")},
      {"sqlite+aiosqlite:///./data/app.db", url("sqlite", "", none, "", none, "./data/app.db")},
      {"sqlite:////var/lib/app.db", url("sqlite", "", none, "", none, "/var/lib/app.db")},
      {"sqlite:///a%20b%25@:.db?mode=ro", url("sqlite", "", none, "", none, "a b%@:.db", {{"mode", "ro"}})},
      {"sqlite:///file:app.db?mode=ro&uri=true", url("sqlite", "", none, "", none, "app.db", {{"mode", "ro"}})},
      {"SQLite:///x", url("sqlite", "", none, "", none, "x")},
      {"postgresql://u:p@h:5432/d", url("postgresql", "u", "p", "h", 5432, "d")},
      {"  postgres://u:p@h/d\n", url("postgresql", "u", "p", "h", none, "d")},
      {"postgresql+asyncpg://u:p@h/d", url("postgresql", "u", "p", "h", none, "d")},
      {"postgresql://", url("postgresql", "", none, "", none, "")},
      {"postgresql:///d", url("postgresql", "", none, "", none, "d")},
      {"postgresql://h", url("postgresql", "", none, "h", none, "")},
      {"postgresql://u@h/d", url("postgresql", "u", none, "h", none, "d")},
      {"postgresql://u:@h/d", url("postgresql", "u", "", "h", none, "d")},
      {"postgresql://u:p@/d", url("postgresql", "u", "p", "", none, "d")},
      {"postgresql://h:/d", url("postgresql", "", none, "h", none, "d")},
      {"postgresql://[::1]:5433/d", url("postgresql", "", none, "::1", 5433, "d")},
      {"postgresql://u:p@[2001:db8::7]/d", url("postgresql", "u", "p", "2001:db8::7", none, "d")},
      {"postgresql://u:p@%2Fvar%2Frun/d", url("postgresql", "u", "p", "/var/run", none, "d")},
      {"postgresql://u@/d?host=/tmp&port=5433", url("postgresql", "u", none, "/tmp", 5433, "d")},
      {"postgresql:///?user=u&password=a%26b&dbname=d&host=h", url("postgresql", "u", "a&b", "h", none, "d")},
      {"postgresql://a:1,b:2/d", url("postgresql", "", none, "a,b", none, "d", {{"port", "1,2"}})},
      {"postgresql://a:1,b:1/d", url("postgresql", "", none, "a,b", 1, "d")},
      {"postgresql://h/d?sslmode=require&options=-c%20search_path%3Dx&application_name=a+b",
       url("postgresql", "", none, "h", none, "d",
           {{"sslmode", "require"}, {"options", "-c search_path=x"}, {"application_name", "a b"}})},
      {"postgresql://h/d?a=1&&a=2&", url("postgresql", "", none, "h", none, "d", {{"a", "2"}})},
      {"postgresql://h/d?x=a@b", url("postgresql", "", none, "h", none, "d", {{"x", "a@b"}})},
      {"postgresql://u:p@h/d?x=a@b", url("postgresql", "u", "p", "h", none, "d", {{"x", "a@b"}})},
      {"mysql+pymysql://u:p@h:3306/d?charset=utf8mb4",
       url("mysql", "u", "p", "h", 3306, "d", {{"charset", "utf8mb4"}})},
      {"mysql://u@/d?unix_socket=/run/m.sock",
       url("mysql", "u", none, "", none, "d", {{"unix_socket", "/run/m.sock"}})},
      {"mariadb+mariadbconnector://u@h/d", url("mariadb", "u", none, "h", none, "d")},
      {"postgresql://u%40x:p%3A%2F@h/my%20db", url("postgresql", "u@x", "p:/", "h", none, "my db")},
      {"postgresql://ü:ß@hä/dö", url("postgresql", "ü", "ß", "hä", none, "dö")},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    auto const result = DatabaseUrl::parse(row.text);
    CHECK(result.dialect == row.expected.dialect);
    CHECK(result.user == row.expected.user);
    CHECK(result.password == row.expected.password);
    CHECK(result.host == row.expected.host);
    CHECK(result.port == row.expected.port);
    CHECK(result.database == row.expected.database);
    CHECK(result.parameters == row.expected.parameters);
  }
}

TEST_CASE("odd characters in a password are understood where the rest tells them apart") {
  for (std::string const password : {"p@ss", "p@ss@word", "pa/ss", "pa#ss", "pa?ss", "a:b", "12/34", "p@ss/word",
                                     "p@s?x", "#?/@:", "!$&'()*+,;=", "[x]", "a b", "\"'\\"}) {
    CAPTURE(password);
    CHECK(DatabaseUrl::parse("postgresql://u:" + password + "@host:5432/db?sslmode=require") ==
          url("postgresql", "u", password, "host", 5432, "db", {{"sslmode", "require"}}));
  }
}

TEST_CASE("a URL that cannot be read says why and never shows the password") {
  std::string const examples = "for example 'sqlite:///app.db', 'postgresql://user:password@host/database' or "
                               "'mysql://user:password@host/database'";
  std::string const no_scheme =
      "the database URL does not begin with 'sqlite://', 'postgresql://', 'mysql://' or 'mariadb://' | " + examples;
  struct Row {
    std::string text, expected;
  };
  std::vector<Row> const rows{
      {"", "the database URL is empty | " + examples},
      {"  ", "the database URL is empty | " + examples},
      {"secret", no_scheme},
      {"://x", no_scheme},
      {"host=h password=secret", no_scheme},
      {"host=h password=secret://x", no_scheme},
      {"u:secret://h", no_scheme},
      {"u:secret@h/d.db", no_scheme},
      {"app.db", "'app.db' is a path, not a database URL | write 'sqlite:///app.db'"},
      {"/var/app.sqlite3", "'/var/app.sqlite3' is a path, not a database URL | write 'sqlite:////var/app.sqlite3'"},
      {"sqlite:app.db",
       "an SQLite URL has three slashes before a relative path and four before an absolute one | write "
       "'sqlite:///app.db'"},
      {"sqlite:/var/app.db", "an SQLite URL has three slashes before a relative path and four before an absolute one | "
                             "write 'sqlite:////var/app.db'"},
      {"sqlite://app.db", "an SQLite URL has no host, and 'sqlite://app.db' names one | write 'sqlite:///app.db'"},
      {"sqlite://./app.db",
       "an SQLite URL has no host, and 'sqlite://./app.db' names one | write 'sqlite:///./app.db'"},
      {"sqlite://data/app.db",
       "an SQLite URL has no host, and 'sqlite://data/app.db' names 'data' | write "
       "'sqlite:///data/app.db' from the project folder, 'sqlite:////data/app.db' from the root"},
      {"sqlite://u:secret@h/app.db", "an SQLite URL has neither user nor host | write 'sqlite:///path/to/file.db'"},
      {"postgressql://h/d", "unknown database 'postgressql' in the URL | did you mean 'postgresql'?"},
      {"mysq+x://u:secret@h/d", "unknown database 'mysq+x' in the URL | did you mean 'mysql'?"},
      {"oracle://u:secret@h/d",
       "unknown database 'oracle' in the URL | known are 'sqlite', 'postgresql', 'mysql', 'mariadb'"},
      {"jdbc:postgresql://h/d", "unknown database 'jdbc:postgresql' in the URL | leave out 'jdbc:'"},
      {"postgresql://u:secret@h:99999/d", "port '99999' in the database URL is not a number from 1 to 65535"},
      {"postgresql://u:secret@h:0/d", "port '0' in the database URL is not a number from 1 to 65535"},
      {"postgresql://u:secret@h:54x/d", "port '54x' in the database URL is not a number from 1 to 65535"},
      {"postgresql://u:secret/d",
       "the port in the database URL is not a number from 1 to 65535 | a user and a password "
       "are followed by '@': 'user:password@host'"},
      {"postgresql://a secret/d", "the host in the database URL holds characters no host has"},
      {"postgresql://u:secret@a b/d", "host 'a b' in the database URL holds characters no host has | in a password '@' "
                                      "is written '%40', '/' '%2F', '?' "
                                      "'%3F' and '#' '%23'"},
      {"postgresql://postgres:[PASSWORD]@[HOST]:5432/postgres",
       "'[HOST]:5432' in the database URL is neither a host nor an IPv6 address | put your server's name where "
       "'[HOST]' "
       "stands"},
      {"postgresql://h/d?port=x", "parameter 'port' of the database URL is not a number from 1 to 65535"},
      {"postgresql://h/d?=1",
       "a parameter of the database URL is not 'name=value' | a '?' that belongs to the password "
       "is written '%3F'"},
      {"postgresql://u:secret%@h/d",
       "'%' without two hex digits in the password of the database URL | write '%' as '%25'"},
      {"postgresql://u:secre%zt@h/d",
       "'%' without two hex digits in the password of the database URL | write '%' as '%25'"},
      {"postgresql://u%:secret@h/d", "'%' without two hex digits in the user of the database URL | write '%' as '%25'"},
      {"postgresql://u:secret@h/%00", "'%00' in the database of the database URL"},
      {"sqlite:///100%.db", "'%' without two hex digits in the path of the database URL | write '%' as '%25'"},
      {"postgresql://h/d?a=%",
       "'%' without two hex digits in the parameter 'a' of the database URL | write '%' as '%25'"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    auto const text = error_of(row.text);
    CHECK(text == row.expected);
    CHECK(text.find("secre") == std::string::npos);
  }
}

TEST_CASE("a masked URL shows everything but secrets, and reads as a URL again") {
  struct Row {
    std::string text, expected;
  };
  std::vector<Row> const rows{
      {"sqlite://", "sqlite://"},
      {"sqlite:///a b.db", "sqlite:///a b.db"},
      {"sqlite:///a b%20", "sqlite:///a b%20"},
      {"sqlite:////var/100%25.db?mode=ro", "sqlite:////var/100%25.db?mode=ro"},
      {"postgres://u:p@h:5432/d?sslmode=require&sslpassword=x",
       "postgresql://u:***@h:5432/d?sslmode=require&sslpassword=***"},
      {"postgresql://u@h/d", "postgresql://u@h/d"},
      {"postgresql://u:@h/d", "postgresql://u:***@h/d"},
      {"postgresql:///d?host=/tmp&password=x", "postgresql://:***@%2Ftmp/d"},
      {"postgresql://a%40b:p@[::1]:1/d%2Fe", "postgresql://a%40b:***@[::1]:1/d%2Fe"},
      {"postgresql://a:1,b:2/", "postgresql://a,b?port=1,2"},
      {"postgresql://,a:1/", "postgresql://,a?port=,1"},
      {"postgresql:///d?\xC3\xA9=a@h/d?b", "postgresql:///d?\xC3\xA9=a@h/d%3Fb"},
      {"postgresql:///d?host=/a,b&port=6432", "postgresql://%2Fa:6432,b:6432/d"},
      {"postgresql:///d?host=/a:b", "postgresql://%2Fa%3Ab/d"},
      {"postgresql://[fe80::1%25eth0]:1/d", "postgresql://[fe80::1%25eth0]:1/d"},
      {"postgresql://", "postgresql://"},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    auto expected = DatabaseUrl::parse(row.text);
    CHECK(expected.masked() == row.expected);
    auto again = DatabaseUrl::parse(expected.masked());
    if (expected.password) expected.password = "***";
    if (expected.parameters.contains("sslpassword")) expected.parameters["sslpassword"] = "***";
    CHECK(again == expected);
  }
}

TEST_CASE("messages of drivers lose their passwords") {
  struct Row {
    std::string text, expected;
  };
  std::vector<Row> const rows{
      {"plain text, a@b, x://y", "plain text, a@b, x://y"},
      {"cannot open postgresql://u:secret@h/d now", "cannot open postgresql://u:***@h/d now"},
      {"\"postgresql://u:sec@r/et@h/d\"", "\"postgresql://u:***@h/d\""},
      {"'postgresql://u:sec'ret@h/d'", "'postgresql://u:***@h/d'"},
      {"a://u:secret@h,b://v:secret@h", "a://u:***@h,b://v:***@h"},
      {"a://u:secret://x@h", "a://u:***@h"},
      {"postgresql://u@h:5432/d", "postgresql://u@h:5432/d"},
      {"host=h password=secret user=u", "host=h password=*** user=u"},
      {"host=h PASSWORD = 'sec ret\\'x' user=u", "host=h PASSWORD = *** user=u"},
      {"postgresql://h/d?password=secret&sslmode=x", "postgresql://h/d?password=***&sslmode=x"},
      {"sslpassword=secret,passfile=secret", "sslpassword=***,passfile=***"},
      {"postgresql://h/d?password='secret'secret&a=b", "postgresql://h/d?password=***&a=b"},
      {"nopassword= x, my_password=y", "nopassword= x, my_password=y"},
      {"password=", "password="},
      {"password='secret", "password=***"},
      {"", ""},
  };
  for (auto const& row : rows) {
    CAPTURE(row.text);
    CHECK(mask_secrets(row.text) == row.expected);
    CHECK(mask_secrets(row.expected) == row.expected);
  }
}
