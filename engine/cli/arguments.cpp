#include "engine/cli/arguments.hpp"

#include "engine/cli/terminal.hpp"
#include "engine/core/error.hpp"
#include "engine/core/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace vm::cli {
namespace {

// Stands before a value that begins with a minus sign while CLI11 reads it. Nobody can type it as a first character of
// an argument by accident, and it is taken off again before anybody sees the value.
constexpr char marker = '\x01';

bool is_relative(std::string_view text) {
  return text.size() > 1 && text[0] == '-' && text[1] >= '0' && text[1] <= '9';
}

std::string unmarked(std::string const& text) {
  return !text.empty() && text.front() == marker ? text.substr(1) : text;
}

struct Explained {
  std::string section, names, help;
};

struct Positional {
  std::string name, help;
  bool required, many;
  std::function<void(std::vector<std::string>)> store;
};

// How an option is shown: "-r, --rev-range A:B".
std::string shown(std::string const& names, std::string const& placeholder) {
  std::string result = names.starts_with("--") ? "    " : "";
  for (auto const part : split(names, ',')) {
    if (!result.empty() && result != "    ") result += ", ";
    result += part;
  }
  return placeholder.empty() ? result : result + " " + placeholder;
}

// Wraps at spaces; every line but the first begins with `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::size_t column = indent;
  for (auto const word : split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

} // namespace

struct Arguments::State {
  CLI::App app;
  std::string command;
  std::string current_section = "options";
  std::vector<Explained> options;
  std::vector<Positional> positionals;
  std::vector<Explained> examples;
  std::vector<std::string> names; ///< every spelling, for "did you mean"

  enum class Repeat { last_wins, collects };

  void add(std::string const& option_names, std::string const& placeholder, Repeat repeat, std::string help,
           CLI::callback_t store) {
    auto* option = app.add_option(option_names, std::move(store));
    if (repeat == Repeat::collects) option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args(false);
    option->multi_option_policy(repeat == Repeat::collects ? CLI::MultiOptionPolicy::TakeAll
                                                           : CLI::MultiOptionPolicy::TakeLast);
    remember(option_names, placeholder, std::move(help));
  }

  void remember(std::string const& option_names, std::string const& placeholder, std::string help) {
    for (auto const part : split(option_names, ',')) names.emplace_back(part);
    options.push_back({current_section, shown(option_names, placeholder), std::move(help)});
  }
};

Arguments::Arguments(std::string command) : state_{std::make_unique<State>()} {
  state_->command = std::move(command);
  state_->app.set_help_flag();
  state_->app.allow_extras();
}

Arguments::~Arguments() = default;

void Arguments::flag(std::string const& names, bool& value, std::string help) {
  state_->app.add_flag_function(names, [&value](std::int64_t) { value = true; });
  state_->remember(names, "", std::move(help));
}

void Arguments::option(std::string const& names, std::string const& placeholder, std::string& value, std::string help) {
  state_->add(names, placeholder, State::Repeat::last_wins, std::move(help), [&value](CLI::results_t const& results) {
    value = unmarked(results.back());
    return true;
  });
}

void Arguments::option(std::string const& names, std::string const& placeholder, std::optional<std::string>& value,
                       std::string help) {
  state_->add(names, placeholder, State::Repeat::last_wins, std::move(help), [&value](CLI::results_t const& results) {
    value = unmarked(results.back());
    return true;
  });
}

void Arguments::option(std::string const& names, std::string const& placeholder, std::vector<std::string>& values,
                       std::string help) {
  state_->add(names, placeholder, State::Repeat::collects, std::move(help), [&values](CLI::results_t const& results) {
    values.clear();
    for (auto const& result : results) values.push_back(unmarked(result));
    return true;
  });
}

void Arguments::choice(std::string const& names, std::vector<std::string> choices, std::string& value,
                       std::string help) {
  auto const placeholder = join(choices, "|");
  auto const name = std::string{split(names, ',').back()};
  state_->add(names, placeholder, State::Repeat::last_wins, std::move(help),
              [&value, choices = std::move(choices), name](CLI::results_t const& results) {
                if (std::find(choices.begin(), choices.end(), results.back()) == choices.end())
                  throw UsageError{fmt::format("{} does not take '{}'", name, unmarked(results.back())),
                                   Hint{fmt::format("it takes {}", quoted_list(choices))}};
                value = results.back();
                return true;
              });
}

void Arguments::duration(std::string const& names, std::optional<double>& seconds, std::string help) {
  auto const name = std::string{split(names, ',').back()};
  state_->add(names, "SECONDS", State::Repeat::last_wins, std::move(help),
              [&seconds, name](CLI::results_t const& results) {
                seconds = parse_duration(unmarked(results.back()), name);
                return true;
              });
}

void Arguments::positional(std::string name, std::string& value, Need need, std::string help) {
  state_->positionals.push_back({std::move(name), std::move(help), need == Need::required, false,
                                 [&value](std::vector<std::string> values) { value = std::move(values.front()); }});
}

void Arguments::positional(std::string name, std::optional<std::string>& value, Need need, std::string help) {
  state_->positionals.push_back({std::move(name), std::move(help), need == Need::required, false,
                                 [&value](std::vector<std::string> values) { value = std::move(values.front()); }});
}

void Arguments::positional(std::string name, std::vector<std::string>& values, Need need, std::string help) {
  state_->positionals.push_back({std::move(name), std::move(help), need == Need::required, true,
                                 [&values](std::vector<std::string> given) { values = std::move(given); }});
}

void Arguments::section(std::string heading) {
  state_->current_section = std::move(heading);
}

void Arguments::example(std::string line, std::string help) {
  state_->examples.push_back({"examples", std::move(line), std::move(help)});
}

void Arguments::parse(std::vector<std::string> const& arguments) {
  // CLI11 takes its vector from the back.
  std::vector<std::string> reversed;
  std::vector<std::string> literal;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") {
      literal.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
      break;
    }
    // CLI11 takes "--name=" for a name without a value; it is an empty one.
    auto const& argument = arguments[i];
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      reversed.push_back(argument.substr(0, argument.size() - 1));
      reversed.emplace_back();
      continue;
    }
    reversed.push_back(is_relative(argument) ? marker + argument : argument);
  }
  std::reverse(reversed.begin(), reversed.end());
  try {
    state_->app.parse(std::move(reversed));
  } catch (CLI::ArgumentMismatch const& mismatch) {
    std::string_view const text = mismatch.what();
    throw UsageError{fmt::format("option '{}' needs a value", text.substr(0, text.find(':'))),
                     Hint{"usage: " + usage()}};
  } catch (CLI::ParseError const& error) {
    throw UsageError{lower(error.what()), Hint{"usage: " + usage()}};
  }

  std::vector<std::string> values;
  for (auto const& extra : state_->app.remaining()) {
    if (extra.size() > 1 && extra[0] == '-') {
      auto const name = extra.substr(0, extra.find('='));
      auto const nearest = name.starts_with("--") ? nearest_name(name, state_->names) : std::nullopt;
      throw UsageError{fmt::format("unknown option '{}'", name),
                       Hint{nearest ? fmt::format("did you mean '{}'?", *nearest)
                                    : fmt::format("'{} --help' lists the options", state_->command)}};
    }
    values.push_back(unmarked(extra));
  }
  values.insert(values.end(), literal.begin(), literal.end());

  std::size_t next = 0;
  for (auto const& positional : state_->positionals) {
    if (next == values.size()) {
      if (positional.required)
        throw UsageError{fmt::format("'{}' needs {}", state_->command, positional.name), Hint{"usage: " + usage()}};
      break;
    }
    auto const end = positional.many ? values.size() : next + 1;
    positional.store(
        {values.begin() + static_cast<std::ptrdiff_t>(next), values.begin() + static_cast<std::ptrdiff_t>(end)});
    next = end;
  }
  if (next < values.size())
    throw UsageError{fmt::format("unexpected argument '{}'", values[next]), Hint{"usage: " + usage()}};
}

std::string Arguments::usage() const {
  std::string text = state_->command + " [OPTIONS]";
  for (auto const& positional : state_->positionals) {
    auto const name = positional.many ? positional.name + "..." : positional.name;
    text += positional.required ? " " + name : " [" + name + "]";
  }
  return text;
}

std::string Arguments::help(std::string_view summary, Style const& style) const {
  constexpr std::size_t column = 34, width = 100;
  std::string text = fmt::format("{}\n\n{} {}\n", summary, style(Paint::bold, "usage:"), usage());
  auto const line = [&](std::string const& left, std::string const& help) {
    text += "  " + left;
    auto const used = left.size() + 2;
    text += used + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - used, ' ');
    text += wrapped(help, column, width) + "\n";
  };
  if (!state_->positionals.empty()) text += "\n" + style(Paint::bold, "arguments:") + "\n";
  for (auto const& positional : state_->positionals) line(positional.name, positional.help);
  std::string_view heading;
  for (auto const& option : state_->options) {
    if (option.section != heading) text += "\n" + style(Paint::bold, option.section + ":") + "\n";
    heading = option.section;
    line(option.names, option.help);
  }
  if (!state_->examples.empty()) text += "\n" + style(Paint::bold, "examples:") + "\n";
  for (auto const& example : state_->examples) line(example.names, example.help);
  return text;
}

double parse_duration(std::string_view text, std::string_view what) {
  double number = 0;
  auto const [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view const unit{rest, static_cast<std::size_t>(text.data() + text.size() - rest)};
  double factor = -1;
  if (unit.empty() || unit == "s") factor = 1;
  if (unit == "ms") factor = 0.001;
  if (unit == "m" || unit == "min") factor = 60;
  if (unit == "h") factor = 3600;
  // `!(number >= 0)` also refuses NaN; a year is more than anybody waits and keeps clocks from overflowing.
  if (error != std::errc{} || factor < 0 || !(number >= 0) || number * factor > 365.0 * 86400)
    throw UsageError{fmt::format("{} does not take '{}'", what, text),
                     Hint{"a time is '30', '30s', '500ms', '2m' or '1h'"}};
  return number * factor;
}

} // namespace vm::cli
