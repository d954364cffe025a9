// The topic of [outcomes], read into the stores of a pipeline: what `churnstream outcomes PIPELINE` does. One
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "command/outcome_decoder.h"
#include "command/outcome_stores.h"

namespace churnstream {

struct TopicOutcomes {
  Config section;           // [outcomes] from = "topic", complete: topic, group, brokers
  bool follows = false;     // goes on behind the present end, and tries again when there is trouble
  bool from_start = false;  // whatever the group has committed
  std::function<void(const std::string& what)> on_refused;  // "churn.left/0/17: it has no label"
};

struct TopicAccount {
  std::uint64_t read = 0, refused = 0;
};

// Until the end that was there at the beginning, or, where it follows, until `stop`. The group's positions
// move behind records that every store has or that on_refused was told: a record may come again after a
// crash, and changes nothing then. `account` is true after an error too; what was not kept is read again next
// time.
Result<void> keep_topic_outcomes(const TopicOutcomes& topic, OutcomeDecoder& decoder, OutcomeStores& stores,
                                 const std::atomic<bool>& stop, TopicAccount& account);

}  // namespace churnstream
