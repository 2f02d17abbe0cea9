#include "engine/graph/walk.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace vm::graph {
namespace {

// A line being walked. Lines keep their number while they go down, so that a smaller number always means "earlier in
// the list of open lines".
using Line = std::uint32_t;
constexpr Line none = std::numeric_limits<Line>::max();

enum class State : std::uint8_t { outside, between, wanted, done };

class Walker {
 public:
  Walker(Graph const& graph, std::vector<bool> const& wanted, std::vector<bool> const& between)
      : graph_{graph},
        state_(graph.size(), State::outside),
        waits_for_(graph.size()),
        line_(graph.size(), none),
        first_line_(graph.size()),
        first_above_(graph.size()),
        checked_(graph.size()),
        waiting_(graph.size(), no_heap) {
    for (Index i = 0; i < graph.size(); ++i) {
      if (wanted[i])
        state_[i] = State::wanted;
      else if (!between.empty() && between[i])
        state_[i] = State::between;
    }
    for (Index i = 0; i < graph.size(); ++i)
      if (is_open(i))
        for (auto const below : graph.below(i)) ++waits_for_[below];
  }

  std::vector<Index> run() {
    std::vector<Index> tops;
    for (Index i = 0; i < graph_.size(); ++i)
      if (is_open(i) && waits_for_[i] == 0) tops.push_back(i);
    std::vector<Index> starts;
    for (auto const top : tops) {
      if (state_[top] == State::wanted)
        starts.push_back(top);
      else
        release(top, starts);
    }
    std::sort(starts.begin(), starts.end());
    for (auto const start : starts) open_line(start);
    Line current = first_;
    while (current != none) current = advance(current);
    return std::move(order_);
  }

 private:
  static constexpr std::uint32_t no_heap = std::numeric_limits<std::uint32_t>::max();
  static constexpr Index closed = std::numeric_limits<Index>::max();

  struct OpenLine {
    Index at;
    Line previous, next;
  };

  // What stands above a revision, ordered by the earliest line known to lead there. Lines only ever go down, so that
  // number only grows: a stale one is a lower bound.
  struct Waiting {
    Line line;
    Index above;
    bool operator<(Waiting const& other) const { return line > other.line; } // std heaps keep the largest on top
  };

  bool is_open(Index i) const { return state_[i] == State::wanted || state_[i] == State::between; }

  void open_line(Index at) {
    auto const line = static_cast<Line>(lines_.size());
    lines_.push_back({at, last_, none});
    (last_ == none ? first_ : lines_[last_].next) = line;
    last_ = line;
    line_[at] = line;
  }

  Line close_line(Line line) {
    auto& [at, previous, next] = lines_[line];
    at = closed;
    (previous == none ? first_ : lines_[previous].next) = next;
    (next == none ? last_ : lines_[next].previous) = previous;
    return previous != none ? previous : first_;
  }

  Line advance(Line current) {
    Index const at = lines_[current].at;
    if (waits_for_[at] != 0) return first_line_above(at);
    order_.push_back(at);
    line_[at] = none;
    bool moved = false;
    std::vector<Index> freed;
    for (auto const below : graph_.below(at)) {
      if (state_[below] != State::wanted || line_[below] != none) continue;
      if (!moved) {
        lines_[current].at = below;
        line_[below] = current;
        moved = true;
      } else {
        open_line(below);
      }
    }
    release(at, freed);
    for (auto const i : freed)
      if (line_[i] == none) open_line(i);
    return moved ? current : close_line(current);
  }

  // Takes a revision out, and then those between that nothing holds any more. What is wanted and nothing stands above
  // any longer goes to `freed`.
  void release(Index released, std::vector<Index>& freed) {
    std::vector<Index> todo{released};
    while (!todo.empty()) {
      Index const at = todo.back();
      todo.pop_back();
      state_[at] = State::done;
      for (auto const below : graph_.below(at)) {
        if (--waits_for_[below] != 0) continue;
        if (state_[below] == State::between)
          todo.push_back(below);
        else if (state_[below] == State::wanted)
          freed.push_back(below);
      }
    }
  }

  std::vector<Waiting>& heap_of(Index i) {
    if (waiting_[i] == no_heap) {
      waiting_[i] = static_cast<std::uint32_t>(heaps_.size());
      auto& heap = heaps_.emplace_back();
      for (auto const above : graph_.above(i))
        if (is_open(above)) heap.push_back({first_line_[above], above});
      std::make_heap(heap.begin(), heap.end());
    }
    return heaps_[waiting_[i]];
  }

  // The earliest line that stands above `start`, which has one.
  Line first_line_above(Index start) {
    Line line = first_above_[start];
    while (line != none && (lines_[line].at == closed || line == line_[start])) line = lines_[line].next;
    if (line == none || !is_above_in_tree(lines_[line].at, start)) line = search_line_above(start);
    first_above_[start] = line;
    return line;
  }

  // Whether one comes from `start` to `upper` along first parents: most do, and then no search is needed.
  bool is_above_in_tree(Index upper, Index start) {
    if (tree_begin_.empty()) number_trees();
    return tree_begin_[start] < tree_begin_[upper] && tree_begin_[upper] < tree_end_[start];
  }

  void number_trees() {
    tree_begin_.resize(graph_.size());
    tree_end_.resize(graph_.size());
    std::uint32_t number = 0;
    struct Visit {
      Index at;
      std::size_t next;
    };
    std::vector<Visit> path;
    auto const enter = [&](Index i) {
      tree_begin_[i] = number++;
      path.push_back({i, 0});
    };
    for (Index root = 0; root < graph_.size(); ++root) {
      if (!graph_.below(root).empty()) continue;
      enter(root);
      while (!path.empty()) {
        Index const at = path.back().at;
        auto const above = graph_.above(at);
        if (path.back().next == above.size()) {
          tree_end_[at] = number;
          path.pop_back();
          continue;
        }
        Index const child = above[path.back().next++];
        if (graph_.below(child).front() == at) enter(child);
      }
    }
  }

  Line search_line_above(Index start) {
    ++query_;
    std::vector<Index> path{start};
    Line found = none;
    while (!path.empty()) {
      Index const at = path.back();
      auto& heap = heap_of(at);
      while (!heap.empty() && state_[heap.front().above] == State::done) {
        std::pop_heap(heap.begin(), heap.end());
        heap.pop_back();
      }
      Line const own = at == start ? none : line_[at];
      auto const top = heap.empty() ? Waiting{none, start} : heap.front();
      if (own > top.line) {
        if (first_line_[top.above] > top.line) {
          std::pop_heap(heap.begin(), heap.end());
          heap.back().line = first_line_[top.above];
          std::push_heap(heap.begin(), heap.end());
          continue;
        }
        if (checked_[top.above] != query_) {
          path.push_back(top.above);
          continue;
        }
      }
      found = std::min(own, top.line);
      if (at != start) first_line_[at] = found;
      checked_[at] = query_;
      path.pop_back();
    }
    assert(found != none);
    return found;
  }

  Graph const& graph_;
  std::vector<State> state_;
  std::vector<std::uint32_t> waits_for_; // how many open revisions stand right above
  std::vector<Line> line_;               // the line that stands here
  std::vector<Line> first_line_;         // no line before this one stands here or above
  std::vector<Line> first_above_;        // no line before this one stands above
  std::vector<std::uint32_t> checked_;   // the query for which first_line_ is exact
  std::vector<std::uint32_t> waiting_;   // an index into heaps_
  std::vector<std::vector<Waiting>> heaps_;
  std::vector<std::uint32_t> tree_begin_, tree_end_; // numbers of the tree that first parents make, by subtree
  std::vector<OpenLine> lines_;
  Line first_ = none, last_ = none;
  std::uint32_t query_ = 0;
  std::vector<Index> order_;
};

} // namespace

std::vector<Index> walk_down(Graph const& graph, std::vector<bool> const& wanted, std::vector<bool> const& between) {
  return Walker{graph, wanted, between}.run();
}

} // namespace vm::graph
