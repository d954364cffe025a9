// One sink and the thread that owns it. Opens it, writes batch after batch, tries again after trouble with
// growing pauses, and reports each answer to the lane it came from. A required sink that breaks ends the run;
// an optional one is reported and left out from then on.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/queue.h"
#include "pipeline/delivery.h"
#include "sink/sink.h"

namespace churnstream {

class SinkWriter {
 public:
  using Opened = Result<std::optional<Checkpoint>>;

  SinkWriter(std::string name, bool required, std::unique_ptr<Sink> sink, RunShared& state);
  ~SinkWriter();

  // Starts the thread, which opens the sink first.
  void start(Assignment assignment);
  // Waits until the sink is open, or never will be. Once.
  Opened wait_until_open() { return opened_.get_future().get(); }

  const std::string& name() const { return name_; }
  bool required() const { return required_; }

  enum class Pushed {
    taken,
    full,     // ask again when the lane's bell rings
    not_now,  // an optional sink that is in trouble or broken: go on without it
  };
  Pushed try_push(Delivery& delivery);

  // Writes what is left and ends the thread; an optional sink in trouble is not waited for. Once.
  void finish();

 private:
  void work(const Assignment& assignment);
  bool open(const Assignment& assignment);
  void deliver(const Delivery& delivery);
  void take_refused(const Delivery& delivery, RefusedRows rows);
  void break_off(const Error& error);
  void tell(const char* answer, const std::string& reason);

  const std::string name_;
  const bool required_;
  std::unique_ptr<Sink> sink_;
  RunShared& state_;
  BoundedQueue<Delivery> queue_;
  std::promise<Opened> opened_;
  std::atomic<bool> in_trouble_{false}, broken_{false}, finishing_{false};
  std::thread thread_;
};

}  // namespace churnstream
