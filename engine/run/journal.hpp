// The memory of one migration that may leave its transaction: what it did, in order. While nothing left the transaction
// it is kept here alone and costs the database nothing; what was done is written together with the commit that makes it
// stay. After a stop the record is followed again: what is done is skipped, what was asked is answered as before, and
// the first step that differs stops the run.
#pragma once

#include "engine/core/error.hpp"
#include "engine/db/sink.hpp"
#include "engine/op/fingerprint.hpp"
#include "engine/run/journal_table.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vm::run {

/// Answers of the database up to this size are kept with the record; longer ones are asked for again.
inline constexpr std::size_t longest_recorded_answer = 64u << 10;

struct JournalContext {
  db::Sink& sink;
  db::Session& session;
  JournalTable const& table;
  bool& table_is_there; ///< of the run; its migrations share it
  std::string revision;
  std::string direction; ///< "upgrade" or "downgrade"
  std::string checksum;  ///< of the script as it is now
  std::string file;      ///< as places name it
};

class Journal {
 public:
  explicit Journal(JournalContext context);

  /// Reads what an earlier run recorded. Where the script changed since, the run only compares: begin() throws at the
  /// first difference or at the first step that is not done.
  void load();
  bool is_resumed() const { return !recorded_.empty(); }
  bool only_compares() const { return compares_; }
  int recorded_steps() const; ///< operations that the earlier run finished

  /// The next operation or question of the migration. A recorded one comes with its state, result and answer, a fresh
  /// one is to be run; the reference is good until the next call. `describe` may not be called: then `operation` stays
  /// empty. Throws MigrationError where the record says
  /// otherwise; from then on every call throws the same, so that no pcall leads past it.
  JournalEntry& begin(JournalEntry::Kind kind, op::Fingerprint const& fingerprint,
                      std::function<std::string()> const& describe, Location const& where);
  JournalEntry& current() { return *current_; } ///< what begin() returned last
  /// Whether anything was recorded after `entry`: the script caught its failure and went on.
  bool was_passed(JournalEntry const& entry) const;
  /// An answer small enough is kept.
  void keep_answer(JournalEntry& entry, std::string bytes);

  /// How many rows flush() would write.
  std::size_t unwritten() const;
  bool has_unwritten_entries() const { return unwritten() > (header_.is_written ? 0 : 1); }
  /// Writes what the table does not hold yet. Once that is committed, confirm() is called; without it, it was rolled
  /// back and is still to be written.
  void flush();
  void confirm();
  /// Writes one entry that has a row, by itself.
  void save(JournalEntry& entry);
  /// Makes the table, where that would commit, before there is anything to lose.
  void prepare_table();

  /// Whether rows of this migration are in the table.
  bool is_written() const { return header_.is_written; }
  std::string const& revision() const { return context_.revision; }
  int steps() const { return steps_; } ///< operations so far
  void set_total(int steps) { header_.statements_done = steps; }
  /// The script came to its end: throws when the record goes on. Its rows go with the open transaction.
  void finish();
  /// Forgets the record, in the open transaction.
  void drop();
  /// The record forbade going on: nothing of this migration ran since.
  bool is_stopped() const { return stopped_.has_value(); }

 private:
  [[noreturn]] void stop(MigrationError error);
  [[noreturn]] void stop_at_difference(JournalEntry const& recorded, std::string const& now_text,
                                       std::string const& now_hash, Location const& where);
  [[noreturn]] void stop_for_change(std::string const& next);
  std::string scripts() const;

  /// What is left of an entry of a long transaction.
  struct Brief {
    op::Fingerprint fingerprint;
    std::int64_t rows_affected = 0;
    int position = 0, line = 0;
    JournalEntry::Kind kind = JournalEntry::Kind::operation;
  };

  JournalContext context_;
  JournalEntry header_;
  std::vector<JournalEntry> recorded_;
  std::size_t next_ = 0; ///< into recorded_
  JournalEntry* current_ = nullptr;
  std::deque<JournalEntry> entries_; ///< since the last commit; the last one may be written already
  std::vector<Brief> briefs_;        ///< older than those
  std::optional<MigrationError> stopped_;
  std::string recorded_checksum_;
  int position_ = 0, steps_ = 0;
  std::size_t kept_bytes_ = 0;
  bool compares_ = false;
};

} // namespace vm::run
