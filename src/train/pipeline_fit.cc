#include "train/pipeline_fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "feature/imputer.h"
#include "feature/vector_assembler.h"

namespace churnstream {
namespace {

const std::string kFeatures = "features";

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> check_columns(const PipelinePlan& plan, const Frame& frame) {
  for (const std::string& name : plan.columns) {
    const Column* column = frame.source_column(name);
    if (column == nullptr) return wrong("fitting the feature", name, "the data has no such column");
    if (column->type() == ColumnType::text && !contains(plan.categorical, name))
      return wrong("fitting the feature", name, "it is text, not numbers",
                   "name it under [features] categorical");
  }
  return {};
}

}  // namespace

Result<std::vector<std::shared_ptr<const FeatureStage>>> fit_stages(const PipelinePlan& plan,
                                                                    const RecordBatch& rows) {
  Frame frame;
  frame.reset(rows);
  CHURNSTREAM_TRY(check_columns(plan, frame));
  ImputerSettings imputer;
  StringIndexerSettings indexer{.handle_invalid = plan.handle_invalid, .order = plan.string_order};
  VectorAssemblerSettings assembler{.output_column = kFeatures};
  std::vector<double> surrogates;
  for (const std::string& name : plan.columns) {
    const auto surrogate = plan.missing.find(name);
    const bool is_categorical = contains(plan.categorical, name);
    const std::string made = name + (is_categorical ? "_index" : "_filled");
    const bool is_made = is_categorical || surrogate != plan.missing.end();
    assembler.input_columns.push_back(is_made ? made : name);
    if (!is_made) continue;
    StageColumns& columns = is_categorical ? indexer.columns : imputer.columns;
    columns.in.push_back(name);
    columns.out.push_back(made);
    if (!is_categorical) surrogates.push_back(surrogate->second);
  }
  std::vector<std::shared_ptr<const FeatureStage>> stages;
  if (!surrogates.empty()) {
    CHURNSTREAM_TRY_ASSIGN(stages.emplace_back(), fixed_imputer(imputer, surrogates));
  }
  if (!indexer.columns.in.empty()) {
    CHURNSTREAM_TRY_ASSIGN(stages.emplace_back(), fit_string_indexer(frame, indexer));
  }
  CHURNSTREAM_TRY_ASSIGN(stages.emplace_back(), make_vector_assembler(assembler));
  return stages;
}

Result<TrainingSet> make_training_set(const std::vector<std::shared_ptr<const FeatureStage>>& stages,
                                      const RecordBatch& rows, const std::vector<std::uint32_t>& labels,
                                      std::size_t num_classes) {
  insist(labels.size() == rows.num_rows(), "every row has a label");
  Frame frame;
  frame.reset(rows);
  for (const auto& stage : stages) CHURNSTREAM_TRY(stage->transform(frame));
  const Frame::Made* features = frame.made_column(kFeatures);
  insist(features != nullptr && features->is_vector, "the last stage assembles the features");
  TrainingSet set;
  set.num_features = features->width;
  set.num_classes = num_classes;
  for (const Attribute& attribute : features->attributes) set.arities.push_back(attribute.arity);
  for (std::size_t row = 0; row < frame.num_rows(); ++row) {
    if (frame.state(row) == RowState::refused)
      return wrong(
          "fitting on", fmt::format("record {}", number_of(rows.extent().offsets[row])), frame.reason(row),
          "[prepare] missing fills numbers, [features] handle_invalid = \"keep\" takes any category");
    if (frame.state(row) == RowState::dropped) continue;
    const auto begin = features->values.begin() + static_cast<std::ptrdiff_t>(row * set.num_features);
    set.values.insert(set.values.end(), begin, begin + static_cast<std::ptrdiff_t>(set.num_features));
    set.labels.push_back(labels[row]);
  }
  return TrainingSet::make(std::move(set));
}

Result<FittedPipeline> fit_pipeline(const PipelinePlan& plan, const RecordBatch& encoder_rows,
                                    const RecordBatch& rows, const std::vector<std::uint32_t>& labels,
                                    std::size_t num_classes, std::size_t threads,
                                    const GrowthWatcher& watcher) {
  FittedPipeline fitted;
  CHURNSTREAM_TRY_ASSIGN(fitted.stages, fit_stages(plan, encoder_rows));
  CHURNSTREAM_TRY_ASSIGN(const TrainingSet set, make_training_set(fitted.stages, rows, labels, num_classes));
  CHURNSTREAM_TRY_ASSIGN(
      fitted.forest, train_forest(set, plan.forest,
                                  {.threads = threads, .params_set = plan.params_set, .watcher = watcher}));
  return fitted;
}

}  // namespace churnstream
