#include "engine/graph/resolve.hpp"

#include "engine/core/text.hpp"
#include "engine/graph/naming.hpp"
#include "engine/graph/target.hpp"
#include "engine/graph/walk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::graph {
namespace {

// One step below each head, as `show -1` has it.
std::vector<Index> below_heads(Graph const& graph, Target const& target) {
  if (target.branch) find_branch(graph, *target.branch);
  std::vector<Index> found;
  for (auto const head : graph.effective_heads()) {
    auto const& labels = graph.node(head).labels;
    if (target.branch && !std::binary_search(labels.begin(), labels.end(), *target.branch)) continue;
    auto const walk = walk_down_from(graph, head, -*target.steps, target, "");
    if (!walk.at)
      throw GraphError{fmt::format("'{}' is past the base: head '{}' has {} revision{} below it", target.text,
                                   graph.revision(head).id, walk.done - 1, walk.done == 2 ? "" : "s"),
                       Hint{"'base' is below the first revision"}};
    if (std::find(found.begin(), found.end(), *walk.at) == found.end()) found.push_back(*walk.at);
  }
  return found;
}

[[noreturn]] void refuse_start(Target const& target) {
  throw GraphError{
      fmt::format("relative revision '{}' has nothing to start from here", target.text),
      Hint{fmt::format("say from where: 'head{0}', 'id{0}'", target.text.substr(target.text.find_first_of("+-")))}};
}

std::vector<Index> upper_end(Graph const& graph, std::string_view text, std::vector<Index> const& lower,
                             std::span<Index const> applied) {
  if (text.empty()) return graph.effective_heads();
  if (text == "current") return {applied.begin(), applied.end()};
  auto const target = read_target(graph, text);
  if (!target.steps) return find_several(graph, target, "");
  if (target.is_from_rows()) return {find_above_rows(graph, lower, target, "", true)};
  auto const found = find_relative(graph, target, "", true);
  return found ? std::vector{*found} : std::vector<Index>{};
}

std::vector<Index> lower_end(Graph const& graph, std::string_view text, std::span<Index const> applied) {
  if (text.empty()) return {};
  if (text == "current") return {applied.begin(), applied.end()};
  auto const target = read_target(graph, text);
  if (!target.steps) return find_several(graph, target, "");
  if (!target.is_from_rows()) {
    auto const found = find_relative(graph, target, "");
    return found ? std::vector{*found} : std::vector<Index>{};
  }
  if (*target.steps >= 0) refuse_start(target);
  return below_heads(graph, target);
}

// "label@base:" shows that branch only.
void keep_branch(Graph const& graph, std::string_view lower, std::vector<Index>& targets) {
  auto const at = lower.find('@');
  if (at == std::string_view::npos) return;
  std::string name{lower.substr(0, at)};
  Index const member = find_branch(graph, name);
  auto const& labels = graph.node(member).labels;
  if (!graph.find_label(name) && labels.size() == 1) name = labels.front();
  if (graph.find_label(name)) {
    std::erase_if(targets, [&](Index i) {
      auto const& own = graph.node(i).labels;
      return !std::binary_search(own.begin(), own.end(), name);
    });
  } else {
    auto const within = lineage(graph, std::span{&member, 1}, false);
    std::erase_if(targets, [&](Index i) { return !within[i]; });
  }
}

} // namespace

std::optional<Index> resolve_one(Graph const& graph, std::string_view name) {
  auto const target = read_target(graph, name);
  if (target.is_from_rows()) refuse_start(target);
  return target.steps ? find_relative(graph, target, "") : find_single(graph, target, "");
}

std::vector<Index> resolve_many(Graph const& graph, std::string_view name) {
  auto const target = read_target(graph, name);
  if (!target.steps) return find_several(graph, target, "");
  if (target.is_from_rows()) {
    if (*target.steps >= 0) refuse_start(target);
    return below_heads(graph, target);
  }
  auto const found = find_relative(graph, target, "");
  return found ? std::vector{*found} : std::vector<Index>{};
}

std::optional<std::pair<std::string, std::string>> split_range(std::string_view text) {
  auto const colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return std::pair{std::string{trim(text.substr(0, colon))}, std::string{trim(text.substr(colon + 1))}};
}

std::vector<Index> history(Graph const& graph, std::string_view range, std::span<Index const> applied) {
  if (trim(range).empty()) return graph.walk_order();
  auto const ends = split_range(range);
  if (!ends)
    throw GraphError{fmt::format("history range '{}' has no ':'", range),
                     Hint{"a range is [start]:[end], [start]: or :[end]"}};
  auto const& [start, end] = *ends;
  if (start == "current" && end == "current")
    throw GraphError{"history range 'current:current' has 'current' at both ends",
                     Hint{"'current:' shows what is left to apply, ':current' what is applied"}};

  auto const lower = lower_end(graph, start, applied);
  auto upper = upper_end(graph, end, lower, applied);
  keep_branch(graph, start, upper);

  auto const required = ancestors(graph, upper, true);
  for (auto const i : lower)
    if (!required[i])
      throw GraphError{
          fmt::format("range '{}:{}' does not refer to ancestor/descendant revisions along the same branch", start,
                      end),
          Hint{fmt::format("'{}' is not below '{}'", graph.revision(i).id, end.empty() ? "heads" : end)}};
  auto wanted = required;
  if (!lower.empty()) {
    auto const below = ancestors(graph, lower, true);
    auto const along = descendants(graph, lower, false);
    for (Index i = 0; i < graph.size(); ++i) wanted[i] = required[i] && !below[i] && along[i];
    for (auto const i : lower) wanted[i] = true;
  }
  return walk_down(graph, wanted, required);
}

std::vector<Index> resolve_rows(Graph const& graph, std::span<std::string const> rows) {
  std::vector<Index> found;
  std::vector<std::string> unknown;
  for (auto const& row : rows) {
    if (auto const index = graph.find(row))
      found.push_back(*index);
    else
      unknown.push_back(row);
  }
  if (!unknown.empty()) {
    GraphError error{fmt::format("can't locate revision{} {} of the version table: no script defines {}",
                                 unknown.size() == 1 ? "" : "s", names_of(unknown),
                                 unknown.size() == 1 ? "it" : "them")};
    error.add_hint(
        {"the database is ahead of or from another branch than this checkout: get the scripts that belong to it"});
    error.add_hint({fmt::format("or, if its schema is what the scripts here make, record that: vm run stamp --purge {}",
                                graph.effective_heads().size() > 1 ? "heads" : "head")});
    throw error;
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

} // namespace vm::graph
