// The header of a migration, Lua and SQL: the short way and Lua itself say the same, and nothing a file holds gets past
// the limits.
#include "bindings/host.hpp"
#include "bindings/skim.hpp"
#include "engine/script/directory.hpp"
#include "engine/script/sql_header.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <tuple>

using namespace vm;

namespace {

void check_sql(std::string_view text) {
  fuzz::accepts<ScriptError>([&] {
    auto const header = script::read_sql_header("/p/a.sql", text, "/p");
    fuzz::require(!header.revision.empty() && header.language == script::Language::sql, "a header has a revision");
  });
  for (auto const name : {"upgrade", "downgrade"}) {
    auto const section = script::sql_section(text, name);
    if (section) fuzz::require(text.find(section->text) != std::string_view::npos, "a section lies in the text");
  }
  script::reads_as_header(text);
}

auto fields(script::Header const& header) {
  return std::tie(header.revision, header.down_revision, header.branch_labels, header.depends_on, header.transaction,
                  header.has_upgrade, header.has_downgrade, header.line);
}

void check_lua(std::string_view text, fuzz::Folder const& folder) {
  auto const skimmed = bindings::skim_header("/p/a.lua", text);
  if (skimmed) fuzz::require(!skimmed->revision.empty(), "a header has a revision");
  // A first word that the short way leaves alone makes Lua read the file.
  auto const file = folder.write("versions/a.lua", "local as_lua = 1; " + std::string{text});
  script::HostOptions options;
  options.project = folder.path();
  options.memory_limit = 32u << 20;
  options.time_limit = 0.2;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): one host for all runs
  static bindings::LuaHost host{options};
  std::vector<std::filesystem::path> const files{file};
  auto const result = host.read_headers(files).front();
  fuzz::require(result.header.has_value() != result.error.has_value(), "a file has a header or an error");
  if (!skimmed) return;
  fuzz::require(result.header.has_value(), "what is skimmed is a migration", text);
  fuzz::require(fields(*result.header) == fields(*skimmed), "Lua reads what is skimmed", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static fuzz::Folder const folder;
  auto const text = fuzz::text_of(data, size);
  check_sql(text);
  check_lua(text, folder);
  return 0;
}
