// The rows of a refused topic (kafka_refused.h), and how they are sent again: each once, in transactions that
// hold the position in the refused topic, kept by the group "<group>.replay". One thread.
#pragma once

#include <functional>
#include <memory>

#include "config/options.h"
#include "kafka/kafka_client.h"
#include "sink/refused_reader.h"

namespace churnstream {

// What the reader and the sender need to know of a pipeline.
struct RefusedTopic {
  Config refused;     // the [refused] section
  std::string group;  // of the source
};

// `from_start`: also the rows that were sent again before.
Result<std::unique_ptr<RefusedReader>> open_refused_topic(const RefusedTopic& topic, bool from_start);

// Sends every row to `to`, with the key, headers and time it came with and one more header that says where it
// was: churnstream.replayed = topic/partition/offset. `sent` hears of each; returns how many were committed.
Result<std::uint64_t> replay_refused_topic(const RefusedTopic& topic, const std::string& to, bool from_start,
                                           const std::function<void()>& sent);

// The same for rows from elsewhere; at least once.
Result<std::uint64_t> replay_rows(RefusedReader& rows, const KafkaProperties& properties,
                                  const std::string& to, const std::function<void()>& sent);

}  // namespace churnstream
