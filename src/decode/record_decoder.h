// What all decoders do with a batch: each record ends for itself, as a row, refused with a reason, or skipped
// and counted. A format says how one record is read. Owned by one lane.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decode/decoder.h"

namespace churnstream {

class RecordDecoder : public Decoder {
 public:
  const std::shared_ptr<const Schema>& schema() const final { return schema_; }
  const std::vector<std::string>& labels() const final { return labels_; }
  void decode(const RawBatch& raw, RecordBatch& rows, std::vector<RefusedRow>& refused,
              SkipCounts& skipped) final;

 protected:
  enum class Ending { row, refused, header, blank, deleted };

  explicit RecordDecoder(const Schema& columns) : schema_(std::make_shared<const Schema>(columns)) {}

  // Before the records of a batch that has some.
  virtual void begin(const RawBatch&) {}
  // The record is no tombstone. A row is added whole or not at all, its label too.
  virtual Ending decode_record(const RawRecord& record, const RawBatch& raw, RecordBatch& rows) = 0;

  Ending refused(std::string reason);
  // The row's cell; NaN is a missing one.
  static void add_number(Column& column, double number);
  // The last step of adding a row.
  Ending row_added(const RawRecord& record, EpochMicros event_time_us, RecordBatch& rows);

  std::vector<std::string> labels_;
  std::string reason_;    // why the record under way is refused
  std::string_view key_;  // of the record under way, as far as it is known

 private:
  const std::shared_ptr<const Schema> schema_;
};

}  // namespace churnstream
