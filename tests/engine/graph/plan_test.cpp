#include "engine/core/text.hpp"
#include "engine/graph/plan.hpp"
#include "tests/engine/graph/graph_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace vm;
using namespace vm::graph;
using namespace vm::graph::testing;

using Names = std::vector<std::string>;

namespace {

// "b[a>b]" for a step of b that updates row a to b; "[>b]" inserts, "[b>]" removes. '-' is a stamp to base.
std::string text_of(Graph const& graph, Plan const& plan) {
  std::string text;
  for (auto const& step : plan.steps) {
    if (!text.empty()) text += ' ';
    text += (step.revision ? graph.revision(*step.revision).id : "-") + '[';
    for (auto const& change : step.rows) {
      if (text.back() != '[') text += ' ';
      text += change.from + '>' + change.to;
    }
    text += ']';
  }
  return text;
}

struct Case {
  Names rows;
  std::string target;
  std::string steps;
  Names after;
};

struct Failure {
  Names rows;
  std::string target;
  std::string error;
};

void check_upgrades(Graph const& graph, std::vector<Case> const& cases) {
  for (auto const& row : cases) {
    CAPTURE(row.target);
    CAPTURE(join(row.rows, ","));
    auto const plan = plan_upgrade(graph, row.rows, row.target);
    CHECK(text_of(graph, plan) == row.steps);
    CHECK(plan.rows_after == row.after);
  }
}

void check_downgrades(Graph const& graph, std::vector<Case> const& cases) {
  for (auto const& row : cases) {
    CAPTURE(row.target);
    CAPTURE(join(row.rows, ","));
    auto const plan = plan_downgrade(graph, row.rows, row.target);
    CHECK(text_of(graph, plan) == row.steps);
    CHECK(plan.rows_after == row.after);
  }
}

// a1 - a2 and b1 - b2, where b2 depends on a2.
Graph two_bases() {
  return graph_of({{"a1", {}, {}, {"aaa"}}, {"a2", {"a1"}}, {"b1", {}, {}, {"bbb"}}, {"b2", {"b1"}, {"a2"}}});
}

// r1 - r2 - (l1, q1) - m1
Graph diamond() {
  return graph_of({{"r1"},
                   {"r2", {"r1"}},
                   {"l1", {"r2"}, {}, {"left"}, "left side"},
                   {"q1", {"r2"}, {}, {"right"}, "right side"},
                   {"m1", {"l1", "q1"}}});
}

// r1 - (b1 - b2 | c1 - c2)
Graph forked() {
  return graph_of({{"r1"},
                   {"b1", {"r1"}, {}, {"bbb"}, "add b"},
                   {"b2", {"b1"}, {}, {}, "more b"},
                   {"c1", {"r1"}, {}, {"ccc"}, "add c"},
                   {"c2", {"c1"}}});
}

} // namespace

TEST_CASE("an upgrade runs what is missing, each step changing single rows") {
  check_upgrades(graph_of({{"a"}, {"b", {"a"}}, {"c", {"b"}}}),
                 {{{}, "head", "a[>a] b[a>b] c[b>c]", {"c"}},
                  {{}, "b", "a[>a] b[a>b]", {"b"}},
                  {{"a"}, "+1", "b[a>b]", {"b"}},
                  {{"a"}, "c-1", "b[a>b]", {"b"}},
                  {{"a"}, "head", "b[a>b] c[b>c]", {"c"}},
                  {{"c"}, "head", "", {"c"}},
                  {{"c"}, "a", "", {"c"}}, // below the current state: nothing
                  {{"c"}, "base", "", {"c"}},
                  {{"c"}, "a-1", "", {"c"}},
                  {{"b", "b"}, "c", "c[b>c]", {"c"}}});
  check_upgrades(diamond(), {{{}, "head", "r1[>r1] r2[r1>r2] q1[r2>q1] l1[>l1] m1[l1> q1>m1]", {"m1"}},
                             {{"l1"}, "+1", "q1[>q1] m1[l1> q1>m1]", {"m1"}}, // steps of the walk, not migrations
                             {{"l1"}, "left@+1", "q1[>q1] m1[l1> q1>m1]", {"m1"}},
                             {{"l1", "q1"}, "head", "m1[l1> q1>m1]", {"m1"}},
                             {{}, "left@+3", "r1[>r1] r2[r1>r2] l1[r2>l1]", {"l1"}},
                             {{"q1"}, "left", "l1[>l1]", {"l1", "q1"}}});
  check_upgrades(two_bases(), {{{}, "heads", "a1[>a1] a2[a1>a2] b1[>b1] b2[b1> a2>b2]", {"b2"}},
                               {{}, "bbb@head", "a1[>a1] a2[a1>a2] b1[>b1] b2[b1> a2>b2]", {"b2"}},
                               {{"b1"}, "b2", "a1[>a1] a2[a1>a2] b2[b1> a2>b2]", {"b2"}},
                               {{"a2", "b1"}, "heads", "b2[b1> a2>b2]", {"b2"}},
                               {{"b2"}, "a2", "", {"b2"}},
                               {{"b1"}, "aaa@+1", "a1[>a1]", {"a1", "b1"}},
                               {{"b2"}, "aaa@base", "", {"b2"}},
                               {{"b2"}, "bbb@base", "", {"b2"}}});
  check_upgrades(forked(), {{{}, "heads", "r1[>r1] c1[r1>c1] c2[c1>c2] b1[>b1] b2[b1>b2]", {"b2", "c2"}},
                            {{"b2"}, "ccc@+1", "c1[>c1]", {"b2", "c1"}}, // from the common ancestor
                            {{"b1", "c1"}, "ccc@+1", "c2[c1>c2]", {"b1", "c2"}},
                            {{}, "c1", "r1[>r1] c1[r1>c1]", {"c1"}}});
}

TEST_CASE("an upgrade of bases finishes a branch before the next, the last in file order first") {
  check_upgrades(graph_of({{"x1"}, {"y1"}, {"z1"}}), {{{}, "heads", "z1[>z1] y1[>y1] x1[>x1]", {"x1", "y1", "z1"}}});
  check_upgrades(graph_of({{"a1"}, {"a2", {"a1"}}, {"b1"}, {"b2", {"b1"}}}),
                 {{{}, "heads", "b1[>b1] b2[b1>b2] a1[>a1] a2[a1>a2]", {"a2", "b2"}}});
}

TEST_CASE("a merge whose one parent is implied by the other takes one row only") {
  auto const graph = graph_of({{"a1"}, {"b1", {}, {"a1"}}, {"m", {"a1", "b1"}}});
  check_upgrades(graph, {{{}, "head", "a1[>a1] b1[a1>b1] m[b1>m]", {"m"}}});
  check_downgrades(graph, {{{"m"}, "base", "m[m>b1] b1[b1>a1] a1[a1>]", {}}, {{"m"}, "a1", "m[m>b1]", {"b1"}}});
}

TEST_CASE("an upgrade that cannot be made is refused") {
  struct Group {
    Graph graph;
    std::vector<Failure> failures;
  };
  std::vector<Group> groups;
  groups.push_back(
      {two_bases(),
       {{{},
         "head",
         "multiple head revisions are present for given argument 'head': 'a2', 'b2'\n"
         "hint: choose one: 'vm run upgrade aaa@head', 'vm run upgrade bbb@head'\nhint: or all of them: 'vm run "
         "upgrade "
         "heads'"},
        {{},
         "+1",
         "ambiguous walk: from base '+1' can go to 'a1', 'b1'\n"
         "hint: choose one: 'vm run upgrade aaa@+1', 'vm run upgrade bbb@+1'"},
        {{"a2", "b1"},
         "+1",
         "ambiguous upgrade from multiple current revisions: '+1' could start from 'a2', 'b1'\n"
         "hint: choose one: 'vm run upgrade aaa@+1', 'vm run upgrade bbb@+1'"},
        {{"b2"},
         "+1",
         "relative revision '+1' didn't produce 1 migrations: nothing is left above\n"
         "hint: 'vm run current' shows where the database is, 'vm run heads' where it can go"},
        {{"b1"},
         "bbb@+9",
         "relative revision 'bbb@+9' didn't produce 9 migrations: only 1 left above\n"
         "hint: 'vm run current' shows where the database is, 'vm run heads' where it can go"},
        {{"b1"},
         "-1",
         "relative revision '-1' didn't produce 1 migrations: an upgrade only goes up\n"
         "hint: 'vm run current' shows where the database is, 'vm run heads' where it can go"},
        {{}, "b1+9", "walked too far: 'b1' has 1 step above it, not 9\nhint: 'head' is the last one"},
        {{}, "a1:a2", "range revision 'a1:a2' is not allowed here\nhint: ranges are for --sql and for history"},
        {{"a1", "a2"},
         "heads",
         "row 'a1' of the version table overlaps with row 'a2', which implies it\n"
         "hint: leave only what is not implied: vm run stamp --purge a2"},
        {{"a2", "b2"},
         "heads",
         "row 'a2' of the version table overlaps with row 'b2', which implies it\n"
         "hint: leave only what is not implied: vm run stamp --purge b2"},
        {{"deadbeef"},
         "heads",
         "can't locate revision 'deadbeef' of the version table: no script defines it\n"
         "hint: the database is ahead of or from another branch than this checkout: get the scripts that belong to it\n"
         "hint: or, if its schema is what the scripts here make, record that: vm run stamp --purge head"},
        {{}, "a3", "can't locate revision identified by 'a3'\nhint: did you mean 'a1'?"}}});
  groups.push_back({forked(),
                    {{{"r1"},
                      "+1",
                      "ambiguous walk: from 'r1' '+1' can go to 'b1' (add b), 'c1' (add c)\n"
                      "hint: choose one: 'vm run upgrade bbb@+1', 'vm run upgrade ccc@+1'"},
                     {{"b2", "c1"},
                      "+1",
                      "ambiguous upgrade from multiple current revisions: '+1' could start from 'b2' (more b), 'c1' "
                      "(add c)\nhint: choose one: 'vm run upgrade bbb@+1', 'vm run upgrade ccc@+1'"}}});
  groups.push_back({graph_of({{"r", {}, {}, {"all"}}, {"a", {"r"}}, {"b", {"r"}, {"a"}}}),
                    {{{},
                      "all@heads",
                      "requested revision 'b' overlaps with other requested revision 'a'\n"
                      "hint: the first one needs the second one: 'vm run upgrade b' runs both"}}});
  for (auto const& group : groups)
    for (auto const& row : group.failures) {
      CAPTURE(row.target);
      CAPTURE(join(row.rows, ","));
      CHECK(error_of([&] { plan_upgrade(group.graph, row.rows, row.target); }) == row.error);
    }
}

TEST_CASE("heads without labels of their own are told apart by their ids") {
  auto const graph = graph_of({{"r", {}, {}, {"all"}}, {"a", {"r"}, {}, {}, "first"}, {"b", {"r"}}});
  CHECK(error_of([&] { plan_upgrade(graph, {}, "head"); }) ==
        "multiple head revisions are present for given argument 'head': 'a' (first), 'b'\n"
        "hint: choose one: 'vm run upgrade a', 'vm run upgrade b'\nhint: or all of them: 'vm run upgrade heads'");
}

TEST_CASE("a project without revisions has nothing to do") {
  auto const graph = Graph::build({});
  CHECK(plan_upgrade(graph, {}, "head").empty());
  CHECK(plan_upgrade(graph, {}, "heads").empty());
  CHECK(plan_downgrade(graph, {}, "base").empty());
  CHECK(plan_stamp(graph, {}, Names{"head"}, false).empty());
}

TEST_CASE("a downgrade keeps the target and takes everything above it") {
  check_downgrades(graph_of({{"a"}, {"b", {"a"}}, {"c", {"b"}}}),
                   {{{"c"}, "-1", "c[c>b]", {"b"}},
                    {{"c"}, "-3", "c[c>b] b[b>a] a[a>]", {}}, // exactly to base
                    {{"c"}, "a", "c[c>b] b[b>a]", {"a"}},
                    {{"c"}, "a+1", "c[c>b]", {"b"}},
                    {{"c"}, "head-2", "c[c>b] b[b>a]", {"a"}},
                    {{"c"}, "base", "c[c>b] b[b>a] a[a>]", {}},
                    {{"c"}, "c", "", {"c"}},
                    {{}, "base", "", {}}});
  check_downgrades(diamond(), {{{"m1"}, "l1", "m1[>l1 m1>q1]", {"l1", "q1"}}, // only the merge, both parents stay
                               {{"m1"}, "r2", "m1[>l1 m1>q1] l1[l1>] q1[q1>r2]", {"r2"}},
                               {{"m1"}, "left@r2", "m1[>l1 m1>q1] l1[l1>]", {"q1"}},
                               {{"l1", "q1"}, "left@-1", "l1[l1>]", {"q1"}},
                               {{"l1", "q1"}, "q1@-1", "q1[q1>]", {"l1"}}});
  check_downgrades(two_bases(), {{{"b2"}, "-1", "b2[>b1 b2>a2]", {"a2", "b1"}},
                                 {{"b2"}, "aaa@-1", "b2[>b1 b2>a2] a2[a2>a1]", {"a1", "b1"}}, // the implied tip
                                 {{"b2"}, "aaa@base", "b2[>b1 b2>a2] a2[a2>a1] a1[a1>]", {"b1"}},
                                 {{"b2"}, "a1", "b2[>b1 b2>a2] a2[a2>a1]", {"a1", "b1"}},
                                 {{"b2"}, "bbb@base", "b2[>b1 b2>a2] b1[b1>]", {"a2"}},
                                 {{"a2", "b1"}, "bbb@-1", "b1[b1>]", {"a2"}}});
  check_downgrades(forked(), {{{"b2", "c2"}, "r1", "b2[b2>b1] b1[b1>] c2[c2>c1] c1[c1>r1]", {"r1"}},
                              {{"b2", "c2"}, "bbb@r1", "b2[b2>b1] b1[b1>]", {"c2"}},
                              {{"b2", "c2"}, "bbb@base", "b2[b2>b1] b1[b1>] c2[c2>c1] c1[c1>r1] r1[r1>]", {}},
                              {{"b2", "c2"}, "ccc@-2", "c2[c2>c1] c1[c1>]", {"b2"}},
                              {{"b2"}, "-1", "b2[b2>b1]", {"b1"}}});
}

TEST_CASE("a downgrade gives back no row that another one implies") {
  // m stands on a2 and, by depends_on, on a1 below it
  check_downgrades(graph_of({{"a1"}, {"a2", {"a1"}}, {"x"}, {"m", {"x"}, {"a1", "a2"}}}),
                   {{{"m"}, "x", "m[>x m>a2]", {"a2", "x"}}});
  // also with other rows remaining
  check_downgrades(graph_of({{"a1"}, {"a2", {"a1"}}, {"x"}, {"m", {"x"}, {"a1", "a2"}}, {"z"}}),
                   {{{"m", "z"}, "x", "m[>x m>a2]", {"a2", "x", "z"}}});
}

TEST_CASE("redundant rows that others left behind go with a downgrade") {
  check_downgrades(graph_of({{"a"}, {"b", {"a"}}, {"c", {"b"}}}),
                   {{{"a", "c"}, "base", "c[c>b] b[b>] a[a>]", {}}, {{"a", "c"}, "b", "c[c>b]", {"a", "b"}}});
}

TEST_CASE("a downgrade that cannot be made is refused") {
  struct Group {
    Graph graph;
    std::vector<Failure> failures;
  };
  std::vector<Group> groups;
  groups.push_back(
      {forked(),
       {{{"b2", "c2"},
         "-1",
         "'-1' is ambiguous: the database is at several heads: 'b2' (more b), 'c2'\n"
         "hint: choose one: 'vm run downgrade bbb@-1', 'vm run downgrade ccc@-1'"},
        {{"b2", "c2"},
         "r1@-1",
         "'r1@-1' is ambiguous: the database is at several heads of branch 'r1': 'b2' (more b), 'c2'\n"
         "hint: choose one: 'vm run downgrade bbb@-1', 'vm run downgrade ccc@-1'"},
        {{"b1"},
         "c1",
         "'c1' is not a valid downgrade target from current head 'b1' (add b)\n"
         "hint: the target stays: name a revision below what is to go, 'base' for everything"},
        {{"b1", "c1"},
         "c2",
         "'c2' is not a valid downgrade target from current heads 'b1' (add b), 'c1' (add c)\n"
         "hint: the target stays: name a revision below what is to go, 'base' for everything"},
        {{},
         "b1",
         "'b1' is not a valid downgrade target: no revision is applied\nhint: to go up to it: 'vm run upgrade b1'"},
        {{},
         "-1",
         "relative revision '-1' didn't produce 1 migrations: no revision is applied\n"
         "hint: 'vm run current' shows where the database is"},
        {{"r1"},
         "-2",
         "relative revision '-2' didn't produce 2 migrations: only 1 applied\n"
         "hint: everything: 'vm run downgrade base'"},
        {{"b2"},
         "+1",
         "relative revision '+1' didn't produce 1 migrations: a downgrade only goes down\n"
         "hint: '-1' goes one revision down"},
        {{"b2"}, "r1:b1", "range revision 'r1:b1' is not allowed here\nhint: ranges are for --sql and for history"},
        {{"b2"},
         "head",
         "multiple head revisions are present for given argument 'head': 'b2' (more b), 'c2'\n"
         "hint: choose one: 'vm run downgrade bbb@head', 'vm run downgrade ccc@head'"},
        {{"zz"},
         "base",
         "can't locate revision 'zz' of the version table: no script defines it\n"
         "hint: the database is ahead of or from another branch than this checkout: get the scripts that belong to it\n"
         "hint: or, if its schema is what the scripts here make, record that: vm run stamp --purge heads"}}});
  groups.push_back({diamond(),
                    {{{"m1"},
                      "-1",
                      "ambiguous walk: from 'm1' '-1' can go to 'l1' (left side), 'q1' (right side)\n"
                      "hint: name the one to stop at: 'vm run downgrade l1', 'vm run downgrade q1'"}}});
  groups.push_back({two_bases(),
                    {{{"a1"},
                      "bbb@-1",
                      "relative revision 'bbb@-1' didn't produce 1 migrations: no revision of branch 'bbb' is applied\n"
                      "hint: 'vm run current' shows where the database is"},
                     {{"b2"},
                      "a2",
                      "'a2' is not a valid downgrade target from current head 'b2'\n"
                      "hint: the target stays: name a revision below what is to go, 'base' for everything"}}});
  for (auto const& group : groups)
    for (auto const& row : group.failures) {
      CAPTURE(row.target);
      CAPTURE(join(row.rows, ","));
      CHECK(error_of([&] { plan_downgrade(group.graph, row.rows, row.target); }) == row.error);
    }
}

TEST_CASE("steps carry what the log line needs") {
  auto const graph = two_bases();
  auto const up = plan_upgrade(graph, {}, "heads");
  CHECK(up.steps.front() ==
        Step{Direction::upgrade, *graph.find("a1"), {}, {"a1"}, {{RowChange::Kind::insert, "", "a1"}}});
  CHECK(up.steps.back() == Step{Direction::upgrade,
                                *graph.find("b2"),
                                {"b1"}, // by down_revision only
                                {"b2"},
                                {{RowChange::Kind::remove, "b1", ""}, {RowChange::Kind::update, "a2", "b2"}}});
  auto const down = plan_downgrade(graph, Names{"b2"}, "-1");
  CHECK(down.steps.front() == Step{Direction::downgrade,
                                   *graph.find("b2"),
                                   {"b2"},
                                   {"b1"},
                                   {{RowChange::Kind::insert, "", "b1"}, {RowChange::Kind::update, "b2", "a2"}}});
}

TEST_CASE("a stamp replaces the rows in the target's lineage and leaves the others") {
  struct Stamp {
    Names rows, targets;
    std::string steps;
    Names after;
  };
  auto const check = [](Graph const& graph, std::vector<Stamp> const& stamps) {
    for (auto const& row : stamps) {
      CAPTURE(join(row.targets, " "));
      CAPTURE(join(row.rows, ","));
      auto const plan = plan_stamp(graph, row.rows, row.targets, false);
      CHECK(text_of(graph, plan) == row.steps);
      CHECK(plan.rows_after == row.after);
    }
  };
  check(diamond(), {{{}, {"head"}, "m1[>m1]", {"m1"}},
                    {{"m1"}, {"l1"}, "l1[m1>l1]", {"l1"}}, // not q1
                    {{"m1"}, {"l1", "q1"}, "l1[m1>l1] q1[>q1]", {"l1", "q1"}},
                    {{}, {"l1", "q1"}, "l1[>l1] q1[>q1]", {"l1", "q1"}},
                    {{"l1", "q1"}, {"head"}, "m1[l1> q1>m1]", {"m1"}},
                    {{"l1", "q1"}, {"r2"}, "r2[l1> q1>r2]", {"r2"}},
                    {{"l1"}, {"q1"}, "q1[>q1]", {"l1", "q1"}},
                    {{"l1"}, {"l1"}, "", {"l1"}},
                    {{"l1", "q1"}, {"base"}, "-[l1>] -[q1>]", {}},
                    {{}, {"base"}, "", {}},
                    {{"l1", "q1"}, {"right@base"}, "-[q1>]", {"l1"}},
                    {{"r1"}, {"+1"}, "r2[r1>r2]", {"r2"}},
                    {{"r2"}, {"-1"}, "r1[r2>r1]", {"r1"}},
                    {{"r1"}, {"-1"}, "-[r1>]", {}},
                    {{"l1", "q1"}, {"left@-1"}, "-[l1>]", {"q1"}}, // r2 is implied by q1
                    {{"l1", "q1"}, {"left@+1"}, "m1[l1> q1>m1]", {"m1"}},
                    {{"r1"}, {"r1+1"}, "r2[r1>r2]", {"r2"}},
                    {{}, {"m1", "l1"}, "m1[>m1]", {"m1"}}}); // what is implied gets no row
  check(two_bases(), {{{}, {"heads"}, "b2[>b2]", {"b2"}},
                      {{"a1", "b1"}, {"heads"}, "b2[a1> b1>b2]", {"b2"}},
                      {{"b2"}, {"a1"}, "a1[b2>a1]", {"a1"}}, // lineage includes dependencies
                      {{"b1"}, {"a1"}, "a1[>a1]", {"a1", "b1"}},
                      {{"b2"}, {"-1"}, "a2[b2>a2] b1[>b1]", {"a2", "b1"}}}); // as a downgrade by one would leave it
  check(forked(), {{{"b2", "c2"}, {"r1"}, "r1[b2> c2>r1]", {"r1"}},
                   {{"b1", "c1"}, {"bbb@head"}, "b2[b1>b2]", {"b2", "c1"}},
                   {{"b2"}, {"heads"}, "c2[>c2]", {"b2", "c2"}}});
}

TEST_CASE("stamping several heads keeps those that are there already") {
  auto const graph = graph_of({{"r"}, {"a", {"r"}}, {"b", {"r"}}, {"c", {"b"}}});
  auto const plan = plan_stamp(graph, Names{"a", "b"}, Names{"heads"}, false);
  CHECK(text_of(graph, plan) == "c[b>c]");
  CHECK(plan.rows_after == Names{"a", "c"});
}

TEST_CASE("a stamp says what it replaces") {
  auto const graph = diamond();
  auto const plan = plan_stamp(graph, Names{"l1", "q1"}, Names{"m1"}, false);
  CHECK(plan.steps.front() == Step{Direction::stamp,
                                   *graph.find("m1"),
                                   {"l1", "q1"},
                                   {"m1"},
                                   {{RowChange::Kind::remove, "l1", ""}, {RowChange::Kind::update, "q1", "m1"}}});
}

TEST_CASE("with purge all rows go first, also unknown ones") {
  auto const graph = diamond();
  auto const plan = plan_stamp(graph, Names{"deadbeef", "l1"}, Names{"head"}, true);
  CHECK(text_of(graph, plan) == "-[deadbeef> l1>] m1[>m1]");
  CHECK(plan.rows_after == Names{"m1"});
  CHECK(text_of(graph, plan_stamp(graph, Names{"deadbeef"}, Names{"base"}, true)) == "-[deadbeef>]");
  CHECK(text_of(graph, plan_stamp(graph, {}, Names{"l1"}, true)) == "l1[>l1]");
  CHECK(plan_stamp(graph, Names{"m1"}, Names{"head"}, true).empty());
}

TEST_CASE("a stamp that cannot be made is refused") {
  auto const graph = forked();
  struct Refused {
    Names rows, targets;
    std::string error;
  };
  std::vector<Refused> const failures{
      {{}, {}, "no revision to stamp was named\nhint: 'vm run stamp head' stamps the newest"},
      {{},
       {"head"},
       "multiple head revisions are present for given argument 'head': 'b2' (more b), 'c2'\n"
       "hint: choose one: 'vm run stamp bbb@head', 'vm run stamp ccc@head'\nhint: or all of them: 'vm run stamp "
       "heads'"},
      {{"b2", "c1"},
       {"-1"},
       "'-1' is ambiguous: the database is at several heads: 'b2' (more b), 'c1' (add c)\n"
       "hint: choose one: 'vm run stamp bbb@-1', 'vm run stamp ccc@-1'"},
      {{"r1"},
       {"+1"},
       "ambiguous walk: from 'r1' '+1' can go to 'b1' (add b), 'c1' (add c)\n"
       "hint: choose one: 'vm run stamp bbb@+1', 'vm run stamp ccc@+1'"},
      {{},
       {"-1"},
       "relative revision '-1' didn't produce 1 migrations: no revision is applied\n"
       "hint: 'vm run current' shows where the database is"},
      {{"r1"},
       {"+1", "c1"},
       "'+1' can't be stamped together with other targets\nhint: stamp it by itself, or name the revisions"},
      {{"r1"}, {"r1:b1"}, "range revision 'r1:b1' is not allowed here\nhint: ranges are for --sql and for history"},
      {{"zz"},
       {"r1"},
       "can't locate revision 'zz' of the version table: no script defines it\n"
       "hint: the database is ahead of or from another branch than this checkout: get the scripts that belong to it\n"
       "hint: or, if its schema is what the scripts here make, record that: vm run stamp --purge heads"},
  };
  for (auto const& row : failures) {
    CAPTURE(join(row.targets, " "));
    CHECK(error_of([&] { plan_stamp(graph, row.rows, row.targets, false); }) == row.error);
  }
}

TEST_CASE("what is current counts down_revision only") {
  auto const graph = two_bases();
  auto const rows = [&](char const* id) { return std::vector{*graph.find(id)}; };
  CHECK(names(graph, current_heads(graph, rows("b2"))) == Names{"a2", "b2"});
  CHECK(names(graph, current_heads(graph, rows("a1"))) == Names{"a1"});
  CHECK(current_heads(graph, {}).empty());
  CHECK(applied_set(graph, rows("b2")) == std::vector<bool>(4, true));
  CHECK(applied_set(graph, rows("a2")) == std::vector<bool>{true, true, false, false});
}
