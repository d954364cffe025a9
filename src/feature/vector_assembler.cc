#include "feature/vector_assembler.h"

#include <cmath>

namespace churnstream {
namespace {

// One input column as numbers: num_rows x width.
struct Input {
  const std::vector<double>* values = nullptr;
  std::size_t width = 1;
  bool is_vector = false;
  const std::vector<Attribute>* attributes = nullptr;
};

Result<Input> input_of(const Frame& frame, const std::string& name) {
  if (const Frame::Made* made = frame.made_column(name))
    return Input{&made->values, made->width, made->is_vector, &made->attributes};
  const Column* source = frame.source_column(name);
  if (source == nullptr) return wrong("assembling the features", {}, "there is no column \"" + name + "\"");
  if (source->type() != ColumnType::number)
    return wrong("assembling the features", {}, "the column \"" + name + "\" is text, not numbers",
                 "give it an encoder, or make it a number in the schema");
  return Input{&source->numbers(), 1, false, nullptr};
}

// Appendix names: a vector's own attributes carry the name of the column in front.
void add_attributes(const Input& input, const std::string& column, std::size_t at, Frame::Made& out) {
  for (std::size_t element = 0; element < input.width; ++element) {
    Attribute& attribute = out.attributes[at + element];
    if (input.attributes != nullptr && element < input.attributes->size())
      attribute = (*input.attributes)[element];
    if (!input.is_vector)
      attribute.name = column;
    else
      attribute.name = column + "_" + (attribute.name.empty() ? std::to_string(element) : attribute.name);
  }
}

}  // namespace

const char* const VectorAssembler::kClassName = "org.apache.spark.ml.feature.VectorAssembler";

Result<std::shared_ptr<const VectorAssembler>> VectorAssembler::make(std::string uid, ParamMaps params) {
  std::shared_ptr<VectorAssembler> stage(new VectorAssembler);
  const ParamList& list = stage->param_list();
  CHURNSTREAM_TRY(check_params(params, list, uid));
  const nlohmann::json& inputs = effective_param(params, list, "inputCols");
  if (inputs.is_null() || inputs.empty())
    return wrong("reading the params of", uid, "it names no input column");
  stage->input_columns_ = inputs.get<std::vector<std::string>>();
  const nlohmann::json& output = effective_param(params, list, "outputCol");
  stage->output_column_ = output.is_null() ? uid + "__output" : output.get<std::string>();
  CHURNSTREAM_TRY_ASSIGN(
      stage->handle_invalid_,
      handle_invalid_of(effective_param(params, list, "handleInvalid").get<std::string>()));
  stage->uid_ = std::move(uid);
  stage->params_ = std::move(params);
  return stage;
}

Result<void> VectorAssembler::transform(Frame& frame) const {
  std::size_t width = 0;
  for (const std::string& name : input_columns_) {
    CHURNSTREAM_TRY_ASSIGN(const Input input, input_of(frame, name));
    width += input.width;
  }
  CHURNSTREAM_TRY_ASSIGN(Frame::Made * out, frame.make_column(output_column_, width, true));
  std::size_t at = 0;
  for (const std::string& name : input_columns_) {
    CHURNSTREAM_TRY_ASSIGN(const Input input, input_of(frame, name));
    double* to = out->values.data();  // null where there is no row
    const double* from = input.values->data();
    for (std::size_t row = 0; row < frame.num_rows(); ++row, to += width, from += input.width) {
      for (std::size_t element = 0; element < input.width; ++element)
        to[at + element] = from[element] == 0 ? 0.0 : from[element];
      if (input.is_vector || !std::isnan(*from) || handle_invalid_ == HandleInvalid::keep) continue;
      if (handle_invalid_ == HandleInvalid::skip)
        frame.drop(row);
      else if (frame.state(row) == RowState::good)
        frame.refuse(row, "column \"" + name + "\" has no value");
    }
    if (frame.keeps_attributes()) add_attributes(input, name, at, *out);
    at += input.width;
  }
  return {};
}

const std::string& VectorAssembler::class_name() const {
  static const std::string kName = kClassName;
  return kName;
}

const ParamList& VectorAssembler::param_list() const {
  static const ParamList kList{
      {"handleInvalid", ParamKind::text, "error"},
      {"inputCols", ParamKind::texts, {}},
      {"outputCol", ParamKind::text, {}},
  };
  return kList;
}

void VectorAssembler::add_to_fingerprint(Sha256& hash) const {
  hash.add_text(class_name());
  add_params_to_fingerprint(hash, params_, param_list());
}

std::string VectorAssembler::describe() const {
  std::string text = "VectorAssembler -> " + output_column_ + ":";
  for (std::size_t index = 0; index < input_columns_.size(); ++index)
    text += (index == 0 ? " " : ", ") + input_columns_[index];
  return text;
}

Result<std::shared_ptr<const VectorAssembler>> make_vector_assembler(
    const VectorAssemblerSettings& settings) {
  ParamMaps params;
  params.set = {{"inputCols", settings.input_columns},
                {"outputCol", settings.output_column},
                {"handleInvalid", name_of(settings.handle_invalid)}};
  const std::string uid =
      settings.uid.empty() ? make_uid("VectorAssembler", params.set.dump()) : settings.uid;
  params.fallback = {{"handleInvalid", "error"}, {"outputCol", uid + "__output"}};
  return VectorAssembler::make(uid, std::move(params));
}

}  // namespace churnstream
