#include "engine/command/new_file.hpp"

#include "engine/command/process.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/script/directory.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {
namespace fs = std::filesystem;
namespace {

// The same checks as for a file that is there: labels, characters, cycles. Costs one build of the graph.
void check_fits(graph::Graph const& graph, script::NewScript const& script) {
  std::vector<graph::Revision> revisions;
  revisions.reserve(graph.size() + 1);
  for (graph::Index i = 0; i < graph.size(); ++i) revisions.push_back(graph.revision(i));
  revisions.push_back({script.revision, script.down_revision, script.depends_on, script.branch_labels, script.message,
                       "the new revision"});
  try {
    graph::Graph::build(std::move(revisions));
  } catch (GraphError const& error) {
    // The place it names is no file yet.
    GraphError refusal{error.message()};
    for (auto const& hint : error.hints()) refusal.add_hint(hint);
    throw GraphError{std::move(refusal)};
  }
}

void check_heads(run::Environment& environment, std::vector<graph::Index> const& parents) {
  auto const& graph = environment.graph();
  for (auto const parent : parents)
    if (!graph.is_head(parent)) {
      auto const& node = graph.node(parent);
      std::vector<std::string> children;
      for (auto const child : node.children) children.push_back(graph.revision(child).id);
      throw GraphError{fmt::format("revision '{}' is not a head: {} follow{} it", graph.revision(parent).id,
                                   quoted_list(children), children.size() == 1 ? "s" : ""),
                       Hint{"add --splice to start a branch there"}};
    }
}

bool same_folder(fs::path const& a, fs::path const& b) {
  std::error_code failure;
  return fs::weakly_canonical(a, failure) == fs::weakly_canonical(b, failure);
}

std::string folder_list(config::Config const& config) {
  std::vector<std::string> folders;
  for (auto const& folder : config.version_locations)
    folders.push_back(folder.lexically_proximate(config.project).string());
  return quoted_list(folders);
}

fs::path choose_folder(run::Environment& environment, std::vector<graph::Index> const& parents,
                       std::optional<fs::path> const& wanted) {
  auto const& config = environment.config();
  auto const& folders = config.version_locations;
  if (wanted) {
    for (auto const& folder : folders)
      if (same_folder(folder, *wanted)) return folder;
    throw UsageError{fmt::format("'{}' is not one of the version locations", wanted->string()),
                     Hint{fmt::format("version_locations has {}", folder_list(config))}};
  }
  if (folders.size() == 1) return folders.front();
  for (auto const parent : parents)
    for (auto const& folder : folders)
      if (same_folder(folder, std::filesystem::path{environment.header(parent).path}.parent_path())) return folder;
  throw UsageError{fmt::format("there are several version locations: {}", folder_list(config)),
                   Hint{"say where the first revision of a line goes: --version-path FOLDER"}};
}

// Never over a file that is there, also not in a race with another vm.
void write_new(fs::path const& path, std::string_view text) {
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure); // what fails here fails again below, with a better message
  try {
    write_file(path, text, IfExists::refuse);
  } catch (FileError& error) {
    if (fs::exists(fs::symlink_status(path, failure)))
      error.add_hint({"choose another --rev-id or message, or change file_template in vm.toml"});
    throw;
  }
}

std::vector<HookReport> run_hooks(config::Config const& config, fs::path const& path) {
  std::vector<HookReport> reports;
  for (auto const& hook : config.post_write_hooks) {
    auto command = hook.command;
    for (auto& argument : command)
      for (auto at = argument.find("{path}"); at != std::string::npos; at = argument.find("{path}", at)) {
        argument.replace(at, 6, path.string());
        at += path.string().size();
      }
    auto const started = std::chrono::steady_clock::now();
    if (auto const failure = run_process(command, hook.cwd.value_or(config.project), ProcessOutput::to_stderr)) {
      ConfigError error{fmt::format("post_write_hook '{}' failed: {}", hook.name, *failure),
                        Hint{fmt::format("the new revision was written and kept: {}", path.string())}};
      error.add_note({"command", join(command, " ")});
      throw ConfigError{std::move(error)};
    }
    reports.push_back({hook.name, std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()});
  }
  return reports;
}

script::Header read_back(run::Environment& environment, fs::path const& path, bool sql) {
  if (sql) {
    return script::read_sql_header(path, read_file(path), environment.config().project);
  }
  auto results = environment.host().read_headers(std::span{&path, 1});
  if (results.front().error) throw ScriptError{*results.front().error};
  return *results.front().header;
}

} // namespace

std::string new_id(graph::Graph const& graph, std::string const& wanted) {
  if (wanted.empty()) return script::new_revision_id();
  graph::check_revision_id(wanted, "--rev-id");
  if (auto const taken = graph.find(wanted))
    throw GraphError{fmt::format("revision '{}' exists already: {}", wanted, graph.revision(*taken).origin)};
  return wanted;
}

RevisionReport write_new_file(run::Environment& environment, script::NewScript script,
                              std::vector<graph::Index> const& parents, std::optional<fs::path> const& version_path,
                              bool splice) {
  auto const& graph = environment.graph();
  auto const& config = environment.config();
  if (!splice) check_heads(environment, parents);
  for (auto const parent : parents) script.down_revision.push_back(graph.revision(parent).id);
  check_fits(graph, script);
  auto const path = choose_folder(environment, parents, version_path) / script::file_name(script, config);
  write_new(path, script::fill(script, config));

  RevisionReport report;
  auto& line = report.revision;
  line.path = path;
  report.hooks = run_hooks(config, path);
  auto const header = read_back(environment, path, script.sql);
  line.revision = header.revision;
  line.parents = header.down_revision;
  line.depends_on = header.depends_on;
  line.labels = header.branch_labels;
  line.message = header.message;
  line.doc = header.doc;
  line.created = header.created;
  line.is_head = line.is_real_head = true;
  line.is_merge_point = header.down_revision.size() > 1;
  return report;
}

} // namespace vm::command
