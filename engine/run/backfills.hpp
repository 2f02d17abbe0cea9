// The backfills of a run: which migration they belong to, where their progress is kept, and what becomes of it when the
// migration is done. The door between run::Applier and backfill/.
#pragma once

#include "engine/backfill/backfill.hpp"
#include "engine/run/environment.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vm::run {

/// Where the progress of backfills is kept: beside the version table.
backfill::Store backfill_store(Environment& environment);

class Backfills {
 public:
  explicit Backfills(Environment& environment);

  /// A script begins; its backfills are counted from 1.
  void begin_step(std::string revision, std::string direction, std::string checksum);
  /// Forgets what an earlier run of the script did; with the rows it skipped.
  void restart();
  /// The number of the script's next backfill, also of one that is not run because an earlier run ended it.
  int count() { return ++number_; }
  /// Runs a backfill of the script; no transaction is open. Gives the rows it changed, all runs together.
  std::int64_t run(op::Backfill const& asked, op::TransformSource* function, int number);
  /// The migration begins at its first step: checkpoints of it belong to a run that is over.
  void begin_anew();
  /// In the transaction that records the migration: its checkpoints go with it, so that no later run of the same script
  /// takes them for its own.
  void forget_with_record();
  /// Whether a run that was killed at its very end left the table empty.
  bool has_empty_table();
  void drop_empty_table();
  /// Whether a backfill was begun and did not end: its batches stand, the rest of them can be done by another run.
  bool is_cut_off() const { return running_; }
  /// The migration is recorded: the table goes when it is empty. In a transaction of several steps it waits for the
  /// call after its commit.
  void end_step();

 private:
  bool has_table();

  Environment& environment_;
  backfill::Name name_;
  std::optional<bool> has_table_;
  int number_ = 0;
  bool running_ = false;
};

/// Every backfill the database knows of; empty where there is no vm_backfill.
std::vector<backfill::Progress> find_backfills(Environment& environment);

/// What a backfill needs from the environment.
backfill::Context backfill_context(Environment& environment);

} // namespace vm::run
