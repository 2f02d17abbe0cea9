// The revision grammar on a graph with everything in it: branches, a merge, labels, dependencies, several bases.
#include "engine/graph/plan.hpp"
#include "engine/graph/resolve.hpp"
#include "tests/engine/graph/graph_of.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <set>

using namespace vm;

namespace {

graph::Graph const& sample() {
  static auto const graph = graph::testing::graph_of({{"a1b2c3"},
                                                      {"a1b2d4", {"a1b2c3"}, {}, {"main"}},
                                                      {"ffee00", {"a1b2d4"}},
                                                      {"ffee11", {"a1b2d4"}, {}, {"side"}},
                                                      {"merged", {"ffee00", "ffee11"}},
                                                      {"x.y_z", {}, {"a1b2c3"}, {"other"}},
                                                      {"12", {"x.y_z"}},
                                                      {"top", {"12"}, {"merged"}},
                                                      {"lone", {}, {}, {"apart"}}});
  return graph;
}

/// The changes of the steps, one after the other, end at what the plan says.
void check(graph::Plan const& plan, std::vector<std::string> const& rows) {
  std::multiset<std::string> now{rows.begin(), rows.end()};
  for (auto const& step : plan.steps) {
    for (auto const& change : step.rows) {
      if (change.kind != graph::RowChange::Kind::insert)
        fuzz::require(now.erase(change.from) == 1, "a row that changes was there", change.from);
      if (change.kind != graph::RowChange::Kind::remove) now.insert(change.to);
    }
  }
  fuzz::require(now == std::multiset<std::string>(plan.rows_after.begin(), plan.rows_after.end()),
                "the steps end at the rows the plan promises");
  for (auto const& row : plan.rows_after) fuzz::require(sample().find(row).has_value(), "a row is a revision", row);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  auto const& graph = sample();
  FuzzedDataProvider input{data, size};
  auto const verb = input.ConsumeIntegralInRange(0, 6);
  auto const at = input.ConsumeIntegralInRange<std::uint32_t>(0, static_cast<std::uint32_t>(graph.size()));
  auto const other = input.ConsumeIntegralInRange<std::uint32_t>(0, static_cast<std::uint32_t>(graph.size()));
  auto const text = input.ConsumeRemainingBytesAsString();
  std::vector<std::string> rows;
  for (auto const index : {at, other}) {
    if (index >= graph.size()) continue;
    auto const& id = graph.revision(index).id;
    if (std::find(rows.begin(), rows.end(), id) == rows.end()) rows.push_back(id);
  }
  fuzz::accepts<GraphError>([&] {
    switch (verb) {
    case 0: check(graph::plan_upgrade(graph, rows, text), rows); break;
    case 1: check(graph::plan_downgrade(graph, rows, text), rows); break;
    case 2: check(graph::plan_stamp(graph, rows, std::vector<std::string>{text}, false), rows); break;
    case 3: check(graph::plan_stamp(graph, rows, std::vector<std::string>{text, "side@head"}, false), rows); break;
    case 4: {
      auto const one = graph::resolve_one(graph, text);
      fuzz::require(!one || *one < graph.size(), "a revision of the graph");
      break;
    }
    case 5:
      for (auto const each : graph::resolve_many(graph, text))
        fuzz::require(each < graph.size(), "a revision of the graph");
      break;
    default: {
      auto const listed = graph::history(graph, text, graph::resolve_rows(graph, rows));
      std::set<graph::Index> const once{listed.begin(), listed.end()};
      fuzz::require(once.size() == listed.size(), "history names a revision once");
    }
    }
  });
  fuzz::accepts<GraphError>([&] { graph::check_revision_id(text, "a.lua:1"); });
  return 0;
}
