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

  // One answer came. True when it was the last one and the stretch is closed now; false also for a stretch
  // that was taken back meanwhile.
  bool answered(Ticket ticket);

  // How many answers a stretch still waits for; none where it is closed or taken back.
  std::size_t waits_for(Ticket ticket) const;

  // Reading starts again at `from`: what lies before it is delivered after all (the answer of a commit was
  // lost), what lies behind it will be read once more and counts no longer. Late answers are ignored.
  void take_back(const Checkpoint& from);

  // These partitions are another member's now. What is under way for them counts no longer.
  void forget(std::span<const Partition> partitions);

  // Records that are no rows; they only appear in the account.
  void skipped(const std::map<std::string, std::uint64_t>& by_reason);

  // The topics' identities as they are now; they travel with the checkpoint.
  void set_identity(std::map<std::string, std::string> identity);

  Checkpoint safe() const;
  Account account() const;
  std::size_t stretches_under_way() const;
  // Of these partitions alone.
  std::size_t stretches_under_way(std::span<const Partition> partitions) const;

 private:
  struct Entry {
    Stretch stretch;
    std::vector<Offset> refused_by_sinks;  // ascending
  };
  using Entries = std::unordered_map<Ticket, Entry>;
  Entries::iterator find(Ticket ticket, const char* promise);
  void close(Entries::iterator entry);
  void make_stale(Entries::iterator entry);

  mutable std::mutex mutex_;
  Ticket next_ticket_ = 1;
  Entries open_;
  Ticket stale_below_ = 0;  // answers to such tickets may come late, for stretches taken back or forgotten
  struct Waiting {
    Ticket ticket;
    Offset next;
  };
  std::map<Partition, std::deque<Waiting>> in_order_;  // every stretch from the first open one on
  Checkpoint safe_;
  Account account_;  // rows_under_way is added up from open_ instead
};

}  // namespace churnstream
