#include "feature/imputer.h"

#include <algorithm>
#include <cmath>

#include "base/numbers.h"

namespace churnstream {
namespace {

// A column of numbers, wherever it comes from; nothing when there is none of this name.
const std::vector<double>* numbers_of(const Frame& frame, const std::string& name) {
  if (const Frame::Made* made = frame.made_column(name)) return made->is_vector ? nullptr : &made->values;
  const Column* source = frame.source_column(name);
  return source != nullptr && source->type() == ColumnType::number ? &source->numbers() : nullptr;
}

tl::unexpected<Error> no_numbers(std::string_view doing, const std::string& name) {
  return wrong(doing, {}, "there is no column \"" + name + "\" of numbers");
}

// Missing cells are NaN in every column of numbers.
bool is_missing(double value, double missing_value) { return std::isnan(value) || value == missing_value; }

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Ties go to the smallest value, as Spark decides them.
double mode_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  double mode = values.front();
  std::size_t longest = 0;
  for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
    while (end < values.size() && values[end] == values[begin]) ++end;
    if (end - begin > longest) {
      longest = end - begin;
      mode = values[begin];
    }
  }
  return mode;
}

ParamMaps params_of(const ImputerSettings& settings, const std::string& uid) {
  ParamMaps params;
  set_stage_columns(params, settings.columns);
  params.set["strategy"] = name_of(settings.strategy);
  params.set["missingValue"] = json_of(settings.missing_value);
  params.set["relativeError"] = settings.relative_error;
  params.fallback = {{"strategy", "mean"},
                     {"missingValue", "NaN"},
                     {"relativeError", 0.001},
                     {"outputCol", uid + "__output"}};
  return params;
}

}  // namespace

const char* const ImputerModel::kClassName = "org.apache.spark.ml.feature.ImputerModel";

const char* name_of(ImputeStrategy strategy) {
  switch (strategy) {
    case ImputeStrategy::mean: return "mean";
    case ImputeStrategy::median: return "median";
    case ImputeStrategy::mode: return "mode";
  }
  return "";
}

Result<ImputeStrategy> impute_strategy_of(std::string_view name) {
  for (const auto known : {ImputeStrategy::mean, ImputeStrategy::median, ImputeStrategy::mode})
    if (name == name_of(known)) return known;
  return wrong("reading strategy", "\"" + std::string(name) + "\"", "there is no such strategy",
               "mean, median or mode");
}

Result<std::shared_ptr<const ImputerModel>> ImputerModel::make(std::string uid, ParamMaps params,
                                                               std::vector<double> surrogates) {
  std::shared_ptr<ImputerModel> model(new ImputerModel);
  CHURNSTREAM_TRY(check_params(params, model->param_list(), uid));
  CHURNSTREAM_TRY_ASSIGN(model->columns_, stage_columns(params, uid));
  if (surrogates.size() != model->columns_.in.size())
    return wrong("making", uid,
                 "it has " + std::to_string(surrogates.size()) + " surrogates but reads " +
                     std::to_string(model->columns_.in.size()) + " columns");
  model->missing_value_ = number_of(effective_param(params, model->param_list(), "missingValue"));
  model->uid_ = std::move(uid);
  model->params_ = std::move(params);
  model->surrogates_ = std::move(surrogates);
  return model;
}

Result<void> ImputerModel::transform(Frame& frame) const {
  for (std::size_t column = 0; column < columns_.in.size(); ++column) {
    const std::vector<double>* in = numbers_of(frame, columns_.in[column]);
    if (in == nullptr) return no_numbers("filling missing values", columns_.in[column]);
    const Column* source = frame.source_column(columns_.in[column]);
    CHURNSTREAM_TRY_ASSIGN(Frame::Made * out, frame.make_column(columns_.out[column], 1, false));
    // With another missing value than NaN, Spark keeps a NaN that is there but fills a cell that is not.
    const bool fills_nan = std::isnan(missing_value_);
    for (std::size_t row = 0; row < frame.num_rows(); ++row) {
      const double value = (*in)[row];
      const bool is_gap = (source != nullptr && source->is_missing(row)) || value == missing_value_ ||
                          (fills_nan && std::isnan(value));
      out->values[row] = is_gap ? surrogates_[column] : value;
    }
    if (frame.keeps_attributes()) out->attributes[0].name = columns_.out[column];
  }
  return {};
}

const std::string& ImputerModel::class_name() const {
  static const std::string kName = kClassName;
  return kName;
}

const ParamList& ImputerModel::param_list() const {
  static const ParamList kList{
      {"inputCol", ParamKind::text, {}},          {"inputCols", ParamKind::texts, {}},
      {"missingValue", ParamKind::number, "NaN"}, {"outputCol", ParamKind::text, {}},
      {"outputCols", ParamKind::texts, {}},       {"relativeError", ParamKind::number, 0.001},
      {"strategy", ParamKind::text, "mean"},
  };
  return kList;
}

void ImputerModel::add_to_fingerprint(Sha256& hash) const {
  hash.add_text(class_name());
  add_params_to_fingerprint(hash, params_, param_list());
  hash.add(static_cast<std::int64_t>(surrogates_.size()));
  for (const double surrogate : surrogates_) hash.add(surrogate);
}

std::string ImputerModel::describe() const {
  std::string text = "ImputerModel";
  for (std::size_t column = 0; column < columns_.in.size(); ++column)
    text += "\n  " + columns_.in[column] + " -> " + columns_.out[column] + ": missing becomes " +
            shortest(surrogates_[column]);
  return text;
}

Result<std::shared_ptr<const ImputerModel>> fit_imputer(const Frame& frame, const ImputerSettings& settings) {
  std::vector<double> surrogates;
  for (const std::string& name : settings.columns.in) {
    const std::vector<double>* column = numbers_of(frame, name);
    if (column == nullptr) return no_numbers("fitting an Imputer", name);
    std::vector<double> values;
    for (std::size_t row = 0; row < frame.num_rows(); ++row)
      if (frame.state(row) == RowState::good && !is_missing((*column)[row], settings.missing_value))
        values.push_back((*column)[row]);
    if (values.empty())
      return wrong("fitting an Imputer", {}, "the column \"" + name + "\" has no value at all");
    switch (settings.strategy) {
      case ImputeStrategy::mean: surrogates.push_back(mean_of(values)); break;
      case ImputeStrategy::median:
        surrogates.push_back(approximate_median(std::move(values), settings.relative_error));
        break;
      case ImputeStrategy::mode: surrogates.push_back(mode_of(std::move(values))); break;
    }
  }
  return fixed_imputer(settings, surrogates);
}

Result<std::shared_ptr<const ImputerModel>> fixed_imputer(const ImputerSettings& settings,
                                                          const std::vector<double>& surrogates) {
  std::string uid = settings.uid;
  if (uid.empty())
    uid = make_uid("Imputer", params_of(settings, "").set.dump() + nlohmann::json(surrogates).dump());
  return ImputerModel::make(uid, params_of(settings, uid), surrogates);
}

double approximate_median(std::vector<double> values, double relative_error) {
  insist(!values.empty(), "a median needs a value");
  std::sort(values.begin(), values.end());
  struct Entry {
    double value;
    std::int64_t g, delta;
  };
  const auto n = static_cast<double>(values.size());
  std::vector<Entry> entries;
  for (std::size_t index = 0; index < values.size(); ++index) {
    const bool is_end = index == 0 || index + 1 == values.size();
    const double delta = is_end ? 0 : std::floor(2 * relative_error * static_cast<double>(index + 1));
    entries.push_back({values[index], 1, static_cast<std::int64_t>(delta)});
  }
  // Merging from the end, as Spark compresses its summary.
  std::vector<Entry> merged;
  if (entries.size() > 1) {
    Entry head = entries.back();
    for (std::size_t index = entries.size() - 2; index >= 1; --index) {
      const Entry& entry = entries[index];
      if (static_cast<double>(entry.g + head.g + head.delta) < 2 * relative_error * n) {
        head.g += entry.g;
      } else {
        merged.push_back(head);
        head = entry;
      }
    }
    merged.push_back(head);
  }
  merged.push_back(entries.front());
  std::reverse(merged.begin(), merged.end());
  std::int64_t widest = 0;
  for (const Entry& entry : merged) widest = std::max(widest, entry.g + entry.delta);
  const double tolerance = static_cast<double>(widest) / 2;
  const double rank = std::ceil(0.5 * n);
  std::int64_t running = 0;
  for (const Entry& entry : merged) {
    running += entry.g;
    const auto least = static_cast<double>(running);
    const auto most = static_cast<double>(running + entry.delta);
    if (most - tolerance <= rank && rank <= least + tolerance) return entry.value;
  }
  return merged.back().value;
}

}  // namespace churnstream
