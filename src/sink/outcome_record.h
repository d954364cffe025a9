// A true outcome as stores keep it, in churn_outcomes (docs/formats/stores.md): whose, what became of them,
// and the event it belongs to by time and position. One place for every store. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/options.h"
#include "sink/scored_record.h"

namespace churnstream {

constexpr const char* kOutcomesTable = "churn_outcomes";
// An event has one outcome, as it has one place.
constexpr const char* kOutcomeKey = "source_topic, source_partition, source_offset";

const std::vector<RecordColumn>& outcome_columns();
// Needs: the row's outcome is known.
RecordCell outcome_cell(const ScoredBatch& batch, std::size_t row, std::size_t column);

// One outcome that became known later, beside the newest event of its customer up to a time; the key decides
// where one is there already. `cells`: the customer, whether they left, the time. SQLite and PostgreSQL.
struct KnownOutcomeCells {
  const char* customer;
  const char* has_left;
  const char* until;
};
std::string insert_known_outcome(const std::string& table, const std::string& events,
                                 const KnownOutcomeCells& cells);
// Wrong: what a command says where no run has made the table.
tl::unexpected<Error> no_outcomes_table(const std::string& place);

// Whether the pipeline asks its stores to keep them: what [outcomes] leaves in a sink's section.
void ask_for_outcomes(Config& config);
bool keeps_outcomes(const Config& config);
// And the table of outcomes, where they are kept.
std::vector<std::string> with_outcomes_table(std::vector<std::string> tables, bool are_kept);

}  // namespace churnstream
