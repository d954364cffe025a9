// Bytes become typed rows, or are refused with a reason. One lane owns a decoder and makes all its calls.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/raw_batch.h"
#include "data/record_batch.h"
#include "data/refused_row.h"

namespace churnstream {

// Records that are no rows: header lines, blank lines, tombstones, deletes. By reason, for
// records_skipped{reason}.
using SkipCounts = std::map<std::string, std::uint64_t>;

class Decoder {
 public:
  virtual ~Decoder() = default;

  // The columns that come out: the customer's own, without the label.
  virtual const std::shared_ptr<const Schema>& schema() const = 0;

  // Appends nothing: `rows` (of schema()) and `refused` are cleared first; `skipped` is added to. Every
  // record of `raw` ends in exactly one of the three. rows.extent().next becomes raw.next.
  virtual void decode(const RawBatch& raw, RecordBatch& rows, std::vector<RefusedRow>& refused,
                      SkipCounts& skipped) = 0;

  // The label of each row of the last decode(), as text, where the decoder was told of a label column: the
  // only way a label leaves the decoder, for training and evaluation. Empty text where the row had none.
  // Never given to scoring.
  virtual const std::vector<std::string>& labels() const = 0;
};

}  // namespace churnstream
