#include "source/kafka_assignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/log.h"

namespace churnstream {
namespace {

constexpr int kSeekPatienceMs = 10'000;

}  // namespace

void KafkaAssignment::take(const std::vector<std::int32_t>& partitions, bool is_gradual) {
  is_gradual_ = is_gradual;
  is_assigned_ = true;
  is_acknowledged_ = false;
  waiting_.insert(partitions.begin(), partitions.end());
}

void KafkaAssignment::hold_unread() { assign({}); }

void KafkaAssignment::give(const std::vector<std::int32_t>& partitions, bool is_gradual) {
  std::vector<std::int32_t> going;
  for (const std::int32_t partition : partitions) {
    waiting_.erase(partition);
    if (held_.erase(partition) > 0) going.push_back(partition);
  }
  if (is_gradual) return check(rd_kafka_incremental_unassign(client_.get(), list_of(going).get()));
  check(rd_kafka_assign(client_.get(), nullptr));
  is_assigned_ = false;
}

Result<void> KafkaAssignment::place() {
  if (!is_assigned_ || (waiting_.empty() && is_acknowledged_)) return {};
  const std::vector<std::int32_t> fresh(waiting_.begin(), waiting_.end());
  CHURNSTREAM_TRY_ASSIGN(const auto positions, positions_.of(fresh));
  CHURNSTREAM_TRY(commit_latest(positions));
  for (const auto& [partition, position] : positions)
    held_[partition] = {.start = position.start,
                        .next = position.start,
                        .end = position.end,
                        .fetched = position.start,
                        .committed = position.start};
  waiting_.clear();
  assign(fresh);
  return {};
}

// The end of the log moves: whoever gets the partition next, before a row of it was delivered, would begin
// behind the records that came meanwhile.
Result<void> KafkaAssignment::commit_latest(const std::map<std::int32_t, KafkaPosition>& positions) const {
  if (settings_.start.at != SourcePlace::At::latest) return {};
  const List list(new_list());
  for (const auto& [partition, position] : positions)
    if (!position.is_committed) add(list.get(), partition, position.start);
  return commit_now(list.get());
}

void KafkaAssignment::assign(const std::vector<std::int32_t>& fresh) {
  const List list(new_list());
  for (const std::int32_t partition : is_gradual_ ? fresh : numbers())
    add(list.get(), partition, held_.at(partition).fetched);
  if (is_gradual_)
    check(rd_kafka_incremental_assign(client_.get(), list.get()));
  else
    check(rd_kafka_assign(client_.get(), list.get()));
  is_acknowledged_ = true;
}

KafkaAssignment::Held* KafkaAssignment::find(std::int32_t partition) {
  const auto held = held_.find(partition);
  return held == held_.end() ? nullptr : &held->second;
}

std::vector<std::int32_t> KafkaAssignment::numbers() const {
  std::vector<std::int32_t> partitions;
  partitions.reserve(held_.size());
  for (const auto& [partition, held] : held_) partitions.push_back(partition);
  return partitions;
}

std::vector<Partition> KafkaAssignment::names_of(const std::vector<std::int32_t>& partitions) const {
  std::vector<Partition> names;
  names.reserve(partitions.size());
  for (const std::int32_t partition : partitions)
    if (held_.contains(partition)) names.push_back({settings_.topic, partition});
  return names;
}

bool KafkaAssignment::is_read_to_the_end() const {
  return is_placed() && std::all_of(held_.begin(), held_.end(), [](const auto& entry) {
           const Held& held = entry.second;
           return held.next >= held.end || held.end_seen >= held.end;
         });
}

std::vector<PartitionLag> KafkaAssignment::lag(EpochMicros now_us) const {
  std::vector<PartitionLag> all;
  all.reserve(held_.size());
  for (const auto& [partition, held] : held_) {
    PartitionLag lag;
    lag.partition = {settings_.topic, partition};
    lag.start = Offset{held.start};
    lag.next = Offset{held.next};
    std::int64_t low = 0, high = held.end;
    const bool is_known = rd_kafka_get_watermark_offsets(client_.get(), settings_.topic.c_str(), partition,
                                                         &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR;
    lag.end = Offset{std::max({is_known ? high : held.end, held.end, held.next})};
    if (lag.next >= lag.end || held.is_at_end)
      lag.lag_seconds = 0;
    else if (held.time_us > 0)
      lag.lag_seconds = std::max(0.0, static_cast<double>(now_us - held.time_us) / 1e6);
    all.push_back(lag);
  }
  return all;
}

Result<Checkpoint> KafkaAssignment::rewind() {
  Checkpoint start;
  if (held_.empty()) return start;
  CHURNSTREAM_TRY_ASSIGN(const auto committed, positions_.committed(numbers()));
  const List list(new_list());
  for (auto& [partition, held] : held_) {
    const auto found = committed.find(partition);
    held.next = held.fetched = found == committed.end() ? held.start : found->second.next;
    held.is_at_end = false;
    add(list.get(), partition, held.next);
    start.next[{settings_.topic, partition}] = Offset{held.next};
  }
  CHURNSTREAM_TRY(seek(list.get()));
  return start;
}

Result<void> KafkaAssignment::skip_loss(std::int32_t partition) {
  Held* held = find(partition);
  if (held == nullptr) return {};
  CHURNSTREAM_TRY_ASSIGN(const std::int64_t after, positions_.after_loss(partition, held->fetched));
  if (held->next == held->fetched) held->next = after;  // otherwise what came before waits to be read
  held->fetched = after;
  assign_again(partition);
  return {};
}

// librdkafka has stopped fetching the partition for good after such an error; a seek would not begin it
// again.
void KafkaAssignment::assign_again(std::int32_t partition) {
  if (is_gradual_) check(rd_kafka_incremental_unassign(client_.get(), list_of({partition}).get()));
  assign({partition});
}

Result<void> KafkaAssignment::seek(const rd_kafka_topic_partition_list_t* list) {
  const KafkaOwned<rd_kafka_error_t> error(rd_kafka_seek_partitions(
      client_.get(), const_cast<rd_kafka_topic_partition_list_t*>(list), kSeekPatienceMs));
  if (!error) return {};
  return tl::unexpected(client_.error("going to another place in", settings_.topic,
                                      rd_kafka_error_code(error.get()), rd_kafka_error_string(error.get())));
}

void KafkaAssignment::pause() {
  paused_ = numbers();
  if (!paused_.empty()) check(rd_kafka_pause_partitions(client_.get(), list_of(paused_).get()));
}

// Exactly those that we paused and still hold: resuming others could move their position.
void KafkaAssignment::resume() {
  if (paused_.empty()) return;
  std::erase_if(paused_, [&](std::int32_t partition) { return !held_.contains(partition); });
  check(rd_kafka_resume_partitions(client_.get(), list_of(paused_).get()));
  paused_.clear();
}

Result<void> KafkaAssignment::commit(const Checkpoint& delivered) {
  const List list(new_list());
  for (const auto& [partition, next] : delivered.next) {
    Held* held = find(partition.number);
    if (held == nullptr || number_of(next) <= held->committed) continue;
    held->committed = number_of(next);
    add(list.get(), partition.number, number_of(next));
  }
  if (list->cnt == 0) return {};
  const rd_kafka_resp_err_t code = rd_kafka_commit(client_.get(), list.get(), 1);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return tl::unexpected(client_.error("committing offsets of", settings_.group, code));
}

void KafkaAssignment::commit_and_wait() {
  const List list(new_list());
  for (const auto& [partition, held] : held_)
    if (held.committed > held.start) add(list.get(), partition, held.committed);
  if (const Result<void> committed = commit_now(list.get()); !committed) log_warn(committed.error().message);
}

Result<void> KafkaAssignment::commit_now(const rd_kafka_topic_partition_list_t* list) const {
  if (list->cnt == 0) return {};
  const rd_kafka_resp_err_t code = rd_kafka_commit(client_.get(), list, 0);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return tl::unexpected(client_.error("committing offsets of", settings_.group, code));
}

KafkaAssignment::List KafkaAssignment::list_of(const std::vector<std::int32_t>& partitions) const {
  List list(new_list());
  for (const std::int32_t partition : partitions) add(list.get(), partition, RD_KAFKA_OFFSET_INVALID);
  return list;
}

// With every offset goes what the topic was: one that is made anew counts from nothing again.
void KafkaAssignment::add(rd_kafka_topic_partition_list_t* list, std::int32_t partition,
                          std::int64_t offset) const {
  rd_kafka_topic_partition_t* entry =
      rd_kafka_topic_partition_list_add(list, settings_.topic.c_str(), partition);
  entry->offset = offset;
  entry->metadata = ::strdup(topic_id().c_str());
  entry->metadata_size = topic_id().size();
}

void KafkaAssignment::check(rd_kafka_resp_err_t code) const {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    log_warn(client_.error("changing the partitions of", settings_.member, code).message);
}

void KafkaAssignment::check(rd_kafka_error_t* error) const {
  const KafkaOwned<rd_kafka_error_t> owned(error);
  if (owned) check(rd_kafka_error_code(owned.get()));
}

std::string text_of_partitions(const std::vector<std::int32_t>& partitions) {
  if (partitions.empty()) return "no partition";
  std::string text = partitions.size() == 1 ? "partition" : "partitions";
  for (const std::int32_t partition : partitions) text += fmt::format(" {}", partition);
  return text;
}

}  // namespace churnstream
