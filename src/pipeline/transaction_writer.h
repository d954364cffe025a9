// One lane's transactions and the thread that owns their sink: rows, refused rows and source positions become
// visible together, or not at all. A transaction begins with the first batch and ends as soon as nothing more
// waits and every other required sink has answered, at most a commit interval later: an idle stream has the
// latency of one commit, a backlog big transactions.
//
// Every abort begins a new epoch: batches of an older one are dropped here, and the lane goes back to what
// its group has committed and reads again from there.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "base/queue.h"
#include "pipeline/delivery.h"
#include "pipeline/refused_desk.h"
#include "sink/sink.h"

namespace churnstream {

class TransactionWriter : public RefusedDesk {
 public:
  using Opened = Result<std::optional<Checkpoint>>;
  struct Terms {
    std::string name;                          // of the sink
    std::size_t number;                        // of this writer among the sink's
    std::chrono::nanoseconds commit_interval;  // longest time from begin to commit while rows keep coming
    bool takes_refused = false;                // refused rows go into the transaction too
    std::function<GroupToken()> group_token;   // as fresh as can be; any thread
  };

  TransactionWriter(Terms terms, std::unique_ptr<TransactionalSink> sink, RunShared& state);
  ~TransactionWriter() override;

  // Starts the thread, which opens the sink first.
  void start(Assignment assignment);
  // Waits until the sink is open, or never will be. Once.
  Opened wait_until_open() { return opened_.get_future().get(); }

  const std::string& name() const { return terms_.name; }
  bool takes_refused() const { return terms_.takes_refused; }

  // False while there is no room; the lane's bell rings when there is.
  bool try_push(Delivery& delivery);
  void push(Delivery delivery, std::vector<RefusedRow> rows, bool waits) override;
  // Somebody this writer waits for has answered.
  void ring() { bell_.ring(); }

  // Goes up with every abort. What was read before is stale; reading may start again once it is settled:
  // nothing of an older epoch can be committed any more.
  std::uint64_t epoch() const { return epoch_.load(); }
  bool is_settled() const { return settled_.load() == epoch_.load(); }
  // Nothing that is under way may be committed. Does not wait.
  void abort(const std::string& reason);

  // Commits what is left, unless everything is abandoned, and ends the thread. Once.
  void finish();

 private:
  struct RefusedItem {
    Delivery delivery;
    std::vector<RefusedRow> rows;
    bool waits = true;
  };
  // What the transaction that is open holds.
  struct Content {
    std::map<DeliveryLedger::Ticket, std::vector<Delivery>> owed;  // the answers that its commit gives
    Checkpoint after;
    std::chrono::nanoseconds begun_at{0};
    std::size_t bytes = 0;    // of the batches it holds
    bool is_backlog = false;  // more batches are sure to come at once
    bool is_open = false;
  };
  void work(const Assignment& assignment);
  bool open(const Assignment& assignment);
  void carry();
  void take();
  void take(const Delivery& delivery);
  void take(std::vector<RefusedItem> items);
  bool begin();
  bool took(WriteOutcome outcome, const Delivery& delivery);
  bool is_ready() const;
  bool is_full() const;
  bool is_worth_a_commit() const;
  void commit();
  void settle();
  void say_what_we_wait_for();
  bool is_stale(const Delivery& delivery) const { return delivery.epoch != epoch_.load(); }
  void break_off(const Error& error);
  void tell(const char* answer, const std::string& reason);

  const Terms terms_;
  std::unique_ptr<TransactionalSink> sink_;
  RunShared& state_;
  BoundedQueue<Delivery> queue_;
  std::mutex refused_mutex_;
  std::vector<RefusedItem> refused_;
  Bell bell_;
  std::promise<Opened> opened_;
  std::atomic<std::uint64_t> epoch_{0}, settled_{0};
  std::mutex reason_mutex_;
  std::string abort_reason_;
  std::atomic<bool> finishing_{false};
  // The thread's own.
  Content content_;
  LaneDesk* desk_ = nullptr;
  Backoff backoff_;
  std::chrono::nanoseconds said_at_{0};
  std::thread thread_;
};

}  // namespace churnstream
