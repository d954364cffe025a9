#include "feature/string_indexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace churnstream {
namespace {

// Up to here comparing lengths and bytes one after the other beats hashing.
constexpr std::size_t kLabelsSearchedInTurn = 8;

constexpr std::array kOrders{StringOrder::frequency_desc, StringOrder::frequency_asc,
                             StringOrder::alphabet_desc, StringOrder::alphabet_asc};

constexpr double kWholeNumberMax = 9007199254740992.0;  // 2^53: beyond, doubles skip whole numbers.

std::string as_integer_text(double value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(value)).ptr;
  return std::string(digits, end);
}

bool is_whole(double value) { return std::abs(value) <= kWholeNumberMax && value == std::trunc(value); }

// The text that a fitted label gets.
std::string category_text(double value) {
  return is_whole(value) ? as_integer_text(value) : java_text_of(value);
}

// A value from outside inside a sentence: short, and without bytes that upset a terminal.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t kBytesShown = 40;
  std::size_t length = std::min(text.size(), kBytesShown);
  while (length < text.size() && length > 0 && (text[length] & 0xC0) == 0x80) --length;
  std::string shown(text.substr(0, length));
  for (char& byte : shown)
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) byte = '?';
  return "\"" + shown + (length < text.size() ? "..." : "") + "\"";
}

std::string unseen_reason(const std::string& column, const std::string& value) {
  return "column \"" + column + "\" holds " + value + ", which the model has never seen";
}
std::string missing_reason(const std::string& column) { return "column \"" + column + "\" has no value"; }

using Counts = std::map<std::string, std::uint64_t, std::less<>>;

Result<Counts> count_column(const Frame& frame, const std::string& name) {
  const Column* source = frame.source_column(name);
  const Frame::Made* made = frame.made_column(name);
  if ((source == nullptr && made == nullptr) || (made != nullptr && made->is_vector))
    return wrong("fitting a StringIndexer", {}, "there is no column \"" + name + "\" of text or numbers");
  Counts counts;
  const auto count = [&](std::string_view text) {
    const auto found = counts.find(text);
    if (found != counts.end())
      ++found->second;
    else
      counts.emplace(text, 1);
  };
  for (std::size_t row = 0; row < frame.num_rows(); ++row) {
    if (frame.state(row) != RowState::good || (source != nullptr && source->is_missing(row))) continue;
    if (source != nullptr && source->type() == ColumnType::text) {
      count(source->text(row));
      continue;
    }
    const double value = source != nullptr ? source->number(row) : made->values[row];
    if (!std::isnan(value)) count(category_text(value));
  }
  return counts;
}

std::vector<std::string> in_order(const Counts& counts, StringOrder order) {
  std::vector<std::pair<std::string, std::uint64_t>> labels(counts.begin(), counts.end());  // by text, rising
  if (order == StringOrder::alphabet_desc) std::reverse(labels.begin(), labels.end());
  if (order == StringOrder::frequency_desc)
    std::stable_sort(labels.begin(), labels.end(), [](auto& a, auto& b) { return a.second > b.second; });
  if (order == StringOrder::frequency_asc)
    std::stable_sort(labels.begin(), labels.end(), [](auto& a, auto& b) { return a.second < b.second; });
  std::vector<std::string> texts;
  for (auto& [text, count] : labels) texts.push_back(std::move(text));
  return texts;
}

ParamMaps params_of(const StringIndexerSettings& settings, const std::string& uid) {
  ParamMaps params;
  set_stage_columns(params, settings.columns);
  params.set["handleInvalid"] = name_of(settings.handle_invalid);
  params.set["stringOrderType"] = name_of(settings.order);
  params.fallback = {
      {"handleInvalid", "error"}, {"stringOrderType", "frequencyDesc"}, {"outputCol", uid + "__output"}};
  return params;
}

}  // namespace

const char* const StringIndexerModel::kClassName = "org.apache.spark.ml.feature.StringIndexerModel";

const char* name_of(StringOrder order) {
  switch (order) {
    case StringOrder::frequency_desc: return "frequencyDesc";
    case StringOrder::frequency_asc: return "frequencyAsc";
    case StringOrder::alphabet_desc: return "alphabetDesc";
    case StringOrder::alphabet_asc: return "alphabetAsc";
  }
  return "";
}

Result<StringOrder> string_order_of(std::string_view name) {
  for (const StringOrder order : kOrders)
    if (name == name_of(order)) return order;
  return wrong("reading stringOrderType", in_quotes(name), "there is no such order",
               "frequencyDesc, frequencyAsc, alphabetDesc or alphabetAsc");
}

LabelIndex::LabelIndex(std::vector<std::string> labels) : labels_(std::move(labels)) {
  if (labels_.size() <= kLabelsSearchedInTurn) return;
  for (std::size_t index = 0; index < labels_.size(); ++index)
    by_text_.emplace(labels_[index], static_cast<std::int64_t>(index));
}

std::int64_t LabelIndex::find(std::string_view text) const {
  if (by_text_.empty()) {
    for (std::size_t index = 0; index < labels_.size(); ++index)
      if (labels_[index] == text) return static_cast<std::int64_t>(index);
    return -1;
  }
  const auto found = by_text_.find(text);
  return found == by_text_.end() ? -1 : found->second;
}

std::int64_t LabelIndex::find(double value) const {
  if (std::isnan(value)) return -1;
  if (is_whole(value))
    if (const std::int64_t index = find(as_integer_text(value)); index >= 0) return index;
  return find(java_text_of(value));
}

Result<std::shared_ptr<const StringIndexerModel>> StringIndexerModel::make(
    std::string uid, ParamMaps params, std::vector<std::vector<std::string>> labels) {
  std::shared_ptr<StringIndexerModel> model(new StringIndexerModel);
  CHURNSTREAM_TRY(check_params(params, model->param_list(), uid));
  CHURNSTREAM_TRY_ASSIGN(model->columns_, stage_columns(params, uid));
  const auto handle_invalid = effective_param(params, model->param_list(), "handleInvalid");
  CHURNSTREAM_TRY_ASSIGN(model->handle_invalid_, handle_invalid_of(handle_invalid.get<std::string>()));
  if (labels.size() != model->columns_.in.size())
    return wrong("making", uid,
                 "it has labels for " + std::to_string(labels.size()) + " columns but reads " +
                     std::to_string(model->columns_.in.size()));
  for (auto& of_column : labels) {
    std::set<std::string_view> seen;
    for (const std::string& label : of_column)
      if (!seen.insert(label).second) return wrong("making", uid, "a label comes twice: " + in_quotes(label));
    model->indexes_.emplace_back(std::move(of_column));
  }
  model->uid_ = std::move(uid);
  model->params_ = std::move(params);
  return model;
}

Result<void> StringIndexerModel::transform(Frame& frame) const {
  for (std::size_t column = 0; column < columns_.in.size(); ++column) {
    const std::string& name = columns_.in[column];
    const Frame::Made* made = frame.made_column(name);
    if (made != nullptr && made->is_vector)
      return wrong("indexing the column", name, "it holds vectors, not text or numbers");
    if (made == nullptr && frame.source_column(name) == nullptr) continue;
    CHURNSTREAM_TRY_ASSIGN(Frame::Made * out, frame.make_column(columns_.out[column], 1, false));
    transform_column(frame, column, *out);
    if (!frame.keeps_attributes()) continue;
    Attribute& attribute = out->attributes[0];
    attribute.name = columns_.out[column];
    attribute.labels = labels(column);
    if (handle_invalid_ == HandleInvalid::keep) attribute.labels.emplace_back("__unknown");
    attribute.arity = static_cast<std::uint32_t>(attribute.labels.size());
  }
  return {};
}

void StringIndexerModel::transform_column(Frame& frame, std::size_t column, Frame::Made& out) const {
  const std::string& name = columns_.in[column];
  const LabelIndex& index = indexes_[column];
  const Column* source = frame.source_column(name);
  const Frame::Made* made = frame.made_column(name);
  const bool is_text = source != nullptr && source->type() == ColumnType::text;
  const auto number_at = [&](std::size_t row) {
    return source != nullptr ? source->number(row) : made->values[row];
  };
  const double kept_index = static_cast<double>(index.labels().size());
  for (std::size_t row = 0; row < frame.num_rows(); ++row) {
    const bool is_missing = source != nullptr && source->is_missing(row);
    std::int64_t found = -1;
    if (!is_missing) found = is_text ? index.find(source->text(row)) : index.find(number_at(row));
    if (found >= 0) {
      out.values[row] = static_cast<double>(found);
      continue;
    }
    out.values[row] = kept_index;
    if (handle_invalid_ == HandleInvalid::keep || frame.state(row) != RowState::good) continue;
    if (handle_invalid_ == HandleInvalid::skip)
      frame.drop(row);
    else if (is_missing)
      frame.refuse(row, missing_reason(name));
    else
      frame.refuse(
          row, unseen_reason(name, is_text ? in_quotes(source->text(row)) : java_text_of(number_at(row))));
  }
}

const std::string& StringIndexerModel::class_name() const {
  static const std::string kName = kClassName;
  return kName;
}

const ParamList& StringIndexerModel::param_list() const {
  static const ParamList kList{
      {"handleInvalid", ParamKind::text, "error"}, {"inputCol", ParamKind::text, {}},
      {"inputCols", ParamKind::texts, {}},         {"outputCol", ParamKind::text, {}},
      {"outputCols", ParamKind::texts, {}},        {"stringOrderType", ParamKind::text, "frequencyDesc"},
  };
  return kList;
}

void StringIndexerModel::add_to_fingerprint(Sha256& hash) const {
  hash.add_text(class_name());
  add_params_to_fingerprint(hash, params_, param_list());
  hash.add(static_cast<std::int64_t>(indexes_.size()));
  for (const LabelIndex& index : indexes_) {
    hash.add(static_cast<std::int64_t>(index.labels().size()));
    for (const std::string& label : index.labels()) hash.add_text(label);
  }
}

std::string StringIndexerModel::describe() const {
  std::string text = std::string("StringIndexerModel, ") + name_of(handle_invalid_) + " on unseen values";
  for (std::size_t column = 0; column < indexes_.size(); ++column) {
    text += "\n  " + columns_.in[column] + " -> " + columns_.out[column] + ":";
    constexpr std::size_t kLabelsShown = 12;
    const auto& all = labels(column);
    for (std::size_t label = 0; label < std::min(all.size(), kLabelsShown); ++label)
      text += (label == 0 ? " " : ", ") + all[label];
    if (all.size() > kLabelsShown) text += ", and " + std::to_string(all.size() - kLabelsShown) + " more";
  }
  return text;
}

Result<std::shared_ptr<const StringIndexerModel>> fit_string_indexer(const Frame& frame,
                                                                     const StringIndexerSettings& settings) {
  std::vector<std::vector<std::string>> labels;
  for (const std::string& name : settings.columns.in) {
    CHURNSTREAM_TRY_ASSIGN(const Counts counts, count_column(frame, name));
    labels.push_back(in_order(counts, settings.order));
  }
  std::string uid = settings.uid;
  if (uid.empty())
    uid = make_uid("StringIndexer",
                   params_of(settings, "").set.dump() +
                       nlohmann::json(labels).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  return StringIndexerModel::make(uid, params_of(settings, uid), std::move(labels));
}

std::string java_text_of(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  const double magnitude = std::abs(value);
  const bool is_plain = magnitude >= 1e-3 && magnitude < 1e7;
  char buffer[64];
  const auto format = is_plain ? std::chars_format::fixed : std::chars_format::scientific;
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr);
  if (is_plain) return text.find('.') == std::string::npos ? text + ".0" : text;
  const std::size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  int exponent = 0;
  const char* digits = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits, text.data() + text.size(), exponent);
  return mantissa + "E" + std::to_string(exponent);
}

}  // namespace churnstream
