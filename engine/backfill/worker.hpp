// One worker of a backfill: rows read, turned into changes and written, each on a thread of its own where the database
// allows it.
#pragma once

#include "engine/backfill/channel.hpp"
#include "engine/backfill/shared.hpp"

#include <array>
#include <thread>

namespace vm::backfill {

/// Some rows of a range on their way.
struct Slice {
  Range range;
  Cells cells;
  std::size_t rows = 0;
  op::Changes changes;
  bool first = false, last = false;
  Channel<Slice*>* reply = nullptr; ///< where it goes once its changes are made
};

class Worker {
 public:
  /// `session` is the main one where the path is in process, else null: the worker makes its own.
  /// `number` is what tells its output from that of others, 0 where there are none.
  Worker(Shared& shared, int number, db::Session* session);
  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;
  ~Worker();

  /// Works until nothing is left, the run stops or something fails; failures are kept in Shared. `transform` is null
  /// for a set-based backfill. `ticks`: this is the thread that reports progress.
  void run(op::Transform* transform, bool ticks);

 private:
  void transform_slices(op::Transform& transform, bool ticks);
  void read();                  ///< the reader's thread: ranges and their rows, ahead of the writer
  void write_ahead();           ///< the writer's thread, beside a reader
  void write_alone(bool ticks); ///< without a reader: cuts, reads and writes in turn
  void read_slice(db::Session& session, Slice& slice, std::optional<Key>& after, Key const& upto, std::size_t& limit,
                  std::string_view lock) const;

  void begin();
  /// Reads, changes and writes a claimed range inside the open transaction, without committing. False: a conflict.
  bool do_range(Range const& range);
  void stage(Slice const& slice);
  /// Writes what was staged, and the checkpoint. False: somebody changed rows meanwhile.
  bool finish(Range const& range);
  void commit(Range const& range);
  /// The whole of a range in its own transaction, with its rows locked; again after what may pass.
  void do_locked(Range const& range);
  /// After a failure that may pass: rolls back or comes back to the server. Throws what will not pass.
  void recover(DatabaseError const& error, int attempt);
  /// The pause after a batch; its connection may be lost meanwhile.
  void throttle();
  void abandon() noexcept;
  std::size_t slice_limit(Range const& range) const;

  using steady = std::chrono::steady_clock;

  Shared& shared_;
  Job const& job_;
  int number_;
  std::unique_ptr<db::Session> own_;
  db::Session* session_;
  std::unique_ptr<db::ChangeWriter> writer_;
  bool has_transform_ = false;
  std::atomic<bool> draining_ = false; ///< a row failed; what was transformed before it is still written

  std::array<Slice, 8> ahead_;
  std::array<Slice, 3> locked_;
  Channel<Slice*> free_, free_locked_; ///< slices nobody uses
  Channel<Slice*> work_;               ///< to be transformed; a null slice says that the reader is done
  Channel<Slice*> ready_, ready_locked_;
  steady::time_point begun_;
  std::int64_t changed_ = 0, skipped_ = 0;
};

} // namespace vm::backfill
