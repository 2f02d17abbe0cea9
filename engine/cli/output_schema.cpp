// Reports about schemas and about tests of migrations, as text and as JSON.
#include "engine/cli/output.hpp"
#include "engine/command/schema_commands.hpp"
#include "engine/command/test.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vm::cli {
namespace {

using Json = nlohmann::ordered_json;

void dump(std::ostream& out, Json const& document) {
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Json difference_value(command::SchemaDifference const& difference) {
  auto const& compared = difference.compared;
  return {{"desired", compared.desired},
          {"database", compared.database},
          {"desired_tables", compared.desired_tables},
          {"database_tables", compared.database_tables},
          {"hooks", compared.hooks},
          {"differences", difference.findings},
          {"warnings", difference.warnings},
          {"not_compared", difference.not_compared},
          {"upgrade", difference.upgrade},
          {"downgrade", difference.downgrade}};
}

std::string difference_text(command::SchemaDifference const& difference, OutputOptions const& options) {
  std::string text;
  for (auto const& finding : difference.findings) {
    auto const paint = finding.starts_with("added")     ? Paint::green
                       : finding.starts_with("removed") ? Paint::red
                                                        : Paint::yellow;
    text += options.out_style(paint, finding) + "\n";
  }
  if (options.verbose && !difference.upgrade.empty()) text += "\n" + difference.upgrade + "\n";
  return text;
}

std::string_view outcome_word(command::TestOutcome outcome) {
  switch (outcome) {
  case command::TestOutcome::passed: return "passed";
  case command::TestOutcome::failed: return "failed";
  case command::TestOutcome::irreversible: return "irreversible";
  case command::TestOutcome::not_run: break;
  }
  return "not run";
}

std::string test_summary(command::TestReport const& report) {
  using command::TestOutcome;
  auto const total = report.revisions.size();
  if (total == 0) return "no revisions to test";
  auto text =
      fmt::format("{} of {} revision{} passed", report.count(TestOutcome::passed), total, total == 1 ? "" : "s");
  auto const part = [&](TestOutcome outcome, std::string_view word) {
    if (auto const count = report.count(outcome)) text += fmt::format(", {} {}", count, word);
  };
  part(TestOutcome::failed, "failed");
  part(TestOutcome::irreversible, "without a downgrade");
  part(TestOutcome::not_run, "not run");
  return text + fmt::format(" in {}", duration_text(report.seconds));
}

std::string test_text(command::RevisionTest const& test, Style const& style, bool verbose) {
  using command::TestOutcome;
  auto const paint = test.outcome == TestOutcome::passed   ? Paint::green
                     : test.outcome == TestOutcome::failed ? Paint::red
                                                           : Paint::yellow;
  auto text = fmt::format("{}  {}{}{}\n", style(paint, outcome_word(test.outcome)), test.revision,
                          test.message.empty() ? "" : ", ", test.message);
  if (test.outcome == TestOutcome::failed) text += fmt::format("  {}: {}\n", test.during, test.failure);
  if (test.outcome == TestOutcome::not_run) text += fmt::format("  {}\n", test.failure);
  if (test.outcome == TestOutcome::irreversible) text += "  no downgrade: only the upgrade was tried\n";
  for (auto const& detail : test.details) {
    text += "    ";
    for (char const c : detail) text += c == '\n' ? std::string{"\n    "} : std::string{c};
    text += '\n';
  }
  if (verbose)
    for (auto const& warning : test.warnings) text += fmt::format("  {}\n", warning);
  return text;
}

} // namespace

void Output::print(command::TestReport const& report) {
  if (!options_.json) {
    for (auto const& test : report.revisions) out_ << test_text(test, options_.out_style, options_.verbose);
    out_ << test_summary(report) << '\n';
    return;
  }
  auto list = Json::array();
  for (auto const& test : report.revisions)
    list.push_back({{"revision", test.revision},
                    {"message", test.message},
                    {"path", test.path.string()},
                    {"outcome", outcome_word(test.outcome)},
                    {"during", test.during},
                    {"failure", test.failure},
                    {"details", test.details},
                    {"warnings", test.warnings},
                    {"seconds", test.seconds}});
  dump(out_, {{"database", report.database},
              {"jobs", report.jobs},
              {"seconds", report.seconds},
              {"passed", report.count(command::TestOutcome::passed)},
              {"failed", report.count(command::TestOutcome::failed)},
              {"irreversible", report.count(command::TestOutcome::irreversible)},
              {"not_run", report.count(command::TestOutcome::not_run)},
              {"revisions", std::move(list)}});
}

void Output::print(command::CheckReport const& report) {
  if (options_.json) {
    Json document = {{"database", report.database}, {"clean", report.is_clean()}};
    document["pending"] = Json::array();
    for (auto const& line : report.pending)
      document["pending"].push_back({{"revision", line.revision}, {"message", line.message}, {"path", line.path}});
    document["drifted"] = Json::array();
    for (auto const& drift : report.drifted)
      document["drifted"].push_back(
          {{"revision", drift.revision}, {"path", drift.path.string()}, {"applied_at", drift.applied_at}});
    if (report.difference) document["schema"] = difference_value(*report.difference);
    return dump(out_, document);
  }
  for (auto const& line : report.pending)
    out_ << fmt::format("pending: {}{}\n", line.revision, line.message.empty() ? "" : ", " + line.message);
  if (report.difference) out_ << difference_text(*report.difference, options_);
  if (!report.is_clean()) return;
  out_ << (report.difference ? "no differences\n" : "nothing is pending\n");
}

void Output::print(command::SchemaDifference const& report) {
  if (options_.json) return dump(out_, difference_value(report));
  out_ << (report.findings.empty() ? std::string{"no differences\n"} : difference_text(report, options_));
}

void Output::print(DumpReport const& report) {
  if (options_.json) {
    Json document = {{"format", report.format}};
    if (report.path.empty())
      document["text"] = report.text;
    else
      document["path"] = report.path.string();
    return dump(out_, document);
  }
  if (report.path.empty())
    out_ << report.text;
  else
    out_ << report.path.string() << '\n';
}

void Output::print(NothingDetected const& report) {
  if (options_.json) dump(out_, {{"path", nullptr}, {"schema", difference_value(report.difference)}});
}

void Output::print(AdoptionReport const& report) {
  auto const& revision = report.adopted.revision.revision;
  if (options_.json)
    return dump(out_, {{"directory", report.init.directory.string()},
                       {"schema", report.adopted.schema_file.string()},
                       {"tables", report.adopted.tables},
                       {"revision", revision.revision},
                       {"path", revision.path},
                       {"stamped", report.stamped}});
  auto const& style = options_.out_style;
  for (auto const& path : report.init.made) out_ << style(Paint::green, "made") << "  " << path.string() << '\n';
  for (auto const& path : report.init.kept) out_ << style(Paint::dim, "kept") << "  " << path.string() << '\n';
  out_ << style(Paint::green, "made") << "  "
       << std::filesystem::path{revision.path}.lexically_relative(report.init.directory).string() << '\n'
       << fmt::format("\n{} table{} written down; ", report.adopted.tables, report.adopted.tables == 1 ? "" : "s");
  if (report.stamped)
    out_ << "the database is marked as being at '" << revision.revision << "'\n";
  else
    out_ << "the database has these tables already, so mark it, in " << report.init.directory.string()
         << ":\n  vm run stamp head\n";
}

} // namespace vm::cli
