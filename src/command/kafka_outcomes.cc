#include "command/kafka_outcomes.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/backoff.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "kafka/topic_reader.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

// One transaction of a store: short enough that a stream that writes there too hardly waits, and little to
// read again after a crash.
constexpr std::size_t kRecordsAtOnce = 5'000;
constexpr auto kLookAgainAfter = 30s;  // for new partitions: an outcome is weeks late anyway
constexpr auto kPauseMin = 1s, kPauseMax = 10s;

class Walk {
 public:
  Walk(const TopicOutcomes& topic, OutcomeDecoder& decoder, OutcomeStores& stores,
       const std::atomic<bool>& stop, TopicAccount& account)
      : topic_(topic), decoder_(decoder), stores_(stores), stop_(stop), account_(account) {}

  Result<void> walk() {
    for (bool from_start = topic_.from_start;; from_start = false) {
      CHURNSTREAM_TRY(open(from_start));
      CHURNSTREAM_TRY(read_to_the_end());
      if (!topic_.follows || stop_) return {};
    }
  }

 private:
  Result<void> open(bool from_start) {
    CHURNSTREAM_TRY_ASSIGN(const KafkaProperties properties, kafka_properties_of(topic_.section, {}));
    reader_.reset();
    const auto open = [&] {
      return TopicReader::open(properties, topic_.section.text("topic"), topic_.section.text("group"),
                               from_start, topic_.follows);
    };
    CHURNSTREAM_TRY_ASSIGN(reader_, patiently(open));
    looked_at_ = std::chrono::steady_clock::now();
    return {};
  }

  // Where it follows there is an end only when the topic has more partitions than before.
  Result<void> read_to_the_end() {
    for (bool more = true; !stop_;) {
      CHURNSTREAM_TRY_ASSIGN(more, take_some());
      if (!known_.empty()) CHURNSTREAM_TRY(patiently([&] { return stores_.keep(known_); }));
      crash_point("outcomes_kept");
      CHURNSTREAM_TRY(patiently([&] { return reader_->commit(); }));
      if (more) continue;
      if (!topic_.follows) return {};
      CHURNSTREAM_TRY_ASSIGN(const bool has_grown, look_for_partitions());
      if (has_grown) return {};
    }
    return {};
  }

  Result<bool> look_for_partitions() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_at_ < kLookAgainAfter) return false;
    looked_at_ = now;
    return patiently([&] { return reader_->has_grown(); });
  }

  // At most a transaction's worth; false at the end, or when nothing more came for a moment.
  Result<bool> take_some() {
    known_.clear();
    for (std::size_t taken = 0; taken < kRecordsAtOnce && !stop_; ++taken) {
      CHURNSTREAM_TRY_ASSIGN(const bool any, patiently([&] { return reader_->next(record_); }));
      if (!any) return false;
      ++account_.read;
      take_record();
    }
    return true;
  }

  void take_record() {
    const Partition partition{reader_->topic(), record_.partition};
    auto outcome = decoder_.decode(partition, {.bytes = record_.value,
                                               .offset = Offset{record_.offset},
                                               .time_us = record_.time_us,
                                               .is_tombstone = record_.is_tombstone});
    if (outcome) {
      known_.push_back(*std::move(outcome));
      return;
    }
    ++account_.refused;
    topic_.on_refused(
        fmt::format("{}/{}/{}: {}", partition.topic, partition.number, record_.offset, outcome.error()));
  }

  // Where it follows, trouble is tried again until it is over or we are stopped.
  template <typename Step>
  auto patiently(Step step) -> decltype(step()) {
    Backoff pauses(kPauseMin, kPauseMax, 0);
    for (;;) {
      auto done = step();
      if (done || !topic_.follows || stop_ || done.error().kind == ErrorKind::wrong) return done;
      log_warn(done.error().message + "; it is tried again");
      wait(pauses.next());
    }
  }

  void wait(std::chrono::nanoseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!stop_ && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(50ms);
  }

  const TopicOutcomes& topic_;
  OutcomeDecoder& decoder_;
  OutcomeStores& stores_;
  const std::atomic<bool>& stop_;
  TopicAccount& account_;
  std::unique_ptr<TopicReader> reader_;
  std::chrono::steady_clock::time_point looked_at_;  // when the topic was, for more partitions
  TopicRecord record_;
  std::vector<KnownOutcome> known_;  // read and not yet kept
};

}  // namespace

Result<void> keep_topic_outcomes(const TopicOutcomes& topic, OutcomeDecoder& decoder, OutcomeStores& stores,
                                 const std::atomic<bool>& stop, TopicAccount& account) {
  return Walk(topic, decoder, stores, stop, account).walk();
}

}  // namespace churnstream
