// Who may include whom: the table, and every file of the tree held against it. When this test fails, either the include
// is in the wrong room or the table and engine/CMakeLists.txt change together.
#include "tests/support/places.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string, std::less<>>;

// A room may include itself and these. What it reaches through them is spelled out, so that the table reads line by
// line.
std::map<std::string, Names, std::less<>> const rooms{
    {"core", {}},
    {"config", {"core"}},
    {"graph", {"core"}},
    {"schema", {"core"}},
    {"op", {"core", "schema"}},
    {"script", {"core", "config", "graph", "schema", "op"}},
    {"sql", {"core", "schema", "op"}},
    {"db", {"core", "schema", "op", "sql"}},
    {"inspect", {"core", "schema", "op", "sql", "db"}},
    {"dialect", {"core", "schema", "op", "sql", "db", "inspect"}},
    {"autogen", {"core", "config", "graph", "schema", "op", "script", "sql"}},
    {"backfill", {"core", "schema", "op", "sql", "db"}},
    {"run", {"core", "config", "graph", "schema", "op", "script", "sql", "db", "inspect", "dialect", "backfill"}},
    {"command",
     {"core", "config", "graph", "schema", "op", "script", "sql", "db", "inspect", "dialect", "backfill", "run",
      "autogen"}},
    {"cli",
     {"core", "config", "graph", "schema", "op", "script", "sql", "db", "inspect", "dialect", "backfill", "run",
      "autogen", "command"}},
    {"lua", {"core"}},
    {"bindings", {"core", "config", "graph", "schema", "op", "script", "lua"}},
    {"main",
     {"core", "config", "graph", "schema", "op", "script", "sql", "db", "inspect", "dialect", "backfill", "run",
      "autogen", "command", "cli", "lua", "bindings"}},
};

// A library: how its headers are recognised, which rooms may include them, and whether a header of ours may.
struct Library {
  std::string_view name;
  std::vector<std::string_view> prefixes;
  Names rooms;
  bool in_headers;
};
std::vector<Library> const libraries{
    {"SOCI", {"soci/"}, {"db", "dialect"}, false},
    {"the SQLite driver", {"sqlite3.h"}, {"db", "dialect"}, true},
    {"the PostgreSQL driver", {"libpq-fe.h", "postgresql/", "libpq/", "pg_config"}, {"db", "dialect"}, true},
    {"the MariaDB driver", {"mysql.h", "mysql/", "mariadb/", "errmsg.h", "mysqld_error.h"}, {"db", "dialect"}, true},
    {"CLI11", {"CLI/"}, {"cli"}, false},
    {"spdlog", {"spdlog/"}, {"core", "cli"}, false},
    {"toml++", {"toml++/", "toml.hpp"}, {"config"}, false},
    {"nlohmann-json", {"nlohmann/"}, {"cli", "lua", "bindings", "autogen"}, false},
    {"libmd", {"sha2.h", "md5.h", "sha256.h", "md/"}, {"core"}, false},
    {"Lua",
     {"lua.hpp", "lua.h", "lauxlib.h", "lualib.h", "luajit.h", "luaconf.h", "luajit-2.1/"},
     {"lua", "bindings"},
     true},
    {"doctest", {"doctest"}, {}, false},
};

// The room of a file or of an include, by its path from the repository root.
std::optional<std::string> room_of(std::string_view path) {
  if (path == "engine/main.cpp") return "main";
  if (path.starts_with("bindings/lua/")) return "lua";
  if (path.starts_with("bindings/")) return "bindings";
  if (!path.starts_with("engine/")) return std::nullopt;
  path.remove_prefix(std::string_view{"engine/"}.size());
  auto const slash = path.find('/');
  return std::string{slash == path.npos ? "main" : path.substr(0, slash)};
}

// "sqlite" for engine/dialect/sqlite/…, nothing for files directly in engine/dialect and elsewhere.
std::string_view dialect_of(std::string_view path) {
  constexpr std::string_view folder = "engine/dialect/";
  if (!path.starts_with(folder)) return {};
  path.remove_prefix(folder.size());
  auto const slash = path.find('/');
  return slash == path.npos ? std::string_view{} : path.substr(0, slash);
}

struct Include {
  std::string_view path;
  bool quoted;
};

std::optional<Include> include_of(std::string_view line) {
  auto const skip_blanks = [&line] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
  skip_blanks();
  if (!line.starts_with('#')) return std::nullopt;
  line.remove_prefix(1);
  skip_blanks();
  if (!line.starts_with("include")) return std::nullopt;
  line.remove_prefix(std::string_view{"include"}.size());
  skip_blanks();
  if (line.empty() || (line[0] != '"' && line[0] != '<')) return std::nullopt;
  bool const quoted = line[0] == '"';
  line.remove_prefix(1);
  auto const end = line.find(quoted ? '"' : '>');
  if (end == line.npos) return std::nullopt;
  return Include{line.substr(0, end), quoted};
}

// What is wrong with one include of one file; empty when nothing is.
std::string broken_rule(std::string_view file, Include const& include) {
  auto const room = room_of(file).value();
  auto const allowed = rooms.find(room);
  if (allowed == rooms.end()) return fmt::format("room '{}' is not in the table of tests/layers_test.cpp", room);

  if (include.quoted) {
    auto const target = room_of(include.path);
    if (!target) return "a quoted include starts at the repository root, with 'engine/' or 'bindings/'";
    if (*target != room && !allowed->second.contains(*target))
      return fmt::format("'{}' may not include '{}'", room, *target);
    auto const mine = dialect_of(file), theirs = dialect_of(include.path);
    if (!mine.empty() && !theirs.empty() && mine != theirs)
      return fmt::format("dialect '{}' may not include dialect '{}'", mine, theirs);
    return {};
  }

  for (auto const& library : libraries) {
    if (std::ranges::none_of(library.prefixes, [&](auto prefix) { return include.path.starts_with(prefix); })) continue;
    if (!library.rooms.contains(room)) return fmt::format("{} may not be included in '{}'", library.name, room);
    if (!library.in_headers && file.ends_with(".hpp")) return fmt::format("{} stays out of headers", library.name);
  }
  return {};
}

// "file:line: #include of what: rule", one for each include that breaks a rule.
std::vector<std::string> violations(std::string_view file, std::string_view text) {
  std::vector<std::string> found;
  int number = 0;
  for (auto const part : std::views::split(text, '\n')) {
    ++number;
    auto const include = include_of(std::string_view{part.begin(), part.end()});
    if (!include) continue;
    if (auto rule = broken_rule(file, *include); !rule.empty())
      found.push_back(fmt::format("{}:{}: includes '{}': {}", file, number, include->path, rule));
  }
  return found;
}

// Every source and header of engine/ and bindings/, by its path from the repository root.
std::map<std::string, std::string> sources() {
  std::map<std::string, std::string> found;
  for (auto const* top : {"engine", "bindings"})
    for (auto const& entry : fs::recursive_directory_iterator{fs::path{vm::test::source_folder()} / top}) {
      if (auto const extension = entry.path().extension(); extension != ".hpp" && extension != ".cpp") continue;
      std::ostringstream text;
      text << std::ifstream{entry.path()}.rdbuf();
      found.emplace(entry.path().lexically_relative(vm::test::source_folder()).generic_string(), text.str());
    }
  return found;
}

} // namespace

TEST_CASE("every include of the tree points downwards") {
  auto const tree = sources();
  REQUIRE(tree.size() > 40);
  std::string all;
  for (auto const& [file, text] : tree)
    for (auto const& violation : violations(file, text)) all += "\n" + violation;
  CHECK_MESSAGE(all.empty(), all);
}

TEST_CASE("every room has a line in engine/CMakeLists.txt or bindings/CMakeLists.txt, and in the table") {
  Names declared{"main"};
  for (auto const* list : {"engine/CMakeLists.txt", "bindings/CMakeLists.txt"}) {
    std::ifstream file{fs::path{vm::test::source_folder()} / list};
    constexpr std::string_view call = "vm_add_room(";
    for (std::string line; std::getline(file, line);)
      if (line.starts_with(call)) {
        auto const end = line.find_first_of(" )", call.size());
        declared.insert(line.substr(call.size(), end - call.size()));
      }
  }
  Names in_table;
  for (auto const& [room, _] : rooms) in_table.insert(room);
  CHECK(fmt::format("{}", fmt::join(declared, " ")) == fmt::format("{}", fmt::join(in_table, " ")));
}

TEST_CASE("the table has no way round: what a room may include may not include it") {
  for (auto const& [room, below] : rooms)
    for (auto const& lower : below) {
      REQUIRE(rooms.contains(lower));
      CHECK_MESSAGE(!rooms.at(lower).contains(room), fmt::format("'{}' and '{}' may include each other", room, lower));
      for (auto const& lowest : rooms.at(lower))
        CHECK_MESSAGE(below.contains(lowest), fmt::format("'{}' includes '{}', and with it '{}'", room, lower, lowest));
    }
}

TEST_CASE("an include in the wrong place is reported with file, line and rule") {
  struct Case {
    std::string_view file, line, message;
  };
  for (auto const& [file, line, message] : std::vector<Case>{
           {"engine/graph/plan.cpp", "#include \"engine/script/host.hpp\"", "'graph' may not include 'script'"},
           {"engine/run/runner.cpp", "#include \"bindings/host.hpp\"", "'run' may not include 'bindings'"},
           {"engine/run/runner.cpp", "  #  include <lua.hpp>", "Lua may not be included in 'run'"},
           {"engine/cli/app.hpp", "#include <CLI/CLI.hpp>", "CLI11 stays out of headers"},
           {"engine/run/lock.cpp", "#include <soci/soci.h>", "SOCI may not be included in 'run'"},
           {"engine/db/session.hpp", "#include <soci/soci.h>", "SOCI stays out of headers"},
           {"engine/core/log.hpp", "#include <spdlog/spdlog.h>", "spdlog stays out of headers"},
           {"engine/config/config.hpp", "#include <toml++/toml.h>", "toml++ stays out of headers"},
           {"engine/dialect/mysql/driver.cpp", "#include \"engine/dialect/sqlite/driver.hpp\"",
            "dialect 'mysql' may not include dialect 'sqlite'"},
           {"bindings/lua/call.cpp", "#include \"bindings/host.hpp\"", "'lua' may not include 'bindings'"},
           {"bindings/op_table.cpp", "#include \"engine/db/session.hpp\"", "'bindings' may not include 'db'"},
           {"engine/graph/plan.cpp", "#include \"plan.hpp\"",
            "a quoted include starts at the repository root, with 'engine/' or 'bindings/'"},
           {"engine/attic/box.cpp", "#include <string>", "room 'attic' is not in the table of tests/layers_test.cpp"},
       }) {
    auto const include = include_of(line);
    REQUIRE(include);
    auto const found = violations(file, fmt::format("#pragma once\n{}\n", line));
    REQUIRE(found.size() == 1);
    CHECK(found[0] == fmt::format("{}:2: includes '{}': {}", file, include->path, message));
  }
}

TEST_CASE("what the table allows, and what is no include, passes") {
  CHECK(violations("engine/dialect/registry.cpp", "#include \"engine/dialect/sqlite/driver.hpp\"\n").empty());
  CHECK(violations("engine/dialect/sqlite/lock.cpp", "#include \"engine/dialect/backend.hpp\"\n").empty());
  CHECK(violations("engine/db/session.cpp", "#include <soci/soci.h>\n").empty());
  CHECK(violations("engine/main.cpp", "#include \"bindings/host.hpp\"\n#include \"engine/cli/app.hpp\"\n").empty());
  CHECK(violations("engine/graph/plan.cpp", "// #include <lua.hpp>\n#define include\n").empty());
}
