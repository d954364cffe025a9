// The plain and obvious scorer: what every faster one is compared with. Its order of operations is Spark's,
// so its doubles are Spark's (org.apache.spark.ml.classification.RandomForestClassificationModel.predictRaw,
// DecisionTreeClassificationModel.predictRaw,
// ProbabilisticClassificationModel.normalizeToProbabilitiesInPlace).
#include "base/result.h"
#include "score/class_answer.h"
#include "score/scorer.h"

namespace churnstream {
namespace {

// The votes of the trees in order: each leaf's class shares, divided first and then added. A tree with an
// all-zero leaf has no vote.
void vote(const Forest& forest, std::span<const double> features, std::span<double> raw) {
  for (const Tree& tree : forest.trees) {
    const std::span<const double> counts = tree.node_stats(tree.leaf_of(features));
    double total = 0;
    for (const double count : counts) total += count;
    if (total == 0) continue;
    for (std::size_t c = 0; c < raw.size(); ++c) raw[c] += counts[c] / total;
  }
}

// A lone tree answers with the counts of its leaf.
void count(const Forest& forest, std::span<const double> features, std::span<double> raw) {
  const Tree& tree = forest.trees.front();
  const std::span<const double> counts = tree.node_stats(tree.leaf_of(features));
  for (std::size_t c = 0; c < raw.size(); ++c) raw[c] = counts[c];
}

class ReferenceScorer : public Scorer {
 public:
  explicit ReferenceScorer(const Forest& forest) : forest_(forest) {}

  std::size_t num_classes() const override { return forest_.num_classes; }

  void score(const FeatureMatrix& rows, Scores& out, ScoreScratch&) const override {
    make_room(rows, forest_, out);
    const std::size_t num_classes = forest_.num_classes;
    for (std::size_t row = 0; row < rows.num_rows(); ++row) {
      const std::span<double> raw(&out.raw[row * num_classes], num_classes);
      const std::span<double> probabilities(&out.probabilities[row * num_classes], num_classes);
      if (forest_.kind == PredictorKind::random_forest_classifier)
        vote(forest_, rows.row(row), raw);
      else
        count(forest_, rows.row(row), raw);
      out.predictions[row] = answer_of(raw, probabilities, forest_.thresholds);
    }
  }

 private:
  const Forest& forest_;
};

}  // namespace

std::unique_ptr<Scorer> make_reference_scorer(const Forest& forest) {
  return std::make_unique<ReferenceScorer>(forest);
}

}  // namespace churnstream
