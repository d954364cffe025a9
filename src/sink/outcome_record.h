// A true outcome as stores keep it, in churn_outcomes (docs/formats/stores.md): whose, what became of them,
// and the event it belongs to by time and position. One place for every store. Any thread.
#pragma once

#include <vector>

#include "config/options.h"
#include "sink/scored_record.h"

namespace churnstream {

constexpr const char* kOutcomesTable = "churn_outcomes";
// An event has one outcome, as it has one place.
constexpr const char* kOutcomeKey = "source_topic, source_partition, source_offset";

const std::vector<RecordColumn>& outcome_columns();
// Needs: the row's outcome is known.
RecordCell outcome_cell(const ScoredBatch& batch, std::size_t row, std::size_t column);

// Whether the pipeline asks its stores to keep them: what [outcomes] leaves in a sink's section.
void ask_for_outcomes(Config& config);
bool keeps_outcomes(const Config& config);
// And the table of outcomes, where they are kept.
std::vector<std::string> with_outcomes_table(std::vector<std::string> tables, bool are_kept);

}  // namespace churnstream
