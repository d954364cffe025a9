#include "model/pipeline_model.h"

#include "feature/string_indexer.h"
#include "model/spark_format/pipeline_format.h"

namespace churnstream {
namespace {

std::string fingerprint_of(const std::vector<std::shared_ptr<const FeatureStage>>& stages,
                           const Forest& predictor) {
  Sha256 hash;
  hash.add_text("churnstream model 1");
  hash.add(static_cast<std::int64_t>(stages.size()));
  for (const auto& stage : stages) stage->add_to_fingerprint(hash);
  predictor.add_to_fingerprint(hash);
  return hash.hex();
}

}  // namespace

PipelineModel::PipelineModel(std::string uid, std::vector<std::shared_ptr<const FeatureStage>> stages,
                             Forest predictor, std::string features_column, std::optional<ModelNotes> notes)
    : uid_(std::move(uid)),
      stages_(std::move(stages)),
      predictor_(std::move(predictor)),
      features_column_(std::move(features_column)),
      notes_(std::move(notes)),
      fingerprint_(fingerprint_of(stages_, predictor_)) {}

Result<std::shared_ptr<const PipelineModel>> PipelineModel::load(const Path& path) {
  return read_pipeline(path);
}

Result<void> PipelineModel::save(const Path& path) const { return write_pipeline(path, *this); }

std::vector<std::string> PipelineModel::class_labels() const {
  if (notes_ && notes_->class_labels.size() == predictor_.num_classes) return notes_->class_labels;
  const std::string label =
      effective_param(predictor_.params, predictor_.param_list(), "labelCol").get<std::string>();
  for (const auto& stage : stages_)
    if (const auto* indexer = dynamic_cast<const StringIndexerModel*>(stage.get()))
      for (std::size_t column = 0; column < indexer->columns().out.size(); ++column)
        if (indexer->columns().out[column] == label &&
            indexer->labels(column).size() == predictor_.num_classes)
          return indexer->labels(column);
  std::vector<std::string> numbers;
  for (std::size_t index = 0; index < predictor_.num_classes; ++index)
    numbers.push_back(std::to_string(index));
  return numbers;
}

}  // namespace churnstream
