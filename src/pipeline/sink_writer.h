// One sink and the thread that owns it. Opens it, writes batch after batch, tries again after trouble with
// growing pauses, and reports each answer to the lane it came from.
//
// A required sink is waited for, and one that breaks ends the run. An optional one holds nothing up: while it
// cannot be opened, is in trouble, or has not answered for kAnswerPatience, it is left out of the rows that
// find no room in its queue; it goes on with the next ones once it works again. One that breaks is left out
// of all the rest. What it was left out of is counted and told.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "base/queue.h"
#include "pipeline/delivery.h"
#include "pipeline/left_out.h"
#include "sink/sink.h"

namespace churnstream {

class SinkWriter {
 public:
  using Opened = Result<std::optional<Checkpoint>>;

  static constexpr std::chrono::seconds kAnswerPatience{5};  // longer than a write that is merely slow
  static constexpr std::chrono::seconds kOpenPatience{15};   // a connection that is given up takes ten
  static constexpr std::chrono::seconds kEndPatience{2};     // for an optional sink, once all is read

  // `number`: of this writer among those of its sink.
  SinkWriter(std::string name, std::size_t number, bool required, std::unique_ptr<Sink> sink,
             RunShared& state);
  ~SinkWriter();

  // Starts the thread, which opens the sink first.
  void start(Assignment assignment);
  // Waits until the sink is open, or never will be; of an optional one until it was tried once, at most
  // kOpenPatience. Once.
  Opened wait_until_open();

  const std::string& name() const { return name_; }
  bool required() const { return required_; }

  enum class Pushed {
    taken,
    full,     // ask again when the lane's bell rings
    not_now,  // an optional sink in trouble, or a broken one: go on without it
  };
  Pushed try_push(Delivery& delivery);

  // Writes what is left and ends the thread; an optional sink in trouble has kEndPatience. Once.
  void finish();

 private:
  void work(const Assignment& assignment);
  bool open(const Assignment& assignment);
  bool deliver(const Delivery& delivery);
  void take_refused(const Delivery& delivery, RefusedRows rows);
  void leave_out(const Delivery& delivery);
  void works_again();
  void break_off(const Error& error);
  bool pause(std::chrono::nanoseconds length, std::chrono::nanoseconds end_patience);
  bool takes_nothing() const;
  void tell(const char* answer, const std::string& reason);

  const std::string name_;
  const std::size_t number_;
  const bool required_;
  std::unique_ptr<Sink> sink_;
  RunShared& state_;
  BoundedQueue<Delivery> queue_;
  std::promise<Opened> opened_;
  bool has_told_opened_ = false;
  std::uint64_t jitter_seed_ = 0;  // ours alone, so that writers do not come back together
  std::atomic<bool> in_trouble_{false}, broken_{false}, finishing_{false};
  std::atomic<std::chrono::nanoseconds> asked_at_{}, finishing_at_{};  // asked_at_ 0: it owes no answer
  LeftOut left_out_;
  std::uint64_t left_out_told_ = 0;
  std::thread thread_;
};

}  // namespace churnstream
