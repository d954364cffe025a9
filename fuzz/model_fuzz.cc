// Random bytes as what a model directory holds: metadata JSON, churnstream.json, and the nodes of a tree. The
// first byte says which. Whatever comes, there is an answer; a tree that is accepted is walked.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "model/forest.h"
#include "model/spark_format/metadata.h"
#include "model/spark_format/notes_format.h"

namespace {

using namespace churnstream;

void try_metadata(std::string_view text) {
  const auto metadata = parse_metadata(text, "fuzz");
  if (!metadata) return;
  Forest forest;
  forest.uid = metadata->uid;
  forest.params = metadata->params;
  (void)extra_count(*metadata, "numTrees", 1, 1000);
  if (!check_params(forest.params, forest.param_list(), forest.uid)) return;
  (void)writable_params(forest.params, forest.param_list());
  (void)metadata_text(*metadata, 0);
  Sha256 hash;
  forest.add_to_fingerprint(hash);
}

void try_notes(std::string_view text) {
  const auto notes = parse_notes(text, "fuzz");
  if (notes)
    insist(parse_notes(notes_text(*notes), "fuzz").has_value(), "notes that were read can be written");
}

// Takes values off the front of the bytes; zeros when there are none left.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  template <typename Value>
  Value next() {
    Value value{};
    const std::size_t length = std::min(sizeof value, bytes_.size());
    std::memcpy(&value, bytes_.data(), length);
    bytes_.remove_prefix(length);
    return value;
  }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

void try_tree(std::string_view text) {
  Bytes bytes(text);
  Tree tree;
  tree.num_stats = 2;
  while (!bytes.empty()) {
    tree.feature.push_back(bytes.next<std::int8_t>());
    tree.left.push_back(bytes.next<std::int8_t>());
    tree.right.push_back(bytes.next<std::int8_t>());
    Split split;
    split.num_categories = bytes.next<std::int8_t>();
    if (split.is_continuous()) {
      split.threshold = bytes.next<double>();
    } else {
      const std::size_t count = bytes.next<std::uint8_t>() % 8;
      for (std::size_t index = 0; index < count; ++index)
        split.left_categories.push_back(bytes.next<std::int8_t>() / 2.0);
    }
    tree.split.push_back(split);
    tree.stats.push_back(bytes.next<std::uint8_t>());
    tree.stats.push_back(bytes.next<std::uint8_t>());
    tree.raw_count.push_back(1);
    tree.prediction.push_back(0);
    tree.impurity.push_back(0);
    tree.gain.push_back(0);
  }
  constexpr std::size_t kFeatures = 3;
  const auto made = Tree::make(tree, kFeatures);
  if (!made) return;
  insist(made->depth() < made->num_nodes(), "a tree is no deeper than it has nodes");
  for (const double value : {-1.0, 0.0, 0.5, 2.0, 1e300, std::nan("")})
    insist(made->is_leaf(made->leaf_of(std::vector<double>(kFeatures, value))), "every row ends in a leaf");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: try_metadata(rest); break;
    case 1: try_notes(rest); break;
    default: try_tree(rest);
  }
  return 0;
}
