#include "engine/run/drift.hpp"

#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/run/history_table.hpp"
#include "engine/script/checksum.hpp"

#include <fmt/format.h>

#include <map>

namespace vm::run {

std::vector<DriftedScript> find_drift(Environment& environment) {
  auto const& graph = environment.graph();
  std::vector<DriftedScript> result;
  HistoryTable const history{environment.version_table_name().schema, environment.dialect()};
  if (!history.exists(environment.inspector())) return result;
  std::vector<graph::Index> rows;
  for (auto const& row : environment.applied_rows())
    if (auto const index = graph.find(row)) rows.push_back(*index);
  auto const applied = graph::applied_set(graph, rows);
  std::map<std::string, HistoryTable::Applied> last;
  for (auto& each : history.applied(environment.session())) last.insert_or_assign(each.revision, std::move(each));
  for (graph::Index index = 0; index < graph.size(); ++index) {
    if (!applied[index]) continue;
    auto const& header = environment.header(index);
    auto const found = last.find(header.revision);
    if (found == last.end() || found->second.checksum.empty()) continue;
    auto const now = script::checksum(read_file(header.path), header.language);
    if (now != found->second.checksum)
      result.push_back({header.revision, header.path, found->second.started_at, found->second.checksum, now});
  }
  return result;
}

void check_drift(Environment& environment) {
  auto const policy = environment.config().on_drift;
  if (policy == config::OnDrift::ignore) return;
  auto const drifted = find_drift(environment);
  if (drifted.empty()) return;
  std::vector<std::string> ids;
  for (auto const& each : drifted) ids.push_back(each.revision);
  auto const text = fmt::format("applied script{} changed since {} ran: {}", ids.size() == 1 ? "" : "s",
                                ids.size() == 1 ? "it" : "they", quoted_list(ids));
  if (policy == config::OnDrift::error) {
    throw MigrationError{text,
                         Hint{"restore the script, or set on_drift = \"warn\" in vm.toml; `vm run status` shows them"}};
  }
  environment.progress().warning(text);
}

} // namespace vm::run
