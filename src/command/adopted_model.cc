#include "command/adopted_model.h"

#include "feature/vector_assembler.h"
#include "train/pipeline_fit.h"

namespace churnstream {
namespace {

tl::unexpected<Error> misfit(const Forest& forest, const std::string& happened) {
  return wrong("adopting", forest.uid, happened, "does the recipe describe the data that it was trained on?");
}

// What the stages say of each feature, from one row.
Result<std::vector<Attribute>> attributes_of(const std::vector<std::shared_ptr<const FeatureStage>>& stages,
                                             const RecordBatch& rows, const std::string& features_column) {
  const RecordBatch one_row = rows.take({0});
  Frame frame;
  frame.reset(one_row);
  for (const auto& stage : stages) CHURNSTREAM_TRY(stage->transform(frame));
  return frame.made_column(features_column)->attributes;
}

Result<void> check_categories(const Forest& forest, const PipelinePlan& plan,
                              const std::vector<Attribute>& attributes) {
  if (forest.num_features != attributes.size())
    return misfit(forest, "it reads " + std::to_string(forest.num_features) + " features, the recipe makes " +
                              std::to_string(attributes.size()));
  const bool keeps_unknown = plan.handle_invalid == HandleInvalid::keep;
  for (const Tree& tree : forest.trees)
    for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
      if (tree.is_leaf(node) || tree.split[node].is_continuous()) continue;
      const auto feature = static_cast<std::size_t>(tree.feature[node]);
      const auto trained_on = static_cast<std::uint32_t>(tree.split[node].num_categories);
      const std::uint32_t arity = attributes[feature].arity;
      if (arity == trained_on || (keeps_unknown && arity == trained_on + 1)) continue;
      const std::string name = "feature " + std::to_string(feature) + " (" + attributes[feature].name + ")";
      if (arity == 0)
        return misfit(forest, name + " is a number by the recipe, but categories in the forest");
      return misfit(forest, name + " has " + std::to_string(arity) + " categories by the recipe, " +
                                std::to_string(trained_on) + " in the forest");
    }
  return {};
}

// The fitted stages, the last one making the column that the forest reads.
Result<std::vector<std::shared_ptr<const FeatureStage>>> stages_for(const Forest& forest,
                                                                    const Recipe& recipe,
                                                                    const TrainingData& data) {
  const RecordBatch encoder_rows =
      recipe.fits_encoders_on_all ? data.rows : data.rows.take(data.parts.front());
  CHURNSTREAM_TRY_ASSIGN(auto stages, fit_stages(recipe.plan, encoder_rows));
  const auto* assembler = dynamic_cast<const VectorAssembler*>(stages.back().get());
  insist(assembler != nullptr, "the last feature stage assembles the vector");
  if (assembler->output_column() == forest.features_column()) return stages;
  CHURNSTREAM_TRY_ASSIGN(const auto way,
                         handle_invalid_of(assembler->params().get("handleInvalid").get<std::string>()));
  CHURNSTREAM_TRY_ASSIGN(stages.back(), make_vector_assembler({.input_columns = assembler->input_columns(),
                                                               .output_column = forest.features_column(),
                                                               .handle_invalid = way}));
  return stages;
}

}  // namespace

Result<std::shared_ptr<const PipelineModel>> adopt_model(const PipelineModel& bare, const Recipe& recipe,
                                                         const TrainingData& data) {
  const Forest& forest = bare.predictor();
  if (!bare.is_bare())
    return wrong("adopting", bare.uid(), "it is a whole pipeline already", "use it as it is");
  if (data.class_labels.size() != forest.num_classes)
    return misfit(forest, "it knows " + std::to_string(forest.num_classes) + " classes, the data has " +
                              std::to_string(data.class_labels.size()));
  CHURNSTREAM_TRY_ASSIGN(auto stages, stages_for(forest, recipe, data));
  const std::string features_column = forest.features_column();
  CHURNSTREAM_TRY_ASSIGN(const auto attributes, attributes_of(stages, data.rows, features_column));
  CHURNSTREAM_TRY(check_categories(forest, recipe.plan, attributes));
  ModelNotes notes{.raw = data.rows.schema(),
                   .key = recipe.key,
                   .label = recipe.label,
                   .positive = recipe.positive,
                   .label_place = data.label_place,
                   .class_labels = data.class_labels};
  notes.extra = {{"recipe", recipe.text},
                 {"data",
                  {{"file", recipe.data.filename().string()},
                   {"sha256", data.fingerprint},
                   {"rowsRead", data.counts.read},
                   {"rowsKept", data.counts.kept}}},
                 {"value", recipe.value},
                 {"adopted", forest.uid}};
  return std::make_shared<const PipelineModel>(make_uid("PipelineModel", bare.fingerprint() + recipe.text),
                                               std::move(stages), forest, features_column, std::move(notes));
}

}  // namespace churnstream
