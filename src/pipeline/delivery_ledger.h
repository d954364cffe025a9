// The delivery account of one lane: which stretches of the stream are under way, what they still wait for,
// and how far everything is safe. The lane opens a stretch; writer threads close it, in any order. The
// checkpoint moves only behind stretches that are closed, never past a hole. Safe from many threads.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "data/position.h"
#include "pipeline/observer.h"

namespace churnstream {

// A run of records of one partition, as one batch carries it.
struct Stretch {
  Partition partition;
  Offset next{};                   // the first offset behind it
  std::uint64_t rows_scored = 0;   // on their way to the sinks
  std::uint64_t rows_refused = 0;  // refused before scoring; they count as refused once the stretch is closed
  std::size_t waits_for = 0;       // answers: one per required sink, one per write of refused rows
};

class DeliveryLedger {
 public:
  using Ticket = std::uint64_t;

  // `start` is what was safe before this run.
  explicit DeliveryLedger(Checkpoint start) : safe_(std::move(start)) {}

  // Needs: stretches of one partition come in order, each behind the one before; waits_for > 0.
  Ticket open(const Stretch& stretch);

  // One more thing to wait for, found after opening (a sink refused rows, and their record must be durable).
  void wait_for_one_more(Ticket ticket);

  // A sink refused these rows for good. Gives those that no other sink had refused before: a row counts once.
  std::vector<Offset> refuse(Ticket ticket, std::span<const Offset> offsets);

  // One answer came. True when it was the last one and the stretch is closed now.
  bool answered(Ticket ticket);

  // Records that are no rows; they only appear in the account.
  void skipped(const std::map<std::string, std::uint64_t>& by_reason);

  // The topics' identities as they are now; they travel with the checkpoint.
  void set_identity(std::map<std::string, std::string> identity);

  Checkpoint safe() const;
  Account account() const;
  std::size_t stretches_under_way() const;

 private:
  struct Entry {
    Stretch stretch;
    std::vector<Offset> refused_by_sinks;  // ascending
  };
  void close(std::unordered_map<Ticket, Entry>::iterator entry);

  mutable std::mutex mutex_;
  Ticket next_ticket_ = 1;
  std::unordered_map<Ticket, Entry> open_;
  struct Waiting {
    Ticket ticket;
    Offset next;
  };
  std::map<Partition, std::deque<Waiting>> in_order_;  // every stretch from the first open one on
  Checkpoint safe_;
  Account account_;  // rows_under_way is added up from open_ instead
};

}  // namespace churnstream
