// What can be done for a customer who is to be forgotten where scores lie in a topic: a tombstone, which
// takes the older records away where the topic is compacted.
#pragma once

#include "config/options.h"
#include "sink/erasure.h"

namespace churnstream {

// Needs: a section with brokers and topic. Returns when the brokers have the tombstone.
Result<Erasure> forget_in_topic(const Config& config, const ErasureWishes& wishes);
// Of a topic of refused rows nothing can be taken.
Result<Erasure> forget_in_refused_topic(const Config& config, const ErasureWishes& wishes);

}  // namespace churnstream
