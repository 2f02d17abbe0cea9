// How `backfill` is shown.
#include "engine/cli/backfill_output.hpp"

#include <nlohmann/json.hpp>

namespace vm::cli {

namespace {

nlohmann::ordered_json backfill_line_json(command::BackfillLine const& line) {
  auto skipped = nlohmann::ordered_json::array();
  for (auto const& [key, error] : line.skipped) skipped.push_back({{"key", key}, {"error", error}});
  return {{"revision", line.revision},
          {"table", line.table},
          {"done", line.done},
          {"rows_done", line.rows_done},
          {"rows_total", line.rows_total},
          {"rows_changed", line.rows_changed},
          {"rows_skipped", line.rows_skipped},
          {"rows_per_second", line.rate},
          {"seconds_left", line.seconds_left ? nlohmann::ordered_json(*line.seconds_left) : nlohmann::ordered_json()},
          {"seconds_since_checkpoint", line.seconds_since_update},
          {"skipped", std::move(skipped)}};
}

} // namespace

void print(std::ostream& out, bool json, command::BackfillReport const& report) {
  if (json) {
    auto lines = nlohmann::ordered_json::array();
    for (auto const& line : report.lines) lines.push_back(backfill_line_json(line));
    nlohmann::ordered_json const document{{"database", report.database},
                                          {"backfills", std::move(lines)},
                                          {"joined", report.joined},
                                          {"forgotten", report.forgotten}};
    out << document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return;
  }
  for (auto const& line : report.lines) {
    out << command::describe(line) << '\n';
    for (auto const& [key, error] : line.skipped) out << "  " << key << ": " << error << '\n';
  }
  if (report.lines.empty() && report.joined.empty()) out << (report.forgotten ? "forgotten\n" : "no backfill\n");
}

} // namespace vm::cli
