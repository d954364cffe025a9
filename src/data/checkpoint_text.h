// A checkpoint as one line of JSON, for the files that remember positions (docs/formats/stores.md). Any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/position.h"

namespace churnstream {

// {"next":[["data.csv",0,7044]],"identity":{"data.csv":"..."}}
std::string checkpoint_as_text(const Checkpoint& checkpoint);

// An error when the text is no such line; offsets below zero are refused.
Result<Checkpoint> checkpoint_from_text(std::string_view text);

// Where a reader has to start so that nobody misses a row, when several remember how far they are: for each
// partition the smallest, and only where all of them know it. Each topic's identity comes from whoever is
// furthest in it: it has the most to lose if the topic is another one by now.
Checkpoint start_for_all(const std::vector<Checkpoint>& remembered);

}  // namespace churnstream
