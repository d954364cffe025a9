// CSV records become typed rows, or are refused with a reason; header lines are recognised wherever they
// stand. docs/formats/csv.md is the whole story. Owned by one lane.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/options.h"
#include "data/raw_batch.h"
#include "data/schema.h"
#include "decode/decoder.h"

namespace churnstream {

struct CsvSettings {
  // What comes out: the customer's own columns with their types, without the label.
  Schema columns;
  // The columns of a record in their order, the label and unused ones with them, for a stream without a
  // header line. Empty: a header line has to come first. A record that has all of them but the label is read
  // too.
  std::vector<std::string> order;
  // A row whose key is blank is refused. A text column of `columns`; empty: rows need no key.
  std::string key;
  // Taken off; seen only through labels(). It may be missing from the stream. Empty: there is none.
  std::string label;
  // A column with the event time in RFC 3339, one of `columns` or not. Empty: the record's own time.
  std::string event_time;
  // Whether columns that nobody uses are named in the log, once: not where every request has a decoder of its
  // own.
  bool tells_unused = true;
};

// Wrong when the settings do not fit together.
Result<std::unique_ptr<Decoder>> make_csv_decoder(CsvSettings settings);

// The columns of a file, from its first records: the first is the header line, unless `order` names the
// columns. A column is a number when all its values but the blank ones are and there is one; the key is
// always text. The label is left out. Wrong when there is no header line, or no key in it.
Result<Schema> guess_schema(const RawBatch& first_records, std::string_view key, std::string_view label,
                            const std::vector<std::string>& order = {});

// [decode] format = "csv": key, label, columns, event_time. What is left out is kept with the model.
Options csv_decoder_options();

}  // namespace churnstream
