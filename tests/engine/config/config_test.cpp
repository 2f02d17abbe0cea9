#include "engine/config/config.hpp"
#include "engine/core/error.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace vm;
using namespace vm::config;
namespace fs = std::filesystem;

namespace {

/// "place: message | hint | hint"
std::string text_of(Error const& error) {
  auto text = (error.location() ? to_string(*error.location()) + ": " : "") + error.message();
  for (auto const& hint : error.hints()) text += " | " + hint.text;
  return text;
}

std::string error_of(auto&& action) {
  try {
    action();
  } catch (ConfigError const& error) {
    return text_of(error);
  }
  return "no error";
}

struct Project : test::TempFolder {
  explicit Project(std::string_view toml) { write("vm.toml", toml); }

  Config load(Overrides const& overrides = {}, EnvironmentVariables const& environment = {}) const {
    return config::load(overrides, environment, path());
  }
};

} // namespace

TEST_CASE("an empty vm.toml gives the defaults") {
  Project const project{""};
  auto const config = project.load();
  CHECK(config.file == project / "vm.toml");
  CHECK(config.project == project.path());
  CHECK(config.env == "");
  CHECK_FALSE(config.url);
  CHECK(config.script_location == project / "migrations");
  CHECK(config.version_locations == std::vector{project / "migrations/versions"});
  CHECK(config.version_table == "vm_version");
  CHECK_FALSE(config.version_table_schema);
  CHECK(config.library_path == std::vector{project / "scripts"});
  CHECK(config.libraries.empty());
  CHECK(config.file_template == "{rev}_{slug}");
  CHECK(config.truncate_slug_length == 40);
  CHECK(config.transaction == TransactionMode::per_migration);
  CHECK(config.lock == LockMode::automatic);
  CHECK_FALSE(config.lock_timeout);
  CHECK_FALSE(config.statement_timeout);
  CHECK(config.lock_retries == 5);
  CHECK(config.on_drift == OnDrift::warn);
  CHECK(config.memory_limit == 512u << 20);
  CHECK(config.time_limit == 0);
  CHECK(config.postgresql_primary_key == "serial");
  CHECK_FALSE(config.is_protected);
}

TEST_CASE("every key of vm.toml is read") {
  Project const project{R"(
url = "sqlite:///app.db"
script_location = "db"
version_locations = ["db/a", "/srv/b"]
version_table = "alembic_version"
version_table_schema = "meta"
library_path = ["lib", "../shared"]
libraries = ["audit"]
file_template = "{year}_{rev}"
timezone = "Europe/Berlin"
truncate_slug_length = 20
transaction = "all"
lock = "table"
lock_timeout = "500ms"
statement_timeout = 1.5
lock_retries = 0
on_drift = "error"
memory_limit = "64MB"
time_limit = "2m"
allow_env = ["TENANT"]
postgresql_primary_key = "identity"
target_schema = "schema.sql"
naming_convention = { ix = "ix_%(table_name)s", uq = "uq" }

[[post_write_hooks]]
name = "format"
command = ["stylua", "{path}"]
cwd = "tools"

[[post_write_hooks]]
command = "git add 'a b' \"c\"d {path}"

[env.production]
protected = true
)"};
  auto const config = project.load();
  CHECK(config.url == "sqlite:///app.db");
  CHECK(config.url_source == "vm.toml:2");
  CHECK(config.script_location == project / "db");
  CHECK(config.version_locations == std::vector<fs::path>{project / "db/a", "/srv/b"});
  CHECK(config.version_table == "alembic_version");
  CHECK(config.version_table_schema == "meta");
  CHECK(config.library_path == std::vector<fs::path>{project / "lib", project.path().parent_path() / "shared"});
  CHECK(config.libraries == std::vector<std::string>{"audit"});
  CHECK(config.file_template == "{year}_{rev}");
  CHECK(config.timezone == "Europe/Berlin");
  CHECK(config.truncate_slug_length == 20);
  CHECK(config.transaction == TransactionMode::all);
  CHECK(config.lock == LockMode::table);
  CHECK(config.lock_timeout == 0.5);
  CHECK(config.statement_timeout == 1.5);
  CHECK(config.lock_retries == 0);
  CHECK(config.on_drift == OnDrift::error);
  CHECK(config.memory_limit == 64000000);
  CHECK(config.time_limit == 120);
  CHECK(config.allow_env == std::vector<std::string>{"TENANT"});
  CHECK(config.postgresql_primary_key == "identity");
  CHECK(config.target_schema == "schema.sql");
  CHECK(config.naming_convention == std::map<std::string, std::string>{{"ix", "ix_%(table_name)s"}, {"uq", "uq"}});
  REQUIRE(config.post_write_hooks.size() == 2);
  CHECK(config.post_write_hooks[0].name == "format");
  CHECK(config.post_write_hooks[0].command == std::vector<std::string>{"stylua", "{path}"});
  CHECK(config.post_write_hooks[0].cwd == project / "tools");
  CHECK(config.post_write_hooks[1].name == "git");
  CHECK(config.post_write_hooks[1].command == std::vector<std::string>{"git", "add", "a b", "cd", "{path}"});
  CHECK_FALSE(config.post_write_hooks[1].cwd);
  CHECK_FALSE(config.is_protected);
}

TEST_CASE("an [env.NAME] section overrides the top level, key by key") {
  Project const project{R"(
url = "sqlite:///${UNSET_AT_HOME}.db"
version_table = "one"
naming_convention = { ix = "a", uq = "b" }
[env.dev]
url = "sqlite:///dev.db"
[env.prod]
url = "${UNSET_TOO}"
version_table = "two"
protected = true
naming_convention = { ix = "c" }
)"};
  auto const dev = project.load({.env = "dev"});
  CHECK(dev.env == "dev");
  CHECK(dev.url == "sqlite:///dev.db");
  CHECK(dev.url_source == "vm.toml:6");
  CHECK(dev.version_table == "one");
  CHECK_FALSE(dev.is_protected);
  auto const prod = project.load({.url = "sqlite://", .env = "prod"});
  CHECK(prod.version_table == "two");
  CHECK(prod.naming_convention == std::map<std::string, std::string>{{"ix", "c"}});
  CHECK(prod.is_protected);
}

TEST_CASE("an environment that is not there is refused with those that are") {
  Project const project{"[env.dev]\n[env.production]\n"};
  CHECK(error_of([&] { project.load({.env = "prodction"}); }) ==
        "vm.toml has no environment 'prodction' | did you mean 'production'? | known are 'dev', 'production'");
  CHECK(error_of([&] { project.load({.env = "x"}); }) ==
        "vm.toml has no environment 'x' | known are 'dev', 'production'");
  CHECK(error_of([] { Project{""}.load({.env = "x"}); }) ==
        "vm.toml has no environment 'x' | write a section [env.x] in vm.toml");
  test::TempFolder const empty;
  CHECK(error_of([&] {
          load({.env = "x"}, {{"VM_URL", "sqlite://"}}, empty.path());
        }) ==
        "no vm.toml found here or in a parent folder, so there is no environment 'x' | 'vm init' starts a project");
}

TEST_CASE("variables are replaced in the values that are in force") {
  Project const project{R"(
url = "postgresql://${USER_NAME}:${PASSWORD}@${HOST:-localhost}/$${x}"
libraries = ["${LIBRARY}"]
naming_convention = { ix = "${EMPTY:-x}${EMPTY}" }
lock_timeout = "${TIMEOUT:-3s}"
)"};
  auto const environment = EnvironmentVariables{{"USER_NAME", "u"}, {"PASSWORD", "p"}, {"EMPTY", ""}};
  project.write(".env", "LIBRARY=audit\nPASSWORD=from-file\n");
  auto const config = project.load({}, environment);
  CHECK(config.url == "postgresql://u:p@localhost/${x}");
  CHECK(config.libraries == std::vector<std::string>{"audit"});
  CHECK(config.naming_convention.at("ix") == "x");
  CHECK(config.lock_timeout == 3);
  CHECK(error_of([&] { project.load(); }) == "vm.toml:4: 'naming_convention' needs the environment variable 'EMPTY', "
                                             "which is not set | set it here or in .env, "
                                             "or write a default: '${EMPTY:-value}'");
}

TEST_CASE("a URL comes from the strongest source that has one") {
  Project const project{"url = 'sqlite:///toml.db'"};
  project.write(".env", "VM_URL=dotenv-vm\nDATABASE_URL=dotenv-database");
  auto const source = [&](Overrides const& overrides, EnvironmentVariables const& environment) {
    auto const config = project.load(overrides, environment);
    return config.url.value() + " from " + config.url_source;
  };
  CHECK(source({.url = "option"}, {{"VM_URL", "a"}, {"DATABASE_URL", "b"}}) == "option from --url");
  CHECK(source({}, {{"VM_URL", "a"}, {"DATABASE_URL", "b"}}) == "a from VM_URL");
  CHECK(source({}, {{"DATABASE_URL", "b"}}) == "b from DATABASE_URL");
  CHECK(source({}, {{"VM_URL", ""}}) == "dotenv-vm from VM_URL in .env");
  project.write(".env", "DATABASE_URL=dotenv-database");
  CHECK(source({}, {}) == "dotenv-database from DATABASE_URL in .env");
  project.write(".env", "OTHER=x");
  CHECK(source({}, {}) == "sqlite:///toml.db from vm.toml:1");
}

TEST_CASE("vm.toml is looked for here and in every parent folder") {
  Project const project{"version_table = 'found'"};
  fs::create_directories(project / "a/b");
  project.write("other/custom.toml", "version_table = 'custom'");
  auto const below = load({}, {}, project / "a/b");
  CHECK(below.version_table == "found");
  CHECK(below.project == project.path());
  auto const elsewhere = load({.directory = project / "a"}, {}, "/");
  CHECK(elsewhere.project == project.path());
  auto const relative = load({.directory = "b/../b/"}, {}, project / "a");
  CHECK(relative.project == project.path());
  auto const custom = load({.config_file = "custom.toml", .directory = "other"}, {}, project.path());
  CHECK(custom.version_table == "custom");
  CHECK(custom.project == project / "other");
  CHECK(error_of([&] { load({.config_file = "x/vm.toml"}, {}, project.path()); }) ==
        "cannot read 'x/vm.toml': no such file or directory");
  CHECK(error_of([&] { load({.config_file = "a"}, {}, project.path()); }) == "cannot read 'a': it is a folder");
  CHECK(error_of([&] { load({.directory = "none"}, {}, project.path()); }) == "no such folder: 'none'");
  project.write("vm.toml", "oops = 1");
  CHECK(error_of([&] { load({}, {}, project / "a/b"); }) == "../../vm.toml:1: unknown key 'oops'");
}

TEST_CASE("without vm.toml a URL is enough") {
  test::TempFolder const folder;
  CHECK(error_of([&] { load({}, {}, folder.path()); }) ==
        "no vm.toml found here or in a parent folder | 'vm init' starts a project here; '-C DIR' looks elsewhere");
  auto const config = load({}, {{"DATABASE_URL", "sqlite:///x.db"}}, folder.path());
  CHECK(config.file.empty());
  CHECK(config.project == folder.path());
  CHECK(config.version_locations == std::vector{folder / "migrations/versions"});
  CHECK(load({.url = "sqlite://"}, {}, folder.path()).url_source == "--url");
  CHECK_FALSE(load({}, {}, folder.path(), false).url);
  folder.write(".env", "DATABASE_URL=sqlite:///y.db");
  CHECK(load({}, {}, folder.path()).url == "sqlite:///y.db");
}

TEST_CASE("a folder named .env is left alone, a broken .env is not") {
  Project const project{""};
  fs::create_directory(project / ".env");
  CHECK(project.load().project == project.path());
  fs::remove(project / ".env");
  project.write(".env", "A=1\nsecret");
  fs::create_directory(project / "sub");
  CHECK(error_of([&] { project.load(); }) == ".env:2: expected KEY=VALUE");
  CHECK(error_of([&] { load({}, {}, project / "sub"); }) == "../.env:2: expected KEY=VALUE");
}

TEST_CASE("what is wrong in vm.toml is said with its line") {
  struct Row {
    std::string toml, expected;
  };
  std::vector<Row> const rows{
      {"\nversion_tabel = 'x'", "vm.toml:2: unknown key 'version_tabel' | did you mean 'version_table'?"},
      {"zzzzzz = 1", "vm.toml:1: unknown key 'zzzzzz'"},
      {"[environment]", "vm.toml:1: unknown key 'environment'"},
      {"[env.dev]\nlock_timout = 1",
       "vm.toml:2: unknown key 'lock_timout' in [env.dev] | did you mean 'lock_timeout'?"},
      {"[evn.dev]", "vm.toml:1: unknown key 'evn' | did you mean 'env'?"},
      {"env = 'dev'",
       "vm.toml:1: 'env' must be a table, found a string | write a section [env.NAME]; one is chosen with '-e NAME'"},
      {"[env]\ndev = 1", "vm.toml:2: 'env.dev' must be a table, found an integer | write a section [env.dev]"},
      {"protected = true",
       "vm.toml:1: 'protected' belongs in an [env.NAME] section | only a named environment can be protected"},
      {"url = 1", "vm.toml:1: 'url' must be a string, found an integer"},
      {"url = ''", "vm.toml:1: 'url' must not be empty"},
      {"[env.x]\nurl = true", "vm.toml:2: 'url' must be a string, found a boolean"},
      {"version_table = ''", "vm.toml:1: 'version_table' must not be empty"},
      {"script_location = ''", "vm.toml:1: 'script_location' must not be empty"},
      {"libraries = { a = 1 }", "vm.toml:1: 'libraries' must be a string or an array of strings, found a table"},
      {"libraries = [\n'a',\n1.5]", "vm.toml:3: an element of 'libraries' must be a string, found a number"},
      {"library_path = ['']", "vm.toml:1: 'library_path' holds an empty path"},
      {"lock_retries = 1.0", "vm.toml:1: 'lock_retries' must be an integer, found a number"},
      {"lock_retries = -1", "vm.toml:1: 'lock_retries' must be at least 0, found -1"},
      {"lock_retries = 3000000000", "vm.toml:1: 'lock_retries' is too large: 3000000000"},
      {"truncate_slug_length = 0", "vm.toml:1: 'truncate_slug_length' must be at least 1, found 0"},
      {"lock_timeout = true",
       "vm.toml:1: 'lock_timeout' must be a number of seconds or a string such as '30s', found a boolean"},
      {"lock_timeout = 2020-01-01",
       "vm.toml:1: 'lock_timeout' must be a number of seconds or a string such as '30s', found a date or time"},
      {"lock_timeout = '5 parsecs'",
       "vm.toml:1: 'lock_timeout' must be a duration, found '5 parsecs' | a number of seconds, "
       "or a text such as '30s', '5m' or '500ms'"},
      {"lock_timeout = -1", "vm.toml:1: 'lock_timeout' must not be negative or infinite, found -1"},
      {"lock_timeout = inf", "vm.toml:1: 'lock_timeout' must not be negative or infinite, found inf"},
      {"memory_limit = 1.5",
       "vm.toml:1: 'memory_limit' must be a number of bytes or a string such as '512MiB', found a number"},
      {"memory_limit = 'much'",
       "vm.toml:1: 'memory_limit' must be a size, found 'much' | a number of bytes, or a text such "
       "as '512MiB' or '1GB'"},
      {"memory_limit = -1", "vm.toml:1: 'memory_limit' must not be negative, found -1"},
      {"memory_limit = 1000", "vm.toml:1: 'memory_limit' must be at least 1MiB"},
      {"transaction = 'per_migration'", "vm.toml:1: 'transaction' must be 'per-migration', 'all' or 'none', found "
                                        "'per_migration' | did you mean 'per-migration'?"},
      {"lock = 'maybe'", "vm.toml:1: 'lock' must be 'auto', 'advisory', 'table' or 'none', found 'maybe'"},
      {"on_drift = 'eror'",
       "vm.toml:1: 'on_drift' must be 'warn', 'error' or 'ignore', found 'eror' | did you mean 'error'?"},
      {"postgresql_primary_key = 'uuid'",
       "vm.toml:1: 'postgresql_primary_key' must be 'serial' or 'identity', found 'uuid'"},
      {"naming_convention = 'x'", "vm.toml:1: 'naming_convention' must be a table of strings, found a string"},
      {"[naming_convention]\nix = 1", "vm.toml:2: 'ix' of 'naming_convention' must be a string, found an integer"},
      {"[env.x]\nprotected = 'yes'", "vm.toml:2: 'protected' must be a boolean, found a string"},
      {"[post_write_hooks]", "vm.toml:1: 'post_write_hooks' must be an array of tables, found a table"},
      {"post_write_hooks = ['x']", "vm.toml:1: an element of 'post_write_hooks' must be a table, found a string"},
      {"[[post_write_hooks]]\nname = 'x'",
       "vm.toml:1: an element of 'post_write_hooks' has no command | command = [\"program\", \"{path}\"]"},
      {"[[post_write_hooks]]\ncomand = 'x'",
       "vm.toml:2: unknown key 'comand' in 'post_write_hooks' | did you mean 'command'?"},
      {"[[post_write_hooks]]\nzz = 'x'",
       "vm.toml:2: unknown key 'zz' in 'post_write_hooks' | known are 'name', 'command', 'cwd'"},
      {"[[post_write_hooks]]\ncommand = 1",
       "vm.toml:2: 'post_write_hooks.command' must be a string or an array of strings, found an integer"},
      {"[[post_write_hooks]]\ncommand = \"a 'b\"",
       "vm.toml:2: 'post_write_hooks.command' has a quote that is never closed"},
      {"url = 'x'\n\n[/a]\nb = 1\n", "vm.toml:3: not valid TOML"}, // where toml++ asserts
      {"[[/a]]", "vm.toml:1: not valid TOML"},
      {"url = \xC3\xA9", ""}, // letters that its tables of white space do not know
      {"a = 1979-05-2\xC9\xAE", ""},
      {"url = 'a'\nurl = 'b'", ""},
      {"url = ", ""},
      {"\n\n'", ""},
      {"\xFF", ""},
  };
  for (auto const& row : rows) {
    CAPTURE(row.toml);
    Project const project{row.toml};
    auto const text = error_of([&] { project.load(); });
    if (row.expected.empty()) // the rest is toml++'s
      CHECK(text.find(": not valid TOML: ") != std::string::npos);
    else
      CHECK(text == row.expected);
  }
  CHECK(error_of([] { Project{"url = 'x'\n\nurl_ ="}.load(); }).starts_with("vm.toml:3: not valid TOML: "));
}

TEST_CASE("a BOM and CRLF in vm.toml are no errors") {
  CHECK(Project{"\xEF\xBB\xBFversion_table = 'x'\r\nlock = 'none'\r\n"}.load().version_table == "x");
}

TEST_CASE("durations and sizes are read with their units") {
  CHECK(parse_duration("30s") == 30);
  CHECK(parse_duration(" 1.5 ") == 1.5);
  CHECK(parse_duration("500ms") == 0.5);
  CHECK(parse_duration("5 m") == 300);
  CHECK(parse_duration("2h") == 7200);
  CHECK(parse_duration("1d") == 86400);
  for (auto const* bad : {"", "s", "-1", "-0", "1e3", "inf", "nan", "5x", "5 m s", "0x10"})
    CHECK_FALSE(parse_duration(bad));
  CHECK(parse_size("4096") == 4096);
  CHECK(parse_size("512MiB") == 512u << 20);
  CHECK(parse_size("64MB") == 64000000);
  CHECK(parse_size("1 gib") == 1u << 30);
  CHECK(parse_size("2G") == std::size_t{2} << 30);
  for (auto const* bad : {"", "MiB", "-1", "1.5MiB", "5x", "99999999999GiB", "99999999999999999999"})
    CHECK_FALSE(parse_size(bad));
}

TEST_CASE("the database URL is parsed from where it was given") {
  Config config;
  config.project = "/project";
  CHECK(error_of([&] { database_url(config); }) ==
        "no database URL given | name the database by --url URL, VM_URL, DATABASE_URL or .env");
  config.file = "/project/vm.toml";
  CHECK(error_of([&] { database_url(config); }) ==
        "no database URL given | name the database by 'url' in vm.toml, --url URL, VM_URL, DATABASE_URL or .env");
  config.url = "sqlite:///data/../app.db";
  CHECK(database_url(config).database == "/project/app.db");
  config.url = "sqlite:////srv/app.db";
  CHECK(database_url(config).database == "/srv/app.db");
  config.url = "sqlite://";
  CHECK(database_url(config).database == "");
  config.url = "oracel://u:secret@h/d";
  config.url_source = "vm.toml:3";
  CHECK(error_of([&] { database_url(config); }) ==
        "vm.toml:3: unknown database 'oracel' in the URL | known are 'sqlite', 'postgresql', 'mysql', 'mariadb'");
  config.url_source = "DATABASE_URL in .env";
  CHECK(error_of([&] { database_url(config); }).starts_with("DATABASE_URL in .env: unknown database"));
}

TEST_CASE("loading costs far less than a command may") {
  Project const project{"url = 'sqlite:///app.db'\nlibraries = ['a']\n[env.dev]\nurl = 'sqlite://'\n"};
  project.write(".env", "A=1\nB=2\n");
  auto const start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) project.load();
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds{400}); // debug build, busy machine
}
