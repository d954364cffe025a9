// How the page's heat map splits customers: [page] segments = ["Contract,InternetService",
// "tenure:12,Contract"].
#pragma once

#include <string>
#include <vector>

#include "config/options.h"
#include "data/schema.h"

namespace churnstream {

void declare_segments(Options& page);
// Wrong where one names no two columns of the customer, or a column of numbers without the width of a step.
// Left out: what telephone companies look at, as far as these customers have such columns.
Result<std::vector<std::string>> segments_of(const Config& page, const Schema& customer);

// The customers' columns but the key, by whether [page] hidden_columns names them.
struct HiddenSplit {
  std::vector<Field> shown;
  std::vector<std::string> hidden;
};
HiddenSplit split_hidden(const Config& page, const Schema& customer, std::string_view key);

}  // namespace churnstream
