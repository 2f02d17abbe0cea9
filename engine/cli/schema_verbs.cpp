#include "engine/cli/schema_verbs.hpp"

#include "engine/cli/schema_json.hpp"
#include "engine/cli/verb.hpp"
#include "engine/command/test.hpp"
#include "engine/core/error.hpp"
#include "engine/core/files.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vm::cli {

void log_difference(Invocation& invocation, command::SchemaDifference const& difference) {
  auto& log = invocation.log();
  auto const& compared = difference.compared;
  auto const tables = [](std::size_t count) { return fmt::format("{} table{}", count, count == 1 ? "" : "s"); };
  log.write(LogLevel::info, "vm.autogenerate",
            fmt::format("Compared {} of {} with {} of {}{}", tables(compared.desired_tables), compared.desired,
                        tables(compared.database_tables), compared.database,
                        compared.hooks.empty() ? "" : fmt::format("; in force: {}", join(compared.hooks, ", "))));
  for (auto const& finding : difference.findings)
    log.write(LogLevel::info, "vm.autogenerate", fmt::format("Detected {}", finding));
  for (auto const& warning : difference.warnings) log.write(LogLevel::warning, "vm.autogenerate", warning);
  for (auto const& what : difference.not_compared) log.write(LogLevel::warning, "vm.autogenerate", what);
}

command::AskRename rename_question(Invocation& invocation) {
  if (!invocation.is_interactive()) return {};
  return [&invocation](command::RenameQuestion const& question) {
    auto const of = question.table.empty() ? std::string{} : fmt::format(" of table '{}'", question.table);
    return invocation.confirm(
        fmt::format("was {} '{}'{} renamed to '{}'?", question.kind, question.from, of, question.to));
  };
}

namespace {

class Check : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.flag("--pending", options_.pending_only, "only whether revisions are pending; needs no schema.lua");
    arguments.example("vm run check", "whether the database is what schema.lua says");
    arguments.example("vm run check --pending", "whether an upgrade is due");
  }

  int run(Invocation& invocation) override {
    auto const report = command::check(options_, invocation.open());
    if (report.difference) {
      auto quiet = *report.difference;
      quiet.findings.clear(); // they are the result
      log_difference(invocation, quiet);
    }
    for (auto const& drift : report.drifted)
      invocation.log().write(LogLevel::warning, "vm.migration",
                             fmt::format("The script of '{}' changed since it ran at {}: {}", drift.revision,
                                         drift.applied_at, drift.path.string()));
    invocation.output().print(report);
    return report.is_clean() ? done : differences;
  }

 private:
  command::CheckOptions options_;
};

std::string dump_text(std::string const& format, run::Environment& environment) {
  if (format == "json") return schema_json(command::live_schema(environment));
  return format == "sql" ? command::dump_sql(environment) : command::dump_lua(environment);
}

class Schema : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("ACTION", action_, Arguments::Need::required,
                         "'dump' writes the database's schema down, 'diff' compares two databases");
    arguments.positional(
        "NAMES", names_, Arguments::Need::optional,
        "dump: the file to write (default: standard output); diff: two URLs, or a URL and a .sql file");
    arguments.choice("--format", {"lua", "sql", "json"}, format_, "of a dump (default: lua)");
    arguments.example("vm run schema dump migrations/schema.lua", "the live schema as schema.lua");
    arguments.example("vm run schema dump --format sql", "the same as SQL for the database's own client");
    arguments.example("vm run schema diff postgresql://test/shop postgresql://live/shop",
                      "what leads from the first to the second");
  }

  int run(Invocation& invocation) override {
    if (action_ == "dump") return dump(invocation);
    if (action_ == "diff") return diff(invocation);
    auto const nearest = nearest_name(action_, std::vector<std::string>{"dump", "diff"});
    throw UsageError{fmt::format("unknown action '{}'", action_),
                     Hint{nearest ? fmt::format("did you mean '{}'?", *nearest) : "the actions are 'dump' and 'diff'"}};
  }

 private:
  int dump(Invocation& invocation) {
    if (names_.size() > 1) throw UsageError{fmt::format("one file to write is enough: {}", quoted_list(names_))};
    auto& environment = invocation.open({.lock_timeout = {}, .tag = {}, .require_file = false});
    auto const text = dump_text(format_, environment);
    if (names_.empty()) {
      invocation.output().print(DumpReport{{}, format_, text});
      return done;
    }
    auto const path = (invocation.directory() / names_.front()).lexically_normal();
    write_file(path, text, IfExists::replace);
    invocation.output().print(DumpReport{path, format_, text});
    return done;
  }

  int diff(Invocation& invocation) {
    if (names_.empty() || names_.size() > 2)
      throw UsageError{"schema diff needs two databases",
                       Hint{"vm run schema diff URL1 URL2; one alone is compared with the project's own database"}};
    OpenOptions open;
    open.require_file = false;
    if (names_.size() == 2) open.url = names_.front();
    auto const difference = command::schema_diff(names_.back(), invocation.open(open));
    auto quiet = difference;
    quiet.findings.clear();
    log_difference(invocation, quiet);
    invocation.output().print(difference);
    return difference.findings.empty() ? done : differences;
  }

  std::string action_, format_ = "lua";
  std::vector<std::string> names_;
};

class Test : public Verb {
 public:
  void define(Arguments& arguments) override {
    arguments.positional("REVS", options_.revisions, Arguments::Need::optional,
                         "which revisions, or ranges of them (default: all)");
    arguments.flag("--no-rows", no_rows_, "fill no tables with rows made from column types");
    arguments.option("--jobs", "N", jobs_, "scratch databases at once (default: by processors)");
    arguments.option("--junit", "FILE", junit_, "write the report as JUnit XML as well");
    arguments.example("vm run test", "every migration up, down and up again, on a scratch database");
    arguments.example("vm run test head --junit report.xml", "the newest alone, with a report for the build server");
  }

  int run(Invocation& invocation) override {
    options_.rows = !no_rows_;
    if (jobs_) options_.jobs = number_of_jobs(*jobs_);
    auto& environment = invocation.open();
    options_.make_host = [&invocation] { return invocation.make_silent_host(); };
    options_.on_result = [&](command::RevisionTest const& test) {
      if (test.outcome == command::TestOutcome::passed)
        invocation.log().write(LogLevel::info, "vm.test",
                               fmt::format("Tested {}{}{} in {}", test.revision, test.message.empty() ? "" : ", ",
                                           test.message, duration_text(test.seconds)));
    };
    auto const report = command::test(options_, environment);
    if (junit_)
      write_file((invocation.directory() / *junit_).lexically_normal(), command::junit_xml(report), IfExists::replace);
    invocation.output().print(report);
    return report.count(command::TestOutcome::failed) == 0 ? done : failed;
  }

 private:
  static int number_of_jobs(std::string const& text) {
    int number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > 64)
      throw UsageError{fmt::format("--jobs must be a number from 1 to 64, not '{}'", text)};
    return number;
  }

  command::TestOptions options_;
  std::optional<std::string> jobs_, junit_;
  bool no_rows_ = false;
};

constexpr std::string_view group = "the schema";

constexpr VerbEntry entries[] = {
    {"check", group, "whether the database is what schema.lua says", make_verb<Check>},
    {"test", group, "try migrations up, down and up again on a scratch database", make_verb<Test>},
    {"schema", group, "write a database's schema down, or compare two", make_verb<Schema>},
};

} // namespace

std::span<VerbEntry const> schema_verbs() {
  return entries;
}

} // namespace vm::cli
