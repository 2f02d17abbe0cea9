#include "engine/run/journal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::run {

namespace {

using Kind = JournalEntry::Kind;
using State = JournalEntry::State;

constexpr std::size_t most_entries = 1000;        // described one by one; of more, the hash and the line are kept
constexpr std::size_t most_kept_bytes = 4u << 20; // of answers, between two commits

} // namespace

Journal::Journal(JournalContext context) : context_{std::move(context)} {
  header_.kind = Kind::migration;
  header_.state = State::open;
  header_.hash = context_.checksum;
}

void Journal::load() {
  auto rows = context_.table.read(context_.session, context_.revision, context_.direction);
  if (rows.empty()) return;
  auto first = rows.begin();
  if (first->kind == Kind::migration) {
    header_ = std::move(*first++);
    recorded_checksum_ = header_.hash;
    compares_ = recorded_checksum_ != context_.checksum;
  }
  recorded_.assign(std::make_move_iterator(first), std::make_move_iterator(rows.end()));
}

int Journal::recorded_steps() const {
  return static_cast<int>(std::count_if(recorded_.begin(), recorded_.end(), [](JournalEntry const& entry) {
    return entry.kind == Kind::operation && entry.state == State::done;
  }));
}

void Journal::stop(MigrationError error) {
  stopped_ = std::move(error);
  throw MigrationError{*stopped_};
}

std::string Journal::scripts() const {
  return fmt::format("recorded {}, now {}", recorded_checksum_, context_.checksum);
}

void Journal::stop_at_difference(JournalEntry const& recorded, std::string const& now_text, std::string const& now_hash,
                                 Location const& where) {
  MigrationError error{
      fmt::format("the migration stopped half way and does not go the same way again: {} {} was '{}' and is now '{}'",
                  recorded.kind == Kind::operation ? "step" : "the question before step",
                  recorded.kind == Kind::operation ? steps_ : steps_ + 1, recorded.operation, now_text)};
  error.locate(where);
  error.add_note({"recorded", fmt::format("{}, hash {}, {}", recorded.operation, recorded.hash, recorded.place)});
  error.add_note({"now", fmt::format("{}, hash {}, {}", now_text, now_hash, to_string(where))});
  if (compares_)
    error.add_note({"script", scripts()});
  else
    error.add_note({"script", "unchanged since; something it reads has changed"});
  error.add_hint({fmt::format("give the script back what it did before step {}, then run it again", steps_)});
  error.add_hint({fmt::format("or undo by hand what it did so far and begin anew: `vm run {} --restart`, or `vm run "
                              "resolve {} --abandon`",
                              context_.direction, context_.revision)});
  stop(std::move(error));
}

void Journal::stop_for_change(std::string const& next) {
  MigrationError error{fmt::format("the script of '{}' changed since it stopped half way", context_.revision)};
  error.locate({context_.file, 0});
  error.add_note({"script", scripts()});
  auto const done = recorded_steps();
  error.add_note({"record", done == 0 ? std::string{"no step is done"}
                                      : fmt::format("{} step{} done and the same in both: {}", done,
                                                    done == 1 ? " is" : "s are", next)});
  error.add_hint({fmt::format("go on with the script as it is now: `vm run resolve {} --redo`, then `vm run {}` again",
                              context_.revision, context_.direction)});
  error.add_hint({fmt::format("or begin anew, once what it did is undone: `vm run {} --restart`", context_.direction)});
  stop(std::move(error));
}

JournalEntry& Journal::begin(Kind kind, op::Fingerprint const& fingerprint,
                             std::function<std::string()> const& describe, Location const& where) {
  if (stopped_) throw MigrationError{*stopped_};
  if (kind == Kind::operation) ++steps_;
  ++position_;
  if (next_ < recorded_.size()) {
    auto& entry = recorded_[next_++];
    position_ = entry.position;
    auto const hash = fingerprint.hex();
    bool const is_pending = entry.kind == Kind::operation && entry.state != State::done && !was_passed(entry);
    bool const is_same = entry.kind == kind && entry.hash == hash;
    if (compares_ && is_pending) {
      stop_for_change(is_same ? fmt::format("step {} is next, {}", steps_, entry.operation)
                              : fmt::format("step {} was '{}' and is now '{}'", steps_, entry.operation, describe()));
    }
    if (!is_same) {
      // What never took effect may be another step by now; a person agreed to the script as it is.
      if (!is_pending || entry.statements_done > 0 || entry.state == State::sent || kind != Kind::operation)
        stop_at_difference(entry, describe(), hash, where);
      entry.hash = hash;
      entry.operation = describe();
      entry.statements.clear();
      entry.found_before.clear();
      entry.state = State::open;
    }
    entry.where = where;
    if (entry.state != State::done) entry.place.clear();
    current_ = &entry;
    return entry;
  }
  if (compares_) {
    stop_for_change(kind == Kind::operation ? fmt::format("step {} is next, {}", steps_, describe())
                                            : fmt::format("step {} is next", steps_ + 1));
  }
  while (entries_.size() >= most_entries && entries_.front().state == State::done && !entries_.front().is_written) {
    auto const& old = entries_.front();
    briefs_.push_back({old.fingerprint, old.rows_affected, old.position, old.where.line, old.kind});
    entries_.pop_front();
  }
  auto& entry = entries_.emplace_back();
  entry.position = position_;
  entry.kind = kind;
  entry.fingerprint = fingerprint;
  // Of thousands of steps in one transaction, those that matter are described when they leave it.
  if (briefs_.empty()) entry.operation = describe();
  entry.where = where;
  current_ = &entry;
  return entry;
}

bool Journal::was_passed(JournalEntry const& entry) const {
  return !recorded_.empty() && entry.state == State::failed && &entry >= recorded_.data() && &entry < &recorded_.back();
}

void Journal::keep_answer(JournalEntry& entry, std::string bytes) {
  if (bytes.size() > longest_recorded_answer || kept_bytes_ + bytes.size() > most_kept_bytes) return;
  kept_bytes_ += bytes.size();
  entry.answer = Bytes{std::move(bytes)};
}

std::size_t Journal::unwritten() const {
  auto const is_due = [](JournalEntry const& entry) { return !entry.is_written || entry.is_changed; };
  return (header_.is_written ? 0 : 1) + briefs_.size() +
         static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), is_due)) +
         static_cast<std::size_t>(std::count_if(recorded_.begin(), recorded_.end(),
                                                [](JournalEntry const& entry) { return entry.is_changed; }));
}

void Journal::prepare_table() {
  if (context_.table_is_there) return;
  context_.table.create(context_.sink);
  context_.table_is_there = true;
}

void Journal::flush() {
  if (!context_.table_is_there) context_.table.create(context_.sink);
  std::vector<JournalEntry const*> fresh;
  if (!header_.is_written) fresh.push_back(&header_);
  std::deque<JournalEntry> long_ago;
  for (auto const& brief : briefs_) {
    auto& entry = long_ago.emplace_back();
    entry.position = brief.position;
    entry.kind = brief.kind;
    entry.state = State::done;
    entry.fingerprint = brief.fingerprint;
    entry.rows_affected = brief.rows_affected;
    entry.where = {context_.file, brief.line};
    fresh.push_back(&entry);
  }
  auto const update = [&](JournalEntry const& entry) {
    context_.table.update(context_.sink, context_.revision, context_.direction, entry);
  };
  for (auto const& entry : recorded_)
    if (entry.is_changed) update(entry);
  for (auto const& entry : entries_) {
    if (!entry.is_written)
      fresh.push_back(&entry);
    else if (entry.is_changed)
      update(entry);
  }
  if (!fresh.empty()) context_.table.insert(context_.sink, context_.revision, context_.direction, fresh);
}

void Journal::confirm() {
  context_.table_is_there = true;
  header_.is_written = true;
  briefs_.clear();
  kept_bytes_ = 0;
  for (auto& entry : recorded_) entry.is_changed = false;
  while (entries_.size() > 1) entries_.pop_front();
  for (auto& entry : entries_) {
    entry.is_written = true;
    entry.is_changed = false;
  }
}

void Journal::save(JournalEntry& entry) {
  context_.table.update(context_.sink, context_.revision, context_.direction, entry);
  entry.is_changed = false;
}

void Journal::finish() {
  if (stopped_) throw MigrationError{*stopped_};
  auto const left = std::find_if(recorded_.begin() + static_cast<std::ptrdiff_t>(next_), recorded_.end(),
                                 [](JournalEntry const& entry) { return entry.kind == Kind::operation; });
  if (left != recorded_.end()) {
    ++steps_;
    stop_at_difference(*left, "the end of the script", "-", {context_.file, 0});
  }
  if (compares_) stop_for_change("nothing is left to do");
  drop();
}

void Journal::drop() {
  if (header_.is_written) context_.table.remove(context_.sink, context_.revision, context_.direction);
}

} // namespace vm::run
