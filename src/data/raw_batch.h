// Bytes as they arrived, each record with its address: what a source hands to a decoder. Owned by one lane;
// buffers are reused from read to read.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "data/position.h"

namespace churnstream {

// What the source itself found wrong with a record; the decoder refuses such a record with this reason.
enum class RecordFlaw : std::uint8_t {
  none,
  too_long,        // over the line limit; `bytes` holds its beginning
  unclosed_quote,  // the file ended inside quotes
};

struct RawRecord {
  std::string_view bytes;  // without its line end; points into the batch's own storage
  Offset offset{};
  EpochMicros time_us = 0;   // of the record; for files the configured start + offset in microseconds
  std::string_view key;      // the record's own key where the source has one (Kafka); else empty
  std::string_view headers;  // the record's own headers, as data/record_headers.h writes them; mostly empty
  RecordFlaw flaw = RecordFlaw::none;
  bool is_tombstone = false;  // a key whose value is null: the customer is to be forgotten
};

struct RawBatch {
  Partition partition;  // all records of one batch come from one partition, offsets ascending
  std::vector<RawRecord> records;
  // The first record of the stream where the source knows it and did not hand it over now (a file resumed in
  // its middle), so that a decoder can learn the order of the columns. Empty otherwise.
  std::string_view first_record;
  Offset next{};               // the first offset behind this batch
  bool has_own_times = false;  // each record's time is when it was written, and no row number (Kafka)
  bool is_backlog = false;     // many more records wait already, where the source knows it
  // Keeps the bytes alive that the views point into.
  std::shared_ptr<std::string> storage = std::make_shared<std::string>();

  void clear() {
    records.clear();
    first_record = {};
    has_own_times = is_backlog = false;
    storage->clear();
  }
};

}  // namespace churnstream
