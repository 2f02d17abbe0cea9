#include "engine/command/commands.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"
#include "engine/script/template.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::command {
namespace fs = std::filesystem;
namespace {

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

// The template's own `url = …` line, commented out or not, becomes the URL that was given.
std::string with_url(std::string const& text, std::string_view url) {
  std::string result;
  bool done = false;
  auto lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = lines[i];
    auto setting = trim(line);
    if (setting.starts_with('#')) setting = trim(setting.substr(1));
    if (!done && setting.starts_with("url") && trim(setting.substr(3)).starts_with('=')) {
      result += "url = " + toml_string(url);
      done = true;
    } else {
      result += line;
    }
    if (i + 1 < lines.size()) result += '\n';
  }
  return done ? result : fmt::format("url = {}\n{}", toml_string(url), text);
}

void make_folder(fs::path const& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    throw UsageError{fmt::format("cannot make the folder '{}': {}", folder.string(), lower(failure.message()))};
}

} // namespace

InitReport init(InitOptions const& options) {
  auto const names = script::template_names();
  if (std::find(names.begin(), names.end(), options.template_name) == names.end()) {
    auto const nearest = nearest_name(options.template_name, names);
    throw UsageError{fmt::format("there is no template '{}'", options.template_name),
                     Hint{nearest ? fmt::format("did you mean '{}'?", *nearest)
                                  : fmt::format("the templates are {}", quoted_list(names))}};
  }
  std::error_code failure;
  if (fs::exists(options.directory / "vm.toml", failure))
    throw UsageError{fmt::format("'{}' is a project already: it has a vm.toml", options.directory.string()),
                     Hint{"name another folder: vm init DIR"}};
  if (fs::exists(options.directory, failure) && !fs::is_directory(options.directory, failure))
    throw UsageError{fmt::format("'{}' is not a folder", options.directory.string())};

  InitReport report;
  report.directory = options.directory;
  make_folder(options.directory);
  for (auto const& file : script::template_files(options.template_name)) {
    auto const path = options.directory / file.path;
    // A path that ends with a slash is a folder that starts empty.
    if (!file.path.has_filename()) {
      if (!fs::exists(path, failure)) report.made.push_back(file.path);
      make_folder(path);
      continue;
    }
    make_folder(path.parent_path());
    if (fs::exists(fs::symlink_status(path, failure))) {
      report.kept.push_back(file.path);
      continue;
    }
    write_file(path, file.path == "vm.toml" && !options.url.empty() ? with_url(file.text, options.url) : file.text,
               IfExists::refuse);
    report.made.push_back(file.path);
  }
  return report;
}

std::vector<Template> list_templates() {
  std::vector<Template> templates;
  for (auto const& name : script::template_names()) templates.push_back({name, script::template_description(name)});
  return templates;
}

} // namespace vm::command
