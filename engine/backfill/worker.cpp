#include "engine/backfill/worker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vm::backfill {

namespace {

constexpr std::size_t first_slice_rows = 2000;
constexpr std::size_t most_slice_rows = 4000;
constexpr std::size_t slice_bytes = std::size_t{512} * 1024;
constexpr int most_attempts = 10;
constexpr std::size_t slices_in_turn = 3;

bool may_pass(DatabaseErrorKind kind) {
  return kind == DatabaseErrorKind::deadlock || kind == DatabaseErrorKind::lock_timeout ||
         kind == DatabaseErrorKind::connection_lost;
}

} // namespace

Worker::Worker(Shared& shared, int number, db::Session* session)
    : shared_{shared},
      job_{shared.job()},
      number_{number},
      session_{session} {
  if (session_ == nullptr) {
    own_ = shared_.connect();
    session_ = own_.get();
  }
  writer_ = shared_.context().path.writer(*session_, shared_.context().dialect, job_.table);
  for (auto& slice : ahead_) free_.push(&slice);
  for (auto& slice : locked_) free_locked_.push(&slice);
}

Worker::~Worker() = default;

void Worker::run(op::Transform* transform, bool ticks) {
  has_transform_ = transform != nullptr;
  if (!has_transform_) {
    try {
      write_alone(ticks);
    } catch (std::exception const&) {
      shared_.fail(std::current_exception());
      abandon();
    }
    return;
  }
  auto const close_all = [this] {
    for (auto* channel : {&work_, &free_, &free_locked_, &ready_, &ready_locked_}) channel->close();
  };
  bool const ahead = !shared_.context().path.guard().empty();
  std::thread reader;
  if (ahead) {
    reader = std::thread{[&] {
      try {
        read();
      } catch (std::exception const&) {
        shared_.fail(std::current_exception());
        close_all();
      }
    }};
  }
  std::thread writer{[&] {
    try {
      if (ahead)
        write_ahead();
      else
        write_alone(false);
    } catch (std::exception const&) {
      shared_.fail(std::current_exception());
    }
    close_all(); // nothing comes after the writer
  }};
  try {
    transform_slices(*transform, ticks);
  } catch (std::exception const&) {
    shared_.fail(std::current_exception());
  }
  close_all();
  if (reader.joinable()) reader.join();
  writer.join();
  abandon();
}

void Worker::transform_slices(op::Transform& transform, bool ticks) {
  op::Say const say = [this](std::string_view level, std::string_view text) {
    shared_.tell({.worker = number_, .level = std::string{level}, .text = std::string{text}});
  };
  while (!work_.is_closed()) {
    auto const popped = work_.pop_within(std::chrono::milliseconds{100});
    if (ticks) shared_.tick();
    if (!popped) continue;
    auto* const slice = *popped;
    if (slice == nullptr) {
      ready_.push(nullptr);
      continue;
    }
    bool const is_ahead = slice->reply == &ready_;
    if (draining_ && is_ahead) {
      free_.push(slice);
      continue;
    }
    slice->changes.clear();
    try {
      if (slice->rows > 0) transform.run(slice->cells, slice->rows, slice->changes, say);
    } catch (std::exception const&) {
      if (!is_ahead) throw;
      // The batches before this one are complete: the writer ends them, and then itself.
      draining_ = true;
      shared_.fail(std::current_exception());
      ready_.push(nullptr);
      free_.push(slice);
      continue;
    }
    slice->reply->push(slice);
  }
}

std::size_t Worker::slice_limit(Range const& range) const {
  if (job_.asked.whole_batch) return static_cast<std::size_t>(std::max<std::int64_t>(range.rows, 1)) * 2;
  return first_slice_rows;
}

void Worker::read_slice(db::Session& session, Slice& slice, std::optional<Key>& after, Key const& upto,
                        std::size_t& limit, std::string_view lock) const {
  slice.cells.clear();
  slice.rows = session.read_cells(fmt::format("{}{}{} ORDER BY {} LIMIT {}{}", job_.select,
                                              job_.keys.within(after, upto), job_.where, job_.keys.list(), limit, lock),
                                  slice.cells);
  slice.last = slice.rows < limit;
  if (slice.rows == 0) return;
  Key key;
  for (std::size_t i = 0; i < job_.key_count; ++i) key.push_back(slice.cells.value((slice.rows - 1) * job_.width + i));
  after = std::move(key);
  if (job_.asked.whole_batch) return;
  auto const row_bytes = std::max<std::size_t>(slice.cells.byte_count() / slice.rows, 1);
  limit = std::clamp<std::size_t>(slice_bytes / row_bytes, 16, most_slice_rows);
}

void Worker::read() {
  auto session = shared_.connect();
  int attempt = 0;
  while (!shared_.is_stopping()) {
    std::optional<Range> range;
    try {
      range = shared_.next(*session, false);
      if (!range) break;
      attempt = 0;
    } catch (DatabaseError const& error) {
      if (!may_pass(error.kind) || ++attempt > most_attempts) throw;
      if (!session->is_alive()) session = shared_.reconnect(error);
      continue;
    }
    auto after = range->after;
    auto limit = slice_limit(*range);
    for (bool first = true, last = false; !last; first = false) {
      auto const slice = free_.pop();
      if (!slice) return;
      (*slice)->range = *range;
      (*slice)->first = first;
      (*slice)->reply = &ready_;
      for (attempt = 0;;) {
        try {
          read_slice(*session, **slice, after, range->upto, limit, "");
          break;
        } catch (DatabaseError const& error) {
          if (!may_pass(error.kind) || ++attempt > most_attempts) throw;
          if (!session->is_alive()) session = shared_.reconnect(error);
        }
      }
      last = (*slice)->last;
      work_.push(*slice);
    }
  }
  work_.push(nullptr);
}

void Worker::write_ahead() {
  bool writing = false;
  while (true) {
    auto const popped = ready_.pop();
    if (!popped || *popped == nullptr) return;
    auto& slice = **popped;
    auto const range = slice.range;
    bool const last = slice.last;
    if (slice.first && shared_.is_stopping() && !draining_) return;
    bool redo = false;
    try {
      if (slice.first) {
        writer_->begin();
        begin();
        writing = shared_.store().claim(*session_, job_.id, range.number);
        if (!writing) session_->execute("ROLLBACK");
      }
      if (writing) stage(slice);
      if (writing && last) {
        if (finish(range)) {
          commit(range);
        } else {
          session_->execute("ROLLBACK");
          writer_->reset();
          redo = true;
        }
      }
    } catch (DatabaseError const& error) {
      recover(error, 1);
      redo = true;
    }
    free_.push(&slice);
    if (redo) {
      do_locked(range);
      writing = false; // what is left of the range came too late
    }
    if (last) {
      shared_.release(range.number);
      throttle();
    }
  }
}

void Worker::write_alone(bool ticks) {
  bool const inside = shared_.context().path.is_in_process();
  for (int attempt = 1; !shared_.is_stopping();) {
    std::optional<Range> range;
    try {
      if (inside) {
        writer_->begin();
        begin();
      }
      range = shared_.next(*session_, inside);
      if (!range) {
        if (inside) session_->execute("COMMIT");
        return;
      }
      if (inside) {
        do_range(*range);
        commit(*range);
      }
    } catch (DatabaseError const& error) {
      if (range) shared_.release(range->number);
      recover(error, attempt++);
      continue;
    }
    attempt = 1;
    if (!inside) do_locked(*range);
    shared_.release(range->number);
    if (ticks) shared_.tick();
    throttle();
  }
}

void Worker::begin() {
  begun_ = steady::now();
  changed_ = skipped_ = 0;
  session_->execute(shared_.context().dialect.begin_statement());
}

bool Worker::do_range(Range const& range) {
  if (!has_transform_) {
    changed_ = session_->execute(fmt::format("UPDATE {} SET {} WHERE {}{}{}", job_.table.name, job_.set,
                                             job_.keys.within(range.after, range.upto), job_.where, job_.set_differs));
    return finish(range);
  }
  auto after = range.after;
  auto limit = slice_limit(range);
  std::size_t under_way = 0;
  bool reading = true;
  // Slices come back before the transaction is left, also when it fails.
  struct Home {
    Worker& worker;
    std::size_t& under_way;
    ~Home() {
      while (under_way > 0) {
        auto const slice = worker.ready_locked_.pop();
        if (!slice) return;
        worker.free_locked_.push(*slice);
        --under_way;
      }
    }
  } const home{*this, under_way};
  while (reading || under_way > 0) {
    while (reading && under_way < slices_in_turn) {
      auto const slice = free_locked_.pop();
      if (!slice) throw Interrupted{"interrupted"};
      (*slice)->range = range;
      (*slice)->reply = &ready_locked_;
      try {
        read_slice(*session_, **slice, after, range.upto, limit, shared_.context().path.lock_rows());
      } catch (DatabaseError const&) {
        free_locked_.push(*slice);
        throw;
      }
      reading = !(*slice)->last;
      ++under_way;
      work_.push_front(*slice);
    }
    auto const slice = ready_locked_.pop();
    if (!slice) throw Interrupted{"interrupted"};
    --under_way;
    struct Back {
      Worker& worker;
      Slice* slice;
      ~Back() { worker.free_locked_.push(slice); }
    } const back{*this, *slice};
    stage(**slice);
  }
  return finish(range);
}

void Worker::stage(Slice const& slice) {
  for (auto const& failed : slice.changes.failed) {
    Key key;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < job_.key_count; ++i) {
      key.push_back(slice.cells.value(failed.row * job_.width + i));
      names.push_back(job_.columns[i]);
    }
    shared_.store().skip_row(*session_, job_.id, job_.revision, describe(names, key, shared_.context().dialect),
                             failed.message);
    ++skipped_;
  }
  writer_->stage(slice.cells, job_.width, slice.changes);
}

bool Worker::finish(Range const& range) {
  if (has_transform_) {
    auto const written =
        writer_->finish([&](std::string_view prefix) { return job_.keys.within(range.after, range.upto, prefix); });
    if (written.conflict) return false;
    changed_ = written.rows;
  }
  shared_.set_rows_done(shared_.store().finish_range(*session_, job_.id, range.number, range.rows, changed_));
  return true;
}

void Worker::commit(Range const& range) {
  session_->execute("COMMIT");
  shared_.ended(range.rows, changed_, skipped_, std::chrono::duration<double>(steady::now() - begun_).count());
}

void Worker::do_locked(Range const& range) {
  for (int attempt = 1;; ++attempt) {
    try {
      writer_->begin();
      begin();
      if (!shared_.store().claim(*session_, job_.id, range.number)) {
        session_->execute("ROLLBACK");
        return;
      }
      if (do_range(range)) {
        commit(range);
        return;
      }
      // Rows were locked while they were read, so this is somebody who got there before.
      session_->execute("ROLLBACK");
      writer_->reset();
      if (attempt >= most_attempts)
        throw DatabaseError{fmt::format("the rows of a batch of '{}' change faster than they can be backfilled",
                                        schema::to_string(job_.asked.table)),
                            Hint{"give a smaller batch_size, or run it when the table is less busy"}};
    } catch (DatabaseError const& error) {
      recover(error, attempt);
    }
  }
}

void Worker::recover(DatabaseError const& error, int attempt) {
  if (!may_pass(error.kind) || attempt >= most_attempts) throw; // the one being handled
  if (!session_->is_alive()) {
    if (!own_) throw;
    writer_.reset();
    own_ = shared_.reconnect(error);
    session_ = own_.get();
    writer_ = shared_.context().path.writer(*session_, shared_.context().dialect, job_.table);
  } else {
    if (session_->in_transaction()) session_->execute("ROLLBACK");
    writer_->reset();
  }
  shared_.sleep(std::min(0.05 * (1 << std::min(attempt, 6)), 2.0));
}

void Worker::throttle() {
  for (int attempt = 1;; ++attempt) {
    try {
      return shared_.throttle(*session_);
    } catch (DatabaseError const& error) {
      recover(error, attempt);
    }
  }
}

void Worker::abandon() noexcept {
  try {
    if (session_->is_alive() && session_->in_transaction()) session_->execute("ROLLBACK");
  } catch (std::exception const&) {
    // The server undoes it with the connection.
  }
}

} // namespace vm::backfill
