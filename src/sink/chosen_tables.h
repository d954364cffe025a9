// What the sections of the sinks with tables have in common: `tables` and `view`. Any thread.
#pragma once

#include <string>
#include <vector>

#include "config/options.h"

namespace churnstream {

struct ChosenTables {
  bool has_scores = true, has_events = true;
  std::vector<std::string> names() const;
};
// Declares `tables`: both, where nothing is said.
void declare_tables(Options& options);
// Declares `customer_index`: a customer's past scores are found at once among millions, and each write costs
// a little more.
void declare_customer_index(Options& options);
bool has_customer_index(const Config& config);

// Wrong unless `tables` names churn_scores, churn_events or both, each once.
Result<ChosenTables> chosen_tables(const Config& config);

// "SCHEMA.NAME", or empty for no view. Wrong when `view` is anything else.
Result<std::string> chosen_view(const Config& config);

}  // namespace churnstream
