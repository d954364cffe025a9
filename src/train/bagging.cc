#include "train/bagging.h"

#include "train/generators.h"

namespace churnstream {
namespace {

// `draw` gives the count of the next (row, tree).
template <typename Draw>
std::vector<Bag> fill_bags(const TrainingSet& set, std::size_t num_trees, Draw draw) {
  std::vector<Bag> bags(num_trees);
  for (Bag& bag : bags) bag.reserve(set.num_rows());
  for (std::uint32_t row = 0; row < set.num_rows(); ++row)
    for (Bag& bag : bags)
      if (const int count = draw(); count > 0)
        bag.push_back({row, static_cast<std::uint16_t>(set.labels[row]), static_cast<std::uint16_t>(count)});
  return bags;
}

}  // namespace

std::vector<Bag> draw_bags(const TrainingSet& set, const ForestParams& params) {
  insist(set.num_classes <= 65'536, "a class fits a bag entry");
  const bool is_forest = params.kind == PredictorKind::random_forest_classifier;
  const auto num_trees = static_cast<std::size_t>(is_forest ? params.num_trees : 1);
  const auto seed = static_cast<std::int64_t>(static_cast<std::uint64_t>(params.seed) + 1);
  if (is_forest && params.bootstrap)
    return fill_bags(set, num_trees, [sampler = PoissonSampler(params.subsampling_rate, seed)]() mutable {
      return sampler.next();
    });
  if (is_forest && params.subsampling_rate < 1)
    return fill_bags(set, num_trees, [random = XorShift(seed), rate = params.subsampling_rate]() mutable {
      return random.next_double() < rate ? 1 : 0;
    });
  return fill_bags(set, num_trees, [] { return 1; });
}

}  // namespace churnstream
