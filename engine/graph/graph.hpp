// The revisions as a directed acyclic graph: checked once when built, then only asked. Alembic's meaning of bases,
// heads, branch points, labels and dependencies. Knows nothing of files, Lua or SQL.
#pragma once

#include "engine/graph/revision.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vm::graph {

/// A revision's place in the order the revisions were given in (files sorted by name).
using Index = std::uint32_t;

/// The edges of one revision, resolved. All lists are in the order their revisions were given or written.
struct Node {
  std::vector<Index> parents;          ///< down_revision
  std::vector<Index> children;         ///< who names this one as down_revision
  std::vector<Index> dependencies;     ///< depends_on, resolved, without those an ancestor already declares
  std::vector<Index> all_dependencies; ///< depends_on, resolved, as written (for `history --verbose`)
  std::vector<Index> dependents;       ///< who depends on this one
  std::vector<std::string> labels;     ///< declared here or spread to here, sorted
};

class Graph {
 public:
  Graph() = default;
  ~Graph() = default;
  Graph(Graph const&) = delete;
  Graph& operator=(Graph const&) = delete;
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  /// Checks everything and throws GraphError naming both origins: a duplicate id, an illegal character, an id too long,
  /// a missing parent or dependency, a self-loop, a cycle (also through depends_on), a label used twice or equal to an
  /// id. Linear in revisions and edges.
  static Graph build(std::vector<Revision> revisions);

  std::size_t size() const { return revisions_.size(); }
  Revision const& revision(Index index) const { return revisions_[index]; }
  Node const& node(Index index) const { return nodes_[index]; }

  std::optional<Index> find(std::string_view id) const;          ///< exact id
  std::optional<Index> find_label(std::string_view label) const; ///< the revision that declares the label

  std::vector<Index> const& heads() const { return heads_; }                     ///< nobody's down_revision
  std::vector<Index> const& effective_heads() const { return effective_heads_; } ///< heads on which nobody depends
  std::vector<Index> const& bases() const { return bases_; }
  bool is_head(Index index) const { return nodes_[index].children.empty(); }
  bool is_base(Index index) const { return nodes_[index].parents.empty(); }
  bool is_branch_point(Index index) const { return nodes_[index].children.size() > 1; }
  bool is_merge_point(Index index) const { return nodes_[index].parents.size() > 1; }

  /// What must be applied right before a revision: parents, then dependencies, each once.
  std::span<Index const> below(Index index) const { return slice(below_, below_starts_, index); }
  /// The reverse of below().
  std::span<Index const> above(Index index) const { return slice(above_, above_starts_, index); }

  /// Every revision, each before its parents and dependencies: the order of `history` and of a downgrade; an upgrade
  /// runs in its exact reverse (graph-corners 27). Computed once.
  std::vector<Index> const& walk_order() const { return walk_order_; }
  /// The position of a revision in walk_order().
  std::uint32_t walk_position(Index index) const { return walk_positions_[index]; }

 private:
  static std::span<Index const> slice(std::vector<Index> const& all, std::vector<std::uint32_t> const& starts,
                                      Index i) {
    return std::span{all}.subspan(starts[i], starts[i + 1] - starts[i]);
  }

  void index_ids();
  void index_labels();
  void link_parents();
  void link_dependencies();
  std::vector<Index> sort_bottom_up() const;
  void drop_inherited_dependencies(std::vector<Index> const& bottom_up);
  void link_neighbours();
  void spread_labels();
  void collect_ends();

  std::vector<Revision> revisions_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string_view, Index> ids_; // views into revisions_: hence no copies of a graph
  std::unordered_map<std::string, Index> labels_;
  std::vector<Index> heads_, effective_heads_, bases_, walk_order_;
  std::vector<std::uint32_t> walk_positions_;
  std::vector<Index> below_, above_; // one list for all revisions: revision i's part begins at starts[i]
  std::vector<std::uint32_t> below_starts_, above_starts_;
};

/// Checks one revision id by itself: length, characters. Throws GraphError that names `origin`.
void check_revision_id(std::string_view id, std::string_view origin);

} // namespace vm::graph
