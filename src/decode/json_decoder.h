// JSON records become typed rows, or are refused with a reason: one object per record, flat or inside an
// envelope such as Debezium's. docs/formats/json.md is the whole story. Owned by one lane.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "config/options.h"
#include "data/schema.h"
#include "decode/decoder.h"

namespace churnstream {

struct JsonSettings {
  // What comes out: the customer's own columns with their types, without the label.
  Schema columns;
  // A row whose key is blank is refused. A text column of `columns`; empty: rows need no key.
  std::string key;
  // Taken off; seen only through labels(). It may be missing from a record. Empty: there is none.
  std::string label;
  // A column with the event time, RFC 3339 or whole milliseconds since 1970, one of `columns` or not. Empty:
  // the record's own time.
  std::string event_time;
  // Where in a record the row lies: "payload.after". Then a record whose row is null, or that says "op": "d"
  // beside it, is a delete, skipped and counted. Empty: the record itself is the row.
  std::string root;
  // Columns that do not lie at their own name in the row: "charges.total", or "$.payload.ts_ms" from the top
  // of the record.
  std::map<std::string, std::string> paths;
};

// Wrong when the settings do not fit together.
Result<std::unique_ptr<Decoder>> make_json_decoder(JsonSettings settings);

// [decode] format = "json": key, label, columns, event_time, root, paths. What is left out is kept with the
// model.
Options json_decoder_options();

}  // namespace churnstream
