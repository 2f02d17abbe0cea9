#include "engine/graph/resolve.hpp"
#include "tests/engine/graph/graph_of.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace vm;
using namespace vm::graph;
using namespace vm::graph::testing;

using Names = std::vector<std::string>;

namespace {

// Two bases. shop: s1 - s2 - (cart: c1 - c2 | pay: p1); net: n1 - n2, where n2 needs s2.
Graph shop() {
  return graph_of({{"s1aa", {}, {}, {"shop"}, "customers"},
                   {"s2aa", {"s1aa"}, {}, {}, "orders"},
                   {"c1aa", {"s2aa"}, {}, {"cart"}, "cart"},
                   {"c2aa", {"c1aa"}, {}, {}, "cart lines"},
                   {"p1aa", {"s2aa"}, {}, {"pay"}, "payments"},
                   {"n1aa", {}, {}, {"network"}, "hosts"},
                   {"n2aa", {"n1aa"}, {"s2aa"}, {}, ""}});
}

struct Case {
  std::string name;
  Names found;
};

} // namespace

TEST_CASE("names resolve to revisions") {
  auto const graph = shop();
  std::vector<Case> const cases{
      {"s2aa", {"s2aa"}},
      {"s2", {"s2aa"}},
      {"p", {"p1aa"}}, // the label 'pay' is too short to be meant by a part of it
      {"s2a", {"s2aa"}},
      {"shop", {"s1aa"}}, // a label is the revision that declares it
      {"netw", {"n1aa"}}, // labels are found by their beginning too
      {"cart", {"c1aa"}}, // an exact name wins over a prefix
      {"base", {}},
      {"heads", {"c2aa", "p1aa", "n2aa"}},
      {"cart@head", {"c2aa"}},
      {"c1@head", {"c2aa"}},
      {"pay@heads", {"p1aa"}},
      {"shop@heads", {"c2aa", "p1aa"}},
      {"network@base", {}},
      {"shop@c2", {"c2aa"}},
      {"cart@s1", {"s1aa"}}, // below the label is a member too
      {"c2aa@s2aa", {"s2aa"}},
      {"s2aa-1", {"s1aa"}},
      {"c2aa-2", {"s2aa"}},
      {"c2aa-4", {}},
      {"c1+1", {"c2aa"}},
      {"cart+1", {"c2aa"}},
      {"network@base+2", {"n2aa"}},
      {"cart@s2aa+1", {"c1aa"}},
      {"cart@head-1", {"c1aa"}},
      {"s2aa+0", {"s2aa"}},
      {"-1", {"c1aa", "s2aa", "n1aa"}}, // below each head
      {"cart@-1", {"c1aa"}},
  };
  for (auto const& row : cases) {
    CAPTURE(row.name);
    CHECK(names(graph, resolve_many(graph, row.name)) == row.found);
  }
}

TEST_CASE("a single revision or base is what resolve_one gives") {
  auto const graph = shop();
  CHECK(resolve_one(graph, "c2") == graph.find("c2aa"));
  CHECK(resolve_one(graph, "base") == std::nullopt);
  CHECK(resolve_one(graph, "cart@head") == graph.find("c2aa"));
  CHECK(resolve_one(graph, "c2aa-1") == graph.find("c1aa"));
  CHECK(resolve_one(graph_of({{"a"}, {"b", {"a"}}}), "heads") == Index{1});
  CHECK(resolve_one(Graph::build({}), "head") == std::nullopt);
}

TEST_CASE("names that cannot be resolved say why and what to write instead") {
  auto const graph = shop();
  struct Failure {
    std::string name, error;
  };
  std::vector<Failure> const failures{
      {"head", "multiple head revisions are present for given argument 'head': 'c2aa' (cart lines), 'p1aa' (payments), "
               "'n2aa'\nhint: choose one: 'cart@head', 'pay@head', 'network@head'\nhint: or all of them: 'heads'"},
      {"heads", "multiple head revisions are present for given argument 'heads': 'c2aa' (cart lines), 'p1aa' "
                "(payments), 'n2aa'\nhint: choose one: 'cart@head', 'pay@head', 'network@head'"},
      {"shop@head", "multiple head revisions are present for given argument 'shop@head': 'c2aa' (cart lines), 'p1aa' "
                    "(payments)\nhint: choose one: 'cart@head', 'pay@head'"},
      {"s1ab", "can't locate revision identified by 's1ab'\nhint: did you mean 's1aa'?"},
      {"zzzzzzzz", "can't locate revision identified by 'zzzzzzzz'\nhint: 'vm run history' lists the revisions"},
      {"carts@head", "no such branch: 'carts'\nhint: did you mean 'cart'?"},
      {"zzzzzzzz@head", "no such branch: 'zzzzzzzz'\n"
                        "hint: a branch is named by its label or by the id of any of its revisions"},
      {"cart@p1aa", "revision 'p1aa' is not a member of branch 'cart'\n"
                    "hint: a member stands above or below 'cart' by down_revision; without 'cart@' any will do"},
      {"network@s2aa", "revision 's2aa' is not a member of branch 'network'\nhint: a member stands above or below "
                       "'network' by down_revision; without 'network@' any will do"}, // not over depends_on
      {"cart@p1", "no revision of branch 'cart' is identified by 'p1'\nhint: on other branches there is 'p1aa'"},
      {"s", "revision 's' is ambiguous: 's1aa', 's2aa', 'shop'\nhint: write more of it"},
      {"", "the name of a revision is empty\nhint: 'head', 'base', an id, a label, '+1' or '-1' can stand there"},
      {"cart@", "'cart@' names no revision after '@'\n"
                "hint: 'head', 'base', an id, a label, '+1' or '-1' can stand there"},
      {"@head", "'@head' names no branch before '@'\nhint: write label@head or id@head"},
      {"s1aa+1x", "'s1aa+1x' has 'x' after its relative step '+1'\n"
                  "hint: a target ends with its step: '+2', 'id-1', 'label@+1'"},
      {"+1", "relative revision '+1' has nothing to start from here\nhint: say from where: 'head+1', 'id+1'"},
      {"c2aa+1", "walked too far: 'c2aa' has 0 steps above it, not 1\nhint: 'head' is the last one"},
      {"s1aa-2", "walked too far: 's1aa' has 1 step below it, not 2\nhint: 'base' is below the first one"},
      {"base-1", "walked too far: 'base' has 0 steps below it, not 1\nhint: 'base' is below the first one"},
      {"s1aa+99999999999999999999",
       "ambiguous walk: from 's2aa' 's1aa+99999999999999999999' can go to 'c1aa' (cart), 'p1aa' (payments)\n"
       "hint: choose one: 'cart@s1aa+2147483647', 'pay@s1aa+2147483647'"},
      {"base+1", "ambiguous walk: from base 'base+1' can go to 's1aa' (customers), 'n1aa' (hosts)\n"
                 "hint: choose one: 'shop@base+1', 'network@base+1'"},
      {"s2aa+1", "ambiguous walk: from 's2aa' 's2aa+1' can go to 'c1aa' (cart), 'p1aa' (payments)\n"
                 "hint: choose one: 'cart@s2aa+1', 'pay@s2aa+1'"},
  };
  for (auto const& row : failures) {
    CAPTURE(row.name);
    CHECK(error_of([&] { resolve_one(graph, row.name); }) == row.error);
  }
}

TEST_CASE("where several are meant, steps count down from each head") {
  CHECK(error_of([] { resolve_many(shop(), "-4"); }) ==
        "'-4' is past the base: head 'c2aa' has 3 revisions below it\nhint: 'base' is below the first revision");
  CHECK(error_of([] { resolve_one(shop(), "-1"); }) ==
        "relative revision '-1' has nothing to start from here\nhint: say from where: 'head-1', 'id-1'");
}

TEST_CASE("a partial id that fits two revisions is refused and both are named") {
  auto const graph = graph_of({{"ab12"}, {"ab34", {"ab12"}}});
  CHECK_THROWS_WITH_AS(resolve_one(graph, "ab"), "revision 'ab' is ambiguous: 'ab12', 'ab34'", GraphError);
}

TEST_CASE("an id and a label of one revision make a prefix ambiguous, a branch may make it clear") {
  auto const graph = graph_of({{"feed1", {}, {}, {"feature"}}, {"feed2"}});
  CHECK_THROWS_WITH_AS(resolve_one(graph, "fe"), "revision 'fe' is ambiguous: 'feed1', 'feed2', 'feature'", GraphError);
  CHECK(resolve_one(graph, "feed2@feed") == Index{1});
}

TEST_CASE("names of up to three characters are not found by their beginning") {
  auto const graph = graph_of({{"ab1"}, {"cd", {"ab1"}}});
  CHECK(resolve_one(graph, "ab1") == Index{0});
  CHECK(error_of([&] { resolve_one(graph, "ab"); }) ==
        "can't locate revision identified by 'ab'\nhint: did you mean 'ab1'?\n"
        "hint: names of up to three characters must be written in full");
}

TEST_CASE("a long list of candidates is cut") {
  std::vector<Row> rows;
  for (int i = 100; i < 115; ++i) rows.push_back({"r" + std::to_string(i)});
  CHECK_THROWS_WITH_AS(resolve_one(graph_of(rows), "r1"),
                       "revision 'r1' is ambiguous: 'r100', 'r101', 'r102', 'r103', 'r104', 'r105', 'r106', 'r107', "
                       "'r108', 'r109' and 5 more",
                       GraphError);
}

TEST_CASE("a label with a minus is found as written before it is read as arithmetic") {
  auto const graph = graph_of({{"aaaa"}, {"bbbb", {"aaaa"}, {}, {"b-1"}}, {"cccc", {"bbbb"}}});
  CHECK(resolve_one(graph, "b-1") == Index{1});
  CHECK(resolve_one(graph, "b-1@head") == Index{2});
  CHECK(resolve_one(graph, "b-1@base+1") == Index{0});
  CHECK(resolve_one(graph, "aaaa@b-1") == Index{1});
  CHECK(resolve_one(graph, "bbbb-1") == Index{0});
}

TEST_CASE("an id with a dot is no start of relative steps") {
  auto const graph = graph_of({{"v1.0"}, {"v1.1", {"v1.0"}}});
  CHECK(resolve_one(graph, "v1.0") == Index{0});
  CHECK(error_of([&] { resolve_one(graph, "v1.0+1"); }) ==
        "can't locate revision identified by 'v1.0+1'\nhint: did you mean 'v1.0'?");
}

TEST_CASE("ids beyond ASCII are found, also in part and with steps") {
  auto const graph = graph_of({{"grün1"}, {"grün2", {"grün1"}}});
  CHECK(resolve_one(graph, "grün2") == Index{1});
  CHECK(resolve_one(graph, "grün1+1") == Index{1});
}

TEST_CASE("a walk down at a merge is refused and the parents are named") {
  auto const graph = graph_of({{"a"}, {"l", {"a"}, {}, {}, "left"}, {"q", {"a"}}, {"m", {"l", "q"}}});
  CHECK(error_of([&] { resolve_one(graph, "m-1"); }) == "ambiguous walk: from 'm' 'm-1' can go to 'l' (left), 'q'\n"
                                                        "hint: name the one to stop at: 'l', 'q'");
}

TEST_CASE("a range is split at its colon and white space does not matter") {
  using Range = std::pair<std::string, std::string>;
  CHECK(split_range("a:b") == Range{"a", "b"});
  CHECK(split_range(" a : ") == Range{"a", ""});
  CHECK(split_range(":") == Range{"", ""});
  CHECK(split_range("a") == std::nullopt);
  CHECK(split_range("") == std::nullopt);
}

TEST_CASE("history shows both ends, newest first, along down_revision") {
  auto const graph = shop();
  struct Range {
    std::string range;
    Names shown;
    Names rows = {};
  };
  std::vector<Range> const ranges{
      {"", {"c2aa", "c1aa", "p1aa", "n2aa", "n1aa", "s2aa", "s1aa"}},
      {":", {"c2aa", "c1aa", "p1aa", "n2aa", "n1aa", "s2aa", "s1aa"}},
      {"base:heads", {"c2aa", "c1aa", "p1aa", "n2aa", "n1aa", "s2aa", "s1aa"}},
      {"s1aa:c2aa", {"c2aa", "c1aa", "s2aa", "s1aa"}},
      {"c1aa:", {"c2aa", "c1aa"}},
      {"s2aa:", {"c2aa", "c1aa", "p1aa", "s2aa"}},
      {":s2aa", {"s2aa", "s1aa"}},
      {":n2aa", {"n2aa", "n1aa", "s2aa", "s1aa"}}, // with what it depends on
      {"n1aa:n2aa", {"n2aa", "n1aa"}},
      {"s1aa:n2aa", {"s2aa", "s1aa"}}, // n2aa is no descendant by down_revision
      {"c2aa:c2aa", {"c2aa"}},
      {"cart@base:", {"c2aa", "c1aa", "s2aa", "s1aa"}},
      {"cart@-1:", {"c2aa", "c1aa"}},
      {"s1aa:+1", {"s2aa", "s1aa"}},
      {"c1aa:+9", {"c2aa", "c1aa"}}, // stops at the end
      {"c1aa:cart@head", {"c2aa", "c1aa"}},
      {"c2aa-1:", {"c2aa", "c1aa"}},
      {"current:", {"c2aa"}, {"c2aa"}},
      {"current:cart@head", {"c2aa", "c1aa"}, {"c1aa"}},
      {":current", {"c1aa", "s2aa", "s1aa"}, {"c1aa"}},
      {":current", {}, {}},
      {"current:c1aa", {"c1aa", "s2aa", "s1aa"}, {}},
      {":base", {}},
  };
  for (auto const& row : ranges) {
    CAPTURE(row.range);
    CHECK(names(graph, history(graph, row.range, resolve_rows(graph, row.rows))) == row.shown);
  }
}

TEST_CASE("counting down from the heads includes the lower end") {
  auto const line = graph_of({{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"d", {"c"}}});
  CHECK(names(line, history(line, "-1:", {})) == Names{"d", "c"});
  CHECK(names(line, history(line, "-3:head", {})) == Names{"d", "c", "b", "a"});
  CHECK(error_of([&] { history(line, "-4:", {}); }) ==
        "'-4' is past the base: head 'd' has 3 revisions below it\nhint: 'base' is below the first revision");
  auto const fork = graph_of({{"a"}, {"b", {"a"}}, {"c", {"b"}}, {"x", {"a"}}});
  CHECK(names(fork, history(fork, "-1:", {})) == Names{"c", "b", "x", "a"}); // from b and from a
}

TEST_CASE("the other side of a diamond is not in the range of one side") {
  auto const graph = graph_of({{"a"}, {"l1", {"a"}}, {"q1", {"a"}}, {"m1", {"l1", "q1"}}});
  CHECK(names(graph, history(graph, "l1:m1", {})) == Names{"m1", "l1"});
}

TEST_CASE("a range whose upper end is hidden still lists what is below it in order") {
  // b depends on a2, and stands on no descendant of a1: of ':b' from a1 only the a line is shown
  auto const graph = graph_of({{"a1"}, {"a2", {"a1"}}, {"a3", {"a2"}}, {"b", {}, {"a3"}}});
  CHECK(names(graph, history(graph, "a1:b", {})) == Names{"a3", "a2", "a1"});
  // a hidden x stands between h and c: h still comes first
  auto const hidden = graph_of({{"a"}, {"c", {"a"}}, {"x", {}, {"c"}}, {"h", {"a"}, {"x"}}, {"top", {"c", "h"}}});
  CHECK(names(hidden, history(hidden, "a:", {})) == Names{"top", "h", "c", "a"});
}

TEST_CASE("bad ranges are refused") {
  auto const graph = shop();
  struct Failure {
    std::string range, error;
  };
  std::vector<Failure> const failures{
      {"s1aa", "history range 's1aa' has no ':'\nhint: a range is [start]:[end], [start]: or :[end]"},
      {"current:current", "history range 'current:current' has 'current' at both ends\n"
                          "hint: 'current:' shows what is left to apply, ':current' what is applied"},
      {"c2aa:s1aa", "range 'c2aa:s1aa' does not refer to ancestor/descendant revisions along the same branch\n"
                    "hint: 'c2aa' is not below 's1aa'"},
      {"p1aa:c2aa", "range 'p1aa:c2aa' does not refer to ancestor/descendant revisions along the same branch\n"
                    "hint: 'p1aa' is not below 'c2aa'"},
      {"+1:", "relative revision '+1' has nothing to start from here\nhint: say from where: 'head+1', 'id+1'"},
      {":head", "multiple head revisions are present for given argument 'head': 'c2aa' (cart lines), 'p1aa' "
                "(payments), 'n2aa'\nhint: choose one: 'cart@head', 'pay@head', 'network@head'\n"
                "hint: or all of them: 'heads'"},
      {"zzzzzz:", "can't locate revision identified by 'zzzzzz'\nhint: 'vm run history' lists the revisions"},
  };
  for (auto const& row : failures) {
    CAPTURE(row.range);
    CHECK(error_of([&] { history(graph, row.range, {}); }) == row.error);
  }
}

TEST_CASE("rows are whole ids; an unknown one is explained") {
  auto const graph = shop();
  CHECK(names(graph, resolve_rows(graph, Names{"p1aa", "c1aa", "p1aa"})) == Names{"c1aa", "p1aa"});
  CHECK(error_of([&] {
          resolve_rows(graph, Names{"c1aa", "deadbeef"});
        }) ==
        "can't locate revision 'deadbeef' of the version table: no script defines it\n"
        "hint: the database is ahead of or from another branch than this checkout: get the scripts that belong to it\n"
        "hint: or, if its schema is what the scripts here make, record that: vm run stamp --purge heads");
  CHECK(error_of([&] {
          resolve_rows(graph_of({{"a"}}), Names{"c1", "x"});
        }) ==
        "can't locate revisions 'c1', 'x' of the version table: no script defines them\n"
        "hint: the database is ahead of or from another branch than this checkout: get the scripts that belong to it\n"
        "hint: or, if its schema is what the scripts here make, record that: vm run stamp --purge head");
  CHECK_THROWS_AS(resolve_rows(graph, Names{"c1"}), GraphError); // a part of an id is no row
}
