#include "command/scored_rows.h"

#include <limits>

#include "feature/feature_plan.h"
#include "score/scorer.h"

namespace churnstream {
namespace {

// The money column of these rows, NaN where nothing is known; empty without such a column.
Result<std::vector<double>> values_of(const RecordBatch& rows, const std::vector<std::size_t>& kept,
                                      const std::string& column_name) {
  std::vector<double> values;
  if (column_name.empty()) return values;
  const auto found = rows.schema().find(column_name);
  if (!found) return wrong("evaluating with the value column", column_name, "the data has no such column");
  const Column& column = rows.column(*found);
  if (column.type() != ColumnType::number)
    return wrong("evaluating with the value column", column_name, "it holds text, not numbers");
  for (const std::size_t row : kept)
    values.push_back(column.is_missing(row) ? std::numeric_limits<double>::quiet_NaN() : column.number(row));
  return values;
}

}  // namespace

Result<ScoredPart> score_part(const PipelineParts& pipeline, const RecordBatch& rows,
                              const std::vector<std::uint32_t>& labels, const std::string& value_column) {
  insist(labels.size() == rows.num_rows(), "every row has its truth");
  const FeaturePlan plan(pipeline.stages, pipeline.features_column, pipeline.forest.num_features);
  FeatureMatrix features;
  FeatureScratch scratch;
  CHURNSTREAM_TRY(plan.transform(rows, features, scratch));
  Scores scores;
  ScoreScratch score_scratch;
  make_fast_scorer(pipeline.forest)->score(features, scores, score_scratch);

  ScoredPart part;
  part.rows.num_classes = pipeline.forest.num_classes;
  for (const std::size_t row : scratch.good_rows) part.rows.labels.push_back(labels[row]);
  part.rows.predictions = std::move(scores.predictions);
  part.rows.raw = std::move(scores.raw);
  part.rows.probabilities = std::move(scores.probabilities);
  CHURNSTREAM_TRY_ASSIGN(part.rows.values, values_of(rows, scratch.good_rows, value_column));
  part.num_left_out = rows.num_rows() - scratch.good_rows.size();
  for (std::size_t row = 0; row < rows.num_rows() && part.first_reason.empty(); ++row)
    if (scratch.frame.state(row) != RowState::good) part.first_reason = scratch.reason(row);
  return part;
}

}  // namespace churnstream
