// Which place in a JSON record is which column, from the settings. A plain value inside the JSON decoder.
#pragma once

#include <vector>

#include "decode/json_decoder.h"
#include "decode/json_fields.h"

namespace churnstream {

struct JsonLayout {
  using Node = JsonFields::Node;
  struct Cell {
    Node node = 0;
    std::size_t column = 0;
  };

  JsonFields fields;
  std::vector<Cell> texts, numbers;
  Node key = JsonFields::kNone, label = JsonFields::kNone, event_time = JsonFields::kNone;
  Node root = JsonFields::kTop;
  Node operation = JsonFields::kNone;  // "op" beside the root
  std::vector<Node> objects;           // on the way to a column, outer ones first; the top is none of them
};

// Wrong when a path leads nowhere, belongs to no column, or goes through another column.
Result<JsonLayout> json_layout_of(const JsonSettings& settings);

}  // namespace churnstream
