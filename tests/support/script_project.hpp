// A folder with migration files, and a host that reads and runs them.
#pragma once

#include "bindings/host.hpp"
#include "tests/support/answering_target.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace vm::test {

class ScriptProject {
 public:
  ScriptProject() {
    std::string name = (std::filesystem::temp_directory_path() / "vm-scripts-XXXXXX").native();
    folder = mkdtemp(name.data());
    options.project = folder;
    options.library_path = {folder / "scripts"};
    options.log = [this](std::string_view level, std::string_view text) {
      logged.push_back(std::string{level} + ": " + std::string{text});
    };
  }
  ~ScriptProject() { std::filesystem::remove_all(folder); }
  ScriptProject(ScriptProject const&) = delete;
  ScriptProject& operator=(ScriptProject const&) = delete;

  std::filesystem::path write(std::string const& path, std::string_view text) const {
    auto const file = folder / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << text;
    return file;
  }

  bindings::LuaHost& host() {
    if (!host_) host_ = std::make_unique<bindings::LuaHost>(options);
    return *host_;
  }

  script::ReadResult read(std::string_view text) {
    std::vector<std::filesystem::path> const files{write("versions/a.lua", text)};
    return host().read_headers(files).front();
  }

  /// Runs `body` as the lines of upgrade(); its first is line 3 of versions/a.lua.
  void upgrade(std::string_view body) { run("revision = 'a'\nfunction upgrade()\n" + std::string{body} + "\nend\n"); }

  void run(std::string_view text, graph::Direction direction = graph::Direction::upgrade) {
    script::Header header;
    header.path = write("versions/a.lua", text);
    header.revision = "a";
    header.message = "the message";
    host().run(header, direction, target);
  }

  /// What upgrade() with this body fails with, as a MigrationError.
  MigrationError failure(std::string_view body) {
    try {
      upgrade(body);
    } catch (MigrationError const& error) {
      return error;
    }
    return MigrationError{"nothing"};
  }

  std::filesystem::path folder;
  script::HostOptions options;
  AnsweringTarget target;
  std::vector<std::string> logged;

 private:
  std::unique_ptr<bindings::LuaHost> host_;
};

/// "file:line: message", then the hints.
inline std::string text_of(Error const& error) {
  std::string text = (error.location() ? to_string(*error.location()) + ": " : std::string{}) + error.message();
  for (auto const& hint : error.hints()) text += "\nhint: " + hint.text;
  return text;
}

} // namespace vm::test
