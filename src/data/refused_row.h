// A row that could not go on, with everything needed to look at it and to send it again after a fix.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "data/position.h"

namespace churnstream {

struct RefusedRow {
  std::string stage;   // where: "decode", "feature", or a sink's name
  std::string reason;  // one sentence, what was wrong with it
  std::string raw;     // the record's bytes as they came, the label with them: such files are made 0600
  std::string key;     // the customer id where it is known, else empty
  Partition partition;
  Offset offset{};
  EpochMicros time_us = 0;  // of the record
  std::string record_key;   // the record's own key and headers as they came (data/record_headers.h)
  std::string headers;
};

}  // namespace churnstream
