// Makes refused rows durable, on a thread of its own that owns the store. A stretch of the stream is not done
// before its refused rows are. Trouble is tried again; a store that is wrong ends the run.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/queue.h"
#include "pipeline/delivery.h"
#include "pipeline/refused_desk.h"
#include "sink/sink.h"

namespace churnstream {

class RefusedWriter : public RefusedDesk {
 public:
  RefusedWriter(std::unique_ptr<RefusedStore> store, RunShared& state);
  ~RefusedWriter() override;

  // Opens the store and starts the thread. Rows before `start` will not come again.
  Result<void> start(const Checkpoint& start);

  void push(Delivery delivery, std::vector<RefusedRow> rows, bool waits) override;

  // Writes what is left, unless everything is abandoned, and ends the thread. Once.
  void finish();

 private:
  struct Item {
    Delivery delivery;
    std::vector<RefusedRow> rows;
    bool waits = true;
  };
  void work();
  void write(const Item& item);

  std::unique_ptr<RefusedStore> store_;
  RunShared& state_;
  BoundedQueue<Item> queue_;
  Bell room_;
  std::thread thread_;
};

}  // namespace churnstream
