// What autogenerate writes: every folder of tests/golden/render/ holds a schema before (`before.lua`) and after
// (`after.lua`), and for each database the migration that leads from one to the other, without its head
// (`sqlite.lua`, `postgresql.lua`, `mysql.lua`). The migration is also run, up and down. VM_UPDATE_GOLDEN=1 writes what
// came out; read the difference like code.
#include "tests/support/databases.hpp"
#include "tests/support/temp_project.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace fs = std::filesystem;
using namespace vm::test;

namespace {

std::string read(fs::path const& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

fs::path migration_file(TempProject const& project, std::string const& revision) {
  for (auto const& entry : fs::directory_iterator{project.path() / "migrations/versions"})
    if (entry.path().filename().native().starts_with(revision)) return entry.path();
  return {};
}

Finished must(Finished finished) {
  CAPTURE(finished.out);
  CAPTURE(finished.err);
  CHECK(finished.exit_code == 0);
  return finished;
}

/// The functions upgrade() and downgrade(), without what differs from run to run.
std::string generate(TempProject const& project) {
  must(project.vm({"revision", "--autogenerate", "-m", "there", "--rev-id", "a2"}));
  auto const text = read(migration_file(project, "a2"));
  auto const start = text.find("function upgrade()");
  REQUIRE(start != std::string::npos);
  return text.substr(start);
}

} // namespace

TEST_CASE("autogenerate writes the same migration each time, as a person would, and it runs both ways") {
  bool const update = std::getenv("VM_UPDATE_GOLDEN") != nullptr;
  std::vector<fs::path> cases;
  for (auto const& entry : fs::directory_iterator{source_folder() + "/tests/golden/render"})
    cases.push_back(entry.path());
  std::ranges::sort(cases);
  for (auto const& folder : cases) {
    CAPTURE(folder.filename().native());
    auto const before = read(folder / "before.lua"), after = read(folder / "after.lua");
    on_every_database([&](TestDatabase const& database) {
      TempProject const project{url_text(database.url())};
      bool const starts_empty = before.find("sql.table") == std::string::npos;
      if (!starts_empty) {
        project.write("migrations/schema.lua", before);
        must(project.vm({"revision", "--autogenerate", "-m", "here", "--rev-id", "a1"}));
        must(project.vm({"upgrade"}));
      }
      project.write("migrations/schema.lua", after);
      auto const text = generate(project);
      fs::remove(migration_file(project, "a2"));
      CHECK(generate(project) == text);

      auto const golden = folder / (database.dialect() + ".lua");
      if (update) std::ofstream{golden, std::ios::binary} << text;
      CHECK_MESSAGE(text == read(golden), golden);

      must(project.vm({"upgrade"}));
      must(project.vm({"check"}));
      must(project.vm({"downgrade", "-1", "--yes"}));
      fs::remove(migration_file(project, "a2"));
      if (starts_empty) return; // nothing to compare with: an empty schema is refused
      project.write("migrations/schema.lua", before);
      must(project.vm({"check"}));
    });
  }
}
