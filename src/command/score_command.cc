// churnstream score: a model, a file of customers, a file of answers. Rows are read, decoded, scored and
// written batch by batch, in input order; nothing but a batch is held (Parquet output and --simulate-refit
// excepted).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>

#include "base/progress_bar.h"
#include "command/customer_rows.h"
#include "command/evaluation_text.h"
#include "command/score_output.h"
#include "command/simulate_refit.h"
#include "command/verbs.h"
#include "feature/feature_plan.h"
#include "model/pipeline_model.h"
#include "score/scorer.h"
#include "sink/refused_file.h"

namespace churnstream {
namespace {

struct ScoreArguments {
  std::string model, input, out = "-", format, refused;
  bool is_vector = false;
  std::size_t simulate_refit = 0;  // rows per batch; 0: no simulation
};

// What a model's classes are called, and which one leaves.
struct Classes {
  std::vector<std::string> labels;
  std::size_t positive = 1;
};

Classes classes_of(const PipelineModel& model) {
  Classes classes{model.class_labels()};
  classes.positive = classes.labels.size() - 1;
  if (model.notes())
    for (std::size_t c = 0; c < classes.labels.size(); ++c)
      if (classes.labels[c] == model.notes()->positive) classes.positive = c;
  return classes;
}

// Which columns to read for this model.
Result<CsvSettings> settings_for(const PipelineModel& model, const ScoreArguments& arguments) {
  CsvSettings settings;
  if (arguments.is_vector) {
    CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> names, header_names(arguments.input));
    std::vector<Field> fields;
    fields.reserve(names.size());
    for (const std::string& name : names)
      fields.push_back({name, name == "key" ? ColumnType::text : ColumnType::number});
    CHURNSTREAM_TRY_ASSIGN(settings.columns, Schema::make(std::move(fields)));
    if (settings.columns.find("key")) settings.key = "key";
    return settings;
  }
  if (!model.notes() || model.stages().empty())
    return wrong("scoring with", arguments.model, "it does not say which columns its customers have",
                 "churnstream adopt makes a whole pipeline of it; --vector takes ready feature vectors");
  settings.columns = model.notes()->raw;
  settings.key = model.notes()->key;
  settings.label = model.notes()->label;
  for (const Field& field : settings.columns.fields()) settings.order.push_back(field.name);
  return settings;
}

// Rows to feature vectors: the model's stages, or with --vector the columns as they stand.
class Features {
 public:
  Features(const PipelineModel& model, bool is_vector)
      : is_vector_(is_vector),
        num_features_(model.predictor().num_features),
        plan_(model.stages(), model.features_column(), num_features_) {}

  // Moves the rows that cannot be scored to `refused`, which stays in the order of the offsets.
  Result<void> make(const RecordBatch& rows, std::vector<RefusedRow>& refused) {
    if (is_vector_) return take_vectors(rows);
    CHURNSTREAM_TRY(plan_.transform(rows, matrix, scratch_));
    if (good_rows().size() == rows.num_rows()) return {};
    std::size_t next_good = 0;
    for (std::size_t row = 0; row < rows.num_rows(); ++row) {
      if (next_good < good_rows().size() && good_rows()[next_good] == row)
        ++next_good;
      else
        refused.push_back({.stage = "feature",
                           .reason = scratch_.reason(row),
                           .partition = rows.extent().partition,
                           .offset = rows.extent().offsets[row]});
    }
    return {};
  }

  const std::vector<std::size_t>& good_rows() const { return scratch_.good_rows; }
  FeatureMatrix matrix;

 private:
  Result<void> take_vectors(const RecordBatch& rows) {
    std::vector<const Column*> columns;
    for (std::size_t c = 0; c < rows.schema().size(); ++c)
      if (rows.column(c).type() == ColumnType::number) columns.push_back(&rows.column(c));
    if (columns.size() != num_features_)
      return wrong("scoring vectors", "",
                   fmt::format("the input has {} columns beside the key, the model reads {} features",
                               columns.size(), num_features_));
    matrix.num_features = num_features_;
    matrix.values.clear();
    scratch_.good_rows.clear();
    for (std::size_t row = 0; row < rows.num_rows(); ++row) {
      scratch_.good_rows.push_back(row);
      for (const Column* column : columns) matrix.values.push_back(column->number(row));
    }
    return {};
  }

  const bool is_vector_;
  const std::size_t num_features_;
  FeaturePlan plan_;
  FeatureScratch scratch_;
};

// Refused rows in a file of their own, readable by its owner only: raw bytes may hold the label.
class RefusedLines {
 public:
  explicit RefusedLines(std::string place) : place_(std::move(place)) {}
  void add(const RefusedRow& row) {
    if (!place_.empty()) append_refused_line(text_, row, system_clock().now_us());
  }
  Result<void> finish() const {
    return place_.empty() ? Result<void>() : write_file_atomically(place_, text_, true);
  }

 private:
  const std::string place_;
  std::string text_;
};

class Scoring {
 public:
  static Result<void> run(const ScoreArguments& arguments) {
    CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(arguments.model));
    CHURNSTREAM_TRY_ASSIGN(CsvSettings settings, settings_for(*model, arguments));
    CHURNSTREAM_TRY_ASSIGN(CustomerRows customers, CustomerRows::open(arguments.input, std::move(settings)));
    CHURNSTREAM_TRY_ASSIGN(const auto output,
                           open_score_output(arguments.out, arguments.format, model->fingerprint()));
    Scoring scoring(*model, arguments, std::move(customers), *output);
    CHURNSTREAM_TRY(arguments.simulate_refit == 0 ? scoring.score_all() : scoring.score_with_refit());
    CHURNSTREAM_TRY(output->finish());
    CHURNSTREAM_TRY(scoring.refused_lines_.finish());
    std::fprintf(stderr, "%s scored, %s refused\n", with_commas(scoring.num_scored_).c_str(),
                 with_commas(scoring.num_refused_).c_str());
    return {};
  }

 private:
  Scoring(const PipelineModel& model, const ScoreArguments& arguments, CustomerRows customers,
          ScoreOutput& output)
      : model_(model),
        arguments_(arguments),
        customers_(std::move(customers)),
        output_(output),
        refused_lines_(arguments.refused),
        classes_(classes_of(model)),
        key_column_(customers_.rows().schema().find(model.notes() && !arguments.is_vector ? model.notes()->key
                                                                                          : "key")),
        scorer_(make_fast_scorer(model.predictor())) {}

  Result<void> score_all() {
    Features features(model_, arguments_.is_vector);
    Scores scores;
    ScoreScratch scratch;
    ProgressBar progress({.what = "scoring", .unit = "bytes", .total = input_bytes()});
    for (std::size_t bytes_before = 0;;) {
      CHURNSTREAM_TRY_ASSIGN(const bool has_rows, customers_.next());
      if (!has_rows) return {};
      CHURNSTREAM_TRY(features.make(customers_.rows(), customers_.refused()));
      scorer_->score(features.matrix, scores, scratch);
      CHURNSTREAM_TRY(write(customers_.rows(), features.good_rows(), scores, customers_.refused()));
      progress.add(customers_.bytes_read() - bytes_before);
      bytes_before = customers_.bytes_read();
    }
  }

  // For demonstration: every batch gets encoders of its own, as in the pipeline we replace.
  Result<void> score_with_refit() {
    RecordBatch all(customers_.rows().shared_schema());
    std::vector<std::string> labels;
    for (;;) {
      CHURNSTREAM_TRY_ASSIGN(const bool has_rows, customers_.next());
      if (!has_rows) break;
      all.append(customers_.rows());
      labels.insert(labels.end(), customers_.labels().begin(), customers_.labels().end());
      CHURNSTREAM_TRY(write(customers_.rows(), {}, {}, customers_.refused()));
    }
    const std::vector<std::size_t> complete = complete_rows(model_, all);
    const RecordBatch rows = all.take(complete);
    CHURNSTREAM_TRY_ASSIGN(const Scores once, score_with_refitting(model_, *scorer_, rows, 0));
    CHURNSTREAM_TRY_ASSIGN(const Scores refitted,
                           score_with_refitting(model_, *scorer_, rows, arguments_.simulate_refit));
    std::vector<std::size_t> every(rows.num_rows());
    for (std::size_t row = 0; row < every.size(); ++row) every[row] = row;
    CHURNSTREAM_TRY(write(rows, every, refitted, {}));
    std::fprintf(
        stderr,
        "encoders refitted on every %zu rows, as in the pipeline we replace; %zu rows with a missing value "
        "dropped\n%s",
        arguments_.simulate_refit, all.num_rows() - complete.size(),
        compare_refitted(once, refitted, model_.predictor().num_classes, truth(labels, complete)).c_str());
    return {};
  }

  // Class indices of these rows; empty when one of them has no label that the model knows.
  std::vector<std::uint32_t> truth(const std::vector<std::string>& labels,
                                   const std::vector<std::size_t>& rows) const {
    std::vector<std::uint32_t> classes;
    for (const std::size_t row : rows) {
      const auto found = row < labels.size()
                             ? std::find(classes_.labels.begin(), classes_.labels.end(), labels[row])
                             : classes_.labels.end();
      if (found == classes_.labels.end()) return {};
      classes.push_back(static_cast<std::uint32_t>(found - classes_.labels.begin()));
    }
    return classes;
  }

  // Answers and refusals in the order in which the rows came.
  Result<void> write(const RecordBatch& rows, const std::vector<std::size_t>& good_rows, const Scores& scores,
                     std::vector<RefusedRow> refused) {
    std::stable_sort(refused.begin(), refused.end(),
                     [](const RefusedRow& a, const RefusedRow& b) { return a.offset < b.offset; });
    const std::size_t num_classes = classes_.labels.size();
    auto next_refused = refused.begin();
    for (std::size_t index = 0; index < good_rows.size(); ++index) {
      const std::size_t row = good_rows[index];
      for (; next_refused != refused.end() && next_refused->offset < rows.extent().offsets[row];
           ++next_refused)
        CHURNSTREAM_TRY(refuse(*next_refused, rows));
      const std::span<const double> probability(&scores.probabilities[index * num_classes], num_classes);
      CHURNSTREAM_TRY(
          output_.add({.key = key_column_ ? rows.column(*key_column_).text(row) : std::string_view(),
                       .prediction = classes_.labels[scores.predictions[index]],
                       .probability = probability,
                       .raw = std::span(&scores.raw[index * num_classes], num_classes),
                       .positive_probability = probability[classes_.positive]}));
    }
    for (; next_refused != refused.end(); ++next_refused) CHURNSTREAM_TRY(refuse(*next_refused, rows));
    num_scored_ += good_rows.size();
    num_refused_ += refused.size();
    return {};
  }

  Result<void> refuse(RefusedRow& row, const RecordBatch& rows) {
    const std::vector<Offset>& offsets = rows.extent().offsets;
    const auto found = std::lower_bound(offsets.begin(), offsets.end(), row.offset);
    if (row.key.empty() && key_column_ && found != offsets.end() && *found == row.offset)
      row.key = rows.column(*key_column_).text(static_cast<std::size_t>(found - offsets.begin()));
    refused_lines_.add(row);
    return output_.add_refused(row);
  }

  std::uint64_t input_bytes() const {
    std::error_code unknown;
    const std::uint64_t bytes =
        arguments_.input == "-" ? 0 : std::filesystem::file_size(arguments_.input, unknown);
    return unknown ? 0 : bytes;
  }

  const PipelineModel& model_;
  const ScoreArguments& arguments_;
  CustomerRows customers_;
  ScoreOutput& output_;
  RefusedLines refused_lines_;
  const Classes classes_;
  const std::optional<std::size_t> key_column_;
  const std::unique_ptr<Scorer> scorer_;
  std::size_t num_scored_ = 0, num_refused_ = 0;
};

}  // namespace

Verb score_verb() {
  return {
      "score", "Score a file of customers with a saved model.",
      "churnstream score model data/telco.csv --out scores.jsonl", [](CLI::App& app) {
        auto arguments = std::make_shared<ScoreArguments>();
        app.add_option("model", arguments->model, "A Spark ML model directory.")->required();
        app.add_option("input", arguments->input, "A CSV file with a header line, or '-' for standard input.")
            ->required();
        app.add_option("--out", arguments->out,
                       "The file to write, or '-' for standard output, the default.");
        app.add_option("--format", arguments->format,
                       "jsonl, csv or parquet; by the file's ending where it is left out.");
        app.add_option(
            "--refused", arguments->refused,
            "A file for refused rows with their bytes and reasons; JSON lines name them in any case.");
        app.add_flag("--vector", arguments->is_vector,
                     "The input's columns are the feature vector in order; a column named key is the key.");
        app.add_option("--simulate-refit", arguments->simulate_refit,
                       "Show what fitting the encoders anew on every N rows does to the scores.")
            ->check(CLI::Range(1, 1'000'000'000));
        return [arguments] { return Scoring::run(*arguments); };
      }};
}

}  // namespace churnstream
