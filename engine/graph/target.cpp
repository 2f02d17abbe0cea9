#include "engine/graph/target.hpp"

#include "engine/graph/naming.hpp"
#include "engine/graph/version_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace vm::graph {
namespace {

constexpr std::size_t shortest_partial_candidate = 4;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int to_steps(std::string_view text) {
  long steps = 0;
  for (char const c : text.substr(1)) steps = std::min<long>(steps * 10 + (c - '0'), std::numeric_limits<int>::max());
  return static_cast<int>(text.front() == '-' ? -steps : steps);
}

std::vector<bool> reach(Graph const& graph, std::span<Index const> from, auto const& next_of) {
  std::vector<bool> reached(graph.size());
  std::vector<Index> todo{from.begin(), from.end()};
  for (auto const i : from) reached[i] = true;
  while (!todo.empty()) {
    Index const at = todo.back();
    todo.pop_back();
    for (auto const next : next_of(at)) {
      if (reached[next]) continue;
      reached[next] = true;
      todo.push_back(next);
    }
  }
  return reached;
}

std::vector<Index> only_within(std::span<Index const> revisions, std::vector<bool> const& set) {
  std::vector<Index> kept;
  for (auto const i : revisions)
    if (set[i]) kept.push_back(i);
  return kept;
}

// Both without its steps and with its branch: "label@id" of "label@id+2".
std::string start_of(Target const& target) {
  return target.branch ? fmt::format("{}@{}", *target.branch, target.symbol) : target.symbol;
}

[[noreturn]] void refuse_several_heads(Graph const& graph, std::span<Index const> heads, std::string_view argument,
                                       std::string_view command) {
  GraphError error{fmt::format("multiple head revisions are present for given argument '{}': {}", argument,
                               with_message(graph, heads))};
  error.add_hint({fmt::format("choose one: {}", commands_for(graph, heads, command, "@head"))});
  if (argument == "head" && command != "vm run downgrade")
    error.add_hint({fmt::format("or all of them: '{}heads'", command.empty() ? "" : fmt::format("{} ", command))});
  throw error;
}

[[noreturn]] void refuse_unknown(Graph const& graph, std::string_view symbol) {
  GraphError error{fmt::format("can't locate revision identified by '{}'", symbol)};
  auto const is_short_match = [&](std::string_view name) {
    return name.size() < shortest_partial_candidate && name.starts_with(symbol);
  };
  bool has_short_match = false;
  for (Index i = 0; i < graph.size() && !has_short_match; ++i) {
    auto const& revision = graph.revision(i);
    has_short_match =
        is_short_match(revision.id) || std::any_of(revision.labels.begin(), revision.labels.end(), is_short_match);
  }
  if (auto const nearest = nearest_revision(graph, symbol)) error.add_hint(*nearest);
  if (has_short_match) error.add_hint({"names of up to three characters must be written in full"});
  if (error.hints().empty()) error.add_hint({"'vm run history' lists the revisions"});
  throw error;
}

struct Candidate {
  std::string_view name;
  Index revision;
};

std::vector<Candidate> find_partial(Graph const& graph, std::string_view symbol, std::vector<bool> const* within) {
  std::vector<Candidate> found;
  auto const consider = [&](std::string_view name, Index i) {
    if (name.size() >= shortest_partial_candidate && name.starts_with(symbol) && (!within || (*within)[i]))
      found.push_back({name, i});
  };
  for (Index i = 0; i < graph.size(); ++i) consider(graph.revision(i).id, i);
  for (Index i = 0; i < graph.size(); ++i)
    for (auto const& label : graph.revision(i).labels) consider(label, i);
  return found;
}

[[noreturn]] void refuse_ambiguous(std::string_view symbol, std::vector<Candidate> const& found) {
  std::vector<std::string> names;
  for (auto const& candidate : found) names.emplace_back(candidate.name);
  throw GraphError{fmt::format("revision '{}' is ambiguous: {}", symbol, names_of(names)), Hint{"write more of it"}};
}

std::optional<Index> find_exact(Graph const& graph, std::string_view name) {
  auto const id = graph.find(name);
  return id ? id : graph.find_label(name);
}

} // namespace

Target read_target(Graph const& graph, std::string_view text) {
  Target target;
  target.text = text;
  auto rest = text;
  if (auto const at = text.find('@'); at != std::string_view::npos) {
    target.branch = text.substr(0, at);
    rest = text.substr(at + 1);
    if (target.branch->empty())
      throw GraphError{fmt::format("'{}' names no branch before '@'", text), Hint{"write label@head or id@head"}};
  }
  if (rest.empty())
    throw GraphError{text.empty() ? "the name of a revision is empty"
                                  : fmt::format("'{}' names no revision after '@'", text),
                     Hint{"'head', 'base', an id, a label, '+1' or '-1' can stand there"}};
  target.symbol = rest;
  if (find_exact(graph, rest)) return target;

  auto const sign = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_word) - rest.begin());
  if (sign == rest.size() || (rest[sign] != '+' && rest[sign] != '-')) return target;
  auto end = sign + 1;
  while (end < rest.size() && is_digit(rest[end])) ++end;
  if (end == sign + 1) return target;
  if (end < rest.size())
    throw GraphError{fmt::format("'{}' has '{}' after its relative step '{}'", text, rest.substr(end),
                                 rest.substr(sign, end - sign)),
                     Hint{"a target ends with its step: '+2', 'id-1', 'label@+1'"}};
  target.steps = to_steps(rest.substr(sign));
  target.symbol = rest.substr(0, sign);
  return target;
}

Index find_symbol(Graph const& graph, std::string_view symbol, std::optional<std::string> const& branch) {
  std::optional<std::vector<bool>> within;
  if (branch) {
    Index const member = find_branch(graph, *branch);
    within = lineage(graph, std::span{&member, 1}, false);
  }
  if (auto const exact = find_exact(graph, symbol)) {
    if (within && !(*within)[*exact])
      throw GraphError{
          fmt::format("revision '{}' is not a member of branch '{}'", graph.revision(*exact).id, *branch),
          Hint{fmt::format("a member stands above or below '{}' by down_revision; without '{}@' any will do", *branch,
                           *branch)}};
    return *exact;
  }
  auto const found = find_partial(graph, symbol, within ? &*within : nullptr);
  if (found.size() > 1) refuse_ambiguous(symbol, found);
  if (found.size() == 1) return found.front().revision;
  if (branch) {
    if (auto const elsewhere = find_partial(graph, symbol, nullptr); !elsewhere.empty())
      throw GraphError{fmt::format("no revision of branch '{}' is identified by '{}'", *branch, symbol),
                       Hint{fmt::format("on other branches there is '{}'", elsewhere.front().name)}};
  }
  refuse_unknown(graph, symbol);
}

Index find_branch(Graph const& graph, std::string_view name) {
  if (auto const label = graph.find_label(name)) return *label;
  if (auto const id = graph.find(name)) return *id;
  auto const found = find_partial(graph, name, nullptr);
  if (found.size() > 1) refuse_ambiguous(name, found);
  if (found.size() == 1) return found.front().revision;
  GraphError error{fmt::format("no such branch: '{}'", name)};
  if (auto const nearest = nearest_revision(graph, name))
    error.add_hint(*nearest);
  else
    error.add_hint({"a branch is named by its label or by the id of any of its revisions"});
  throw error;
}

std::vector<Index> find_several(Graph const& graph, Target const& target, std::string_view command) {
  auto const& symbol = target.symbol;
  if (symbol == "base") {
    if (target.branch) find_branch(graph, *target.branch);
    return {};
  }
  if (symbol != "head" && symbol != "heads") return {find_symbol(graph, symbol, target.branch)};
  if (symbol == "heads" && !target.branch) return graph.effective_heads();
  auto heads = graph.heads();
  if (target.branch) {
    Index const member = find_branch(graph, *target.branch);
    heads = only_within(heads, lineage(graph, std::span{&member, 1}, false));
  }
  if (symbol == "head" && heads.size() > 1) refuse_several_heads(graph, heads, start_of(target), command);
  return heads;
}

std::optional<Index> find_single(Graph const& graph, Target const& target, std::string_view command) {
  auto const found = find_several(graph, target, command);
  if (found.size() > 1) refuse_several_heads(graph, found, start_of(target), command);
  return found.empty() ? std::nullopt : std::optional{found.front()};
}

Walk walk_up(Graph const& graph, std::optional<Index> start, int steps, std::vector<bool> const* within,
             Target const& target, std::string_view command) {
  Walk walk{start, 0};
  for (; walk.done < steps; ++walk.done) {
    auto const& all = walk.at ? graph.node(*walk.at).children : graph.bases();
    auto const next = within ? only_within(all, *within) : all;
    if (next.empty()) break;
    if (next.size() > 1)
      throw GraphError{fmt::format("ambiguous walk: from {} '{}' can go to {}",
                                   walk.at ? fmt::format("'{}'", graph.revision(*walk.at).id) : "base", target.text,
                                   with_message(graph, next)),
                       Hint{fmt::format("choose one: {}", commands_for(graph, next, command,
                                                                       fmt::format("@{}+{}", target.symbol, steps)))}};
    walk.at = next.front();
  }
  return walk;
}

Walk walk_down_from(Graph const& graph, Index start, int steps, Target const& target, std::string_view command) {
  Walk walk{start, 0};
  for (; walk.done < steps && walk.at; ++walk.done) {
    auto const& next = graph.node(*walk.at).parents;
    if (next.size() > 1)
      throw GraphError{fmt::format("ambiguous walk: from '{}' '{}' can go to {}", graph.revision(*walk.at).id,
                                   target.text, with_message(graph, next)),
                       Hint{fmt::format("name the one to stop at: {}", commands_for(graph, next, command, ""))}};
    walk.at = next.empty() ? std::nullopt : std::optional{next.front()};
  }
  return walk;
}

std::optional<Index> find_relative(Graph const& graph, Target const& target, std::string_view command,
                                   bool stops_at_end) {
  int const steps = *target.steps;
  auto absolute = target;
  absolute.steps.reset();
  absolute.text = start_of(target);
  Walk walk;
  if (steps > 0) {
    // As in Alembic the branch chooses the way up only: the start is looked up among all revisions.
    std::optional<std::vector<bool>> within;
    if (target.branch) {
      Index const member = find_branch(graph, *target.branch);
      within = lineage(graph, std::span{&member, 1}, false);
      if (absolute.symbol != "head" && absolute.symbol != "heads") absolute.branch.reset();
    }
    walk = walk_up(graph, find_single(graph, absolute, command), steps, within ? &*within : nullptr, target, command);
  } else if (auto const start = find_single(graph, absolute, command)) {
    walk = walk_down_from(graph, *start, -steps, target, command);
  }
  if (walk.done < std::abs(steps) && !stops_at_end)
    throw GraphError{fmt::format("walked too far: '{}' has {} step{} {} it, not {}", start_of(target), walk.done,
                                 walk.done == 1 ? "" : "s", steps > 0 ? "above" : "below", std::abs(steps)),
                     Hint{steps > 0 ? "'head' is the last one" : "'base' is below the first one"}};
  return walk.at;
}

Index find_above_rows(Graph const& graph, std::span<Index const> rows, Target const& target, std::string_view command,
                      bool stops_at_end) {
  int const steps = *target.steps;
  auto const refuse_steps = [&](std::string const& reason) {
    throw GraphError{
        fmt::format("relative revision '{}' didn't produce {} migrations: {}", target.text, std::abs(steps), reason),
        Hint{"'vm run current' shows where the database is, 'vm run heads' where it can go"}};
  };
  if (steps <= 0) refuse_steps("an upgrade only goes up");
  std::vector<Index> starts{rows.begin(), rows.end()};
  std::optional<std::vector<bool>> within;
  if (target.branch) {
    Index const member = find_branch(graph, *target.branch);
    within = lineage(graph, std::span{&member, 1}, false);
    starts = only_within(rows, *within);
    if (starts.empty()) {
      // The branch is not among the rows: go on from the tips of what is applied of it.
      auto const applied = ancestors(graph, rows, true);
      std::vector<Index> active;
      for (Index i = 0; i < graph.size(); ++i)
        if (applied[i] && (*within)[i]) active.push_back(i);
      std::vector<bool> has_above(graph.size());
      for (auto const i : active)
        for (auto const below : graph.below(i)) has_above[below] = true;
      for (auto const i : active)
        if (!has_above[i]) starts.push_back(i);
    }
  }
  if (starts.size() > 1)
    throw GraphError{
        fmt::format("ambiguous upgrade from multiple current revisions: '{}' could start from {}", target.text,
                    with_message(graph, starts)),
        Hint{fmt::format("choose one: {}", commands_for(graph, starts, command, fmt::format("@+{}", steps)))}};
  auto const start = starts.empty() ? std::nullopt : std::optional{starts.front()};
  auto const walk = walk_up(graph, start, steps, within ? &*within : nullptr, target, command);
  if ((walk.done < steps && !stops_at_end) || !walk.at)
    refuse_steps(walk.done == 0 ? "nothing is left above" : fmt::format("only {} left above", walk.done));
  return *walk.at;
}

std::vector<bool> ancestors(Graph const& graph, std::span<Index const> revisions, bool with_dependencies) {
  if (with_dependencies) return reach(graph, revisions, [&](Index i) { return graph.below(i); });
  return reach(graph, revisions, [&](Index i) { return std::span{graph.node(i).parents}; });
}

std::vector<bool> descendants(Graph const& graph, std::span<Index const> revisions, bool with_dependencies) {
  if (with_dependencies) return reach(graph, revisions, [&](Index i) { return graph.above(i); });
  return reach(graph, revisions, [&](Index i) { return std::span{graph.node(i).children}; });
}

std::vector<bool> lineage(Graph const& graph, std::span<Index const> revisions, bool with_dependencies) {
  auto both = ancestors(graph, revisions, with_dependencies);
  auto const up = descendants(graph, revisions, with_dependencies);
  for (std::size_t i = 0; i < both.size(); ++i)
    if (up[i]) both[i] = true;
  return both;
}

} // namespace vm::graph
