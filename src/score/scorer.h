// How a model answers. Made once per model; safe from many threads, each with a scratch of its own. Every
// implementation is bit-identical to reference_scorer.
#pragma once

#include <memory>
#include <vector>

#include "data/feature_matrix.h"
#include "model/forest.h"

namespace churnstream {

// The answers to a block of rows. raw and probabilities: num_rows x num_classes, row-major; prediction: class
// index.
struct Scores {
  std::vector<double> raw;
  std::vector<double> probabilities;
  std::vector<std::uint32_t> predictions;
};

// What an implementation needs while it works; owned by the calling lane and reused.
struct ScoreScratch {
  std::vector<std::uint64_t> words;
};

class Scorer {
 public:
  virtual ~Scorer() = default;
  virtual std::size_t num_classes() const = 0;
  // Needs: rows.num_features == the model's. Overwrites `out`. A row whose votes sum to zero, where Spark
  // throws, gets NaN probabilities and prediction 0.
  virtual void score(const FeatureMatrix& rows, Scores& out, ScoreScratch& scratch) const = 0;
};

// The plain and obvious one: walks every tree node by node, in Spark's order of operations. The forest must
// outlive it.
std::unique_ptr<Scorer> make_reference_scorer(const Forest& forest);

// The same walk over nodes packed into 16 bytes each, tree by tree over blocks of rows: the same bits, a
// fraction of the time. A forest with a categorical split of more than 63 categories gets the reference
// scorer. The forest must outlive it.
std::unique_ptr<Scorer> make_packed_scorer(const Forest& forest);

// Tables of bits, one for each leaf (score/leaf_bitsets.h): the same bits of answers again, and the fastest
// for forests whose tables stay in the cache; null for others. The forest must outlive it.
std::unique_ptr<Scorer> make_leaf_bitset_scorer(const Forest& forest);

// The fastest that this forest can have.
std::unique_ptr<Scorer> make_fast_scorer(const Forest& forest);

}  // namespace churnstream
