// Nodes as the processor likes them: 16 bytes each, the left child right behind its parent as Spark's ids
// have it, the shares of the leaves divided beforehand. Eight rows walk a tree side by side, all as many
// steps as it is deep, so that no step hangs on a guess about a row; a leaf leads to itself. Votes are added
// tree after tree, as Spark adds them, so the sums have the same bits.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>

#include "base/result.h"
#include "score/category.h"
#include "score/class_answer.h"
#include "score/leaf_shares.h"
#include "score/scorer.h"

namespace churnstream {
namespace {

constexpr std::int32_t kCategoriesMax = 63;
constexpr std::uint64_t kStranger = std::uint64_t{1} << 63;  // a value that is no category
constexpr std::size_t kRowsAtOnce = 8;

// Left iff the value is at most the threshold, or, for a categorical split, iff the value's bit is among
// those of `test`: bit c for category c.
struct PackedNode {
  std::uint64_t test;  // the bits, or the threshold's
  std::uint32_t feature;
  std::uint32_t right : 31, is_categorical : 1;
};
static_assert(sizeof(PackedNode) == 16);

struct PackedTree {
  std::vector<PackedNode> nodes;
  std::vector<std::uint32_t> shares_of;  // by node: where its shares begin; of inner nodes nothing
  std::vector<double> shares;            // num_classes for each leaf; zeros for one without a vote
  std::size_t depth = 0;
};

// Which way a categorical split sends each value, asked of the split itself.
std::uint64_t bits_of(const Split& split) {
  std::uint64_t bits = split.goes_left(split.num_categories) ? kStranger : 0;
  for (std::int32_t category = 0; category < split.num_categories; ++category)
    if (split.goes_left(category)) bits |= std::uint64_t{1} << category;
  return bits;
}

PackedTree packed(const Tree& tree, std::size_t num_classes, bool divides) {
  PackedTree made;
  made.depth = tree.depth();
  made.shares_of.resize(tree.num_nodes());
  for (std::size_t id = 0; id < tree.num_nodes(); ++id) {
    const Split& split = tree.split[id];
    if (!tree.is_leaf(id)) {
      insist(static_cast<std::size_t>(tree.left[id]) == id + 1, "ids are in pre-order");
      made.nodes.push_back(
          {split.is_continuous() ? std::bit_cast<std::uint64_t>(split.threshold) : bits_of(split),
           static_cast<std::uint32_t>(tree.feature[id]), static_cast<std::uint32_t>(tree.right[id]),
           split.is_continuous() ? 0u : 1u});
      continue;
    }
    // No bit and no value goes left here.
    made.nodes.push_back({0, 0, static_cast<std::uint32_t>(id), 1});
    made.shares_of[id] = static_cast<std::uint32_t>(made.shares.size());
    append_leaf_shares(tree, id, num_classes, divides, made.shares);
  }
  return made;
}

// For each feature the number of categories that splits know, 0 where none is categorical. Nothing where one
// feature has two arities or one of them does not fit.
std::optional<std::vector<std::int32_t>> arities_of(const Forest& forest) {
  std::vector<std::int32_t> arities(forest.num_features, 0);
  for (const Tree& tree : forest.trees)
    for (std::size_t id = 0; id < tree.num_nodes(); ++id) {
      if (tree.is_leaf(id) || tree.split[id].is_continuous()) continue;
      std::int32_t& arity = arities[static_cast<std::size_t>(tree.feature[id])];
      if (arity == 0) arity = tree.split[id].num_categories;
      if (arity != tree.split[id].num_categories || arity > kCategoriesMax) return std::nullopt;
    }
  return arities;
}

std::uint64_t bit_of(double value, std::int32_t arity) {
  const std::uint32_t category = category_of(value, arity);
  return category == static_cast<std::uint32_t>(arity) ? kStranger : std::uint64_t{1} << category;
}

class PackedScorer : public Scorer {
 public:
  PackedScorer(const Forest& forest, std::vector<std::int32_t> arities)
      : forest_(forest), arities_(std::move(arities)) {
    for (std::size_t tree = 0; tree < num_voting_trees(forest); ++tree)
      trees_.push_back(packed(forest.trees[tree], forest.num_classes, votes_with_shares(forest)));
  }

  std::size_t num_classes() const override { return forest_.num_classes; }

  void score(const FeatureMatrix& rows, Scores& out, ScoreScratch& scratch) const override {
    make_room(rows, forest_, out);
    const std::size_t num_classes = forest_.num_classes;
    scratch.words.resize(kRowsAtOnce * forest_.num_features);
    for (std::size_t begin = 0; begin < rows.num_rows(); begin += kRowsAtOnce)
      vote(rows, begin, std::min(kRowsAtOnce, rows.num_rows() - begin), out.raw, scratch.words);
    for (std::size_t row = 0; row < rows.num_rows(); ++row)
      out.predictions[row] =
          answer_of({&out.raw[row * num_classes], num_classes},
                    {&out.probabilities[row * num_classes], num_classes}, forest_.thresholds);
  }

 private:
  // `count` rows from `begin` on; the last ones of a batch walk with the last row in the empty places.
  void vote(const FeatureMatrix& rows, std::size_t begin, std::size_t count, std::vector<double>& raw,
            std::vector<std::uint64_t>& bits) const {
    std::array<const double*, kRowsAtOnce> values;
    for (std::size_t k = 0; k < kRowsAtOnce; ++k) {
      values[k] = rows.row(begin + std::min(k, count - 1)).data();
      for (std::size_t f = 0; f < arities_.size(); ++f)
        if (arities_[f] > 0) bits[k * arities_.size() + f] = bit_of(values[k][f], arities_[f]);
    }
    for (const PackedTree& tree : trees_) {
      std::array<std::uint32_t, kRowsAtOnce> at{};
      for (std::size_t step = 0; step < tree.depth; ++step)
        for (std::size_t k = 0; k < kRowsAtOnce; ++k) {
          const PackedNode& node = tree.nodes[at[k]];
          const std::uint32_t is_under = values[k][node.feature] <= std::bit_cast<double>(node.test);
          const std::uint32_t is_among = (bits[k * arities_.size() + node.feature] & node.test) != 0;
          const std::uint32_t left = node.is_categorical != 0 ? is_among : is_under;
          const std::uint32_t next = at[k] + 1, right = node.right;
          at[k] = right ^ ((right ^ next) & (0 - left));  // a choice without a branch
        }
      for (std::size_t k = 0; k < count; ++k) {
        const double* shares = &tree.shares[tree.shares_of[at[k]]];
        double* votes = &raw[(begin + k) * forest_.num_classes];
        for (std::size_t c = 0; c < forest_.num_classes; ++c) votes[c] += shares[c];
      }
    }
  }

  const Forest& forest_;
  const std::vector<std::int32_t> arities_;
  std::vector<PackedTree> trees_;
};

}  // namespace

std::unique_ptr<Scorer> make_packed_scorer(const Forest& forest) {
  auto arities = arities_of(forest);
  if (!arities) return make_reference_scorer(forest);
  return std::make_unique<PackedScorer>(forest, *std::move(arities));
}

}  // namespace churnstream
