// CSV bytes to scores on one core: decode, features, scorer, with the forest of the pipeline we
// replace.
#include <benchmark/benchmark.h>

#include <unistd.h>

#include <filesystem>

#include "command/customer_rows.h"
#include "command/training_run.h"
#include "feature/feature_plan.h"
#include "model/pipeline_model.h"
#include "score/scorer.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

// The re-made forest, trained once into a temporary folder.
const PipelineModel& origin_model() {
  static const auto kModel = [] {
    const Path folder =
        std::filesystem::temp_directory_path() / ("churnstream_score_bench_" + std::to_string(::getpid()));
    const auto trained = run_training({.recipe = CHURNSTREAM_SOURCE_DIR "/examples/origin/recipe.toml",
                                       .out = (folder / "model").string(),
                                       .is_quiet = true});
    insist(trained.has_value(), "the original's recipe trains");
    auto model = *PipelineModel::load(folder / "model");
    std::filesystem::remove_all(folder);
    return model;
  }();
  return *kModel;
}

// The customers as the source hands them over, their bytes kept alive by the text.
RawBatch customers(const std::string& text) {
  RawBatch raw;
  raw.partition = {"telco.csv", 0};
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    raw.records.push_back({.bytes = std::string_view(text).substr(begin, end - begin),
                           .offset = Offset{static_cast<std::int64_t>(raw.records.size())}});
    begin = end + 1;
  }
  raw.next = Offset{static_cast<std::int64_t>(raw.records.size())};
  return raw;
}

void decode_features_score(benchmark::State& state) {
  const PipelineModel& model = origin_model();
  const std::string text = *read_file(CHURNSTREAM_SOURCE_DIR "/data/telco.csv");
  const RawBatch raw = customers(text);
  const auto decoder = *make_csv_decoder(
      {.columns = model.notes()->raw, .key = model.notes()->key, .label = model.notes()->label});
  const FeaturePlan plan(model.stages(), model.features_column(), model.predictor().num_features);
  const auto scorer = make_fast_scorer(model.predictor());
  RecordBatch rows(decoder->schema());
  std::vector<RefusedRow> refused;
  SkipCounts skipped;
  FeatureMatrix features;
  FeatureScratch scratch;
  Scores scores;
  ScoreScratch score_scratch;
  std::size_t scored = 0;
  for (auto _ : state) {
    decoder->decode(raw, rows, refused, skipped);
    insist(plan.transform(rows, features, scratch).has_value(), "the customers fit the model");
    scorer->score(features, scores, score_scratch);
    benchmark::DoNotOptimize(scores.probabilities.data());
    scored += scores.predictions.size();
  }
  insist(scored == static_cast<std::size_t>(state.iterations()) * 7'043, "every customer is scored");
  state.SetItemsProcessed(static_cast<std::int64_t>(scored));
}
BENCHMARK(decode_features_score)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
