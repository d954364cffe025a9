// The door between the API and the scorer: rows as a client sends them become answers, by the decoder, the
// features, the forest and the terms of the stream itself. Touches neither the stream nor its stores. Owned
// by one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace churnstream {

enum class RowsFormat : std::uint8_t {
  json,        // an object is one row, an array many
  json_lines,  // an object per line
  csv,
};

struct RowsAnswer {
  unsigned status = 200;  // 400 no such text, 413 too many rows, 422 the one row was refused
  std::string text;       // JSON for 200, else what is wrong in one sentence
};

class RowScorer {
 public:
  virtual ~RowScorer() = default;
  // Overwrites `out`. A JSON object is answered by an object, everything else by an array in the order of the
  // rows, where a row that cannot be scored is {"customer_id": ..., "refused": why}.
  virtual void score(RowsFormat format, std::string_view body, RowsAnswer& out) = 0;
};

}  // namespace churnstream
