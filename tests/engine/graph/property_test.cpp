// What must hold for any graph: random ones for the rules, large ones for the growth.
#include "engine/graph/plan.hpp"
#include "engine/graph/resolve.hpp"
#include "engine/graph/version_set.hpp"
#include "engine/graph/walk.hpp"
#include "tests/engine/graph/graph_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

using namespace vm;
using namespace vm::graph;
using namespace vm::graph::testing;

using Names = std::vector<std::string>;

namespace {

std::string id(std::size_t number) {
  return "r" + std::to_string(100000 + number);
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_{seed} {}
  std::size_t below(std::size_t limit) { return engine_() % limit; } // the same on every platform
  bool chance(std::size_t percent) { return below(100) < percent; }

 private:
  std::mt19937 engine_;
};

std::vector<Row> random_rows(Random& random) {
  std::size_t const size = 1 + random.below(30);
  std::size_t const merges = random.below(3) * 15, bases = random.below(3) * 10, dependencies = random.below(3) * 15;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < size; ++i) {
    Row row{id(i)};
    if (i > 0 && !random.chance(bases)) {
      row.parents.push_back(id(random.below(i)));
      if (random.chance(merges)) row.parents.push_back(id(random.below(i)));
    }
    while (i > 0 && random.chance(dependencies)) row.depends_on.push_back(id(random.below(i)));
    rows.push_back(std::move(row));
  }
  for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
  return rows;
}

// Slow and plain: what stands at or below a revision, by everything it names.
std::vector<bool> everything_below(Graph const& graph, Index from) {
  std::vector<bool> reached(graph.size());
  std::function<void(Index)> const visit = [&](Index i) {
    if (reached[i]) return;
    reached[i] = true;
    for (auto const parent : graph.node(i).parents) visit(parent);
    for (auto const dependency : graph.node(i).all_dependencies) visit(dependency);
  };
  visit(from);
  return reached;
}

// The applied revisions after each step, kept by hand, against the rows that the step's changes make.
class Replay {
 public:
  Replay(Graph const& graph, Names const& rows) : graph_{graph}, rows_{rows.begin(), rows.end()} {
    for (auto const& below : graph.walk_order()) below_.push_back(everything_below(graph, below));
    for (auto const& row : rows) {
      auto const& reached = below_of(*graph.find(row));
      for (Index i = 0; i < graph.size(); ++i)
        if (reached[i]) applied_.insert(i);
    }
    check_rows();
  }

  void run(Plan const& plan) {
    for (auto const& step : plan.steps) {
      auto const& reached = below_of(*step.revision);
      if (step.direction == Direction::upgrade) {
        REQUIRE(applied_.count(*step.revision) == 0);
        for (Index i = 0; i < graph_.size(); ++i)
          if (reached[i] && i != *step.revision) REQUIRE(applied_.count(i) == 1);
        applied_.insert(*step.revision);
      } else {
        REQUIRE(applied_.count(*step.revision) == 1);
        for (auto const other : applied_)
          if (other != *step.revision) REQUIRE_FALSE(below_of(other)[*step.revision]);
        applied_.erase(*step.revision);
      }
      for (auto const& change : step.rows) {
        if (change.kind != RowChange::Kind::insert) REQUIRE(rows_.erase(change.from) == 1);
        if (change.kind != RowChange::Kind::remove) REQUIRE(rows_.insert(change.to).second);
      }
      check_rows();
    }
    std::set<std::string> const planned{plan.rows_after.begin(), plan.rows_after.end()};
    REQUIRE(planned == rows_);
  }

  std::size_t applied() const { return applied_.size(); }

 private:
  std::vector<bool> const& below_of(Index i) const { return below_[graph_.walk_position(i)]; }

  // The rows are exactly those applied revisions that no other applied one implies.
  void check_rows() const {
    std::set<std::string> expected;
    for (auto const i : applied_) {
      bool const is_implied =
          std::any_of(applied_.begin(), applied_.end(), [&](Index other) { return other != i && below_of(other)[i]; });
      if (!is_implied) expected.insert(graph_.revision(i).id);
    }
    REQUIRE(rows_ == expected);
  }

  Graph const& graph_;
  std::vector<std::vector<bool>> below_; // by walk position
  std::set<Index> applied_;
  std::set<std::string> rows_;
};

} // namespace

TEST_CASE("in any graph the walk lists every revision once, before all it stands on") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    auto const graph = graph_of(random_rows(random));
    REQUIRE(graph.walk_order().size() == graph.size());
    std::set<Index> seen;
    for (auto const i : graph.walk_order()) {
      for (auto const parent : graph.node(i).parents) REQUIRE(seen.count(parent) == 0);
      for (auto const dependency : graph.node(i).all_dependencies) REQUIRE(seen.count(dependency) == 0);
      REQUIRE(seen.insert(i).second);
    }
  }
}

TEST_CASE("any part of a graph is walked once each, in an order that also respects what is between") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    auto const graph = graph_of(random_rows(random));
    std::vector<bool> wanted(graph.size());
    for (Index i = 0; i < graph.size(); ++i) wanted[i] = random.chance(50);
    auto const order = walk_down(graph, wanted, std::vector<bool>(graph.size(), true));
    REQUIRE(static_cast<long>(order.size()) == std::count(wanted.begin(), wanted.end(), true));
    for (std::size_t first = 0; first < order.size(); ++first) {
      REQUIRE(wanted[order[first]]);
      for (std::size_t second = first + 1; second < order.size(); ++second) {
        REQUIRE(order[first] != order[second]);
        REQUIRE_FALSE(everything_below(graph, order[second])[order[first]]);
      }
    }
  }
}

TEST_CASE("in any graph plans keep the rows to what nothing else implies, and down undoes up") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    auto const graph = graph_of(random_rows(random));

    auto const target = graph.revision(static_cast<Index>(random.below(graph.size()))).id;
    auto const first = plan_upgrade(graph, {}, target);
    REQUIRE(first.rows_after == Names{target});
    Replay replay{graph, {}};
    replay.run(first);
    auto const rest = plan_upgrade(graph, first.rows_after, "heads");
    replay.run(rest);
    REQUIRE(replay.applied() == graph.size());
    REQUIRE(plan_upgrade(graph, rest.rows_after, "heads").empty());

    auto const stop = graph.revision(static_cast<Index>(random.below(graph.size()))).id;
    Names rows = rest.rows_after;
    if (!graph.is_head(*graph.find(stop)) || rows == Names{stop}) {
      auto const part = plan_downgrade(graph, rows, stop);
      replay.run(part);
      rows = part.rows_after;
    }
    replay.run(plan_downgrade(graph, rows, "base"));
    REQUIRE(replay.applied() == 0);

    // Step by step, the inverse of each change gives back the rows before it.
    VersionSet versions{graph, {}};
    std::vector<std::vector<Index>> before;
    for (auto const& step : plan_upgrade(graph, {}, "heads").steps) {
      before.push_back(versions.rows());
      versions.apply(*step.revision);
    }
    for (auto const& step : plan_downgrade(graph, rest.rows_after, "base").steps) {
      REQUIRE(versions.is_applied(*step.revision));
      versions.unapply(*step.revision);
    }
    REQUIRE(versions.rows().empty());
    auto const order = plan_upgrade(graph, {}, "heads").steps;
    for (auto const& step : order) versions.apply(*step.revision);
    for (std::size_t i = order.size(); i > 0; --i) {
      versions.unapply(*order[i - 1].revision);
      REQUIRE(versions.rows() == before[i - 1]);
    }
  }
}

TEST_CASE("in any graph a stamp leaves rows that no other row implies, and its changes fit the table") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    auto const graph = graph_of(random_rows(random));
    auto const any = [&] { return graph.revision(static_cast<Index>(random.below(graph.size()))).id; };
    Names const rows = plan_stamp(graph, {}, Names{any(), any()}, false).rows_after;
    Names const targets = random.chance(50) ? Names{any()} : Names{any(), any()};
    auto const plan = plan_stamp(graph, rows, targets, random.chance(20));
    std::set<std::string> table{rows.begin(), rows.end()};
    for (auto const& step : plan.steps)
      for (auto const& change : step.rows) {
        if (change.kind != RowChange::Kind::insert) REQUIRE(table.erase(change.from) == 1);
        if (change.kind != RowChange::Kind::remove) REQUIRE(table.insert(change.to).second);
      }
    REQUIRE(table == std::set<std::string>{plan.rows_after.begin(), plan.rows_after.end()});
    for (auto const& row : plan.rows_after)
      for (auto const& other : plan.rows_after)
        if (row != other) REQUIRE_FALSE(everything_below(graph, *graph.find(other))[*graph.find(row)]);
  }
}

TEST_CASE("every plan over large graphs of any shape comes to its end") {
  // Nothing is timed; what grows with the square of this makes the test crawl.
  constexpr std::size_t size = 20000;
  struct Shape {
    char const* name;
    std::function<void(std::vector<Row>&)> add;
  };
  auto const line = [](std::vector<Row>& rows, std::size_t length) {
    auto const first = rows.size();
    for (std::size_t i = 0; i < length; ++i) {
      Row row{id(rows.size())};
      if (rows.size() > first) row.parents.push_back(rows.back().id);
      rows.push_back(std::move(row));
    }
  };
  std::vector<Shape> const shapes{
      {"one line", [&](std::vector<Row>& rows) { line(rows, size); }},
      {"many children of one base, merged",
       [](std::vector<Row>& rows) {
         rows.push_back({id(0)});
         Row merge{"merge"};
         for (std::size_t i = 1; i < size; ++i) {
           rows.push_back({id(i), {id(0)}});
           merge.parents.push_back(id(i));
         }
         rows.push_back(std::move(merge));
       }},
      {"many children of one base",
       [](std::vector<Row>& rows) {
         rows.push_back({id(0)});
         for (std::size_t i = 1; i < size; ++i) rows.push_back({id(i), {id(0)}});
       }},
      {"a ladder of diamonds",
       [](std::vector<Row>& rows) {
         rows.push_back({id(0)});
         for (std::size_t i = 0; i + 3 < size; i += 3) {
           rows.push_back({id(i + 1), {id(i)}});
           rows.push_back({id(i + 2), {id(i)}});
           rows.push_back({id(i + 3), {id(i + 1), id(i + 2)}});
         }
       }},
      {"many bases",
       [](std::vector<Row>& rows) {
         for (std::size_t i = 0; i < size; ++i) rows.push_back({id(i)});
       }},
      {"two lines, each revision of the one depending on one of the other",
       [&](std::vector<Row>& rows) {
         line(rows, size / 2);
         line(rows, size / 2);
         for (std::size_t i = 0; i < size / 2; ++i) rows[size / 2 + i].depends_on.push_back(id(i));
       }},
      {"a line that depends on one revision again and again",
       [&](std::vector<Row>& rows) {
         line(rows, size);
         rows.push_back({"one"});
         for (std::size_t i = 0; i < size; ++i) rows[i].depends_on.push_back("one");
       }},
      {"a tree of branches",
       [](std::vector<Row>& rows) {
         rows.push_back({id(0)});
         for (std::size_t i = 1; i < size; ++i) rows.push_back({id(i), {id((i - 1) / 2)}});
       }},
  };
  for (auto const& shape : shapes)
    for (bool const is_shuffled : {false, true}) {
      CAPTURE(shape.name);
      CAPTURE(is_shuffled);
      std::vector<Row> rows;
      shape.add(rows);
      Random random{1};
      if (is_shuffled)
        for (std::size_t i = rows.size(); i > 1; --i) std::swap(rows[i - 1], rows[random.below(i)]);
      auto const graph = graph_of(rows);
      auto const up = plan_upgrade(graph, {}, "heads");
      REQUIRE(up.steps.size() == graph.size());
      REQUIRE(plan_upgrade(graph, up.rows_after, "heads").empty());
      REQUIRE(plan_downgrade(graph, up.rows_after, "base").steps.size() == graph.size());
      REQUIRE(history(graph, ":", {}).size() == graph.size());
      REQUIRE_FALSE(history(graph, id(0) + ":", {}).empty());
      REQUIRE(plan_stamp(graph, Names{id(0)}, Names{"heads"}, false).rows_after == up.rows_after);
      REQUIRE_FALSE(resolve_rows(graph, up.rows_after).empty());
      REQUIRE_THROWS_AS(resolve_one(graph, "r1"), GraphError);
      if (graph.heads().size() > 1) {
        REQUIRE_THROWS_AS(plan_upgrade(graph, {}, "head"), GraphError);
        if (up.rows_after.size() > 1) REQUIRE_THROWS_AS(plan_downgrade(graph, up.rows_after, "-1"), GraphError);
      }
    }
}

TEST_CASE("a cycle through a large graph is found") {
  constexpr std::size_t size = 20000;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < size; ++i) rows.push_back({id(i), {id((i + 1) % size)}});
  REQUIRE_THROWS_AS(graph_of(rows), GraphError);
}
