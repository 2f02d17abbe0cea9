#include "engine/cli/output.hpp"
#include "engine/core/text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace vm::cli {
namespace {

std::string parents_text(command::RevisionLine const& line) {
  return line.parents.empty() ? "<base>" : join(line.parents, ", ");
}

std::string_view verb_of(graph::Direction direction) {
  switch (direction) {
  case graph::Direction::upgrade: return "upgrade";
  case graph::Direction::downgrade: return "downgrade";
  case graph::Direction::stamp: return "stamp_revision";
  }
  return "";
}

} // namespace

std::string line_text(command::RevisionLine const& line, LineParts parts) {
  std::string text;
  if (parts.parents) {
    text = parents_text(line);
    if (!line.depends_on.empty()) text += fmt::format(" ({})", join(line.depends_on, ", "));
    text += " -> ";
  }
  text += line.revision;
  if (parts.labels && !line.labels.empty()) text += fmt::format(" ({})", join(line.labels, ", "));
  if (line.is_head) text += line.is_real_head ? " (head)" : " (effective head)";
  if (line.is_current.value_or(false)) text += " (current)";
  if (parts.branch_marks && line.is_branch_point) text += " (branchpoint)";
  if (parts.branch_marks && line.is_merge_point) text += " (mergepoint)";
  if (parts.message) text += ", " + line.message;
  return text;
}

std::string block_text(command::RevisionLine const& line) {
  std::string text = fmt::format(
      "Rev: {}{}{}{}{}\n", line.revision, line.is_head ? " (head)" : "", line.is_branch_point ? " (branchpoint)" : "",
      line.is_merge_point ? " (mergepoint)" : "", line.is_current.value_or(false) ? " (current)" : "");
  text += fmt::format("{}: {}\n", line.is_merge_point ? "Merges" : "Parent", parents_text(line));
  if (!line.depends_on.empty()) text += fmt::format("Also depends on: {}\n", join(line.depends_on, ", "));
  if (line.is_branch_point) text += fmt::format("Branches into: {}\n", join(line.children, ", "));
  if (!line.labels.empty()) text += fmt::format("Branch names: {}\n", join(line.labels, ", "));
  text += fmt::format("Path: {}\n\n", line.path);
  for (auto const paragraph : split(trim(line.doc), '\n')) {
    std::string_view const stripped = paragraph.ends_with('\r') ? paragraph.substr(0, paragraph.size() - 1) : paragraph;
    text += stripped.empty() ? "\n" : fmt::format("    {}\n", stripped);
  }
  return text;
}

std::string duration_text(double seconds) {
  if (seconds < 0.0995) return fmt::format("{:.0f} ms", seconds * 1000);
  if (seconds < 10) return fmt::format("{:.2f} s", seconds);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  auto const whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string step_text(run::StepReport const& step) {
  auto text = fmt::format("Running {} {} -> {}", verb_of(step.direction), join(step.from, ", "), join(step.to, ", "));
  if (!step.message.empty()) text += ", " + step.message;
  return text;
}

std::string summary_text(run::RunReport const& report) {
  auto const place = report.after.empty() ? std::string{"base"} : quoted_list(report.after);
  if (report.done.empty()) return fmt::format("Nothing to do; database is at {}", place);
  bool const stamped = report.done.front().direction == graph::Direction::stamp;
  std::string_view const noun = stamped                                                      ? "stamp"
                                : report.done.front().direction == graph::Direction::upgrade ? "upgrade"
                                                                                             : "downgrade";
  if (report.dry_run) {
    return fmt::format("Rehearsed {} {}{} in {} and rolled everything back; database is at {}", report.done.size(),
                       noun, report.done.size() == 1 ? "" : "s", duration_text(report.seconds),
                       report.before.empty() ? std::string{"base"} : quoted_list(report.before));
  }
  return fmt::format("{} {} {}{} in {}; database is at {}", report.offline ? "Wrote" : "Ran", report.done.size(), noun,
                     report.done.size() == 1 ? "" : "s", duration_text(report.seconds), place);
}

} // namespace vm::cli
