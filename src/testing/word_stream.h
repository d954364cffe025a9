// A stream simple enough to be read in a test: each record is one word, the customer's id, and its form says
// what becomes of it. Lines come from memory (LinesSource).
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "decode/decoder.h"
#include "pipeline/batch_scorer.h"
#include "source/lines_source.h"
#include "testing/scored_rows.h"

namespace churnstream {

// "id" is a row, "" a blank line, "!" is refused by the decoder, "?id" by the model, "-" has no
// customer id, ">id" is an event of the day after tomorrow. "id=Yes" is a row with a label, taken off.
class WordDecoder : public Decoder {
 public:
  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  const std::vector<std::string>& labels() const override { return labels_; }
  void decode(const RawBatch& raw, RecordBatch& rows, std::vector<RefusedRow>& refused,
              SkipCounts& skipped) override {
    rows.clear();
    refused.clear();
    labels_.clear();
    rows.extent().partition = raw.partition;
    rows.extent().next = raw.next;
    for (const RawRecord& record : raw.records) {
      if (record.is_tombstone) {
        ++skipped["tombstone"];
      } else if (record.bytes.empty()) {
        ++skipped["blank"];
      } else if (record.bytes == "!") {
        RefusedRow row;
        row.stage = "decode";
        row.reason = "no word";
        row.raw = record.bytes;
        row.partition = raw.partition;
        row.offset = record.offset;
        refused.push_back(row);
      } else {
        const std::size_t equals = std::min(record.bytes.find('='), record.bytes.size());
        labels_.emplace_back(record.bytes.substr(std::min(equals + 1, record.bytes.size())));
        rows.column(0).add_text(record.bytes == "-" ? "" : record.bytes.substr(0, equals));
        rows.column(1).add_text("month");
        rows.column(2).add_number(10);
        rows.extent().offsets.push_back(record.offset);
        constexpr EpochMicros kTwoDays = 2 * 86'400'000'000;
        rows.extent().event_times_us.push_back(record.time_us +
                                               (record.bytes.starts_with('>') ? kTwoDays : 0));
      }
    }
  }

 private:
  std::shared_ptr<const Schema> schema_ = test_columns();
  std::vector<std::string> labels_;
};

class WordScorer : public BatchScorer {
 public:
  Result<void> score(ScoredBatch& batch, const RowLeaves& leaves) override {
    std::vector<std::size_t> good;
    for (std::size_t row = 0; row < batch.num_rows(); ++row) {
      if (batch.key(row).starts_with('?'))
        leaves(row, "unseen category");
      else
        good.push_back(row);
    }
    batch.rows = batch.rows.take(good);
    batch.num_classes = 2;
    batch.raw.assign(2 * good.size(), 1);
    batch.probabilities.assign(2 * good.size(), 0.5);
    batch.predictions.assign(good.size(), 0);
    return {};
  }
};

}  // namespace churnstream
