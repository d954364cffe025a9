// Which field of a record is which column: learnt from a header line, or written in the config. A plain value
// inside the CSV decoder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "decode/csv_decoder.h"

namespace churnstream {

struct CsvLayout {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  struct Cell {
    std::size_t field = 0;
    std::size_t column = 0;
    bool operator==(const Cell&) const = default;
  };

  std::size_t num_fields = 0;
  std::vector<Cell> texts, numbers;
  std::size_t key = kNone, label = kNone, event_time = kNone;  // fields
  std::vector<std::string> unused;                             // names of the columns nobody asked for
  std::string problem;  // why rows of this layout cannot be read; empty: they can

  // Two header lines that lead to the same rows.
  bool reads_as(const CsvLayout& other) const;
};

// The layout of these names; with a `problem` when a column that is needed is missing or stands twice.
CsvLayout layout_of(const std::vector<std::string_view>& names, const CsvSettings& settings);

// Whether more than half of the fields are names of columns we know: a header line, perhaps a broken one.
bool looks_like_header(const std::vector<std::string_view>& fields, const CsvSettings& settings);

}  // namespace churnstream
