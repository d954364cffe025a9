#include "model/spark_format/notes_format.h"

#include "model/spark_format/metadata.h"

namespace churnstream {
namespace {

constexpr int kFormatVersion = 1;
constexpr std::uint64_t kNotesBytesMax = 64 << 20;  // Histograms of 10,000 columns need a tenth.

tl::unexpected<Error> bad_notes(std::string_view where, const std::string& happened) {
  return wrong("reading the notes", where, happened);
}

Result<std::string> text_field(const nlohmann::json& json, const char* name, std::string_view where) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string())
    return bad_notes(where, "\"" + std::string(name) + "\" is missing or no text");
  return found->get<std::string>();
}

Result<Schema> read_schema(const nlohmann::json& json, std::string_view where) {
  const auto found = json.find("raw");
  if (found == json.end() || !found->is_array()) return bad_notes(where, "\"raw\" is missing or no list");
  std::vector<Field> fields;
  for (const nlohmann::json& item : *found) {
    if (!item.is_object()) return bad_notes(where, "a column of \"raw\" is no JSON object");
    CHURNSTREAM_TRY_ASSIGN(std::string name, text_field(item, "name", where));
    CHURNSTREAM_TRY_ASSIGN(const std::string type, text_field(item, "type", where));
    CHURNSTREAM_TRY_ASSIGN(const ColumnType column_type, column_type_of(type));
    fields.push_back({std::move(name), column_type});
  }
  return Schema::make(std::move(fields));
}

}  // namespace

Result<ModelNotes> parse_notes(std::string_view text, std::string_view where) {
  CHURNSTREAM_TRY_ASSIGN(const nlohmann::json json, parse_json(text, where));
  if (!json.is_object()) return bad_notes(where, "it holds no JSON object");
  const auto version = json.find("format_version");
  if (version == json.end() || !version->is_number_integer())
    return bad_notes(where, "\"format_version\" is missing or no whole number");
  if (*version != kFormatVersion)
    return bad_notes(where, "format version " + version->dump() + " is not the one we know, " +
                                std::to_string(kFormatVersion));
  ModelNotes notes;
  CHURNSTREAM_TRY_ASSIGN(notes.raw, read_schema(json, where));
  CHURNSTREAM_TRY_ASSIGN(notes.key, text_field(json, "key", where));
  CHURNSTREAM_TRY_ASSIGN(notes.label, text_field(json, "label", where));
  CHURNSTREAM_TRY_ASSIGN(notes.positive, text_field(json, "positive", where));
  if (const auto place = json.find("label_place"); place != json.end()) {
    if (!place->is_number_unsigned() || place->get<std::size_t>() > notes.raw.size())
      return bad_notes(where, "\"label_place\" is no place among the columns");
    notes.label_place = place->get<std::size_t>();
  }
  const auto labels = json.find("class_labels");
  if (labels == json.end() || !labels->is_array())
    return bad_notes(where, "\"class_labels\" is missing or no list");
  for (const nlohmann::json& label : *labels) {
    if (!label.is_string()) return bad_notes(where, "a class label is no text");
    notes.class_labels.push_back(label.get<std::string>());
  }
  if (const auto extra = json.find("extra"); extra != json.end()) {
    if (!extra->is_object()) return bad_notes(where, "\"extra\" is no JSON object");
    notes.extra = *extra;
  }
  return notes;
}

std::string notes_text(const ModelNotes& notes) {
  nlohmann::json raw = nlohmann::json::array();
  for (const Field& field : notes.raw.fields())
    raw.push_back({{"name", field.name}, {"type", name_of(field.type)}});
  nlohmann::json json{{"format_version", kFormatVersion},
                      {"raw", raw},
                      {"key", notes.key},
                      {"label", notes.label},
                      {"positive", notes.positive},
                      {"class_labels", notes.class_labels},
                      {"extra", notes.extra}};
  if (notes.label_place) json["label_place"] = *notes.label_place;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<std::optional<ModelNotes>> read_notes(const Path& model) {
  const Path file = model / "churnstream.json";
  std::error_code problem;
  if (!std::filesystem::exists(file, problem)) return std::nullopt;
  const auto text = read_file(file, kNotesBytesMax);
  if (!text) return bad_notes(file.string(), text.error().message);
  return parse_notes(*text, file.string());
}

Result<void> write_notes(const Path& model, const ModelNotes& notes) {
  return write_file_atomically(model / "churnstream.json", notes_text(notes));
}

}  // namespace churnstream
