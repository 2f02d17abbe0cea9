#include "engine/script/directory.hpp"

#include "engine/core/files.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <set>
#include <sys/stat.h>
#include <utility>

namespace vm::script {

namespace fs = std::filesystem;

namespace {

bool is_migration(std::string_view name) {
  return !name.starts_with('.') && (name.ends_with(".lua") || name.ends_with(".sql")) && name.size() > 4;
}

[[noreturn]] void refuse_link(fs::path const& path) {
  throw ConfigError{fmt::format("'{}' is a symbolic link that leads in a circle", path.native())};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Whether a name that is no plain file by itself leads to one.
bool is_file(fs::path const& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return S_ISREG(status.st_mode);
  if (errno == ELOOP) refuse_link(path);
  throw ConfigError{fmt::format("cannot read '{}': {}", path.native(), reason_of(errno))};
}

std::vector<std::string> names_in(fs::path const& path) {
  std::unique_ptr<DIR, CloseFolder> const folder{::opendir(path.c_str())};
  if (!folder) {
    if (errno == ELOOP) refuse_link(path);
    if (errno == ENOENT)
      throw ConfigError{fmt::format("the folder of migrations '{}' does not exist", path.native()),
                        Hint{"make it; 'version_locations' and 'script_location' in vm.toml name another"}};
    throw ConfigError{fmt::format("cannot read the folder of migrations '{}': {}", path.native(), reason_of(errno))};
  }
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    auto const* const entry = ::readdir(folder.get());
    if (entry == nullptr) break;
    if (!is_migration(entry->d_name)) continue;
    if (entry->d_type == DT_REG || (entry->d_type != DT_DIR && is_file(path / entry->d_name)))
      names.emplace_back(entry->d_name);
  }
  if (errno != 0)
    throw ConfigError{fmt::format("cannot read the folder of migrations '{}': {}", path.native(), reason_of(errno))};
  std::sort(names.begin(), names.end());
  return names;
}

ReadResult read_sql(fs::path const& path, fs::path const& project) {
  try {
    return {read_sql_header(path, read_file(path), project), std::nullopt};
  } catch (ScriptError const& error) {
    return {std::nullopt, error};
  } catch (FileError const& error) {
    ScriptError failure{fmt::format("cannot be read: {}", error.reason)};
    failure.locate({shown_path(path, project), 0});
    return {std::nullopt, failure};
  }
}

} // namespace

std::vector<fs::path> find_scripts(std::vector<fs::path> const& folders) {
  std::vector<fs::path> files;
  std::set<fs::path> seen; // the same folder named twice is no second set of migrations
  for (auto const& folder : folders) {
    auto const names = names_in(folder);
    if (folders.size() > 1 && !seen.insert(fs::canonical(folder)).second) continue;
    files.reserve(files.size() + names.size());
    auto const front = folder.native().ends_with('/') ? folder.native() : folder.native() + '/';
    for (auto const& name : names) files.emplace_back(front + name);
  }
  return files;
}

std::vector<Header> read_headers(std::vector<fs::path> const& files, Host& host, fs::path const& project) {
  auto const is_lua = [](fs::path const& file) { return file.native().ends_with(".lua"); };
  std::vector<fs::path> some; // thousands of paths are not copied without need
  bool const all = std::all_of(files.begin(), files.end(), is_lua);
  if (!all) std::copy_if(files.begin(), files.end(), std::back_inserter(some), is_lua);
  auto lua_results = host.read_headers(all ? files : some);

  std::vector<Header> headers;
  headers.reserve(files.size());
  std::vector<ScriptError> errors;
  std::size_t next = 0;
  for (auto const& file : files) {
    auto result = is_lua(file) ? std::move(lua_results.at(next++)) : read_sql(file, project);
    if (result.error)
      errors.push_back(std::move(*result.error));
    else
      headers.push_back(std::move(result.header.value()));
  }
  if (errors.size() == 1) throw errors[0];
  if (!errors.empty()) {
    ScriptError error{fmt::format("{} migration files are broken", errors.size())};
    error.others = std::move(errors);
    throw error;
  }
  return headers;
}

graph::Revision to_revision(Header const& header, fs::path const& project) {
  return {header.revision,   header.down_revision,
          header.depends_on, header.branch_labels,
          header.message,    to_string(Location{shown_path(header.path, project), header.line})};
}

} // namespace vm::script
