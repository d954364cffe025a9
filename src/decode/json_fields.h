// Which fields of a JSON object are wanted: a tree of names, one node for each field on the way to a value.
// Made from the settings, then read record after record. A plain value inside the JSON decoder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace churnstream {

// The names on the way from the top of a record to a value: {"payload", "after", "tenure"}.
using JsonPath = std::vector<std::string>;

// "payload.after" cut at its points. Wrong when a part is empty.
Result<JsonPath> json_path_of(std::string_view text);

class JsonFields {
 public:
  using Node = std::uint32_t;
  static constexpr Node kTop = 0;  // the record's own object
  static constexpr Node kNone = static_cast<Node>(-1);

  JsonFields() : nodes_(1) {}

  // The node of a path; it is made where it is not there yet. The empty path is kTop.
  Node add(const JsonPath& path);

  std::size_t size() const { return nodes_.size(); }
  bool has_fields(Node node) const { return !nodes_[node].fields.empty(); }
  bool is_within(Node node, Node ancestor) const;
  Node parent(Node node) const { return nodes_[node].parent; }
  // As messages name it: with points, from the top.
  const std::string& name(Node node) const { return nodes_[node].name; }

  // The wanted field of this name, or kNone. `place`: the how manieth field of its object it is; records of
  // a stream are alike, so what stood there before is tried first.
  Node find(Node object, std::string_view field, std::size_t place) {
    Object& inside = nodes_[object];
    if (place < inside.guesses.size()) {
      const Node guess = inside.guesses[place];
      if (guess != kNone && nodes_[guess].field == field) return guess;
    }
    return look_up(inside, field, place);
  }

 private:
  struct Object {
    Node parent = kNone;
    std::string field, name;
    std::unordered_map<std::string, Node> fields;
    std::vector<Node> guesses;  // by place
  };
  Node look_up(Object& object, std::string_view field, std::size_t place);

  std::vector<Object> nodes_;
  std::string sought_;  // keeps its memory
};

}  // namespace churnstream
