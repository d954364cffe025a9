// A thread that answers what takes long, and the bounded queue before it. One for the store, one for scoring:
// each has parts of its own and works on one question at a time. ask() may be called from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

#include "base/queue.h"

namespace churnstream {

class Worker {
 public:
  // At most `waiting_max` questions wait, besides the one under way.
  Worker(std::string name, std::size_t waiting_max);
  // Waits for the question under way; those that wait are dropped unanswered.
  ~Worker();

  // False when too many wait already.
  bool ask(std::function<void()> question);

 private:
  void work();
  BoundedQueue<std::function<void()>> questions_;  // counts questions, not bytes
  std::atomic<bool> is_ending_{false};
  std::thread thread_;
};

}  // namespace churnstream
