// A vm project in a temporary folder, and the real binary run in it.
#pragma once

#include "tests/support/places.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_folder.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vm::test {

/// A DatabaseUrl as text a person would write, percent-encoded where it must be.
template<class Url>
std::string url_text(Url const& url) {
  if (url.dialect == "sqlite") return "sqlite:///" + url.database;
  std::string text = url.dialect + "://" + url.user;
  if (url.password) text += ":" + *url.password;
  text += "@" + url.host;
  if (url.port) text += ":" + std::to_string(*url.port);
  return text + "/" + url.database;
}

class TempProject {
 public:
  /// `settings` are further lines of vm.toml.
  explicit TempProject(std::string const& url = "sqlite:///test.db", std::string const& settings = "") {
    folder_.write("vm.toml", "url = \"" + url + "\"\n" + settings);
    folder_.write("migrations/versions/.keep", "");
  }

  std::filesystem::path const& path() const { return folder_.path(); }

  std::filesystem::path write(std::filesystem::path const& name, std::string_view text) const {
    return folder_.write(name, text);
  }

  /// A migration with one parent or none; `body` holds upgrade() and downgrade().
  std::filesystem::path migration(std::string const& revision, std::string const& parent,
                                  std::string const& body) const {
    return write("migrations/versions/" + revision + ".lua",
                 "-- " + revision + " of the test\n\nrevision = \"" + revision +
                     "\"\ndown_revision = " + (parent.empty() ? "nil" : "\"" + parent + "\"") + "\n\n" + body + "\n");
  }

  Start start(std::vector<std::string> arguments, std::map<std::string, std::string> variables = {}) const {
    arguments.insert(arguments.begin(), test::binary_file());
    return {std::move(arguments), path(), std::move(variables), {}};
  }

  Finished vm(std::vector<std::string> arguments, std::map<std::string, std::string> variables = {}) const {
    return run(start(std::move(arguments), std::move(variables)));
  }

 private:
  TempFolder folder_;
};

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

} // namespace vm::test
