#include "command/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/progress_bar.h"
#include "command/scored_rows.h"
#include "train/folds.h"
#include "train/parallel.h"

namespace churnstream {
namespace {

const std::string kFeatures = "features";

struct Figure {
  const char* name;
  std::function<double(const Evaluation&)> of;
};

// Reckoned in each fold.
const std::vector<Figure>& fold_figures() {
  static const std::vector<Figure> kFigures{
      {"AUC", [](const Evaluation& e) { return e.area_under_roc.value_or(NAN); }},
      {"area under PR", [](const Evaluation& e) { return e.area_under_pr.value_or(NAN); }},
      {"log-loss", [](const Evaluation& e) { return e.classes.log_loss; }},
      {"accuracy", [](const Evaluation& e) { return e.classes.accuracy; }},
      {"weighted F1", [](const Evaluation& e) { return e.classes.f1; }},
      {"lift@10%", [](const Evaluation& e) { return e.lift_10; }},
  };
  return kFigures;
}

// Reckoned on all rows of a repeat: they need many rows.
const std::vector<Figure>& pooled_figures() {
  static const std::vector<Figure> kFigures{
      {"Brier", [](const Evaluation& e) { return e.brier; }},
      {"ECE", [](const Evaluation& e) { return e.ece; }},
      {"calibration slope", [](const Evaluation& e) { return e.calibration.slope; }},
      {"calibration intercept", [](const Evaluation& e) { return e.calibration.intercept; }},
      {"EMPC", [](const Evaluation& e) { return e.profit ? e.profit->expected_maximum : NAN; }},
      {"revenue at risk", [](const Evaluation& e) { return e.money ? e.money->expected : NAN; }},
  };
  return kFigures;
}

std::vector<std::uint32_t> labels_at(const std::vector<std::uint32_t>& labels,
                                     const std::vector<std::size_t>& rows) {
  std::vector<std::uint32_t> taken;
  taken.reserve(rows.size());
  for (const std::size_t row : rows) taken.push_back(labels[row]);
  return taken;
}

Result<ScoredRows> score_fold(const PipelinePlan& plan, const RecordBatch& rows,
                              const std::vector<std::uint32_t>& labels, std::size_t num_classes,
                              const Fold& fold, const std::string& value_column) {
  const RecordBatch train = rows.take(fold.train);
  CHURNSTREAM_TRY_ASSIGN(const FittedPipeline fitted,
                         fit_pipeline(plan, train, train, labels_at(labels, fold.train), num_classes, 1));
  CHURNSTREAM_TRY_ASSIGN(ScoredPart part,
                         score_part({fitted.stages, kFeatures, fitted.forest}, rows.take(fold.test),
                                    labels_at(labels, fold.test), value_column));
  if (part.rows.labels.empty())
    return wrong("scoring", "a fold", "no row of it could be scored: " + part.first_reason);
  return std::move(part.rows);
}

// `overlap`: test rows per training row for Nadeau and Bengio's correction; 0 for pooled figures.
ValidatedFigure figure_of(const Figure& figure, const std::vector<Evaluation>& evaluations, double overlap,
                          bool is_pooled) {
  std::vector<double> values;
  for (const Evaluation& evaluation : evaluations) values.push_back(figure.of(evaluation));
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double variance = count > 1 ? squares / (count - 1) : 0;
  return {figure.name, mean, std::sqrt(variance), std::sqrt((1 / count + overlap) * variance), is_pooled};
}

}  // namespace

double CrossValidation::mean(const std::string& name) const {
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const auto& f) { return f.name == name; });
  insist(found != figures.end(), "the figure is one of cross-validation's");
  return found->mean;
}

Result<CrossValidation> cross_validate(const PipelinePlan& plan, const RecordBatch& rows,
                                       const std::vector<std::uint32_t>& labels, std::size_t num_classes,
                                       const CrossValidationSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Fold> folds,
                         stratified_folds(labels, settings.num_folds, settings.num_repeats, settings.seed));
  std::vector<Result<ScoredRows>> scored(folds.size());
  {
    ProgressBar progress({.what = "cross-validating", .unit = "fits", .total = folds.size()});
    in_parallel(folds.size(), settings.threads, 1, [&](std::size_t fold, std::size_t) {
      scored[fold] = score_fold(plan, rows, labels, num_classes, folds[fold], settings.value_column);
      progress.add(1);
    });
  }
  std::vector<Evaluation> by_fold, by_repeat;
  std::vector<ScoredRows> repeats(settings.num_repeats);
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    if (!scored[fold]) return while_doing("cross-validating", scored[fold].error());
    by_fold.push_back(evaluate(*scored[fold], settings.positive_class));
    repeats[folds[fold].repeat].append(*scored[fold]);
  }
  for (const ScoredRows& repeat : repeats) by_repeat.push_back(evaluate(repeat, settings.positive_class));

  CrossValidation result;
  const double overlap = 1.0 / static_cast<double>(settings.num_folds - 1);
  for (const Figure& figure : fold_figures())
    result.figures.push_back(figure_of(figure, by_fold, overlap, false));
  for (const Figure& figure : pooled_figures())
    result.figures.push_back(figure_of(figure, by_repeat, 0, true));
  if (by_repeat[0].money) result.money_actual = by_repeat[0].money->actual;
  return result;
}

}  // namespace churnstream
