// A bounded, named queue between two owners: the producer waits (or is told no) while it holds `bytes_max`
// bytes. One item always fits, however large, so that a giant batch cannot wedge the walk. Safe from many
// threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace churnstream {

template <typename Item>
class BoundedQueue {
 public:
  BoundedQueue(std::string name, std::size_t bytes_max) : name_(std::move(name)), bytes_max_(bytes_max) {}

  // False, and the item stays with the caller, while the queue is full or once it is closed.
  bool try_push(Item& item, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (closed_ || (!items_.empty() && bytes_ + bytes > bytes_max_)) return false;
    items_.emplace_back(std::move(item), bytes);
    bytes_ += bytes;
    has_items_.notify_one();
    return true;
  }

  // The next item, or nothing after `patience` or when the queue is closed and empty.
  std::optional<Item> pop(std::chrono::nanoseconds patience) {
    std::unique_lock lock(mutex_);
    has_items_.wait_for(lock, patience, [&] { return !items_.empty() || closed_; });
    if (items_.empty()) return std::nullopt;
    std::pair<Item, std::size_t> next = std::move(items_.front());
    items_.pop_front();
    bytes_ -= next.second;
    return std::move(next.first);
  }

  // No more items come in; what is inside can still be taken out.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    has_items_.notify_all();
  }

  bool closed_and_empty() const {
    const std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable has_items_;
  std::deque<std::pair<Item, std::size_t>> items_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace churnstream
