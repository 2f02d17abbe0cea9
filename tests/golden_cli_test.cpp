// Command lines and their exact outcome: every folder under tests/golden/cli/ holds `cmd` (a shell script that calls
// `vm`) and what must come of it: `stdout`, `stderr`, `exit_code`. Each runs in an empty folder; `use NAME` copies a
// project from tests/golden/projects/ into it. What differs from run to run is replaced: `<dir>`, `<id>`, `<time>`,
// `<date>`, `<version>`. VM_UPDATE_GOLDEN=1 writes what came out; read the difference like code.
#include "tests/support/places.hpp"
#include "tests/support/temp_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sys/wait.h>

namespace fs = std::filesystem;
using vm::test::TempFolder;

namespace {

std::string read(fs::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string replace_all(std::string text, std::string const& from, std::string const& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

std::string normalised(std::string text, fs::path const& folder) {
  struct Rule {
    std::regex pattern;
    char const* replacement;
  };
  static std::vector<Rule> const rules = {
      {std::regex{R"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?)"}, "<date>"},
      {std::regex{R"(\b\d+(\.\d+)? (ms|s)\b)"}, "<time>"},
      {std::regex{R"(("seconds": )[-+.e\d]+)"}, "$1<time>"},
      {std::regex{R"(([Ss][Qq][Ll]ite |"server_version": ")\d+\.\d+\.\d+)"}, "$1<version>"},
      {std::regex{R"(\b[0-9a-f]{12}(?![0-9a-zA-Z]))"}, "<id>"},
  };
  text = replace_all(std::move(text), fs::canonical(folder).string(), "<dir>");
  text = replace_all(std::move(text), folder.string(), "<dir>");
  for (auto const& rule : rules) text = std::regex_replace(text, rule.pattern, rule.replacement);
  return text;
}

struct Outcome {
  std::string out, err, exit_code;
};

Outcome run(fs::path const& test_case, TempFolder const& folder) {
  auto const work = folder / "work";
  fs::create_directories(work);
  folder.write("script.sh", "use() { cp -r \"$VM_GOLDEN_PROJECTS/$1/.\" . ; }\n" + read(test_case / "cmd"));
  auto const command = "cd '" + work.string() + "' && env -i PATH='" +
                       fs::path{vm::test::binary_file()}.parent_path().string() + ":/usr/bin:/bin' HOME='" +
                       folder.path().string() + "' LC_ALL=C.UTF-8 VM_GOLDEN_PROJECTS='" + vm::test::source_folder() +
                       "/tests/golden/projects' sh '" + (folder / "script.sh").string() + "' >'" +
                       (folder / "out").string() + "' 2>'" + (folder / "err").string() + "' </dev/null";
  int const status = std::system(command.c_str());
  auto const code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {normalised(read(folder / "out"), work), normalised(read(folder / "err"), work), std::to_string(code) + "\n"};
}

} // namespace

TEST_CASE("golden command lines") {
  bool const update = std::getenv("VM_UPDATE_GOLDEN") != nullptr;
  std::vector<fs::path> cases;
  for (auto const& entry : fs::directory_iterator{vm::test::source_folder() + "/tests/golden/cli"})
    cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  REQUIRE(!cases.empty());
  for (auto const& test_case : cases) {
    INFO("tests/golden/cli/" << test_case.filename().string());
    REQUIRE(fs::exists(test_case / "cmd"));
    TempFolder const folder;
    auto const outcome = run(test_case, folder);
    if (update) {
      std::ofstream{test_case / "stdout", std::ios::binary} << outcome.out;
      std::ofstream{test_case / "stderr", std::ios::binary} << outcome.err;
      std::ofstream{test_case / "exit_code", std::ios::binary} << outcome.exit_code;
      continue;
    }
    CHECK(outcome.out == read(test_case / "stdout"));
    CHECK(outcome.err == read(test_case / "stderr"));
    CHECK(outcome.exit_code == read(test_case / "exit_code"));
  }
}
