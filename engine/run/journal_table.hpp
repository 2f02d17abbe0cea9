// `vm_journal`: what a migration that left its transaction has done so far, step by step. Stands beside the version
// table and only while a migration is under way or stopped half way.
#pragma once

#include "engine/db/sink.hpp"
#include "engine/inspect/inspector.hpp"
#include "engine/op/fingerprint.hpp"
#include "engine/sql/dialect.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vm::run {

/// One row: an operation of the migration, or an answer of the database that it was given. The row at position 0 is the
/// migration itself.
struct JournalEntry {
  enum class Kind { migration, operation, answer };
  enum class State {
    fresh,  ///< nothing ran yet; never stored
    open,   ///< some of its statements are done, the next was not sent
    sent,   ///< a statement was sent and its outcome is not known
    failed, ///< the database refused a statement
    done,
  };

  int position = 0;
  Kind kind = Kind::operation;
  State state = State::fresh;
  std::string operation;    ///< op::describe(); of the migration, empty
  std::string hash;         ///< op::Fingerprint; of the migration, script::checksum()
  std::string place;        ///< "file:line"; of the migration, where it failed last
  std::string statements;   ///< an operation of several statements that commit: the statements, packed
  int statements_done = 0;  ///< of the migration, how many steps it has, 0 where nobody knows
  std::string found_before; ///< what the probes answered before the statement that was sent
  std::int64_t rows_affected = 0;
  std::optional<Bytes> answer; ///< of a query or inspection; unset: to be asked again
  std::string error;           ///< of the failure
  std::string changed_at;      ///< UTC

  op::Fingerprint fingerprint;                 ///< written as `hash` where that is empty
  Location where;                              ///< written as `place` where that is empty
  bool is_written = false, is_changed = false; ///< the table has the row; the row is older than this
};

std::string_view name_of(JournalEntry::State state); ///< "sent"

/// A migration that was stopped half way.
struct UnfinishedMigration {
  std::string revision, direction;
  std::string checksum;                ///< of the script that was under way
  int steps = 0;                       ///< operations that are done
  int total = 0;                       ///< operations in the script; 0 where nobody knows
  std::optional<JournalEntry> pending; ///< the operation that is neither done nor undone, without statements and answer
  int pending_number = 0;              ///< its number among the operations, from 1
  std::string place, error;            ///< of the last failure, may be empty
  std::string changed_at;              ///< UTC
};

class JournalTable {
 public:
  /// Stands in the version table's schema.
  JournalTable(std::optional<schema::Identifier> schema, sql::Dialect const& dialect);

  bool exists(inspect::Inspector& inspector) const { return inspector.has_table(name_); }
  void create(db::Sink& sink) const;
  void drop(db::Sink& sink) const;
  bool is_empty(db::Session& session) const;

  /// Many rows, few statements.
  void insert(db::Sink& sink, std::string const& revision, std::string const& direction,
              std::vector<JournalEntry const*> const& entries) const;
  void update(db::Sink& sink, std::string const& revision, std::string const& direction,
              JournalEntry const& entry) const;
  /// Where and why it stopped, for those who ask; nothing happens when there is no record.
  void record_failure(db::Sink& sink, std::string const& revision, std::string const& direction,
                      std::string const& place, std::string const& what) const;
  void remove(db::Sink& sink, std::string const& revision, std::string const& direction) const;

  /// Everything of one migration, in order; empty when it has no journal.
  std::vector<JournalEntry> read(db::Session& session, std::string const& revision, std::string const& direction) const;
  /// Every migration that has a journal.
  std::vector<UnfinishedMigration> unfinished(db::Session& session) const;

  schema::TableName const& name() const { return name_; }

 private:
  schema::TableName name_;
  sql::Dialect const& dialect_;
};

} // namespace vm::run
