#include "engine/cli/invocation.hpp"

#include "engine/cli/arguments.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <istream>
#include <unistd.h>

namespace vm::cli {
namespace {

ColorMode color_mode(std::string const& name) {
  if (name == "always") return ColorMode::always;
  return name == "never" ? ColorMode::never : ColorMode::automatic;
}

LogOptions log_options(Process const& process, GlobalOptions const& global) {
  auto const threshold = global.quiet ? LogLevel::error : global.verbose ? LogLevel::debug : LogLevel::info;
  auto const color = use_color(color_mode(global.color), process.variables, process.streams.err_is_terminal);
  return {threshold, global.log_format == "json" ? LogFormat::json : LogFormat::text, Style{color}};
}

OutputOptions output_options(Process const& process, GlobalOptions const& global) {
  auto const mode = color_mode(global.color);
  return {.json = global.json,
          .verbose = global.verbose,
          .traceback = global.traceback,
          .out_style = Style{use_color(mode, process.variables, process.streams.out_is_terminal)},
          .err_style = Style{use_color(mode, process.variables, process.streams.err_is_terminal)}};
}

std::map<std::string, std::string> script_arguments(GlobalOptions const& global, OpenOptions const& options) {
  std::map<std::string, std::string> arguments;
  if (options.tag) arguments["tag"] = *options.tag;
  for (auto const& argument : global.script_arguments) {
    auto const equals = argument.find('=');
    auto const key = argument.substr(0, equals);
    if (key.empty()) throw UsageError{fmt::format("-x '{}' has no key", argument), Hint{"write -x KEY=VALUE"}};
    arguments[key] = equals == std::string::npos ? "" : argument.substr(equals + 1);
  }
  return arguments;
}

} // namespace

void GlobalOptions::define(Arguments& arguments) {
  arguments.section("everywhere");
  arguments.option("-c,--config", "FILE", config, "the settings (default: vm.toml here or in a parent folder)");
  arguments.option("-u,--url", "URL", url, "the database, over every other setting");
  arguments.option("-e,--env", "NAME", env, "use the section [env.NAME] of vm.toml");
  arguments.option("-x", "KEY=VALUE", script_arguments, "given to scripts as vm.args.KEY; may be repeated");
  arguments.option("-C,--directory", "DIR", directory, "work as if started in DIR");
  arguments.flag("-v,--verbose", verbose, "listings in full; log every statement with its duration");
  arguments.flag("-q,--quiet", quiet, "log errors only");
  arguments.flag("--json", json, "print the result, or the error, as one JSON document");
  arguments.choice("--log-format", {"text", "json"}, log_format, "how log lines look (default: text)");
  arguments.choice("--color", {"auto", "always", "never"}, color, "colours (default: auto; NO_COLOR is honoured)");
  arguments.flag("--no-progress", no_progress, "draw no progress line");
  arguments.flag("--unsafe-scripts", unsafe_scripts,
                 "give scripts the whole Lua library, files and processes included");
  arguments.flag("--traceback", traceback, "show the Lua traceback of an error");
  arguments.flag("--version", version, "print the version and stop");
  arguments.flag("-h,--help", help, "print this and stop");
}

Invocation::Invocation(Process const& process, script::HostFactory const& make_host, GlobalOptions const& global)
    : process_{process},
      make_host_{make_host},
      global_{global},
      directory_{process.working_directory},
      log_{process.streams.err, log_options(process, global)},
      output_{process.streams.out, process.streams.err, output_options(process, global)} {
  if (global.directory) directory_ = (directory_ / *global.directory).lexically_normal();
}

Invocation::~Invocation() {
  if (signals_) signals_->on_interrupt({});
}

run::Environment& Invocation::open(OpenOptions const& options) {
  if (signals_) signals_->on_interrupt({}); // an earlier one, of another folder
  environment_.reset();
  host_.reset();
  signals_.reset();
  config::Overrides overrides;
  if (global_.config) overrides.config_file = *global_.config;
  if (global_.directory) overrides.directory = *global_.directory;
  if (options.directory) overrides.directory = *options.directory;
  overrides.url = options.url ? options.url : global_.url;
  overrides.env = global_.env;
  overrides.lock_timeout = options.lock_timeout;
  auto arguments = script_arguments(global_, options);
  auto config = config::load(overrides, process_.variables, process_.working_directory, options.require_file);

  auto host = run::host_options(config, std::move(arguments), global_.unsafe_scripts);
  silent_host_ = host;
  signals_ = std::make_unique<Signals>();
  bool const draws =
      process_.streams.err_is_terminal && !global_.no_progress && !global_.quiet && global_.log_format == "text";
  progress_ =
      std::make_unique<ProgressLog>(log_, process_.streams.err, draws, draws ? terminal_width(STDERR_FILENO) : 80,
                                    [] { return std::chrono::steady_clock::now(); });
  host.log = [this](std::string_view level, std::string_view text) {
    if (!environment_ || !environment_->scripts_are_silent()) progress_->script_log(level, text, 0);
  };
  host_ = make_host_(host);
  environment_ = std::make_unique<run::Environment>(std::move(config), *host_, *progress_);
  signals_->on_interrupt([environment = environment_.get()] { environment->interrupt(); });
  return *environment_;
}

std::unique_ptr<script::Host> Invocation::make_silent_host() const {
  return make_host_(silent_host_);
}

bool Invocation::is_interactive() const {
  return process_.streams.in_is_terminal && process_.streams.err_is_terminal;
}

std::string Invocation::ask(std::string_view question) {
  if (signals_) signals_->on_interrupt({});
  process_.streams.err << question;
  process_.streams.err.flush();
  std::string answer;
  std::getline(process_.streams.in, answer);
  if (signals_ && environment_)
    signals_->on_interrupt([environment = environment_.get()] { environment->interrupt(); });
  return std::string{trim(answer)};
}

bool Invocation::confirm(std::string_view question) {
  auto const answer = lower(ask(fmt::format("{} [y/N] ", question)));
  return answer == "y" || answer == "yes";
}

std::string Invocation::editor() const {
  for (auto const* name : {"VISUAL", "EDITOR"})
    if (auto const found = process_.variables.find(name);
        found != process_.variables.end() && !trim(found->second).empty())
      return found->second;
  return {};
}

} // namespace vm::cli
