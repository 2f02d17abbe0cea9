// A queue between two threads that can be closed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace vm::backfill {

template<typename T>
class Channel {
 public:
  void push(T value) {
    {
      std::lock_guard const lock{mutex_};
      values_.push_back(std::move(value));
    }
    ready_.notify_one();
  }

  void push_front(T value) {
    {
      std::lock_guard const lock{mutex_};
      values_.push_front(std::move(value));
    }
    ready_.notify_one();
  }

  /// Waits. Unset: the channel is closed.
  std::optional<T> pop() {
    std::unique_lock lock{mutex_};
    ready_.wait(lock, [this] { return closed_ || !values_.empty(); });
    return take();
  }

  /// Waits for so long. Unset: nothing came, or the channel is closed.
  std::optional<T> pop_within(std::chrono::milliseconds time) {
    std::unique_lock lock{mutex_};
    ready_.wait_for(lock, time, [this] { return closed_ || !values_.empty(); });
    return take();
  }

  /// Whoever waits stops waiting; what is still inside is not given out.
  void close() {
    {
      std::lock_guard const lock{mutex_};
      closed_ = true;
    }
    ready_.notify_all();
  }

  bool is_closed() {
    std::lock_guard const lock{mutex_};
    return closed_;
  }

 private:
  std::optional<T> take() {
    if (closed_ || values_.empty()) return std::nullopt;
    std::optional<T> value{std::move(values_.front())};
    values_.pop_front();
    return value;
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> values_;
  bool closed_ = false;
};

} // namespace vm::backfill
