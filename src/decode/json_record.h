// One JSON record read into the cells that are wanted of it. Strict: every byte of the record is looked at,
// those of unused fields too, so that what is refused does not depend on who asks. The inner step of the JSON
// decoder; owned by one decoder, its memory reused from record to record.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decode/json_fields.h"

namespace churnstream {

struct JsonCell {
  enum class Kind : std::uint8_t { absent, null, text, number, boolean, object, array };
  Kind kind = Kind::absent;
  std::string_view text;  // of a text its letters; of a number or boolean the token as written
};

class JsonRecord {
 public:
  explicit JsonRecord(JsonFields fields);
  ~JsonRecord();

  // Empty on success, otherwise why the record is refused; then no cell is there. What lies behind `line` up
  // to `readable_end` may be looked at, though never used. Cells are views into `line` or into this object,
  // until the next read().
  std::string read(std::string_view line, const char* readable_end);

  JsonCell operator[](JsonFields::Node node) const { return is_set(node) ? cells_[node] : JsonCell(); }
  const JsonFields& fields() const { return fields_; }

  // From now on names of unused fields at or below this node are noted, a few dozen, until they are taken.
  void note_unused(JsonFields::Node below) { noted_below_ = below; }
  // Those of the last read(); when there are some, no more are noted.
  std::vector<std::string> take_unused();

 private:
  class Walk;
  struct Parser;  // simdjson's

  bool is_set(JsonFields::Node node) const { return stamps_[node] == stamp_; }

  JsonFields fields_;
  std::unique_ptr<Parser> parser_;
  std::vector<JsonCell> cells_;        // by node
  std::vector<std::uint64_t> stamps_;  // the read() in which the cell was set
  std::uint64_t stamp_ = 0;
  std::string padded_;  // a copy of the record where nothing may be read behind it
  JsonFields::Node noted_below_ = JsonFields::kNone;
  std::vector<std::string> unused_;
};

}  // namespace churnstream
