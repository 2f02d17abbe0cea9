#include "engine/graph/plan.hpp"

#include "engine/graph/naming.hpp"
#include "engine/graph/resolve.hpp"
#include "engine/graph/target.hpp"
#include "engine/graph/version_set.hpp"
#include "engine/graph/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace vm::graph {
namespace {

constexpr std::string_view upgrade_command = "vm run upgrade";
constexpr std::string_view downgrade_command = "vm run downgrade";
constexpr std::string_view stamp_command = "vm run stamp";

// A label may hold a colon; then the text is that label.
void refuse_range(Graph const& graph, std::string_view text) {
  if (text.find(':') == std::string_view::npos || graph.find_label(text)) return;
  auto const at = text.find('@');
  if (at != std::string_view::npos && text.find(':', at) == std::string_view::npos &&
      graph.find_label(text.substr(0, at)))
    return;
  throw GraphError{fmt::format("range revision '{}' is not allowed here", text),
                   Hint{"ranges are for --sql and for history"}};
}

// The first pair of which one stands below the other.
std::optional<std::pair<Index, Index>> find_overlap(Graph const& graph, std::span<Index const> revisions) {
  if (revisions.size() < 2) return std::nullopt;
  auto const tops = topmost(graph, revisions);
  auto const is_top = [&](Index i) { return std::binary_search(tops.begin(), tops.end(), i); };
  auto const lower = std::find_if_not(revisions.begin(), revisions.end(), is_top);
  if (lower == revisions.end()) return std::nullopt;
  auto const above = descendants(graph, std::span{&*lower, 1}, true);
  return std::pair{*lower, *std::find_if(tops.begin(), tops.end(), [&](Index i) { return above[i]; })};
}

std::string stamp_purge(Graph const& graph, std::span<Index const> rows) {
  std::string command{stamp_command};
  command += " --purge";
  for (auto const i : topmost(graph, rows)) command += " " + graph.revision(i).id;
  return command;
}

Step make_step(Graph const& graph, Direction direction, Index revision, std::vector<RowChange> rows) {
  std::vector<std::string> const own{graph.revision(revision).id};
  auto const parents = ids_of(graph, graph.node(revision).parents);
  return direction == Direction::upgrade ? Step{direction, revision, parents, own, std::move(rows)}
                                         : Step{direction, revision, own, parents, std::move(rows)};
}

std::vector<Index> find_upgrade_targets(Graph const& graph, std::span<Index const> rows, std::string_view text,
                                        std::string_view command) {
  refuse_range(graph, text);
  auto const target = read_target(graph, text);
  if (!target.steps) return find_several(graph, target, command);
  if (target.is_from_rows()) return {find_above_rows(graph, rows, target, command)};
  auto const found = find_relative(graph, target, command);
  return found ? std::vector{*found} : std::vector<Index>{};
}

std::vector<bool> minus(std::vector<bool> set, std::vector<bool> const& without) {
  for (std::size_t i = 0; i < set.size(); ++i)
    if (without[i]) set[i] = false;
  return set;
}

bool is_empty(std::vector<bool> const& set) {
  return std::find(set.begin(), set.end(), true) == set.end();
}

// Where a downgrade stops, and which branch it keeps to where several lead up from there.
struct DowngradeTarget {
  std::optional<Index> stop;
  std::optional<Index> branch;
};

[[noreturn]] void refuse_row_choice(Graph const& graph, std::span<Index const> choices, Target const& target,
                                    std::string_view command) {
  throw GraphError{
      fmt::format("'{}' is ambiguous: the database is at several heads{}: {}", target.text,
                  target.branch ? fmt::format(" of branch '{}'", *target.branch) : "", with_message(graph, choices)),
      Hint{fmt::format("choose one: {}", commands_for(graph, choices, command, fmt::format("@{}", *target.steps)))}};
}

// The revision `-N` counts from.
Index find_row_to_leave(Graph const& graph, std::span<Index const> rows, Target const& target,
                        std::string_view command) {
  if (!target.branch) {
    if (rows.empty())
      throw GraphError{fmt::format("relative revision '{}' didn't produce {} migrations: no revision is applied",
                                   target.text, std::abs(*target.steps)),
                       Hint{"'vm run current' shows where the database is"}};
    if (rows.size() > 1) refuse_row_choice(graph, rows, target, command);
    return rows.front();
  }
  Index const member = find_branch(graph, *target.branch);
  auto const within = lineage(graph, std::span{&member, 1}, false);
  std::vector<Index> choices;
  for (auto const row : rows)
    if (within[row]) choices.push_back(row);
  if (choices.empty())
    for (auto const tip : current_heads(graph, rows))
      if (within[tip]) choices.push_back(tip);
  if (choices.empty())
    throw GraphError{
        fmt::format("relative revision '{}' didn't produce {} migrations: no revision of branch '{}' is applied",
                    target.text, std::abs(*target.steps), *target.branch),
        Hint{"'vm run current' shows where the database is"}};
  if (choices.size() > 1) refuse_row_choice(graph, choices, target, command);
  return choices.front();
}

DowngradeTarget find_downgrade_target(Graph const& graph, std::span<Index const> rows, std::string_view text,
                                      std::string_view command) {
  refuse_range(graph, text);
  auto const target = read_target(graph, text);
  DowngradeTarget result;
  if (target.branch) result.branch = find_branch(graph, *target.branch);
  if (!target.is_from_rows()) {
    if (target.steps) {
      result.stop = find_relative(graph, target, command);
      return result;
    }
    // The branch chooses among what is above the target, which itself may be on another one.
    auto symbol = target;
    if (symbol.symbol != "head" && symbol.symbol != "heads") symbol.branch.reset();
    result.stop = find_single(graph, symbol, command);
    return result;
  }
  int const steps = *target.steps;
  if (steps >= 0)
    throw GraphError{
        fmt::format("relative revision '{}' didn't produce {} migrations: a downgrade only goes down", text, steps),
        Hint{"'-1' goes one revision down"}};
  Index const start = find_row_to_leave(graph, rows, target, command);
  if (!result.branch) result.branch = start;
  auto const walk = walk_down_from(graph, start, -steps, target, command);
  if (walk.done < -steps)
    throw GraphError{
        fmt::format("relative revision '{}' didn't produce {} migrations: only {} applied", text, -steps, walk.done),
        Hint{fmt::format("everything: '{} base'", command)}};
  result.stop = walk.at;
  return result;
}

[[noreturn]] void refuse_downgrade(Graph const& graph, std::span<Index const> rows, std::string_view text) {
  if (rows.empty())
    throw GraphError{fmt::format("'{}' is not a valid downgrade target: no revision is applied", text),
                     Hint{fmt::format("to go up to it: '{} {}'", upgrade_command, text)}};
  throw GraphError{fmt::format("'{}' is not a valid downgrade target from current head{} {}", text,
                               rows.size() == 1 ? "" : "s", with_message(graph, rows)),
                   Hint{"the target stays: name a revision below what is to go, 'base' for everything"}};
}

std::vector<bool> find_downgraded(Graph const& graph, std::span<Index const> rows, std::vector<bool> const& applied,
                                  DowngradeTarget const& target, std::string_view text) {
  auto roots = target.stop ? graph.node(*target.stop).children : graph.bases();
  if (target.branch && roots.size() > 1) {
    auto const below = ancestors(graph, std::span{&*target.branch, 1}, false);
    std::erase_if(roots, [&](Index i) { return !below[i]; });
    if (roots.empty()) refuse_downgrade(graph, rows, text);
  }
  auto goes = descendants(graph, roots, true);
  for (Index i = 0; i < graph.size(); ++i)
    if (!applied[i]) goes[i] = false;
  if (target.stop && is_empty(goes) && std::find(rows.begin(), rows.end(), *target.stop) == rows.end())
    refuse_downgrade(graph, rows, text);
  return goes;
}

std::vector<Index> rows_after_upgrade(Graph const& graph, std::span<Index const> rows, std::span<Index const> targets) {
  std::vector<Index> all{rows.begin(), rows.end()};
  all.insert(all.end(), targets.begin(), targets.end());
  return topmost(graph, all);
}

std::vector<Index> rows_of(Graph const& graph, std::vector<bool> const& applied) {
  std::vector<Index> all;
  for (Index i = 0; i < graph.size(); ++i)
    if (applied[i]) all.push_back(i);
  return topmost(graph, all);
}

// What a stamp with relative targets leaves: what the same upgrade or downgrade would.
std::vector<Index> stamp_from_rows(Graph const& graph, std::span<Index const> rows, Target const& target) {
  if (*target.steps >= 0) {
    Index const above = find_above_rows(graph, rows, target, stamp_command);
    return rows_after_upgrade(graph, rows, std::span{&above, 1});
  }
  auto const stop = find_downgrade_target(graph, rows, target.text, stamp_command);
  auto const applied = applied_set(graph, rows);
  return rows_of(graph, minus(applied, find_downgraded(graph, rows, applied, stop, target.text)));
}

// For each target the rows in its lineage give way (with a label: in the label's too, unless that would only be other
// branches of it); all other rows stay.
std::vector<Index> stamp_targets(Graph const& graph, std::span<Index const> rows, std::vector<Target> const& targets) {
  std::vector<bool> replaced(graph.size());
  std::vector<Index> destinations;
  for (auto const& target : targets) {
    std::vector<Index> found;
    if (target.steps) {
      if (auto const one = find_relative(graph, target, stamp_command)) found.push_back(*one);
    } else {
      found = find_several(graph, target, stamp_command);
    }
    auto const own = lineage(graph, found, true);
    auto const is_own = [&](Index row) { return own[row]; };
    auto within = own;
    if (target.branch && (found.empty() || std::any_of(rows.begin(), rows.end(), is_own))) {
      auto relatives = found;
      relatives.push_back(find_branch(graph, *target.branch));
      within = lineage(graph, relatives, true);
    } else if (found.empty()) {
      within.assign(graph.size(), true);
    }
    for (auto const row : rows)
      if (within[row]) replaced[row] = true;
    destinations.insert(destinations.end(), found.begin(), found.end());
  }
  auto const is_there = [&](Index i) { return std::binary_search(rows.begin(), rows.end(), i); };
  if (!destinations.empty() && std::all_of(destinations.begin(), destinations.end(), is_there))
    return {rows.begin(), rows.end()};
  for (auto const row : rows)
    if (!replaced[row]) destinations.push_back(row);
  return topmost(graph, destinations);
}

// Which of `claimants` each revision belongs to: the first one that stands above or below it, in one walk for all.
std::vector<std::optional<Index>> claim(Graph const& graph, std::span<Index const> claimants) {
  std::vector<std::optional<Index>> up(graph.size()), down(graph.size());
  for (auto const claimant : claimants) {
    auto const spread = [&](auto& owner, auto const& next_of) {
      std::vector<Index> todo{claimant};
      while (!todo.empty()) {
        Index const at = todo.back();
        todo.pop_back();
        if (owner[at]) continue;
        owner[at] = claimant;
        for (auto const next : next_of(at)) todo.push_back(next);
      }
    };
    spread(up, [&](Index i) { return graph.above(i); });
    spread(down, [&](Index i) { return graph.below(i); });
  }
  for (Index i = 0; i < graph.size(); ++i)
    if (!up[i]) up[i] = down[i];
  return up;
}

// One step for each new row, taking along the old rows it replaces; then one for each row that just goes.
std::vector<Step> stamp_steps(Graph const& graph, std::span<Index const> before, std::span<Index const> after) {
  std::vector<Index> leaving, arriving;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(leaving));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(arriving));
  auto const owner = claim(graph, arriving);
  std::vector<Step> steps;
  std::vector<std::uint32_t> step_of(graph.size());
  for (auto const i : arriving) {
    step_of[i] = static_cast<std::uint32_t>(steps.size());
    steps.push_back({Direction::stamp, i, {}, {graph.revision(i).id}, {}});
  }
  std::vector<Step> removals;
  for (auto const row : leaving) {
    auto const& id = graph.revision(row).id;
    RowChange removal{RowChange::Kind::remove, id, {}};
    if (!owner[row]) {
      removals.push_back({Direction::stamp, std::nullopt, {id}, {}, {std::move(removal)}});
      continue;
    }
    auto& step = steps[step_of[*owner[row]]];
    step.from.push_back(id);
    step.rows.push_back(std::move(removal));
  }
  for (auto& step : steps) {
    if (step.rows.empty())
      step.rows.push_back({RowChange::Kind::insert, {}, step.to.front()});
    else
      step.rows.back() = {RowChange::Kind::update, step.from.back(), step.to.front()};
  }
  steps.insert(steps.end(), std::make_move_iterator(removals.begin()), std::make_move_iterator(removals.end()));
  return steps;
}

} // namespace

Plan plan_upgrade(Graph const& graph, std::span<std::string const> row_ids, std::string_view text) {
  auto const rows = resolve_rows(graph, row_ids);
  auto const targets = find_upgrade_targets(graph, rows, text, upgrade_command);
  if (auto const overlap = find_overlap(graph, targets))
    throw GraphError{fmt::format("requested revision '{}' overlaps with other requested revision '{}'",
                                 graph.revision(overlap->second).id, graph.revision(overlap->first).id),
                     Hint{fmt::format("the first one needs the second one: '{} {}' runs both", upgrade_command,
                                      graph.revision(overlap->second).id)}};
  if (auto const overlap = find_overlap(graph, rows))
    throw GraphError{fmt::format("row '{}' of the version table overlaps with row '{}', which implies it",
                                 graph.revision(overlap->first).id, graph.revision(overlap->second).id),
                     Hint{fmt::format("leave only what is not implied: {}", stamp_purge(graph, rows))}};
  VersionSet versions{graph, rows};
  auto const needed = minus(ancestors(graph, targets, true), versions.applied());
  auto order = walk_down(graph, needed);
  std::reverse(order.begin(), order.end());
  Plan plan;
  plan.steps.reserve(order.size());
  for (auto const i : order) plan.steps.push_back(make_step(graph, Direction::upgrade, i, versions.apply(i)));
  plan.rows_after = ids_of(graph, versions.rows());
  return plan;
}

Plan plan_downgrade(Graph const& graph, std::span<std::string const> row_ids, std::string_view text) {
  auto const rows = resolve_rows(graph, row_ids);
  auto const target = find_downgrade_target(graph, rows, text, downgrade_command);
  VersionSet versions{graph, rows};
  auto const order = walk_down(graph, find_downgraded(graph, rows, versions.applied(), target, text));
  Plan plan;
  plan.steps.reserve(order.size());
  for (auto const i : order) plan.steps.push_back(make_step(graph, Direction::downgrade, i, versions.unapply(i)));
  plan.rows_after = ids_of(graph, versions.rows());
  return plan;
}

Plan plan_stamp(Graph const& graph, std::span<std::string const> row_ids, std::span<std::string const> texts,
                bool purge) {
  auto const rows = purge ? std::vector<Index>{} : resolve_rows(graph, row_ids);
  std::vector<Target> targets;
  for (auto const& text : texts) {
    refuse_range(graph, text);
    targets.push_back(read_target(graph, text));
    if (targets.back().is_from_rows() && texts.size() > 1)
      throw GraphError{fmt::format("'{}' can't be stamped together with other targets", text),
                       Hint{"stamp it by itself, or name the revisions"}};
  }
  if (targets.empty())
    throw GraphError{"no revision to stamp was named", Hint{fmt::format("'{} head' stamps the newest", stamp_command)}};
  auto const after = targets.front().is_from_rows() ? stamp_from_rows(graph, rows, targets.front())
                                                    : stamp_targets(graph, rows, targets);
  Plan plan;
  plan.rows_after = ids_of(graph, after);
  if (purge) {
    std::vector<std::string> old{row_ids.begin(), row_ids.end()};
    auto wanted = plan.rows_after;
    std::sort(old.begin(), old.end());
    std::sort(wanted.begin(), wanted.end());
    if (old == wanted) return plan;
    if (!row_ids.empty()) {
      Step step{Direction::stamp, std::nullopt, {row_ids.begin(), row_ids.end()}, {}, {}};
      for (auto const& row : row_ids) step.rows.push_back({RowChange::Kind::remove, row, {}});
      plan.steps.push_back(std::move(step));
    }
  }
  auto steps = stamp_steps(graph, rows, after);
  plan.steps.insert(plan.steps.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
  return plan;
}

std::vector<bool> applied_set(Graph const& graph, std::span<Index const> rows) {
  return ancestors(graph, rows, true);
}

std::vector<Index> current_heads(Graph const& graph, std::span<Index const> rows) {
  auto const applied = applied_set(graph, rows);
  std::vector<Index> heads;
  for (Index i = 0; i < graph.size(); ++i) {
    if (!applied[i]) continue;
    auto const& children = graph.node(i).children;
    if (std::none_of(children.begin(), children.end(), [&](Index child) { return applied[child]; })) heads.push_back(i);
  }
  return heads;
}

} // namespace vm::graph
