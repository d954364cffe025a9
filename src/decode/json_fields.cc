#include "decode/json_fields.h"

namespace churnstream {
namespace {

constexpr std::size_t kPlacesGuessed = 1'024;  // An object of more fields than that is nobody's customer.

}  // namespace

Result<JsonPath> json_path_of(std::string_view text) {
  JsonPath path;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    if (end == begin)
      return wrong("reading the path", text, "a name in it is empty", "write it as payload.after");
    path.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return path;
}

JsonFields::Node JsonFields::add(const JsonPath& path) {
  Node node = kTop;
  for (const std::string& field : path) {
    const auto known = nodes_[node].fields.find(field);
    if (known != nodes_[node].fields.end()) {
      node = known->second;
      continue;
    }
    const Node made = static_cast<Node>(nodes_.size());
    nodes_[node].fields.emplace(field, made);
    nodes_.push_back(
        {.parent = node, .field = field, .name = node == kTop ? field : nodes_[node].name + "." + field});
    node = made;
  }
  return node;
}

bool JsonFields::is_within(Node node, Node ancestor) const {
  while (node != ancestor && node != kNone) node = nodes_[node].parent;
  return node == ancestor;
}

JsonFields::Node JsonFields::look_up(Object& object, std::string_view field, std::size_t place) {
  sought_ = field;
  const auto found = object.fields.find(sought_);
  if (found == object.fields.end()) return kNone;
  if (place < kPlacesGuessed) {
    if (place >= object.guesses.size()) object.guesses.resize(place + 1, kNone);
    object.guesses[place] = found->second;
  }
  return found->second;
}

}  // namespace churnstream
