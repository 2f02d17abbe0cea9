// Reports and errors as a person reads them, or as one JSON document. The only place that knows how either looks.
#pragma once

#include "engine/cli/terminal.hpp"
#include "engine/command/commands.hpp"
#include "engine/command/schema_commands.hpp"
#include "engine/command/test.hpp"

#include <exception>
#include <ostream>
#include <string>
#include <string_view>

namespace vm::cli {

struct OutputOptions {
  bool json = false;
  bool verbose = false;   ///< listings show a block a revision
  bool traceback = false; ///< errors show the Lua traceback
  Style out_style, err_style;
};

/// What `schema dump` wrote, and where; no path: to standard output.
struct DumpReport {
  std::filesystem::path path;
  std::string format, text;
};

/// What `init --from-database` did.
struct AdoptionReport {
  command::InitReport init;
  command::AdoptReport adopted;
  bool stamped = false;
};

/// `revision --autogenerate` found no difference and wrote no file.
struct NothingDetected {
  command::SchemaDifference difference;
};

class Output {
 public:
  /// The streams outlive it.
  Output(std::ostream& out, std::ostream& err, OutputOptions options);

  void print(command::InitReport const& report);
  void print(std::vector<command::Template> const& templates);
  void print(command::RevisionReport const& report);
  void print(command::EditReport const& report);
  void print(command::HeadsReport const& report);
  void print(command::BranchesReport const& report);
  void print(command::HistoryReport const& report);
  void print(command::AppliedReport const& report);
  void print(command::ShowReport const& report);
  void print(command::CurrentReport const& report);
  void print(command::StatusReport const& report);
  void print(command::ResolveReport const& report);
  void print(command::PlanReport const& report);
  void print(command::EnsureVersionReport const& report, std::string const& script = {});
  void print(command::PingReport const& report);
  void print(command::UnlockReport const& report);
  void print(command::CheckReport const& report);
  void print(command::SchemaDifference const& report);
  void print(command::TestReport const& report);
  void print(DumpReport const& report);
  void print(AdoptionReport const& report);
  void print(NothingDetected const& report);
  /// `script` is what `--sql` wrote, for JSON; as text it went to standard output while it was made.
  void print(run::RunReport const& report, std::string const& script = {});

  /// Text on standard error, JSON on standard output; returns the exit code.
  int fail(std::exception const& error);

  OutputOptions const& options() const { return options_; }

 private:
  std::ostream& out_;
  std::ostream& err_;
  OutputOptions options_;
};

/// One line of a listing, in Alembic's format: "<base> -> ab12 (orders) (head), add orders". The parts that `heads`,
/// `history`, `branches` and `current` want differ.
struct LineParts {
  bool parents = false, labels = false, branch_marks = true, message = false;
};
std::string line_text(command::RevisionLine const& line, LineParts parts);

/// The block of `--verbose` and `show`.
std::string block_text(command::RevisionLine const& line);

/// "error: …" with place, notes, statement and hints; every line ends with a line feed.
std::string error_text(std::exception const& error, Style const& style, bool traceback);

/// {"error": {"message", "hints", "location", "notes", "kind", "exit_code", …}} as text.
std::string error_json(std::exception const& error, bool traceback);

/// "3 ms", "0.52 s", "2 min 5 s".
std::string duration_text(double seconds);

/// The sentence at the end of a run: "ran 2 upgrades in 0.12 s; database is at 'ab12'".
std::string summary_text(run::RunReport const& report);

/// "Running upgrade a -> b, message".
std::string step_text(run::StepReport const& step);

} // namespace vm::cli
