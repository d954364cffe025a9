#include "decode/record_decoder.h"

#include "decode/record_text.h"

namespace churnstream {

void RecordDecoder::decode(const RawBatch& raw, RecordBatch& rows, std::vector<RefusedRow>& refused,
                           SkipCounts& skipped) {
  if (rows.shared_schema() != schema_) rows = RecordBatch(schema_);
  rows.clear();
  refused.clear();
  labels_.clear();
  rows.extent().partition = raw.partition;
  rows.extent().next = raw.next;
  if (raw.records.empty()) return;
  begin(raw);
  for (const RawRecord& record : raw.records) {
    if (record.is_tombstone) {
      ++skipped["tombstone"];
      continue;
    }
    key_ = {};
    switch (decode_record(record, raw, rows)) {
      case Ending::row: break;
      case Ending::refused:
        refused.push_back(refused_record(record, raw.partition, std::move(reason_), key_));
        break;
      case Ending::header: ++skipped["header"]; break;
      case Ending::blank: ++skipped["blank"]; break;
      case Ending::deleted: ++skipped["delete"]; break;
    }
  }
}

RecordDecoder::Ending RecordDecoder::refused(std::string reason) {
  reason_ = std::move(reason);
  return Ending::refused;
}

void RecordDecoder::add_number(Column& column, double number) {
  if (number != number)
    column.add_missing();
  else
    column.add_number(number);
}

RecordDecoder::Ending RecordDecoder::row_added(const RawRecord& record, EpochMicros event_time_us,
                                               RecordBatch& rows) {
  rows.extent().offsets.push_back(record.offset);
  rows.extent().event_times_us.push_back(event_time_us);
  return Ending::row;
}

}  // namespace churnstream
