// Kills vm at every message to a server and every change of a file, and at random moments, and kills the server under
// it; afterwards the same command again must lead to what an undisturbed run leaves, row for row.
//
// A few kills by default; VM_CRASH_KILLS=N asks for about N (the long form, see tests/crash/README.md).
#include "tests/support/live_dialect.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>

using namespace vm;
using namespace vm::test;

namespace {

constexpr int killed_exit = 128 + SIGKILL;

int wanted_kills() {
  char const* const text = std::getenv("VM_CRASH_KILLS");
  return text == nullptr ? 60 : std::max(12, std::atoi(text));
}

/// Schema, rows and version of a database as text; times and the database's own name are left out.
std::string snapshot(TestDatabase const& database) {
  LiveDialect live{database};
  auto const catalog = live.inspector().read({});
  std::string text;
  for (auto const& [name, table] : catalog.tables) {
    if (name.name.text() == "vm_history") continue;
    text += fmt::format("table {}\n", schema::to_string(name));
    for (auto const& statement : live.dialect().compile(op::CreateTable{table}, nullptr)) text += statement.text + "\n";
    std::vector<std::string> rows;
    auto const cursor = live.session().query(fmt::format("SELECT * FROM {}", live.dialect().quote(name)));
    auto const columns = cursor->columns();
    std::vector<Value> row;
    while (cursor->next(row)) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i)
        line += columns[i].ends_with("_at") ? "time|" : live.dialect().literal(row[i]) + "|";
      rows.push_back(line);
    }
    std::sort(rows.begin(), rows.end());
    for (auto const& line : rows) text += "  " + line + "\n";
  }
  for (auto const& [name, view] : catalog.views) text += fmt::format("view {}\n", view.definition);
  for (auto const& trigger : catalog.triggers) text += fmt::format("trigger {}\n", trigger.definition);
  for (auto const& function : catalog.functions) text += fmt::format("function {}\n", function.definition);
  auto const& own_name = database.url().database;
  for (auto at = text.find(own_name); at != std::string::npos; at = text.find(own_name, at))
    text.replace(at, own_name.size(), "DB");
  return text;
}

/// A project under test; nothing in it is written.
struct Project {
  std::string name;
  std::filesystem::path folder;
};

Finished vm_in(Project const& project, TestDatabase const& database, std::vector<std::string> arguments,
               std::map<std::string, std::string> variables = {}) {
  arguments.insert(arguments.begin(),
                   {test::binary_file(), "-C", project.folder.native(), "-u", url_text(database.url()), "-q", "run"});
  return run({std::move(arguments), project.folder, std::move(variables)});
}

struct Undisturbed {
  std::string head, base;
  long upgrade_moments = 0, downgrade_moments = 0;
  double upgrade_seconds = 0;
};

long count_in(std::filesystem::path const& file) {
  long count = 0;
  std::ifstream{file} >> count;
  return count;
}

Undisturbed run_undisturbed(Project const& project, std::string const& dialect, TempFolder const& folder) {
  auto const database = TestDatabase::make(dialect);
  auto const file = folder.path() / "count";
  std::map<std::string, std::string> const counted{{"LD_PRELOAD", VM_KILL_SHIM}, {"VM_CRASH_COUNT", file.native()}};
  Undisturbed result;
  auto const start = std::chrono::steady_clock::now();
  auto const up = vm_in(project, *database, {"upgrade", "head"}, counted);
  CAPTURE(up.err);
  REQUIRE(up.exit_code == 0);
  result.upgrade_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  result.upgrade_moments = count_in(file);
  result.head = snapshot(*database);
  auto const down = vm_in(project, *database, {"downgrade", "base"}, counted);
  CAPTURE(down.err);
  REQUIRE(down.exit_code == 0);
  result.downgrade_moments = count_in(file);
  result.base = snapshot(*database);
  return result;
}

/// After a stop: the same command once more, then upwards; both must end as if nothing had happened.
void recover(Project const& project, TestDatabase const& database, Undisturbed const& undisturbed, bool downwards) {
  if (downwards) {
    auto const down = vm_in(project, database, {"downgrade", "base"});
    CAPTURE(down.err);
    REQUIRE(down.exit_code == 0);
    auto const found = snapshot(database);
    bool const is_base = found == undisturbed.base;
    CAPTURE(found);
    CAPTURE(undisturbed.base);
    CHECK(is_base);
  }
  auto const up = vm_in(project, database, {"upgrade", "head"});
  CAPTURE(up.err);
  REQUIRE(up.exit_code == 0);
  auto const found = snapshot(database);
  bool const is_head = found == undisturbed.head;
  CAPTURE(found);
  CAPTURE(undisturbed.head);
  CHECK(is_head);
}

/// Rows of the tour with keys of their own: those that a rolled back INSERT was given do not come back on MariaDB, and
/// the rows that name them would point nowhere.
void give_keys(std::filesystem::path const& file, std::string const& first_column) {
  std::stringstream text;
  text << std::ifstream{file}.rdbuf();
  auto script = text.str();
  auto const mark = "{ " + first_column + " = ";
  int key = 0;
  for (auto at = script.find(mark); at != std::string::npos; at = script.find(mark, at + mark.size()))
    script.insert(at + 2, fmt::format("id = {}, ", ++key));
  REQUIRE(key > 0);
  std::ofstream{file} << script;
}

/// A folder with both projects: the tour as it is, and one that leaves its transactions wherever it can.
std::vector<Project> make_projects(TempFolder const& folder) {
  std::filesystem::path const source{test::source_folder()};
  auto const tour = folder.path() / "tour";
  std::filesystem::create_directories(tour / "migrations");
  std::filesystem::copy(source / "vm.toml", tour / "vm.toml");
  std::filesystem::copy(source / "migrations" / "tour", tour / "migrations" / "tour",
                        std::filesystem::copy_options::recursive);
  give_keys(tour / "migrations/tour/versions/001_customers.lua", "first_name");
  give_keys(tour / "migrations/tour/versions/002_loans.lua", "customer_id");
  give_keys(tour / "migrations/tour/versions/003_payments.lua", "loan_id");
  auto const heavy = folder.path() / "heavy";
  std::filesystem::create_directories(heavy / "migrations");
  std::filesystem::copy(source / "tests" / "crash" / "versions", heavy / "migrations" / "versions",
                        std::filesystem::copy_options::recursive);
  folder.write("heavy/vm.toml", "url = \"sqlite:///unused.db\"\n");
  return {{"tour", tour}, {"heavy", heavy}};
}

} // namespace

TEST_CASE("vm killed at any moment leaves what the same command brings to its end") {
  TempFolder const folder;
  auto const projects = make_projects(folder);
  auto const each = std::max(1, wanted_kills() / (static_cast<int>(projects.size()) * 3 * 2));
  std::minstd_rand random{7};
  int kills = 0, survived = 0;
  for (std::string const dialect : {"sqlite", "postgresql", "mysql"}) {
    CAPTURE(dialect);
    if (!TestDatabase::make(dialect)) continue;
    for (auto const& project : projects) {
      CAPTURE(project.name);
      auto const undisturbed = run_undisturbed(project, dialect, folder);
      for (bool const downwards : {false, true}) {
        CAPTURE(downwards);
        auto const moments = downwards ? undisturbed.downgrade_moments : undisturbed.upgrade_moments;
        REQUIRE(moments > 10);
        for (int i = 0; i < each; ++i) {
          // Spread over all moments, each before it and after it; every fourth kill is one by the clock.
          bool const by_clock = i % 4 == 3;
          bool const after = (i / 2) % 2 == 1;
          auto const at = 1 + (static_cast<long>(i) * moments / each + i % 3) % moments;
          CAPTURE(at);
          CAPTURE(after);
          CAPTURE(by_clock);
          auto const database = TestDatabase::make(dialect);
          if (downwards) REQUIRE(vm_in(project, *database, {"upgrade", "head"}).exit_code == 0);
          std::vector<std::string> const command{downwards ? "downgrade" : "upgrade", downwards ? "base" : "head"};
          if (by_clock) {
            Process process{{{test::binary_file(), "-C", project.folder.native(), "-u", url_text(database->url()), "-q",
                              "run", command[0], command[1]},
                             project.folder}};
            auto const seconds = std::uniform_real_distribution<double>{0, undisturbed.upgrade_seconds}(random);
            std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
            process.signal(SIGKILL);
            auto const code = process.wait().exit_code;
            kills += code == killed_exit ? 1 : 0;
            survived += code == 0 ? 1 : 0;
          } else {
            auto const killed = vm_in(project, *database, command,
                                      {{"LD_PRELOAD", VM_KILL_SHIM},
                                       {"VM_CRASH_AT", std::to_string(at)},
                                       {"VM_CRASH_WHEN", after ? "after" : "before"}});
            CAPTURE(killed.err);
            REQUIRE((killed.exit_code == killed_exit || killed.exit_code == 0));
            kills += killed.exit_code == killed_exit ? 1 : 0;
            survived += killed.exit_code == 0 ? 1 : 0;
          }
          recover(project, *database, undisturbed, downwards);
        }
      }
    }
  }
  MESSAGE("kills: " << kills << ", runs that ended before theirs: " << survived);
  CHECK(kills > survived);
}
