// A JSON document cut into its rows, without looking into them: what a row holds is the decoder's to judge.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace churnstream {

struct JsonRows {
  bool is_one = false;                 // an object, not an array
  std::vector<std::string_view> rows;  // views into the document
  const char* problem = nullptr;       // why it is no such document; then the rows are of no use
};

// An object is one row, the elements of an array are many; at most one more than `rows_max` are looked for.
// Overwrites `out`.
void cut_json_rows(std::string_view document, std::size_t rows_max, JsonRows& out);

}  // namespace churnstream
