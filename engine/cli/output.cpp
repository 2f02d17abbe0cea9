#include "engine/cli/output.hpp"

#include "engine/core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace vm::cli {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

void dump(std::ostream& out, Json const& document) {
  out << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Json strings(std::vector<std::string> const& values) {
  return Json(values);
}

Json strings(std::vector<fs::path> const& paths) {
  auto list = Json::array();
  for (auto const& path : paths) list.push_back(path.string());
  return list;
}

Json optional(std::optional<std::string> const& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json value_of(command::RevisionLine const& line) {
  Json value;
  value["revision"] = line.revision;
  value["down_revision"] = strings(line.parents);
  value["depends_on"] = strings(line.depends_on);
  value["branch_labels"] = strings(line.labels);
  value["message"] = line.message;
  value["doc"] = line.doc;
  value["created"] = line.created;
  value["path"] = line.path;
  value["is_head"] = line.is_head;
  value["is_real_head"] = line.is_real_head;
  value["is_branch_point"] = line.is_branch_point;
  value["is_merge_point"] = line.is_merge_point;
  if (line.is_current) value["is_current"] = *line.is_current;
  return value;
}

Json values_of(std::vector<command::RevisionLine> const& lines) {
  auto list = Json::array();
  for (auto const& line : lines) list.push_back(value_of(line));
  return list;
}

Json value_of(run::StepReport const& step) {
  Json value;
  switch (step.direction) {
  case graph::Direction::upgrade: value["direction"] = "upgrade"; break;
  case graph::Direction::downgrade: value["direction"] = "downgrade"; break;
  case graph::Direction::stamp: value["direction"] = "stamp"; break;
  }
  value["from"] = strings(step.from);
  value["to"] = strings(step.to);
  value["revision"] = step.revision.empty() ? Json(nullptr) : Json(step.revision);
  value["message"] = step.message;
  value["path"] = step.path;
  value["seconds"] = step.seconds;
  value["statements"] = step.statements;
  if (!step.rehearsed.empty()) {
    value["rehearsed"] = Json::array();
    for (auto const& statement : step.rehearsed) {
      auto locks = Json::array();
      for (auto const& lock : statement.locks) locks.push_back({{"relation", lock.relation}, {"mode", lock.mode}});
      value["rehearsed"].push_back({{"sql", statement.text},
                                    {"rows", statement.rows_affected},
                                    {"seconds", statement.seconds},
                                    {"locks", std::move(locks)},
                                    {"skipped", statement.skipped.empty() ? Json(nullptr) : Json(statement.skipped)}});
    }
  }
  return value;
}

Json values_of(std::vector<run::StepReport> const& steps) {
  auto list = Json::array();
  for (auto const& step : steps) list.push_back(value_of(step));
  return list;
}

void print_lines(std::ostream& out, std::vector<command::RevisionLine> const& lines, OutputOptions const& options,
                 LineParts parts) {
  for (auto const& line : lines) out << (options.verbose ? block_text(line) : line_text(line, parts)) << '\n';
}

std::string count_of(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string indented(std::string_view text) {
  std::string result;
  for (auto const line : split(trim(text), '\n')) result += fmt::format("    {}\n", line);
  return result;
}

void print_rehearsal(std::ostream& out, Style const& style, run::RunReport const& report) {
  std::size_t skipped = 0;
  for (auto const& step : report.done) {
    out << style(Paint::bold, step_text(step).substr(std::string_view{"Running "}.size())) << '\n';
    for (auto const& statement : step.rehearsed) {
      if (!statement.skipped.empty()) {
        ++skipped;
        out << "  " << style(Paint::yellow, "not rehearsed") << ": " << statement.skipped << '\n'
            << indented(statement.text);
        continue;
      }
      out << fmt::format("  {}, {}\n",
                         count_of(static_cast<std::size_t>(std::max<std::int64_t>(0, statement.rows_affected)), "row"),
                         duration_text(statement.seconds))
          << indented(statement.text);
      for (auto const& lock : statement.locks) out << fmt::format("    locks {}: {}\n", lock.relation, lock.mode);
    }
  }
  if (report.done.empty()) {
    out << "nothing to do\n";
    return;
  }
  out << "everything was rolled back";
  if (skipped > 0)
    out << fmt::format("; {} {} not rehearsed", count_of(skipped, "statement"), skipped == 1 ? "was" : "were");
  out << '\n';
}

} // namespace

Output::Output(std::ostream& out, std::ostream& err, OutputOptions options) : out_{out}, err_{err}, options_{options} {}

void Output::print(command::InitReport const& report) {
  if (options_.json)
    return dump(
        out_,
        {{"directory", report.directory.string()}, {"made", strings(report.made)}, {"kept", strings(report.kept)}});
  auto const& style = options_.out_style;
  for (auto const& path : report.made) out_ << style(Paint::green, "made") << "  " << path.string() << '\n';
  for (auto const& path : report.kept) out_ << style(Paint::dim, "kept") << "  " << path.string() << '\n';
  out_ << "\nnext, in " << report.directory.string() << ":\n"
       << "  edit vm.toml: set `url`, or put DATABASE_URL into the environment or .env\n"
       << "  vm run revision -m \"create customers\"\n"
       << "  vm run upgrade head\n";
}

void Output::print(std::vector<command::Template> const& templates) {
  if (options_.json) {
    auto list = Json::array();
    for (auto const& entry : templates) list.push_back({{"name", entry.name}, {"description", entry.description}});
    return dump(out_, {{"templates", std::move(list)}});
  }
  std::size_t width = 0;
  for (auto const& entry : templates) width = std::max(width, display_width(entry.name));
  for (auto const& entry : templates)
    out_ << entry.name << std::string(width - display_width(entry.name) + 2, ' ') << entry.description << '\n';
}

void Output::print(command::RevisionReport const& report) {
  if (options_.json) {
    auto document = value_of(report.revision);
    document["hooks"] = Json::array();
    for (auto const& hook : report.hooks) document["hooks"].push_back({{"name", hook.name}, {"seconds", hook.seconds}});
    return dump(out_, document);
  }
  out_ << report.revision.path << '\n';
}

void Output::print(command::EditReport const& report) {
  if (options_.json) dump(out_, {{"files", strings(report.files)}});
}

void Output::print(command::HeadsReport const& report) {
  if (options_.json) return dump(out_, {{"revisions", values_of(report.revisions)}});
  print_lines(out_, report.revisions, options_, {.labels = true, .branch_marks = false});
}

void Output::print(command::BranchesReport const& report) {
  if (options_.json) {
    auto list = Json::array();
    for (auto const& branch : report.branches)
      list.push_back({{"revision", value_of(branch.point)}, {"into", values_of(branch.into)}});
    return dump(out_, {{"branches", std::move(list)}});
  }
  for (auto const& branch : report.branches) {
    out_ << (options_.verbose ? block_text(branch.point) : line_text(branch.point, {.labels = true})) << '\n';
    for (auto const& line : branch.into)
      out_ << std::string(branch.point.revision.size(), ' ') << " -> "
           << line_text(line, {.labels = true, .message = options_.verbose}) << '\n';
    out_ << '\n';
  }
}

void Output::print(command::HistoryReport const& report) {
  if (options_.json) return dump(out_, {{"revisions", values_of(report.revisions)}});
  print_lines(out_, report.revisions, options_, {.parents = true, .labels = true, .message = true});
}

void Output::print(command::ShowReport const& report) {
  if (options_.json) return dump(out_, {{"revisions", values_of(report.revisions)}});
  for (auto const& line : report.revisions) out_ << block_text(line) << '\n';
}

void Output::print(command::CurrentReport const& report) {
  if (options_.json)
    return dump(out_, {{"database", report.database},
                       {"revisions", values_of(report.revisions)},
                       {"rows", strings(report.rows)},
                       {"missing_heads", strings(report.missing_heads)}});
  if (options_.verbose) out_ << "Current revision(s) for " << report.database << ":\n";
  print_lines(out_, report.revisions, options_, {});
}

void Output::print(command::StatusReport const& report) {
  if (options_.json) {
    auto drifted = Json::array();
    for (auto const& drift : report.drifted)
      drifted.push_back(
          {{"revision", drift.revision}, {"path", drift.path.string()}, {"applied_at", drift.applied_at}});
    return dump(out_, {{"database", report.database},
                       {"dialect", report.dialect},
                       {"server_version", report.server_version},
                       {"version_table", report.version_table},
                       {"has_version_table", report.has_version_table},
                       {"rows", strings(report.rows)},
                       {"unknown_rows", strings(report.unknown_rows)},
                       {"current", values_of(report.current)},
                       {"heads", values_of(report.heads)},
                       {"pending", values_of(report.pending)},
                       {"applied", report.applied},
                       {"total", report.total},
                       {"drifted", std::move(drifted)},
                       {"unfinished", strings(report.unfinished)},
                       {"lock_holder", optional(report.lock_holder)}});
  }
  auto const& style = options_.out_style;
  auto const row = [&](std::string_view label, std::string const& text) {
    out_ << style(Paint::bold, fmt::format("{:11}", label)) << text << '\n';
  };
  auto const rows = [&](std::string_view label, std::vector<command::RevisionLine> const& lines, LineParts parts) {
    if (lines.empty()) row(label, "<base>");
    for (std::size_t i = 0; i < lines.size(); ++i) row(i == 0 ? label : "", line_text(lines[i], parts));
  };
  row("database", fmt::format("{} ({}{}{})", report.database, report.dialect, report.server_version.empty() ? "" : " ",
                              report.server_version));
  row("versions", report.version_table + (report.has_version_table ? "" : " (not made yet)"));
  rows("current", report.current, {.message = true});
  if (!report.heads.empty()) rows("heads", report.heads, {.labels = true, .branch_marks = false, .message = true});
  for (auto const& unknown : report.unknown_rows) row("unknown", style(Paint::red, unknown) + ": no script defines it");
  row("applied", fmt::format("{} of {}", report.applied, report.total));
  row("pending", report.pending.empty() ? "none" : count_of(report.pending.size(), "revision"));
  for (auto const& line : report.pending)
    out_ << "  " << line_text(line, {.parents = true, .labels = true, .message = true}) << '\n';
  for (auto const& drift : report.drifted)
    row("changed", fmt::format("{} was applied {} and differs now: {}", style(Paint::yellow, drift.revision),
                               drift.applied_at, drift.path.string()));
  for (auto const& revision : report.unfinished) row("unfinished", style(Paint::yellow, revision));
  row("lock", report.lock_holder ? "held by " + *report.lock_holder : "free");
}

void Output::print(command::ResolveReport const& report) {
  auto const& migration = report.migration;
  std::string_view decision = "none";
  if (report.resolution) {
    switch (*report.resolution) {
    case run::Resolution::done: decision = "done"; break;
    case run::Resolution::redo: decision = "redo"; break;
    case run::Resolution::abandon: decision = "abandon"; break;
    }
  }
  if (options_.json) {
    auto steps = Json::array();
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
      auto const& step = report.steps[i];
      steps.push_back({{"step", i + 1},
                       {"state", run::name_of(step.state)},
                       {"operation", step.operation},
                       {"place", step.place},
                       {"hash", step.hash},
                       {"statements_done", step.statements_done},
                       {"error", step.error.empty() ? Json(nullptr) : Json(step.error)},
                       {"changed_at", step.changed_at}});
    }
    return dump(out_, {{"revision", migration.revision},
                       {"direction", migration.direction},
                       {"steps_done", migration.steps},
                       {"steps", std::move(steps)},
                       {"checksum", migration.checksum},
                       {"script_changed", report.is_changed},
                       {"decision", decision}});
  }
  auto const& style = options_.out_style;
  out_ << run::describe(migration) << '\n';
  for (std::size_t i = 0; i < report.steps.size(); ++i) {
    auto const& step = report.steps[i];
    bool const is_done = step.state == run::JournalEntry::State::done;
    out_ << fmt::format("  {:3}  {}  {}, {}\n", i + 1,
                        style(is_done ? Paint::green : Paint::yellow, fmt::format("{:6}", run::name_of(step.state))),
                        step.operation, step.place);
  }
  if (report.is_changed) out_ << "the script changed since\n";
  if (!report.resolution) return;
  auto const again = fmt::format("run `vm run {} {}` to go on", migration.direction,
                                 migration.direction == "downgrade" ? migration.revision + "-1" : migration.revision);
  auto const step = migration.pending ? fmt::format("step {}", migration.pending_number) : std::string{};
  if (decision == "done") out_ << fmt::format("{} counts as done; {}\n", step, again);
  if (decision == "redo" && !step.empty()) out_ << fmt::format("{} runs again; {}\n", step, again);
  if (decision == "redo" && step.empty()) out_ << fmt::format("the script counts as it is now; {}\n", again);
  if (decision == "abandon")
    out_ << fmt::format("the record is gone: '{}' counts as not {}; what its steps did is still in the database\n",
                        migration.revision, migration.direction == "downgrade" ? "undone" : "begun");
}

void Output::print(command::PlanReport const& report) {
  if (options_.json)
    return dump(out_, {{"steps", values_of(report.steps)},
                       {"before", strings(report.before)},
                       {"after", strings(report.after)},
                       {"database", report.database}});
  for (auto const& step : report.steps) {
    auto text = step_text(step);
    out_ << text.substr(std::string_view{"Running "}.size()) << '\n';
  }
  if (report.steps.empty()) out_ << "nothing to do\n";
}

void Output::print(command::EnsureVersionReport const& report, std::string const& script) {
  if (options_.json) {
    Json document{{"version_table", report.version_table}, {"made", report.made}};
    if (!script.empty()) document["sql"] = script;
    return dump(out_, document);
  }
  out_ << fmt::format("table '{}' {}\n", report.version_table, report.made ? "was made" : "is there");
}

void Output::print(command::PingReport const& report) {
  if (options_.json)
    return dump(out_, {{"database", report.database},
                       {"dialect", report.dialect},
                       {"product", report.product},
                       {"server_version", report.server_version},
                       {"seconds", report.seconds},
                       {"attempts", report.attempts}});
  out_ << fmt::format("{}: {} {} answered in {}\n", report.database, report.product, report.server_version,
                      duration_text(report.seconds));
}

void Output::print(command::AppliedReport const& report) {
  if (options_.json) {
    auto entries = Json::array();
    for (auto const& each : report.entries) {
      entries.push_back({{"revision", each.revision},
                         {"direction", each.direction},
                         {"outcome", each.outcome},
                         {"started_at", each.started_at},
                         {"seconds", each.seconds},
                         {"user", each.username},
                         {"host", each.hostname},
                         {"checksum", each.checksum},
                         {"vm_version", each.vm_version},
                         {"error", each.error.empty() ? Json(nullptr) : Json(each.error)}});
    }
    return dump(out_, {{"database", report.database}, {"entries", std::move(entries)}});
  }
  for (auto const& each : report.entries) {
    bool const is_done = each.outcome == "done";
    out_ << fmt::format("{} UTC  {:9}  {}  {}  {}  {}@{}\n", each.started_at, each.direction,
                        each.revision.empty() ? "base" : each.revision,
                        options_.out_style(is_done ? Paint::green : Paint::red, each.outcome),
                        duration_text(each.seconds), each.username, each.hostname);
    if (!each.error.empty()) out_ << fmt::format("    {}\n", each.error);
  }
}

void Output::print(command::UnlockReport const& report) {
  if (options_.json)
    return dump(out_, {{"database", report.database},
                       {"was_held", report.was_held},
                       {"holder", optional(report.holder)},
                       {"released", report.released}});
  if (!report.was_held)
    out_ << "the lock is free\n";
  else
    out_ << fmt::format("the lock was held by {}; it is free now\n", report.holder.value_or("a run that has ended"));
}

void Output::print(run::RunReport const& report, std::string const& script) {
  if (!options_.json) {
    if (report.dry_run) print_rehearsal(out_, options_.out_style, report);
    return;
  }
  Json document{
      {"steps", values_of(report.done)}, {"before", strings(report.before)}, {"after", strings(report.after)},
      {"database", report.database},     {"dialect", report.dialect},        {"server_version", report.server_version},
      {"seconds", report.seconds},       {"offline", report.offline},        {"dry_run", report.dry_run}};
  if (report.offline) document["sql"] = script;
  if (report.backup) document["backup"] = report.backup->native();
  dump(out_, document);
}

} // namespace vm::cli
