#include "engine/graph/naming.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vm::graph {
namespace {

constexpr std::size_t longest_list = 10;

template<typename Items, typename Text>
std::string cut_list(Items const& items, Text text) {
  std::string list;
  for (std::size_t i = 0; i < items.size() && i < longest_list; ++i) {
    if (i > 0) list += ", ";
    list += text(items[i]);
  }
  if (items.size() > longest_list) list += fmt::format(" and {} more", items.size() - longest_list);
  return list;
}

// The label that of these revisions only `choice` has, else its id: what stands before '@' to tell it from the others.
std::string branch_name(Graph const& graph, Index choice, std::span<Index const> choices) {
  for (auto const& label : graph.node(choice).labels) {
    auto const has_label = [&](Index other) {
      auto const& labels = graph.node(other).labels;
      return other != choice && std::binary_search(labels.begin(), labels.end(), label);
    };
    if (std::none_of(choices.begin(), choices.end(), has_label)) return label;
  }
  return graph.revision(choice).id;
}

} // namespace

Location location_of(std::string_view origin) {
  auto const colon = origin.rfind(':');
  if (colon == std::string_view::npos) return {std::string{origin}, 0};
  int line = 0;
  auto const* const end = origin.data() + origin.size();
  auto const [last, failure] = std::from_chars(origin.data() + colon + 1, end, line);
  if (failure != std::errc{} || last != end) return {std::string{origin}, 0};
  return {std::string{origin.substr(0, colon)}, line};
}

std::string with_origin(Revision const& revision) {
  return revision.origin.empty() ? fmt::format("'{}'", revision.id)
                                 : fmt::format("'{}' ({})", revision.id, revision.origin);
}

std::string with_origin(std::span<Revision const* const> revisions) {
  return cut_list(revisions, [](Revision const* revision) { return with_origin(*revision); });
}

std::string with_message(Revision const& revision) {
  return revision.message.empty() ? fmt::format("'{}'", revision.id)
                                  : fmt::format("'{}' ({})", revision.id, revision.message);
}

std::string with_message(Graph const& graph, std::span<Index const> revisions) {
  return cut_list(revisions, [&](Index index) { return with_message(graph.revision(index)); });
}

std::string names_of(std::span<std::string const> names) {
  return cut_list(names, [](std::string const& name) { return fmt::format("'{}'", name); });
}

std::optional<Hint> nearest_revision(Graph const& graph, std::string_view name) {
  std::vector<std::string> names;
  names.reserve(graph.size());
  for (Index i = 0; i < graph.size(); ++i) {
    names.push_back(graph.revision(i).id);
    names.insert(names.end(), graph.revision(i).labels.begin(), graph.revision(i).labels.end());
  }
  auto const nearest = nearest_name(name, names);
  if (!nearest) return std::nullopt;
  return Hint{fmt::format("did you mean '{}'?", *nearest)};
}

std::vector<std::string> ids_of(Graph const& graph, std::span<Index const> revisions) {
  std::vector<std::string> ids;
  ids.reserve(revisions.size());
  for (auto const index : revisions) ids.push_back(graph.revision(index).id);
  return ids;
}

std::string commands_for(Graph const& graph, std::span<Index const> choices, std::string_view command,
                         std::string_view suffix) {
  return cut_list(choices, [&](Index choice) {
    auto const& id = graph.revision(choice).id;
    auto const name = suffix.empty() ? id : branch_name(graph, choice, choices);
    bool const is_plain = suffix.empty() || (suffix == "@head" && name == id); // id@head is the id where that is a head
    return fmt::format("'{}{}{}{}'", command, command.empty() ? "" : " ", name, is_plain ? "" : suffix);
  });
}

} // namespace vm::graph
