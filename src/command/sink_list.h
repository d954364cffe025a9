// Every kind of sink a pipeline can write to, as a list one can read. Used while a pipeline is put together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "config/options.h"
#include "data/finding.h"
#include "data/history.h"
#include "report/report_store.h"
#include "sink/backfill.h"
#include "sink/erasure.h"
#include "sink/known_outcomes.h"
#include "sink/sink.h"

namespace churnstream {

// What a sink of transactions is told besides what its section says.
struct TransactionWishes {
  std::string group;      // of the source, whose offsets are in the transaction
  const Config* refused;  // the topic for refused rows, where they are in the transaction too; else null
};

struct SinkKind {
  const char* type;
  Options (*options)();
  Result<std::unique_ptr<Sink>> (*make)(const Config& config);
  const char* promise;  // for --check: what a crash can do to its rows
  bool single_writer;   // one writer in all, not one per lane
  // Makes a sink of transactions; null where there is none of that kind.
  Result<std::unique_ptr<TransactionalSink>> (*make_transactional)(const Config& config,
                                                                   const TransactionWishes& wishes);
  // Opens what the sink remembers, for the page; null where it cannot be read back.
  Result<std::unique_ptr<History>> (*history)(const Config& config, const std::string& value_column);
  // For run --dry-run and doctor: connects and compares, and says what is there; changes nothing. Null where
  // nothing can be asked.
  Findings (*look)(const Config& config, const Assignment& wanted);
  // Makes a sink for past rows (sink/backfill.h); null where none can be written later.
  Result<std::unique_ptr<Sink>> (*make_backfill)(const Config& config, RowsThere there);
  // Erases a customer from what the sink has written (sink/erasure.h); null where nothing is kept.
  Result<Erasure> (*forget)(const Config& config, const ErasureWishes& wishes);
  // What a report that asks the store itself has to know of it; null where reports cannot ask. Secrets may be
  // left out of the section.
  Result<ReportStore> (*report_store)(const Config& config, const Assignment& wanted);
  // Puts outcomes that became known later beside their events (sink/known_outcomes.h); null where the sink
  // has no table for true outcomes.
  Result<OutcomesKept> (*keep_outcomes)(const Config& config,
                                        const std::vector<KnownOutcome>& outcomes) = nullptr;
};

const std::vector<SinkKind>& all_sink_kinds();
const SinkKind* find_sink_kind(const std::string& type);  // null when there is none

// Types that design and docs name and this build does not have: an error says so instead of "unknown".
const std::vector<std::string>& sink_types_not_built();

}  // namespace churnstream
