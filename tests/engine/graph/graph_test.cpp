#include "engine/graph/graph.hpp"
#include "tests/engine/graph/graph_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace vm;
using namespace vm::graph;
using namespace vm::graph::testing;

using Names = std::vector<std::string>;

TEST_CASE("an empty graph has no heads and no bases") {
  auto const graph = Graph::build({});
  CHECK(graph.size() == 0);
  CHECK(graph.heads().empty());
  CHECK(graph.bases().empty());
  CHECK(graph.walk_order().empty());
}

TEST_CASE("edges, ends and points of a diamond are known") {
  auto const graph = graph_of({{"a"}, {"l", {"a"}}, {"q", {"a"}}, {"m", {"l", "q"}}});
  auto const at = [&](char const* id) { return *graph.find(id); };
  CHECK(names(graph, graph.heads()) == Names{"m"});
  CHECK(names(graph, graph.bases()) == Names{"a"});
  CHECK(graph.is_branch_point(at("a")));
  CHECK(graph.is_merge_point(at("m")));
  CHECK_FALSE(graph.is_branch_point(at("l")));
  CHECK_FALSE(graph.is_merge_point(at("l")));
  CHECK(names(graph, graph.node(at("m")).parents) == Names{"l", "q"});
  CHECK(names(graph, graph.node(at("a")).children) == Names{"l", "q"});
  CHECK_FALSE(graph.find("x"));
}

TEST_CASE("a head that another revision depends on is a head but no effective one") {
  auto const graph = graph_of({{"a1"}, {"a2", {"a1"}}, {"b1"}, {"b2", {"b1"}, {"a2"}}});
  CHECK(names(graph, graph.heads()) == Names{"a2", "b2"});
  CHECK(names(graph, graph.effective_heads()) == Names{"b2"});
  CHECK(names(graph, graph.node(*graph.find("a2")).dependents) == Names{"b2"});
}

TEST_CASE("the order given does not matter for the edges") {
  auto const graph = graph_of({{"c", {"b"}}, {"a"}, {"b", {"a"}}});
  CHECK(names(graph, graph.walk_order()) == Names{"c", "b", "a"});
}

TEST_CASE("a parent or dependency written twice counts once") {
  auto const graph = graph_of({{"a"}, {"b"}, {"c", {"a", "a"}, {"b", "b", "a"}}});
  auto const& node = graph.node(*graph.find("c"));
  CHECK(names(graph, node.parents) == Names{"a"});
  CHECK(names(graph, node.all_dependencies) == Names{"b", "a"});
  CHECK(names(graph, node.dependencies) == Names{"b"});
  CHECK_FALSE(graph.is_merge_point(*graph.find("c")));
}

TEST_CASE("a dependency that an ancestor declares is dropped, one that only is an ancestor is not") {
  struct Case {
    std::vector<Row> rows;
    std::string id;
    Names kept;
  };
  std::vector<Case> const cases{
      {{{"d"}, {"a", {}, {"d"}}, {"b", {"a"}, {"d"}}}, "b", {}},
      {{{"d"}, {"a", {}, {"d"}}, {"b", {"a"}}, {"c", {"b"}, {"d"}}}, "c", {}},
      {{{"d"}, {"a", {}, {"d"}}, {"b", {}, {"d"}}}, "b", {"d"}},
      {{{"d"}, {"e", {"d"}}, {"a", {}, {"e"}}, {"b", {"a"}, {"d"}}}, "b", {"d"}},
      // over the second parent of a merge
      {{{"d"}, {"p"}, {"q", {}, {"d"}}, {"m", {"p", "q"}}, {"n", {"m"}, {"d"}}}, "n", {}},
      {{{"d"}, {"p"}, {"q"}, {"r", {}, {"d"}}, {"m", {"p", "q"}}, {"n", {"m"}, {"d"}}}, "n", {"d"}},
      {{{"d"}, {"p", {}, {"d"}}, {"q", {}, {"d"}}, {"m", {"p", "q"}, {"d"}}}, "m", {}},
  };
  for (auto const& row : cases) {
    CAPTURE(row.id);
    auto const graph = graph_of(row.rows);
    CHECK(names(graph, graph.node(*graph.find(row.id)).dependencies) == row.kept);
  }
}

TEST_CASE("a label is found at the revision that declares it and spreads along its line") {
  auto const graph = graph_of({{"r"}, {"s", {"r"}}, {"a", {"s"}, {}, {"left"}}, {"b", {"a"}}, {"q", {"r"}}});
  CHECK(graph.find_label("left") == graph.find("a"));
  CHECK_FALSE(graph.find_label("a"));
  auto const labels = [&](char const* id) { return graph.node(*graph.find(id)).labels; };
  CHECK(labels("b") == Names{"left"});
  CHECK(labels("a") == Names{"left"});
  CHECK(labels("s") == Names{"left"}); // down to the branch point, without it
  CHECK(labels("r").empty());
  CHECK(labels("q").empty());
}

TEST_CASE("a label does not spread over depends_on, nor below a branch that splits further up") {
  auto const graph = graph_of({{"d"}, {"r", {}, {"d"}, {"base_label"}}, {"x", {"r"}}, {"y", {"x"}}, {"z", {"x"}}});
  auto const labels = [&](char const* id) { return graph.node(*graph.find(id)).labels; };
  CHECK(labels("d").empty());
  CHECK(labels("z") == Names{"base_label"});
  auto const split = graph_of({{"r"}, {"s", {"r"}, {}, {"up"}}, {"t", {"s"}}, {"u", {"s"}}});
  CHECK(split.node(*split.find("r")).labels.empty());
}

TEST_CASE("several labels of one revision are kept sorted") {
  auto const graph = graph_of({{"a", {}, {}, {"z", "b"}}, {"c", {"a"}, {}, {"m"}}});
  CHECK(graph.node(*graph.find("c")).labels == Names{"b", "m", "z"});
}

TEST_CASE("a bad graph is refused naming the scripts concerned") {
  struct Case {
    std::vector<Row> rows;
    std::string error;
  };
  std::vector<Case> const cases{
      {{{"ab12"}, {"c41f", {"ab13"}}},
       "revision 'c41f' revises 'ab13', which no script defines\n  at versions/c41f.lua:3\nhint: did you mean 'ab12'?"},
      {{{"c41f", {"b09"}}}, "revision 'c41f' revises 'b09', which no script defines\n  at versions/c41f.lua:3"},
      {{{"a", {}, {}, {"users"}}, {"b", {"users"}}},
       "revision 'b' revises 'users', which no script defines\n  at versions/b.lua:3\n"
       "hint: 'users' is a branch label; down_revision takes ids: 'a'"},
      {{{"b09e"}, {"c41f", {}, {"b09"}}},
       "revision 'c41f' depends on 'b09', which no script defines\n  at versions/c41f.lua:3\n"
       "hint: did you mean 'b09e'?"},
      {{{"a", {"a"}}},
       "revision 'a' revises itself (a self-loop)\n  at versions/a.lua:3\n"
       "hint: down_revision names the revision before it; nil for the first"},
      {{{"a", {}, {"a"}}},
       "revision 'a' depends on itself (a dependency self-loop)\n  at versions/a.lua:3\n"
       "hint: depends_on names revisions of other branches"},
      {{{"a", {}, {"mine"}, {"mine"}}},
       "revision 'a' depends on itself (a dependency self-loop)\n  at versions/a.lua:3\n"
       "hint: depends_on names revisions of other branches"},
      {{{"x"}, {"a", {"c"}}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"c"}}},
       "cycle is detected in revisions 'a' (versions/a.lua:3), 'c' (versions/c.lua:3), 'b' (versions/b.lua:3)\n"
       "  at versions/a.lua:3\nhint: each of them comes after the next one and the last after the first; "
       "correct the down_revision that is wrong"},
      {{{"a", {}, {"b"}}, {"b", {}, {"a"}}, {"c", {"b"}}},
       "dependency cycle is detected in revisions 'a' (versions/a.lua:3), 'b' (versions/b.lua:3)\n"
       "  at versions/a.lua:3\nhint: each of them comes after the next one and the last after the first; "
       "correct the depends_on that is wrong"},
      {{{"a", {}, {}, {"l"}}, {"b", {}, {}, {"l"}}},
       "branch label 'l' in revision 'b' (versions/b.lua:3) is already used by revision 'a' (versions/a.lua:3)\n"
       "  at versions/b.lua:3\nhint: a label is declared once, by the first revision of its branch"},
      {{{"a", {}, {}, {"b"}}, {"b"}},
       "branch label 'b' in revision 'a' (versions/a.lua:3) is already the id of revision 'b' (versions/b.lua:3)\n"
       "  at versions/a.lua:3\nhint: choose another label"},
      {{{"a", {}, {}, {"x@y"}}},
       "branch label 'x@y' in revision 'a' (versions/a.lua:3) could never be named\n  at versions/a.lua:3\n"
       "hint: a label is not empty, has no '@' and is none of 'base', 'head', 'heads', 'current'"},
  };
  for (auto const& row : cases) CHECK(error_of([&] { graph_of(row.rows); }) == row.error);
}

TEST_CASE("an id used twice is refused naming both scripts") {
  CHECK(error_of([] {
          Graph::build({{"a", {}, {}, {}, "", "x/a.lua:2"}, {"a", {}, {}, {}, "", "y/b.lua:4"}});
        }) == "revision 'a' is present more than once: x/a.lua:2 and y/b.lua:4\n  at y/b.lua:4\n"
              "hint: give one of them another id, or remove the copy");
}

TEST_CASE("a revision without an origin is refused without a place") {
  CHECK(error_of([] {
          Graph::build({{"a", {"b"}, {}, {}, "", ""}});
        }) == "revision 'a' revises 'b', which no script defines\nhint: did you mean 'a'?");
}

TEST_CASE("only the members of a cycle are listed, and no more than ten of them") {
  std::vector<Row> rows{{"below"}, {"above", {"r0"}}};
  for (int i = 0; i < 14; ++i) rows.push_back({"r" + std::to_string(i), {"r" + std::to_string((i + 1) % 14)}});
  auto const error = error_of([&] { graph_of(rows); });
  CHECK(error.find(" and 4 more\n") != std::string::npos);
  CHECK(error.find("above") == std::string::npos);
  CHECK(error.find("below") == std::string::npos);
}

TEST_CASE("what a revision id may be is checked") {
  struct Case {
    std::string id, error;
  };
  std::string const way_out = "\n  at a.lua:1\nhint: '@', '+', '-' and ':' have a meaning of their own in targets; "
                              "use '_' or '.'";
  std::vector<Case> const cases{
      {"a1b2", "nothing was thrown"},
      {"v1.0_x/y", "nothing was thrown"},
      {"überprüft", "nothing was thrown"},
      {std::string(255, 'x'), "nothing was thrown"},
      {[] {
         std::string text;
         for (int i = 0; i < 255; ++i) text += "ü";
         return text;
       }(),
       "nothing was thrown"}, // characters, not bytes
      {std::string(256, 'x'), "revision id '" + std::string(40, 'x') +
                                  "...' has 256 characters\n  at a.lua:1\nhint: the version table holds up to 255"},
      {"", "a revision id is empty\n  at a.lua:1\nhint: write revision = \"...\""},
      {"zz-9", "character '-' not allowed in revision id 'zz-9'" + way_out},
      {"a+b@c:-", "character '@', '+', '-', ':' not allowed in revision id 'a+b@c:-'" + way_out},
      {"a b", "white space not allowed in revision id 'a b'\n  at a.lua:1\nhint: use '_' or '.'"},
      {"a\n", "white space not allowed in revision id 'a\n'\n  at a.lua:1\nhint: use '_' or '.'"},
      {std::string("a\0b", 3), "a revision id has a zero byte\n  at a.lua:1\nhint: use letters and digits"},
      {"head", "'head' is no revision id: the word has a meaning of its own\n  at a.lua:1\nhint: choose another id"},
  };
  for (auto const& row : cases) {
    CAPTURE(row.id);
    CHECK(error_of([&] { check_revision_id(row.id, "a.lua:1"); }) == row.error);
  }
}

TEST_CASE("the walk finishes a line before the next and goes down before a merge's other parents") {
  struct Case {
    std::vector<Row> rows;
    Names order;
  };
  std::vector<Case> const cases{
      {{{"x1"}, {"y1"}, {"z1"}}, {"x1", "y1", "z1"}},
      {{{"a1"}, {"a2", {"a1"}}, {"b1", {}}, {"b2", {"b1"}}}, {"a2", "a1", "b2", "b1"}},
      {{{"a"}, {"l", {"a"}}, {"q", {"a"}}, {"m", {"l", "q"}}}, {"m", "l", "q", "a"}},
      {{{"a"}, {"l", {"a"}}, {"q", {"a"}}, {"m", {"q", "l"}}}, {"m", "q", "l", "a"}},
      {{{"a"}, {"b", {"a"}}, {"c", {"a"}}, {"d", {"c"}}}, {"b", "d", "c", "a"}},
      // the first head waits for the one that depends on it
      {{{"a1"}, {"a2", {"a1"}}, {"b1"}, {"b2", {"b1"}, {"a2"}}}, {"b2", "b1", "a2", "a1"}},
      {{{"a1"}, {"a2", {"a1"}}, {"b1"}, {"b2", {"b1"}, {"a1"}}}, {"a2", "b2", "b1", "a1"}},
      // two dependencies in the order of the files, however they are written
      {{{"p"}, {"q"}, {"r", {}, {"q", "p"}}}, {"r", "p", "q"}},
  };
  for (auto const& row : cases) {
    auto const graph = graph_of(row.rows);
    CHECK(names(graph, graph.walk_order()) == row.order);
    for (Index i = 0; i < graph.size(); ++i) CHECK(graph.walk_order()[graph.walk_position(i)] == i);
  }
}

TEST_CASE("a graph can be moved and still finds its revisions") {
  auto first = graph_of({{"a"}, {"b", {"a"}, {}, {"label"}}});
  auto const second = std::move(first);
  CHECK(second.find("b") == Index{1});
  CHECK(second.find_label("label") == Index{1});
}
