// The options and arguments of one command, defined, parsed and explained. CLI11 ends here. Relative revisions (`-1`,
// `-3:head`) are values, never options. Whatever is wrong with a command line is a UsageError.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vm::cli {

class Style;

class Arguments {
 public:
  /// `command` is what a person types before the arguments: "vm upgrade".
  explicit Arguments(std::string command);
  ~Arguments();
  Arguments(Arguments const&) = delete;
  Arguments& operator=(Arguments const&) = delete;

  /// `names` are CLI11's: "-v,--verbose". The variables are written by parse() and outlive it; an option given twice
  /// takes the last value, a list takes all.
  void flag(std::string const& names, bool& value, std::string help);
  void option(std::string const& names, std::string const& placeholder, std::string& value, std::string help);
  void option(std::string const& names, std::string const& placeholder, std::optional<std::string>& value,
              std::string help);
  void option(std::string const& names, std::string const& placeholder, std::vector<std::string>& values,
              std::string help);
  void choice(std::string const& names, std::vector<std::string> choices, std::string& value, std::string help);
  /// "30", "30s", "500ms", "2m", "1h".
  void duration(std::string const& names, std::optional<double>& seconds, std::string help);

  enum class Need { required, optional };
  void positional(std::string name, std::string& value, Need need, std::string help);
  void positional(std::string name, std::optional<std::string>& value, Need need, std::string help);
  void positional(std::string name, std::vector<std::string>& values, Need need, std::string help);

  /// Options defined from now on are explained under this heading.
  void section(std::string heading);
  /// Shown at the end of help(), a command line each with what it does.
  void example(std::string line, std::string help);

  void parse(std::vector<std::string> const& arguments);
  std::string help(std::string_view summary, Style const& style) const;
  std::string usage() const; ///< "vm stamp [OPTIONS] TARGETS..."

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Throws UsageError that names `what`.
double parse_duration(std::string_view text, std::string_view what);

} // namespace vm::cli
