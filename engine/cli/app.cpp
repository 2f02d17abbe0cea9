#include "engine/cli/app.hpp"

#include "engine/cli/exit_code.hpp"
#include "engine/cli/terminal.hpp"
#include "engine/cli/verb.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"
#include "engine/core/version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <unistd.h>

namespace vm::cli {
namespace {

struct CommandLine {
  std::string command;                ///< empty: none was named
  std::vector<std::string> arguments; ///< everything else
  bool help = false, wants_version = false;
};

constexpr std::string_view with_value[] = {"-c", "--config", "-u",          "--url",        "-e",     "--env",
                                           "-x", "-C",       "--directory", "--log-format", "--color"};
constexpr std::string_view without_value[] = {
    "-v",          "--verbose",        "-q",        "--quiet", "--json", "--no-progress",
    "--traceback", "--unsafe-scripts", "--version", "-h",      "--help"};

bool contains(std::span<std::string_view const> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// How many arguments an option before the command takes, itself included. CLI11 reads it again later; here only the
// command is looked for.
std::size_t option_length(std::string_view option) {
  if (option.starts_with("--")) {
    auto const name = option.substr(0, option.find('='));
    if (contains(with_value, name)) return name.size() == option.size() ? 2 : 1;
    if (contains(without_value, name)) return 1;
  } else {
    for (std::size_t i = 1; i < option.size(); ++i) {
      std::string const name{'-', option[i]};
      if (contains(with_value, name)) return i + 1 == option.size() ? 2 : 1;
      if (!contains(without_value, name)) break;
      if (i + 1 == option.size()) return 1;
    }
  }
  std::vector<std::string> names{std::begin(with_value), std::end(with_value)};
  names.insert(names.end(), std::begin(without_value), std::end(without_value));
  auto const name = std::string{option.substr(0, option.find('='))};
  auto const nearest = name.starts_with("--") ? nearest_name(name, names) : std::nullopt;
  throw UsageError{
      fmt::format("unknown option '{}' before the command", name),
      Hint{nearest ? fmt::format("did you mean '{}'?", *nearest) : "options of a command stand after its name"}};
}

CommandLine read_command_line(std::vector<std::string> const& arguments) {
  CommandLine line;
  bool may_be_run = true;
  for (std::size_t i = 0; i < arguments.size();) {
    auto const& argument = arguments[i];
    if (argument.size() > 1 && argument[0] == '-') {
      auto const length = std::min(option_length(argument), arguments.size() - i);
      for (std::size_t end = i + length; i < end; ++i) line.arguments.push_back(arguments[i]);
    } else if (may_be_run && argument == "run") {
      may_be_run = false;
      ++i;
    } else {
      line.command = argument;
      line.arguments.insert(line.arguments.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                            arguments.end());
      break;
    }
  }
  for (auto const& argument : line.arguments) {
    if (argument == "--") break;
    line.help = line.help || argument == "--help" || argument == "-h";
    line.wants_version = line.wants_version || argument == "--version";
  }
  if (line.command == "help") {
    line.help = true;
    auto const named = std::find_if(line.arguments.begin(), line.arguments.end(),
                                    [](std::string const& argument) { return !argument.starts_with('-'); });
    line.command = named == line.arguments.end() ? "" : *named;
  }
  // Alembic spells its commands with underscores.
  std::replace(line.command.begin(), line.command.end(), '_', '-');
  return line;
}

VerbEntry const& find_verb(std::vector<VerbEntry> const& entries, std::string const& name) {
  for (auto const& entry : entries)
    if (entry.name == name) return entry;
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (auto const& entry : entries) names.emplace_back(entry.name);
  auto const nearest = nearest_name(name, names);
  throw UsageError{fmt::format("unknown command '{}'", name),
                   Hint{nearest ? fmt::format("did you mean '{}'?", *nearest) : "'vm --help' lists the commands"}};
}

std::string general_help(std::vector<VerbEntry> const& entries, Style const& style) {
  auto text = fmt::format("vm {}: database migrations in Lua and SQL\n\n{} vm run [OPTIONS] COMMAND [ARGUMENTS]\n"
                          "       vm COMMAND ... is the same\n",
                          version, style(Paint::bold, "usage:"));
  std::string_view group;
  for (auto const& entry : entries) {
    if (entry.group != group) text += fmt::format("\n{}\n", style(Paint::bold, fmt::format("{}:", entry.group)));
    group = entry.group;
    text += fmt::format("  {:<16}{}\n", entry.name, entry.summary);
  }
  text += "\n'vm run COMMAND --help' explains a command and its options. A revision is named by its id, the beginning "
          "of it,\n"
          "head, heads, base, a branch label, label@head, +N, -N, or id+N.\n";
  return text;
}

int run_command(Process const& process, script::HostFactory const& make_host) {
  auto const line = read_command_line(process.arguments);
  auto& streams = process.streams;
  if (line.wants_version) {
    streams.out << "vm " << version << '\n';
    return done;
  }
  Style const out_style{use_color(ColorMode::automatic, process.variables, streams.out_is_terminal)};
  auto const entries = verbs();
  if (line.command.empty()) {
    (line.help ? streams.out : streams.err) << general_help(entries, out_style);
    return line.help ? done : usage;
  }
  auto const& entry = find_verb(entries, line.command);
  auto const verb = entry.make();
  GlobalOptions global;
  bool const starts_project = entry.name == "init" || entry.name == "list-templates";
  Arguments arguments{fmt::format("vm {}{}", starts_project ? "" : "run ", entry.name)};
  verb->define(arguments);
  global.define(arguments);
  if (line.help) {
    streams.out << arguments.help(entry.summary, out_style);
    return done;
  }
  arguments.parse(line.arguments);
  Invocation invocation{process, make_host, global};
  return verb->run(invocation);
}

// The options that decide how an error looks, read leniently: the command line itself may be what is wrong.
Output error_output(Process const& process) {
  OutputOptions options;
  auto mode = ColorMode::automatic;
  for (auto const& argument : process.arguments) {
    if (argument == "--json") options.json = true;
    if (argument == "--traceback") options.traceback = true;
    if (argument == "--color=always") mode = ColorMode::always;
    if (argument == "--color=never") mode = ColorMode::never;
  }
  options.err_style = Style{use_color(mode, process.variables, process.streams.err_is_terminal)};
  return {process.streams.out, process.streams.err, options};
}

// Descriptors 0 to 2 must be taken before anything is opened: a database file that got number 1 would be written into.
void take_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
      if (::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY) < 0) return;
}

constexpr std::string_view out_of_memory = "the machine has no memory left for vm";

// No memory where an exception may not leave, or none to say it with: ending at once is as safe as being killed.
[[noreturn]] void end_now() noexcept {
  try {
    if (auto const thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (std::bad_alloc const&) {
    constexpr std::string_view text = "error: the machine has no memory left for vm, which ends at once\n"
                                      "hint: run the same command again: it goes on or says why not\n";
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) _exit(failed);
    _exit(failed);
  } catch (std::exception const& error) {
    std::cerr << "error: " << error.what() << std::endl; // a bug of ours: as without this function
  }
  std::abort();
}

} // namespace

std::vector<VerbEntry> verbs() {
  std::vector<VerbEntry> all;
  for (auto const entries : {project_verbs(), database_verbs(), schema_verbs(), revision_verbs()})
    all.insert(all.end(), entries.begin(), entries.end());
  return all;
}

int run(Process const& process, script::HostFactory const& make_host) {
  try {
    return run_command(process, make_host);
  } catch (std::bad_alloc const&) {
    return error_output(process).fail(
        MigrationError{std::string{out_of_memory}, Hint{"run the same command again: it goes on or says why not"}});
  } catch (std::exception const& error) {
    return error_output(process).fail(error);
  }
}

int run(int argc, char** argv, script::HostFactory const& make_host) {
  take_standard_descriptors();
  std::set_terminate(end_now);
  std::signal(SIGPIPE, SIG_IGN);
  DescriptorBuffer out_buffer{STDOUT_FILENO}, err_buffer{STDERR_FILENO};
  std::ostream out{&out_buffer}, err{&err_buffer};
  Streams streams{
      out, err, std::cin, is_terminal(STDOUT_FILENO), is_terminal(STDERR_FILENO), is_terminal(STDIN_FILENO)};

  std::error_code failure;
  Process process{{}, streams, {}, std::filesystem::current_path(failure)};
  for (int i = 1; i < argc; ++i) process.arguments.emplace_back(argv[i]);
  for (char** variable = environ; *variable; ++variable) {
    std::string_view const text{*variable};
    auto const equals = text.find('=');
    if (equals != std::string_view::npos) process.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }

  int code = failed;
  if (failure)
    err << "error: cannot tell the working directory: " << lower(failure.message()) << '\n';
  else
    code = run(process, make_host);
  out.flush();
  // A reader that has seen enough (`vm history | head`) is no failure; a full disk is.
  if (out_buffer.error() != 0 && out_buffer.error() != EPIPE) {
    err << "error: cannot write to standard output: " << lower(std::strerror(out_buffer.error())) << '\n';
    if (code == done) code = failed;
  }
  err.flush();
  return code;
}

} // namespace vm::cli
