#include "score/leaf_bitsets.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "score/category.h"
#include "score/leaf_shares.h"

namespace churnstream {
namespace {

constexpr std::size_t kDigitValuesMax = 32;  // rows of a digit's table: few enough to stay in the cache
constexpr std::size_t kTableBytesMax = 1 << 20;
constexpr std::size_t kLeavesMax = 256;
constexpr std::size_t kScanMax = 64;  // thresholds that are counted faster than searched

bool allows(const std::vector<std::uint8_t>& allowed, std::size_t bin) { return allowed[bin] != 0; }

std::size_t num_leaves(const Tree& tree) {
  std::size_t leaves = 0;
  for (std::size_t node = 0; node < tree.num_nodes(); ++node) leaves += tree.is_leaf(node);
  return leaves;
}

// Nothing where one feature is continuous here and categorical there, or has two arities.
std::optional<std::vector<FeatureBins>> bins_of(const Forest& forest) {
  std::map<std::size_t, FeatureBins> found;
  for (std::size_t index = 0; index < num_voting_trees(forest); ++index) {
    const Tree& tree = forest.trees[index];
    for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
      if (tree.is_leaf(node)) continue;
      const auto feature = static_cast<std::size_t>(tree.feature[node]);
      const Split& split = tree.split[node];
      const auto [place, is_new] = found.try_emplace(feature, FeatureBins{.feature = feature});
      FeatureBins& bins = place->second;
      if (is_new && !split.is_continuous()) bins.arity = split.num_categories;
      if (split.is_continuous() ? bins.arity != 0 : bins.arity != split.num_categories) return std::nullopt;
      if (split.is_continuous()) bins.thresholds.push_back(split.threshold);
    }
  }
  std::vector<FeatureBins> all;
  for (auto& [feature, bins] : found) {
    std::sort(bins.thresholds.begin(), bins.thresholds.end());
    bins.thresholds.erase(std::unique(bins.thresholds.begin(), bins.thresholds.end()), bins.thresholds.end());
    all.push_back(std::move(bins));
  }
  return all;
}

// The largest first, each into the first digit that has room for it.
std::vector<LeafBitsets::Digit> digits_of(const std::vector<FeatureBins>& features) {
  std::vector<std::size_t> order(features.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return features[left].count() > features[right].count();
  });
  std::vector<LeafBitsets::Digit> digits;
  for (const std::size_t bins : order) {
    const std::size_t count = features[bins].count();
    auto digit = std::find_if(digits.begin(), digits.end(), [&](const LeafBitsets::Digit& one) {
      return one.num_values * count <= kDigitValuesMax;
    });
    if (digit == digits.end()) digit = digits.insert(digits.end(), LeafBitsets::Digit{});
    digit->parts.push_back({bins, digit->num_values});
    digit->num_values *= count;
  }
  std::size_t row = 0;
  for (LeafBitsets::Digit& digit : digits) {
    digit.first_row = row;
    row += digit.num_values;
  }
  return digits;
}

// Walks one tree and writes each leaf's bit into every table row that may reach it.
class LeafWalk {
 public:
  LeafWalk(const Tree& tree, std::size_t first_word, std::size_t num_classes, bool divides,
           LeafBitsets& bitsets)
      : tree_(tree), bit_(first_word * 64), num_classes_(num_classes), divides_(divides), bitsets_(bitsets) {
    for (const FeatureBins& bins : bitsets.features) allowed_.emplace_back(bins.count(), 1);
  }

  void run() { walk(0); }

 private:
  void walk(std::size_t node) {
    if (tree_.is_leaf(node)) return write_leaf(node);
    const auto feature = static_cast<std::size_t>(tree_.feature[node]);
    const std::size_t index = static_cast<std::size_t>(
        std::find_if(bitsets_.features.begin(), bitsets_.features.end(),
                     [&](const FeatureBins& bins) { return bins.feature == feature; }) -
        bitsets_.features.begin());
    const std::vector<std::uint8_t> before = allowed_[index];
    for (const bool left : {true, false}) {
      for (std::size_t bin = 0; bin < before.size(); ++bin)
        allowed_[index][bin] =
            allows(before, bin) && goes_left(bitsets_.features[index], tree_.split[node], bin) == left;
      walk(static_cast<std::size_t>(left ? tree_.left[node] : tree_.right[node]));
    }
    allowed_[index] = before;
  }

  static bool goes_left(const FeatureBins& bins, const Split& split, std::size_t bin) {
    if (bins.arity > 0) return split.goes_left(static_cast<double>(bin));  // the last bin is no category
    return bin < bins.thresholds.size() && bins.thresholds[bin] <= split.threshold;
  }

  void write_leaf(std::size_t leaf) {
    const std::size_t word = bit_ / 64;
    const std::uint64_t bit = std::uint64_t{1} << (bit_ % 64);
    for (const LeafBitsets::Digit& digit : bitsets_.digits)
      for (std::size_t value = 0; value < digit.num_values; ++value)
        if (is_allowed(digit, value))
          bitsets_.table[(digit.first_row + value) * bitsets_.num_words + word] |= bit;
    std::vector<double> shares;
    append_leaf_shares(tree_, leaf, num_classes_, divides_, shares);
    std::copy(shares.begin(), shares.end(),
              bitsets_.shares.begin() + static_cast<std::ptrdiff_t>(bit_ * num_classes_));
    ++bit_;
  }

  bool is_allowed(const LeafBitsets::Digit& digit, std::size_t value) const {
    return std::all_of(digit.parts.begin(), digit.parts.end(), [&](const LeafBitsets::Part& part) {
      return allows(allowed_[part.bins], value / part.stride % bitsets_.features[part.bins].count());
    });
  }

  const Tree& tree_;
  std::size_t bit_;  // of the next leaf, counted through all words
  const std::size_t num_classes_;
  const bool divides_;
  LeafBitsets& bitsets_;
  std::vector<std::vector<std::uint8_t>> allowed_;  // by feature: the bins that reach this node
};

}  // namespace

std::size_t FeatureBins::bin_of(double value) const {
  if (arity > 0) return category_of(value, arity);
  const auto is_above = [value](double threshold) { return !(value <= threshold); };
  if (thresholds.size() > kScanMax)
    return static_cast<std::size_t>(std::partition_point(thresholds.begin(), thresholds.end(), is_above) -
                                    thresholds.begin());
  std::size_t bin = 0;
  for (const double threshold : thresholds) bin += is_above(threshold);
  return bin;
}

std::optional<LeafBitsets> LeafBitsets::make(const Forest& forest) {
  LeafBitsets made;
  made.first_word.push_back(0);
  for (std::size_t index = 0; index < num_voting_trees(forest); ++index) {
    const std::size_t leaves = num_leaves(forest.trees[index]);
    if (leaves > kLeavesMax) return std::nullopt;
    made.num_words += (leaves + 63) / 64;
    made.first_word.push_back(static_cast<std::uint32_t>(made.num_words));
  }
  auto features = bins_of(forest);
  if (!features || features->empty()) return std::nullopt;
  made.features = *std::move(features);
  made.digits = digits_of(made.features);
  const std::size_t rows = made.digits.back().first_row + made.digits.back().num_values;
  if (rows * made.num_words * sizeof(std::uint64_t) > kTableBytesMax) return std::nullopt;
  made.table.resize(rows * made.num_words);
  made.shares.resize(made.num_words * 64 * forest.num_classes);
  for (std::size_t index = 0; index < num_voting_trees(forest); ++index)
    LeafWalk(forest.trees[index], made.first_word[index], forest.num_classes, votes_with_shares(forest), made)
        .run();
  return made;
}

}  // namespace churnstream
