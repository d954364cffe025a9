// The records of a topic that says who left, one customer a record, as JSON objects or as CSV. Each is an
// outcome or refused with a reason, for itself. Knows nothing of Kafka. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "command/outcome_words.h"
#include "decode/decoder.h"

namespace churnstream {

class OutcomeDecoder {
 public:
  // `format`: "json" or "csv". `order`: the columns of a CSV record; empty: customer, label and, where it has
  // a name, time. Wrong where one of them is not among these.
  static Result<OutcomeDecoder> make(const std::string& format, OutcomeColumns columns,
                                     std::vector<std::string> order, std::shared_ptr<const ScoreTerms> terms);

  // The record's own time says up to when the outcome reaches where the columns have none. Else a sentence:
  // why the record is refused. A header line, which CSV may have anywhere, is refused too, and names the
  // columns of those behind it.
  tl::expected<KnownOutcome, std::string> decode(const Partition& partition, const RawRecord& record);

 private:
  OutcomeDecoder(std::unique_ptr<Decoder> decoder, const OutcomeColumns& columns,
                 std::shared_ptr<const ScoreTerms> terms);

  std::unique_ptr<Decoder> decoder_;
  std::shared_ptr<const ScoreTerms> terms_;
  std::size_t customer_ = 0, time_ = 0;  // places in the decoder's columns
  bool has_time_ = false;
  RawBatch one_;  // the record under way; its memory is kept
  RecordBatch rows_;
  std::vector<RefusedRow> refused_;
};

}  // namespace churnstream
