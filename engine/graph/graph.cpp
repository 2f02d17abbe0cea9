#include "engine/graph/graph.hpp"

#include "engine/core/text.hpp"
#include "engine/graph/naming.hpp"
#include "engine/graph/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vm::graph {
namespace {

constexpr std::size_t longest_id = 255;
constexpr std::string_view illegal_characters = "@+-:";
constexpr std::array<std::string_view, 4> reserved_names{"base", "head", "heads", "current"};

bool is_reserved(std::string_view name) {
  return std::find(reserved_names.begin(), reserved_names.end(), name) != reserved_names.end();
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

bool contains(std::vector<Index> const& list, Index index) {
  return std::find(list.begin(), list.end(), index) != list.end();
}

[[noreturn]] void fail_at(GraphError error, std::string_view origin) {
  if (!origin.empty()) error.locate(location_of(origin));
  throw error;
}

// One cycle among the revisions that no order from the bottom up could reach: each of them stands on another one.
std::vector<Index> find_cycle(std::vector<bool> const& stuck, auto const& needs) {
  std::vector<std::uint32_t> seen_at(stuck.size(), 0);
  std::vector<Index> path;
  auto at = static_cast<Index>(std::find(stuck.begin(), stuck.end(), true) - stuck.begin());
  while (seen_at[at] == 0) {
    path.push_back(at);
    seen_at[at] = static_cast<std::uint32_t>(path.size());
    auto const& below = needs(at);
    at = *std::find_if(below.begin(), below.end(), [&](Index i) { return stuck[i]; });
  }
  path.erase(path.begin(), path.begin() + (seen_at[at] - 1));
  return path;
}

// Kahn's order over some kind of edges; what a cycle holds back is left out.
std::vector<Index> order_bottom_up(std::size_t size, auto const& needs) {
  std::vector<std::uint32_t> waits_for(size, 0), starts(size + 1, 0);
  for (Index i = 0; i < size; ++i) {
    auto const& below = needs(i);
    waits_for[i] = static_cast<std::uint32_t>(below.size());
    for (auto const b : below) ++starts[b + 1];
  }
  for (std::size_t i = 0; i < size; ++i) starts[i + 1] += starts[i];
  std::vector<Index> above(starts[size]);
  auto next = starts;
  for (Index i = 0; i < size; ++i)
    for (auto const b : needs(i)) above[next[b]++] = i;

  std::vector<Index> order;
  order.reserve(size);
  for (Index i = 0; i < size; ++i)
    if (waits_for[i] == 0) order.push_back(i);
  for (std::size_t done = 0; done < order.size(); ++done)
    for (auto i = starts[order[done]]; i < starts[order[done] + 1]; ++i)
      if (--waits_for[above[i]] == 0) order.push_back(above[i]);
  return order;
}

} // namespace

void check_revision_id(std::string_view id, std::string_view origin) {
  auto const refuse = [&](std::string const& message, std::string const& hint) {
    fail_at(GraphError{message, Hint{hint}}, origin);
  };
  if (id.empty()) refuse("a revision id is empty", "write revision = \"...\"");
  if (count_characters(id) > longest_id)
    refuse(fmt::format("revision id '{}...' has {} characters", id.substr(0, 40), count_characters(id)),
           fmt::format("the version table holds up to {}", longest_id));
  std::vector<std::string> found;
  for (char const c : illegal_characters)
    if (id.find(c) != std::string_view::npos) found.emplace_back(1, c);
  if (!found.empty())
    refuse(fmt::format("character {} not allowed in revision id '{}'", quoted_list(found), id),
           "'@', '+', '-' and ':' have a meaning of their own in targets; use '_' or '.'");
  if (id.find_first_of(" \t\r\n\v\f") != std::string_view::npos)
    refuse(fmt::format("white space not allowed in revision id '{}'", id), "use '_' or '.'");
  if (id.find('\0') != std::string_view::npos) refuse("a revision id has a zero byte", "use letters and digits");
  if (is_reserved(id))
    refuse(fmt::format("'{}' is no revision id: the word has a meaning of its own", id), "choose another id");
}

Graph Graph::build(std::vector<Revision> revisions) {
  Graph graph;
  graph.revisions_ = std::move(revisions);
  graph.nodes_.resize(graph.revisions_.size());
  graph.index_ids();
  graph.index_labels();
  graph.link_parents();
  graph.link_dependencies();
  graph.drop_inherited_dependencies(graph.sort_bottom_up());
  graph.link_neighbours();
  graph.collect_ends();
  graph.spread_labels();
  graph.walk_order_ = walk_down(graph, std::vector<bool>(graph.size(), true));
  graph.walk_positions_.resize(graph.size());
  for (std::uint32_t i = 0; i < graph.walk_order_.size(); ++i) graph.walk_positions_[graph.walk_order_[i]] = i;
  return graph;
}

std::optional<Index> Graph::find(std::string_view id) const {
  auto const found = ids_.find(id);
  return found == ids_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<Index> Graph::find_label(std::string_view label) const {
  if (labels_.empty()) return std::nullopt;
  auto const found = labels_.find(std::string{label});
  return found == labels_.end() ? std::nullopt : std::optional{found->second};
}

void Graph::index_ids() {
  ids_.reserve(revisions_.size());
  for (Index i = 0; i < revisions_.size(); ++i) {
    auto const& revision = revisions_[i];
    check_revision_id(revision.id, revision.origin);
    auto const [other, is_new] = ids_.emplace(revision.id, i);
    if (is_new) continue;
    auto const& first = revisions_[other->second];
    GraphError error{
        fmt::format("revision '{}' is present more than once: {} and {}", revision.id, first.origin, revision.origin),
        Hint{"give one of them another id, or remove the copy"}};
    fail_at(std::move(error), revision.origin);
  }
}

void Graph::index_labels() {
  for (Index i = 0; i < revisions_.size(); ++i) {
    auto const& revision = revisions_[i];
    for (auto const& label : revision.labels) {
      if (label.empty() || label.find('@') != std::string::npos || is_reserved(label))
        fail_at(GraphError{fmt::format("branch label '{}' in revision {} could never be named", label,
                                       with_origin(revision)),
                           Hint{"a label is not empty, has no '@' and is none of 'base', 'head', 'heads', 'current'"}},
                revision.origin);
      if (auto const same = find(label))
        fail_at(GraphError{fmt::format("branch label '{}' in revision {} is already the id of revision {}", label,
                                       with_origin(revision), with_origin(revisions_[*same])),
                           Hint{"choose another label"}},
                revision.origin);
      auto const [other, is_new] = labels_.emplace(label, i);
      if (!is_new)
        fail_at(GraphError{fmt::format("branch label '{}' in revision {} is already used by revision {}", label,
                                       with_origin(revision), with_origin(revisions_[other->second])),
                           Hint{"a label is declared once, by the first revision of its branch"}},
                revision.origin);
    }
  }
}

void Graph::link_parents() {
  std::vector<Index> named_by(size(), static_cast<Index>(size()));
  for (Index i = 0; i < revisions_.size(); ++i) {
    auto const& revision = revisions_[i];
    auto& node = nodes_[i];
    node.parents.reserve(revision.parents.size());
    for (auto const& name : revision.parents) {
      auto const parent = find(name);
      if (!parent) {
        GraphError error{fmt::format("revision '{}' revises '{}', which no script defines", revision.id, name)};
        if (auto const labelled = find_label(name))
          error.add_hint(
              {fmt::format("'{}' is a branch label; down_revision takes ids: '{}'", name, revisions_[*labelled].id)});
        else if (auto const nearest = nearest_revision(*this, name))
          error.add_hint(*nearest);
        fail_at(std::move(error), revision.origin);
      }
      if (*parent == i)
        fail_at(GraphError{fmt::format("revision '{}' revises itself (a self-loop)", revision.id),
                           Hint{"down_revision names the revision before it; nil for the first"}},
                revision.origin);
      if (named_by[*parent] == i) continue;
      named_by[*parent] = i;
      node.parents.push_back(*parent);
      nodes_[*parent].children.push_back(i);
    }
  }
}

void Graph::link_dependencies() {
  std::vector<Index> child_of(size(), static_cast<Index>(size()));
  auto named_by = child_of;
  for (Index i = 0; i < revisions_.size(); ++i) {
    auto const& revision = revisions_[i];
    auto& node = nodes_[i];
    for (auto const parent : node.parents) child_of[parent] = i;
    for (auto const& name : revision.depends_on) {
      auto dependency = find(name);
      if (!dependency) dependency = find_label(name);
      if (!dependency) {
        GraphError error{fmt::format("revision '{}' depends on '{}', which no script defines", revision.id, name)};
        if (auto const nearest = nearest_revision(*this, name)) error.add_hint(*nearest);
        fail_at(std::move(error), revision.origin);
      }
      if (*dependency == i)
        fail_at(GraphError{fmt::format("revision '{}' depends on itself (a dependency self-loop)", revision.id),
                           Hint{"depends_on names revisions of other branches"}},
                revision.origin);
      if (named_by[*dependency] == i) continue;
      named_by[*dependency] = i;
      node.all_dependencies.push_back(*dependency);
      if (child_of[*dependency] != i) nodes_[*dependency].dependents.push_back(i);
    }
  }
}

std::vector<Index> Graph::sort_bottom_up() const {
  auto const parents = [this](Index i) -> std::vector<Index> const& { return nodes_[i].parents; };
  auto const everything = [this](Index i) {
    auto needs = nodes_[i].parents;
    for (auto const dependency : nodes_[i].all_dependencies)
      if (!contains(needs, dependency)) needs.push_back(dependency);
    return needs;
  };
  auto const refuse = [&](std::string_view kind, std::string_view field, std::vector<Index> const& order,
                          auto const& needs) {
    std::vector<bool> stuck(size(), true);
    for (auto const i : order) stuck[i] = false;
    auto const cycle = find_cycle(stuck, needs);
    std::vector<Revision const*> members;
    for (auto const i : cycle) members.push_back(&revisions_[i]);
    fail_at(GraphError{fmt::format("{} is detected in revisions {}", kind, with_origin(members)),
                       Hint{fmt::format("each of them comes after the next one and the last after the first; "
                                        "correct the {} that is wrong",
                                        field)}},
            members.front()->origin);
  };
  auto order = order_bottom_up(size(), parents);
  if (order.size() < size()) refuse("cycle", "down_revision", order, parents);
  if (std::all_of(nodes_.begin(), nodes_.end(), [](Node const& node) { return node.all_dependencies.empty(); }))
    return order;
  order = order_bottom_up(size(), everything);
  if (order.size() < size()) refuse("dependency cycle", "depends_on", order, everything);
  return order;
}

// A dependency that an ancestor (by down_revision) declares too is not kept. Where lines do not merge this is answered
// for all revisions by one walk over the trees; below a merge by a search that goes down no further than the lowest
// revision with that dependency.
void Graph::drop_inherited_dependencies(std::vector<Index> const& bottom_up) {
  if (std::all_of(nodes_.begin(), nodes_.end(), [](Node const& node) { return node.all_dependencies.empty(); })) return;

  std::vector<std::vector<Index>> declared_by(size());
  std::vector<std::uint32_t> position(size());
  std::vector<bool> has_merge(size()); // at or below
  for (std::uint32_t p = 0; p < bottom_up.size(); ++p) {
    Index const i = bottom_up[p];
    position[i] = p;
    for (auto const dependency : nodes_[i].all_dependencies) declared_by[dependency].push_back(i);
    auto const& parents = nodes_[i].parents;
    has_merge[i] = parents.size() > 1 || (parents.size() == 1 && has_merge[parents.front()]);
  }

  std::vector<std::uint32_t> searched(size(), 0);
  std::uint32_t search = 0;
  auto const finds_below = [&](Index start, Index dependency) {
    std::uint32_t const lowest = position[declared_by[dependency].front()];
    ++search;
    std::vector<Index> todo{start};
    while (!todo.empty()) {
      Index const at = todo.back();
      todo.pop_back();
      for (auto const parent : nodes_[at].parents) {
        if (position[parent] < lowest || searched[parent] == search) continue;
        searched[parent] = search;
        if (contains(nodes_[parent].all_dependencies, dependency)) return true;
        todo.push_back(parent);
      }
    }
    return false;
  };

  // The first parent makes a tree of the graph; `on_path` counts what is declared from here down to its root.
  std::vector<std::uint32_t> on_path(size(), 0);
  struct Visit {
    Index at;
    std::size_t next_child;
  };
  std::vector<Visit> path;
  auto const enter = [&](Index at) {
    auto& node = nodes_[at];
    for (auto const dependency : node.all_dependencies) {
      bool const inherited = on_path[dependency] > 0 ||
                             (has_merge[at] && declared_by[dependency].size() > 1 && finds_below(at, dependency));
      if (!inherited && !contains(node.parents, dependency)) node.dependencies.push_back(dependency);
    }
    std::sort(node.dependencies.begin(), node.dependencies.end());
    for (auto const dependency : node.all_dependencies) ++on_path[dependency];
    path.push_back({at, 0});
  };
  for (Index root = 0; root < size(); ++root) {
    if (!nodes_[root].parents.empty()) continue;
    enter(root);
    while (!path.empty()) {
      auto& [at, next_child] = path.back();
      if (next_child < nodes_[at].children.size()) {
        Index const child = nodes_[at].children[next_child++];
        if (nodes_[child].parents.front() == at) enter(child);
        continue;
      }
      for (auto const dependency : nodes_[at].all_dependencies) --on_path[dependency];
      path.pop_back();
    }
  }
}

void Graph::link_neighbours() {
  below_starts_.assign(size() + 1, 0);
  above_starts_.assign(size() + 1, 0);
  for (Index i = 0; i < size(); ++i) {
    below_starts_[i] = static_cast<std::uint32_t>(below_.size());
    below_.insert(below_.end(), nodes_[i].parents.begin(), nodes_[i].parents.end());
    below_.insert(below_.end(), nodes_[i].dependencies.begin(), nodes_[i].dependencies.end());
  }
  below_starts_[size()] = static_cast<std::uint32_t>(below_.size());
  for (auto const b : below_) ++above_starts_[b + 1];
  for (Index i = 0; i < size(); ++i) above_starts_[i + 1] += above_starts_[i];
  above_.resize(below_.size());
  auto next = above_starts_;
  for (Index i = 0; i < size(); ++i)
    for (auto const b : below(i)) above_[next[b]++] = i;
}

void Graph::collect_ends() {
  for (Index i = 0; i < size(); ++i) {
    if (is_base(i)) bases_.push_back(i);
    if (!is_head(i)) continue;
    heads_.push_back(i);
    if (nodes_[i].dependents.empty()) effective_heads_.push_back(i);
  }
}

// Up to every descendant; and down to the next branch or merge point, though only while the branch above is one line
// too (as Alembic has it, where a revision that others depend on counts as a branch point).
void Graph::spread_labels() {
  auto const ends_line = [this](Index i) {
    return is_merge_point(i) || nodes_[i].children.size() + nodes_[i].dependents.size() > 1;
  };
  std::vector<Index> seen_for(labels_.empty() ? 0 : size(), static_cast<Index>(size()));
  for (Index i = 0; i < size(); ++i) {
    auto const& labels = revisions_[i].labels;
    if (labels.empty()) continue;
    auto const give = [&](Index to) {
      nodes_[to].labels.insert(nodes_[to].labels.end(), labels.begin(), labels.end());
    };
    std::vector<Index> todo{i};
    seen_for[i] = i;
    while (!todo.empty()) {
      Index const at = todo.back();
      todo.pop_back();
      give(at);
      for (auto const child : nodes_[at].children) {
        if (seen_for[child] == i) continue;
        seen_for[child] = i;
        todo.push_back(child);
      }
    }
    Index top = i;
    while (!ends_line(top) && !nodes_[top].children.empty()) top = nodes_[top].children.front();
    if (ends_line(top)) continue;
    for (Index at = i; !nodes_[at].parents.empty();) {
      at = nodes_[at].parents.front();
      if (ends_line(at)) break;
      give(at);
    }
  }
  for (auto& node : nodes_) std::sort(node.labels.begin(), node.labels.end());
}

} // namespace vm::graph
