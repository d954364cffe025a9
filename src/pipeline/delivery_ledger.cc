#include "pipeline/delivery_ledger.h"

#include <algorithm>

#include "base/result.h"

namespace churnstream {

DeliveryLedger::Ticket DeliveryLedger::open(const Stretch& stretch) {
  insist(stretch.waits_for > 0, "a stretch waits for somebody's answer");
  const std::lock_guard lock(mutex_);
  std::deque<Waiting>& line = in_order_[stretch.partition];
  insist(line.empty() || line.back().next <= stretch.next, "stretches of a partition come in order");
  const Ticket ticket = next_ticket_++;
  line.push_back({ticket, stretch.next});
  open_.emplace(ticket, Entry{stretch, {}});
  account_.rows_read += stretch.rows_scored + stretch.rows_refused;
  return ticket;
}

void DeliveryLedger::wait_for_one_more(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  if (const auto entry = find(ticket, "only an open stretch can wait for more"); entry != open_.end())
    ++entry->second.stretch.waits_for;
}

DeliveryLedger::Entries::iterator DeliveryLedger::find(Ticket ticket, const char* promise) {
  const auto entry = open_.find(ticket);
  insist(entry != open_.end() || ticket < stale_below_, promise);
  return entry;
}

std::vector<Offset> DeliveryLedger::refuse(Ticket ticket, std::span<const Offset> offsets) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(ticket, "a sink answers only for an open stretch");
  if (entry == open_.end()) return {};
  std::vector<Offset>& known = entry->second.refused_by_sinks;
  std::vector<Offset> fresh;
  for (const Offset offset : offsets) {
    const auto place = std::lower_bound(known.begin(), known.end(), offset);
    if (place != known.end() && *place == offset) continue;
    known.insert(place, offset);
    fresh.push_back(offset);
  }
  insist(known.size() <= entry->second.stretch.rows_scored, "a sink refuses only rows it was given");
  return fresh;
}

bool DeliveryLedger::answered(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(ticket, "an open stretch is answered, and no more often than it waits");
  if (entry == open_.end()) return false;
  if (--entry->second.stretch.waits_for > 0) return false;
  close(entry);
  return true;
}

std::size_t DeliveryLedger::waits_for(Ticket ticket) const {
  const std::lock_guard lock(mutex_);
  const auto entry = open_.find(ticket);
  return entry == open_.end() ? 0 : entry->second.stretch.waits_for;
}

void DeliveryLedger::take_back(const Checkpoint& from) {
  const std::lock_guard lock(mutex_);
  for (auto& [partition, line] : in_order_) {
    const auto start = from.next.find(partition);
    for (const Waiting& waiting : line) {
      const auto entry = open_.find(waiting.ticket);
      if (entry == open_.end()) continue;  // answered, behind one that is not
      const bool was_delivered = start != from.next.end() && waiting.next <= start->second;
      if (was_delivered) {
        account_.rows_delivered += entry->second.stretch.rows_scored - entry->second.refused_by_sinks.size();
        account_.rows_refused += entry->second.stretch.rows_refused + entry->second.refused_by_sinks.size();
        open_.erase(entry);
      } else {
        make_stale(entry);
      }
    }
  }
  in_order_.clear();
  stale_below_ = next_ticket_;
  for (const auto& [partition, next] : from.next) safe_.next[partition] = next;
}

void DeliveryLedger::forget(std::span<const Partition> partitions) {
  const std::lock_guard lock(mutex_);
  for (const Partition& partition : partitions) {
    for (const Waiting& waiting : in_order_[partition])
      if (const auto entry = open_.find(waiting.ticket); entry != open_.end()) make_stale(entry);
    in_order_.erase(partition);
    safe_.next.erase(partition);
  }
  stale_below_ = next_ticket_;
}

void DeliveryLedger::make_stale(Entries::iterator entry) {
  account_.rows_read -= entry->second.stretch.rows_scored + entry->second.stretch.rows_refused;
  open_.erase(entry);
}

void DeliveryLedger::close(Entries::iterator entry) {
  const Stretch stretch = entry->second.stretch;
  const std::uint64_t refused_by_sinks = entry->second.refused_by_sinks.size();
  account_.rows_delivered += stretch.rows_scored - refused_by_sinks;
  account_.rows_refused += stretch.rows_refused + refused_by_sinks;
  open_.erase(entry);
  std::deque<Waiting>& line = in_order_[stretch.partition];
  while (!line.empty() && !open_.contains(line.front().ticket)) {
    Offset& safe = safe_.next[stretch.partition];
    safe = std::max(safe, line.front().next);
    line.pop_front();
  }
}

void DeliveryLedger::skipped(const std::map<std::string, std::uint64_t>& by_reason) {
  const std::lock_guard lock(mutex_);
  for (const auto& [reason, count] : by_reason) account_.records_skipped[reason] += count;
}

void DeliveryLedger::set_identity(std::map<std::string, std::string> identity) {
  const std::lock_guard lock(mutex_);
  for (auto& [topic, text] : identity) safe_.identity[topic] = std::move(text);
}

Checkpoint DeliveryLedger::safe() const {
  const std::lock_guard lock(mutex_);
  return safe_;
}

Account DeliveryLedger::account() const {
  const std::lock_guard lock(mutex_);
  Account account = account_;
  for (const auto& [ticket, entry] : open_)
    account.rows_under_way += entry.stretch.rows_scored + entry.stretch.rows_refused;
  return account;
}

std::size_t DeliveryLedger::stretches_under_way(std::span<const Partition> partitions) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), [&](const auto& entry) {
    return std::find(partitions.begin(), partitions.end(), entry.second.stretch.partition) !=
           partitions.end();
  }));
}

std::size_t DeliveryLedger::stretches_under_way() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

}  // namespace churnstream
