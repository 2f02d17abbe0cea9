// resolve: what a person decides about a migration that stopped half way.
#include "engine/graph/resolve.hpp"

#include "engine/command/commands.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/run/lock.hpp"
#include "engine/script/checksum.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {

ResolveReport resolve(ResolveOptions const& options, run::Environment& environment) {
  auto const& graph = environment.graph(true);
  environment.applied_rows(); // connects, unless there is no database yet
  std::unique_ptr<db::MigrationLock> lock;
  if (environment.is_connected() && options.resolution) {
    lock = run::make_lock(environment);
    if (lock && !lock->try_acquire()) {
      auto const holder = lock->holder();
      throw LockError{fmt::format("a run is under way, held by {}", holder ? holder->describe() : "another vm"),
                      Hint{"decide once it has ended"}};
    }
  }
  auto const unfinished = run::find_unfinished(environment);
  auto wanted = options.revision;
  auto const is_wanted = [&](run::UnfinishedMigration const& each) { return each.revision == wanted; };
  // A revision whose script is gone is still in the journal.
  auto found = std::find_if(unfinished.begin(), unfinished.end(), is_wanted);
  if (found == unfinished.end()) {
    auto const index = graph::resolve_one(graph, options.revision);
    wanted = index ? graph.revision(*index).id : "base";
    found = std::find_if(unfinished.begin(), unfinished.end(), is_wanted);
  }
  if (found == unfinished.end()) {
    std::vector<std::string> others;
    for (auto const& each : unfinished) others.push_back(each.revision);
    throw UsageError{fmt::format("revision '{}' did not stop half way", wanted),
                     Hint{others.empty() ? std::string{"no migration did; `vm run status` shows where the database is"}
                                         : fmt::format("{} did", quoted_list(others))}};
  }

  ResolveReport report;
  report.migration = *found;
  report.resolution = options.resolution;
  run::JournalTable const table{environment.version_table_name().schema, environment.dialect()};
  for (auto& entry : table.read(environment.session(), found->revision, found->direction))
    if (entry.kind == run::JournalEntry::Kind::operation) report.steps.push_back(std::move(entry));
  std::string checksum;
  if (auto const index = graph.find(found->revision)) {
    auto const& header = environment.header(*index);
    checksum = script::checksum(read_file(header.path), header.language);
  }
  report.is_changed = checksum != found->checksum;
  if (options.resolution) run::resolve(environment, *found, *options.resolution, checksum);
  return report;
}

} // namespace vm::command
