// A customer is forgotten: what a store that remembers them says about it. Each kind of store has a function
// of its own beside its sink, which opens what it needs and closes it again; src/command/sink_list.cc lists
// them. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace churnstream {

struct ErasureWishes {
  std::string customer;     // the customer id, whole
  bool is_dry_run = false;  // look and count; change nothing
};

// Rows of one table, or files of one folder.
struct ErasedPart {
  std::string where;       // "churn_scores"
  std::uint64_t rows = 0;  // erased; in a dry run: that would be
};

struct Erasure {
  std::vector<ErasedPart> parts;  // all that was looked at, also where nothing was found
  std::vector<std::string> left;  // what could not be erased: a sentence each, with the next step
};

}  // namespace churnstream
