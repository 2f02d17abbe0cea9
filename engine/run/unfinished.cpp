#include "engine/run/unfinished.hpp"

#include "engine/core/files.hpp"
#include "engine/script/checksum.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::run {

namespace {

std::string_view verb(graph::Direction direction) {
  return direction == graph::Direction::downgrade ? "downgrade" : "upgrade";
}

bool is_step(UnfinishedMigration const& migration, graph::Step const& step, Environment& environment) {
  return step.revision && step.direction != graph::Direction::stamp && migration.direction == verb(step.direction) &&
         environment.header(*step.revision).revision == migration.revision;
}

} // namespace

bool has_journal(Environment& environment) {
  if (!environment.is_connected()) return false;
  return JournalTable{environment.version_table_name().schema, environment.dialect()}.exists(environment.inspector());
}

void drop_empty_journal(Environment& environment, db::Sink& sink) {
  if (!environment.session().is_alive() || sink.in_transaction()) return;
  JournalTable const table{environment.version_table_name().schema, environment.dialect()};
  try {
    if (!table.exists(environment.inspector()) || !table.is_empty(environment.session())) return;
    sink.begin();
    table.drop(sink);
    if (sink.in_transaction()) sink.commit();
  } catch (Error const&) {
    // Somebody reads it; a later run drops it.
    try {
      sink.rollback();
    } catch (Error const&) {
      // A lost connection has rolled back by itself.
    }
  }
}

std::vector<UnfinishedMigration> find_unfinished(Environment& environment) {
  if (!environment.is_connected()) return {};
  JournalTable const table{environment.version_table_name().schema, environment.dialect()};
  if (!table.exists(environment.inspector())) return {};
  try {
    return table.unfinished(environment.session());
  } catch (DatabaseError const&) {
    // Another run may have dropped it in between.
    if (environment.session().is_alive() && !table.exists(environment.inspector())) return {};
    throw;
  }
}

std::string describe(UnfinishedMigration const& migration) {
  auto text = fmt::format("{} of '{}': ", migration.direction, migration.revision);
  if (migration.total > 0)
    text += fmt::format("{} of {} steps committed", migration.steps, migration.total);
  else
    text += fmt::format("{} step{} committed", migration.steps, migration.steps == 1 ? "" : "s");
  if (migration.pending && migration.pending->state == JournalEntry::State::sent)
    text +=
        fmt::format(", step {} was sent and not answered, at {}", migration.pending_number, migration.pending->place);
  else if (migration.pending && migration.pending->state == JournalEntry::State::failed)
    text += fmt::format(", failed at {}", migration.pending->place);
  else if (!migration.place.empty())
    text += fmt::format(", failed at {}", migration.place);
  else
    text += ", stopped before the next";
  return text;
}

void check_unfinished(std::vector<UnfinishedMigration> const& unfinished, graph::Plan const& plan,
                      Environment& environment) {
  for (auto const& migration : unfinished) {
    if (!plan.steps.empty() && is_step(migration, plan.steps.front(), environment)) continue;
    MigrationError error{fmt::format("{} of '{}' stopped half way, and this run does not begin with it",
                                     migration.direction, migration.revision)};
    if (!migration.place.empty())
      error.add_note({"unfinished", fmt::format("{}; {}", describe(migration), migration.error)});
    else
      error.add_note({"unfinished", describe(migration)});
    error.add_note({"database", "nothing was changed"});
    bool const is_known = environment.graph().find(migration.revision).has_value();
    if (is_known) {
      error.add_hint({migration.direction == "upgrade"
                          ? fmt::format("finish it first: `vm run upgrade {}`", migration.revision)
                          : fmt::format("finish it first: `vm run downgrade {}-1`", migration.revision)});
    }
    error.add_hint(
        {fmt::format("`vm run resolve {0}` shows its record; `vm run resolve {0} --abandon` forgets it, once "
                     "what it did is undone by hand",
                     migration.revision)});
    throw error;
  }
}

void resolve(Environment& environment, UnfinishedMigration const& migration, Resolution resolution,
             std::string const& checksum) {
  auto& session = environment.session();
  auto const& dialect = environment.dialect();
  JournalTable const table{environment.version_table_name().schema, dialect};
  db::SessionSink sink{session, dialect,
                       [&](std::string_view text, double seconds) { environment.progress().statement(text, seconds); }};
  if (resolution == Resolution::done && !migration.pending) {
    throw UsageError{fmt::format("no step of {} '{}' is open: what was committed is done, and nothing else was sent",
                                 migration.direction, migration.revision),
                     Hint{fmt::format("run `vm run {}` again to go on", migration.direction)}};
  }
  sink.begin();
  try {
    if (resolution == Resolution::abandon) {
      table.remove(sink, migration.revision, migration.direction);
    } else {
      auto entries = table.read(session, migration.revision, migration.direction);
      for (auto& entry : entries) {
        if (entry.kind == JournalEntry::Kind::migration) {
          entry.hash = checksum;
          entry.place.clear();
          entry.error.clear();
        } else if (migration.pending && entry.position == migration.pending->position) {
          entry.state = resolution == Resolution::done ? JournalEntry::State::done : JournalEntry::State::open;
          entry.found_before.clear();
          entry.error.clear();
        } else {
          continue;
        }
        table.update(sink, migration.revision, migration.direction, entry);
      }
    }
    sink.commit();
  } catch (...) {
    sink.rollback();
    throw;
  }
  if (resolution == Resolution::abandon && table.is_empty(session)) {
    sink.begin();
    table.drop(sink);
    if (sink.in_transaction()) sink.commit();
  }
}

} // namespace vm::run
