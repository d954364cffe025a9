#include "source/kafka_positions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace churnstream {
namespace {

constexpr int kPatienceMs = 2'000;

}  // namespace

Result<std::map<std::int32_t, KafkaPositions::Committed>> KafkaPositions::committed(
    const std::vector<std::int32_t>& partitions) const {
  const KafkaOwned<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const std::int32_t partition : partitions)
    rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition);
  rd_kafka_resp_err_t code = rd_kafka_committed(client_.get(), list.get(), kPatienceMs);
  for (int index = 0; index < list->cnt && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++index)
    code = list->elems[index].err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected(client_.error("asking for the offsets of the group", settings_.group, code));
  std::map<std::int32_t, Committed> found;
  for (int index = 0; index < list->cnt; ++index) {
    const rd_kafka_topic_partition_t& entry = list->elems[index];
    if (entry.offset < 0) continue;
    found[entry.partition] = {entry.offset, {static_cast<const char*>(entry.metadata), entry.metadata_size}};
  }
  return found;
}

Result<void> KafkaPositions::expect(const std::string& topic_id) const {
  if (topic_id.empty() || topic_.id.empty() || topic_id == topic_.id) return {};
  const std::string what = fmt::format(
      "the topic was deleted and made anew since we read it (it is {} and was {}): what was not read then is "
      "gone",
      topic_.id, topic_id);
  if (settings_.on_data_loss == OnDataLoss::stop)
    return wrong("reading", settings_.topic, what,
                 "set [source] on_data_loss to earliest or latest to go on, or take another [run] state_dir");
  log_error(settings_.topic + ": " + what);
  return {};
}

Result<std::map<std::int32_t, KafkaPosition>> KafkaPositions::of(
    const std::vector<std::int32_t>& partitions) {
  std::map<std::int32_t, KafkaPosition> positions;
  if (partitions.empty()) return positions;
  CHURNSTREAM_TRY_ASSIGN(const auto known, committed(partitions));
  for (const std::int32_t partition : partitions) {
    CHURNSTREAM_TRY_ASSIGN(const auto marks, watermarks(partition));
    const auto [low, high] = marks;
    KafkaPosition position{.end = high};
    const auto found = known.find(partition);
    if (found == known.end()) {
      position.is_committed = false;
      CHURNSTREAM_TRY_ASSIGN(position.start, start_of(partition, low, high));
    } else if (const auto& [next, id] = found->second; !id.empty() && !topic_.id.empty() && id != topic_.id) {
      CHURNSTREAM_TRY_ASSIGN(position.start, lost(partition,
                                                  fmt::format("the topic was deleted and made anew (it is {} "
                                                              "and was {}); the group had come to offset {}",
                                                              topic_.id, id, next),
                                                  low, high));
    } else if (next < low) {
      CHURNSTREAM_TRY_ASSIGN(
          position.start,
          lost(partition, fmt::format("the records from offset {} to {} are gone", next, low - 1), low,
               high));
    } else if (next > high) {
      CHURNSTREAM_TRY_ASSIGN(
          position.start,
          lost(partition,
               fmt::format("the log ends at offset {}, and the group had come to {}: it was cut", high, next),
               low, high));
    } else {
      position.start = next;
    }
    positions[partition] = position;
  }
  return positions;
}

bool KafkaPositions::others_are_done(const std::vector<std::int32_t>& but) {
  std::vector<std::int32_t> others;
  for (std::int32_t partition = 0; partition < topic_.partitions; ++partition) {
    if (std::find(but.begin(), but.end(), partition) != but.end()) continue;
    others.push_back(partition);
    if (ends_.contains(partition)) continue;
    const auto marks = watermarks(partition);
    if (!marks) return false;
    ends_[partition] = *marks;
  }
  if (others.empty()) return true;
  const auto known = committed(others);
  return known && std::all_of(others.begin(), others.end(), [&](std::int32_t partition) {
           const auto [low, high] = ends_.at(partition);
           const auto next = known->find(partition);
           return low == high || (next != known->end() && next->second.next >= high);
         });
}

Result<std::int64_t> KafkaPositions::after_loss(std::int32_t partition, std::int64_t wanted) const {
  CHURNSTREAM_TRY_ASSIGN(const auto marks, watermarks(partition));
  const auto [low, high] = marks;
  return lost(partition,
              wanted < low ? fmt::format("the records from offset {} to {} are gone", wanted, low - 1)
                           : fmt::format("offset {} is not there any more, the log goes from {} to {}",
                                         wanted, low, high),
              low, high);
}

Result<std::int64_t> KafkaPositions::lost(std::int32_t partition, const std::string& what, std::int64_t low,
                                          std::int64_t high) const {
  const std::string place = fmt::format("{}/{}", settings_.topic, partition);
  if (settings_.on_data_loss == OnDataLoss::stop)
    return wrong("reading", place, what,
                 "set [source] on_data_loss to earliest or latest to go on without them");
  const bool to_the_end = settings_.on_data_loss == OnDataLoss::latest;
  log_error(fmt::format("records were lost in {}: {}; reading goes on at offset {}", place, what,
                        to_the_end ? high : low));
  return to_the_end ? high : low;
}

Result<std::int64_t> KafkaPositions::start_of(std::int32_t partition, std::int64_t low,
                                              std::int64_t high) const {
  const SourcePlace& start = settings_.start;
  // A partition that was added later begins with its first record.
  const bool is_new = partition >= topic_.partitions;
  if (start.at == SourcePlace::At::latest && !is_new) return high;
  if (start.at == SourcePlace::At::offsets)
    if (const auto wished = start.offsets.find(partition); wished != start.offsets.end()) {
      if (wished->second < low || wished->second > high)
        return wrong("starting", fmt::format("{}/{}", settings_.topic, partition),
                     fmt::format("offset {} is not there: it goes from {} to {}", wished->second, low, high),
                     "[source] start");
      return wished->second;
    }
  if (start.at != SourcePlace::At::time || is_new) return low;
  return kafka_offset_at(client_, settings_.topic, partition, start.time_us, high);
}

Result<std::int64_t> kafka_offset_at(const KafkaClient& client, const std::string& topic,
                                     std::int32_t partition, EpochMicros time_us, std::int64_t high) {
  const KafkaOwned<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = time_us / 1'000;
  const rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client.get(), list.get(), kPatienceMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected(client.error("asking for the offset at a time in", topic, code));
  return list->elems[0].offset < 0 ? high : list->elems[0].offset;
}

Result<std::pair<std::int64_t, std::int64_t>> KafkaPositions::watermarks(std::int32_t partition) const {
  std::int64_t low = 0, high = 0;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(client_.get(), settings_.topic.c_str(),
                                                                    partition, &low, &high, kPatienceMs);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected(
        client_.error("asking how far it goes", fmt::format("{}/{}", settings_.topic, partition), code));
  return std::pair(low, high);
}

}  // namespace churnstream
