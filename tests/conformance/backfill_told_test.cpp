// What a running backfill tells: events for programs, a bar on a terminal, its progress to others, what its row
// function prints.
#include "tests/support/backfill_project.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>
#include <thread>

using namespace vm;
using namespace vm::test;
using nlohmann::json;

namespace {

constexpr char const* slow = R"(
function change(row) return { result = row.name:upper(), n = row.n + 1 } end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 50, pause = 0.5 }, change)
end
function downgrade() end)";

/// The lines of a log in JSON.
std::vector<json> events(std::string const& log) {
  std::vector<json> result;
  std::istringstream lines{log};
  for (std::string line; std::getline(lines, line);) result.push_back(json::parse(line));
  return result;
}

} // namespace

TEST_CASE("while a backfill runs, others see rows, rate and time left, and its log has them as numbers") {
  struct Running {
    std::unique_ptr<TestDatabase> database;
    std::unique_ptr<BackfillProject> project;
    std::unique_ptr<Process> process;
  };
  std::vector<Running> all;
  for (std::string const dialect : {"sqlite", "postgresql", "mysql"}) {
    auto database = TestDatabase::make(dialect);
    if (!database) continue;
    auto project = std::make_unique<BackfillProject>(*database, 650);
    project->project.migration("b1", "a1", slow);
    all.push_back({std::move(database), std::move(project), nullptr});
  }
  for (auto& each : all)
    each.process = std::make_unique<Process>(each.project->project.start({"upgrade", "--log-format", "json"}));
  for (auto& each : all) REQUIRE(each.process->wait_for_output("Running upgrade a1 -> b1"));
  std::this_thread::sleep_for(std::chrono::milliseconds{2500});
  for (auto& each : all) {
    CAPTURE(each.database->dialect());
    auto const status = each.project->project.vm({"status"});
    CAPTURE(status.out);
    auto const line = status.out.find("backfill b1 of 'items': ");
    REQUIRE(line != std::string::npos);
    auto const told = status.out.substr(line, status.out.find('\n', line) - line);
    CHECK(contains(told, " of 650 rows, "));
    CHECK(contains(told, " rows/s, "));
    CHECK(contains(told, " s left"));
    auto const listed = json::parse(each.project->project.vm({"backfill", "--json"}).out)["backfills"][0];
    CAPTURE(listed.dump());
    CHECK(listed["rows_done"] > 0);
    CHECK(listed["rows_done"] < 650);
    CHECK(listed["rows_per_second"] > 0);
    CHECK(listed["seconds_left"] > 0);
  }
  for (auto& each : all) {
    CAPTURE(each.database->dialect());
    auto const ended = each.process->wait();
    CAPTURE(ended.err);
    REQUIRE(ended.exit_code == 0);
    std::map<std::string, json> last;
    for (auto const& event : events(ended.err))
      if (event["logger"] == "vm.backfill") last[event["event"]] = event;
    REQUIRE(last.contains("progress"));
    REQUIRE(last.contains("done"));
    auto const& progress = last["progress"];
    CHECK(progress["table"] == "items");
    CHECK(progress["revision"] == "b1");
    for (char const* name : {"rows", "rows_total", "rows_changed", "rows_skipped", "rate", "eta_seconds", "seconds",
                             "batch", "batch_size", "backfill", "workers"}) {
      CAPTURE(name);
      CHECK(progress[name].is_number());
    }
    CHECK(progress["rows"] > 0);
    CHECK(progress["rows"] < 650);
    CHECK(progress["rows_total"] == 650);
    CHECK(progress["rate"] > 0);
    CHECK(progress["eta_seconds"] > 0);
    CHECK(progress["batch_size"] == 50);
    CHECK(last["done"]["rows"] == 650);
    CHECK(last["done"]["rows_changed"] == 650);
    CHECK(last["done"]["batch"] == 13);
    CHECK(last["done"]["eta_seconds"] == 0);
  }
}

TEST_CASE("on a terminal a backfill draws a bar with rows, rate and time left") {
  auto const database = TestDatabase::make("sqlite");
  BackfillProject const project{*database, 300};
  project.project.migration("b1", "a1", slow);
  Start start{{"/usr/bin/script", "-qec", binary_file() + " upgrade", "/dev/null"},
              project.project.path(),
              {{"TERM", "xterm"}}};
  auto const ended = run(start);
  CAPTURE(ended.out);
  CHECK(ended.exit_code == 0);
  CHECK(contains(ended.out, "[#####-----] 50%, "));
  CHECK(contains(ended.out, " rows of 'items'"));
  CHECK(contains(ended.out, "150 of 300 rows"));
  CHECK(contains(ended.out, " rows/s"));
  CHECK(contains(ended.out, " left"));
  CHECK(contains(ended.out, "Backfilled 'items': 300 rows, 300 changed"));
}

TEST_CASE("what a row function prints is in the log, with the number of the worker that says it") {
  on_every_database([](TestDatabase const& database) {
    BackfillProject const project{database, 3000};
    project.project.migration("b1", "a1", R"(
function change(row)
  if row.id % 100 == 0 then print("print of", row.id) end
  if row.id % 500 == 1 then log.warn("warning of " .. row.id) end
  return { n = 1 }
end
function upgrade()
  op.backfill("items", { workers = 3, batch_size = 50 }, change)
end
function downgrade() end)");
    auto const up = project.project.vm({"upgrade", "--log-format", "json"});
    CAPTURE(up.err);
    REQUIRE(up.exit_code == 0);
    bool const is_sqlite = database.dialect() == "sqlite";
    std::map<std::string, int> seen;
    std::map<std::int64_t, int> workers;
    for (auto const& event : events(up.err)) {
      if (event["logger"] != "vm.script") continue;
      std::string text = event["message"];
      CHECK(event["level"] == (contains(text, "warning of") ? "WARN" : "INFO"));
      CHECK(event.contains("worker") == !is_sqlite);
      if (event.contains("worker")) {
        auto const worker = event["worker"].get<std::int64_t>();
        ++workers[worker];
        auto const prefix = "worker " + std::to_string(worker) + ": ";
        CHECK(text.starts_with(prefix));
        text.erase(0, prefix.size());
      }
      ++seen[text];
    }
    CHECK(seen.size() == 36);
    for (auto const& each : seen) {
      CAPTURE(each.first);
      CHECK(each.second == 1);
    }
    CHECK(seen.contains("print of\t3000"));
    CHECK(seen.contains("warning of 501"));
    if (!is_sqlite) {
      CHECK(workers.rbegin()->first <= 3);
      CHECK(workers.size() > 1);
    }
  });
}

TEST_CASE("of the processes that share a backfill each does some of its batches, and no batch is done twice") {
  for (std::string const dialect : {"postgresql", "mysql"}) {
    CAPTURE(dialect);
    auto const database = TestDatabase::make(dialect);
    if (!database) continue;
    BackfillProject const project{*database, 3000};
    project.project.migration("b1", "a1", R"(
function change(row) return { result = row.name:upper(), n = row.n + 1 } end
function upgrade()
  op.backfill("items", { columns = { "name", "n" }, batch_size = 50, pause = 0.05 }, change)
end
function downgrade() end)");
    Process leader{project.project.start({"upgrade", "--log-format", "json"})};
    REQUIRE(leader.wait_for_output("Running upgrade a1 -> b1"));
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    Process first{project.project.start({"backfill", "--join", "--log-format", "json"})};
    Process second{project.project.start({"backfill", "--join", "--log-format", "json"})};
    std::int64_t sum = 0;
    for (auto* const process : {&leader, &first, &second}) {
      auto const ended = process->wait();
      CAPTURE(ended.err);
      CHECK(ended.exit_code == 0);
      std::int64_t batches = 0;
      for (auto const& event : events(ended.err))
        if (event["logger"] == "vm.backfill" && event["event"] == "done") {
          batches = event["batch"];
          CHECK(event["joined"] == (process != &leader));
        }
      CHECK(batches > 0);
      sum += batches;
    }
    CHECK(sum == 60);
    CHECK(project.scalar("SELECT count(*) FROM items WHERE n = 1 AND result = upper(name)") == "3000");
  }
}
