// What a verb works with once its options are parsed: the global options, the streams, and the project, opened on
// demand.
#pragma once

#include "engine/cli/app.hpp"
#include "engine/cli/log.hpp"
#include "engine/cli/output.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/signals.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vm::cli {

class Arguments;

/// Options that every command has, before or after its name.
struct GlobalOptions {
  std::optional<std::string> config, url, env, directory;
  std::vector<std::string> script_arguments; ///< -x KEY=VALUE
  bool verbose = false, quiet = false, json = false, no_progress = false, traceback = false, unsafe_scripts = false;
  bool help = false, version = false;
  std::string log_format = "text", color = "auto";

  void define(Arguments& arguments);
};

/// What a single command adds to opening the project.
struct OpenOptions {
  std::optional<double> lock_timeout;
  std::optional<std::string> tag;       ///< given to scripts as vm.args.tag
  bool require_file = true;             ///< false: a URL is enough, no vm.toml
  std::optional<std::string> url;       ///< over --url
  std::optional<std::string> directory; ///< over --directory
};

class Invocation {
 public:
  Invocation(Process const& process, script::HostFactory const& make_host, GlobalOptions const& global);
  ~Invocation();
  Invocation(Invocation const&) = delete;
  Invocation& operator=(Invocation const&) = delete;

  GlobalOptions const& global() const { return global_; }
  Streams& streams() { return process_.streams; }
  Log& log() { return log_; }
  Output& output() { return output_; }
  /// The folder relative paths of the command line are meant from: the working directory, after -C.
  std::filesystem::path const& directory() const { return directory_; }
  std::chrono::system_clock::time_point now() const { return std::chrono::system_clock::now(); }

  /// Reads the configuration, makes the host and the environment. From here on the first Ctrl-C interrupts in good
  /// order.
  run::Environment& open(OpenOptions const& options = {});

  /// Whether there is a person who can answer.
  bool is_interactive() const;
  /// Asks on standard error and reads a line, without the white space around it. Ctrl-C ends the process.
  std::string ask(std::string_view question);
  /// Asks on standard error; anything but "y" or "yes" is no. Ctrl-C at the question ends the process.
  bool confirm(std::string_view question);
  /// Another host like the project's, whose scripts' output goes nowhere; open() was called before.
  std::unique_ptr<script::Host> make_silent_host() const;

  /// $VISUAL, else $EDITOR, else empty.
  std::string editor() const;

 private:
  Process const& process_;
  script::HostFactory const& make_host_;
  script::HostOptions silent_host_;
  GlobalOptions const& global_;
  std::filesystem::path directory_;
  Log log_;
  Output output_;
  std::unique_ptr<Signals> signals_;
  std::unique_ptr<ProgressLog> progress_;
  std::unique_ptr<script::Host> host_;
  std::unique_ptr<run::Environment> environment_;
};

} // namespace vm::cli
