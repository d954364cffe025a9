#include "model/spark_format/metadata.h"

#include <algorithm>
#include <fstream>

#include "base/clock.h"

namespace churnstream {
namespace {

constexpr std::uint64_t kMetadataBytesMax = 64 << 20;  // 10,000 columns of long names need a fiftieth.
constexpr std::size_t kNestingMax = 100;               // A matrix param needs 4.

bool nests_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool is_inside_text = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char byte = text[at];
    if (is_inside_text) {
      if (byte == '\\') ++at;
      if (byte == '"') is_inside_text = false;
      continue;
    }
    if (byte == '"') is_inside_text = true;
    if (byte == '[' || byte == '{') ++depth;
    if ((byte == ']' || byte == '}') && depth > 0) --depth;
    if (depth > kNestingMax) return true;
  }
  return false;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}
bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Spark's rule for what is data in a folder.
bool is_data_name(std::string_view name) {
  if (starts_with(name, ".") || ends_with(name, "._COPYING_")) return false;
  if (!starts_with(name, "_")) return true;
  return name.find('=') != std::string_view::npos || starts_with(name, "_metadata") ||
         starts_with(name, "_common_metadata");
}

// Plainly: the whole directory is synced before it gets its name.
Result<void> put_file(const Path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary);
  out << bytes;
  out.close();
  if (!out) return failed("saving the model", file.string(), errno_text());
  return {};
}

// <major>.<minor>, perhaps more: readers branch on it.
bool is_version(std::string_view text) {
  const auto digits = [&] {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    text.remove_prefix(count);
    return count > 0;
  };
  if (!digits() || text.empty() || text[0] != '.') return false;
  text.remove_prefix(1);
  return digits() && (text.empty() || text[0] == '.');
}

// A uid becomes the name of a folder.
bool is_safe_uid(const std::string& uid) {
  constexpr std::size_t kUidBytesMax = 200;  // A file name may have 255.
  return !uid.empty() && uid.size() <= kUidBytesMax &&
         std::none_of(uid.begin(), uid.end(), [](char byte) { return byte == '/' || byte == 0; });
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::string_view where) {
  if (nests_too_deep(text)) return wrong("reading", where, "this JSON nests too deep");
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& problem) {
    const std::string_view words = problem.what();
    return wrong("reading", where, "this is no JSON: " + std::string(words.substr(words.find(']') + 2)));
  }
}

Result<StageMetadata> parse_metadata(std::string_view text, std::string_view where) {
  CHURNSTREAM_TRY_ASSIGN(nlohmann::json json, parse_json(text, where));
  if (!json.is_object()) return wrong("reading", where, "it holds no JSON object");
  const auto take = [&](const char* name) {
    nlohmann::json value;
    if (const auto found = json.find(name); found != json.end()) {
      value = std::move(*found);
      json.erase(found);
    }
    return value;
  };
  StageMetadata metadata;
  for (const auto& [name, field] : {std::pair{"class", &metadata.class_name}, std::pair{"uid", &metadata.uid},
                                    std::pair{"sparkVersion", &metadata.spark_version}}) {
    const nlohmann::json value = take(name);
    if (!value.is_string())
      return wrong("reading", where, "\"" + std::string(name) + "\" is missing or no text",
                   "is this the metadata of a Spark ML model?");
    *field = value.get<std::string>();
  }
  if (metadata.class_name == "pyspark.ml.pipeline.PipelineModel")
    metadata.class_name = "org.apache.spark.ml.PipelineModel";
  if (!is_safe_uid(metadata.uid)) return wrong("reading", where, "\"uid\" cannot name a folder");
  if (!is_version(metadata.spark_version))
    return wrong("reading", where, "\"sparkVersion\" is no version: " + metadata.spark_version.substr(0, 40));
  if (const nlohmann::json when = take("timestamp"); when.is_number_integer())
    metadata.timestamp_ms = when.get<std::int64_t>();
  for (const auto& [name, map] : {std::pair{"paramMap", &metadata.params.set},
                                  std::pair{"defaultParamMap", &metadata.params.fallback}}) {
    nlohmann::json value = take(name);
    if (value.is_null()) continue;  // Before Spark 2.4 there was no defaultParamMap.
    if (!value.is_object()) return wrong("reading", where, "\"" + std::string(name) + "\" is no JSON object");
    *map = std::move(value);
  }
  metadata.extra = std::move(json);
  return metadata;
}

Result<StageMetadata> read_metadata(const Path& stage) {
  const Path folder = stage / "metadata";
  std::error_code problem;
  if (!std::filesystem::exists(stage, problem))
    return wrong("reading the model", stage.string(), "there is no such folder");
  if (std::filesystem::is_regular_file(folder, problem))
    return wrong("reading the model", stage.string(),
                 "it is in the internal form of a Spark Connect server, where metadata is a file",
                 "save it with model.save(path)");
  if (!std::filesystem::is_directory(folder, problem))
    return wrong("reading the model", stage.string(), "it has no metadata folder", "is it a Spark ML model?");
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Path> files, data_files(folder));
  for (const Path& file : files) {
    auto text = read_file(file, kMetadataBytesMax);
    if (!text) return wrong("reading the model", stage.string(), text.error().message);
    // An old Spark may leave empty parts beside the one with the line.
    const std::string_view line = std::string_view(*text).substr(0, text->find('\n'));
    if (!line.empty()) return parse_metadata(line, file.string());
  }
  return wrong("reading the model", stage.string(), "its metadata is empty");
}

std::string metadata_text(const StageMetadata& metadata, std::int64_t timestamp_ms) {
  nlohmann::json json = metadata.extra;
  json["class"] = metadata.class_name;
  json["timestamp"] = timestamp_ms;
  json["sparkVersion"] = kSparkVersionWritten;
  json["uid"] = metadata.uid;
  json["paramMap"] = metadata.params.set;
  json["defaultParamMap"] = metadata.params.fallback;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<void> write_metadata(const Path& stage, const StageMetadata& metadata) {
  const Path folder = stage / "metadata";
  CHURNSTREAM_TRY(make_folders(folder));
  CHURNSTREAM_TRY(
      put_file(folder / "part-00000", metadata_text(metadata, system_clock().now_us() / 1000) + "\n"));
  return put_file(folder / "_SUCCESS", "");
}

Result<std::int64_t> extra_count(const StageMetadata& metadata, const std::string& name, std::int64_t least,
                                 std::int64_t most) {
  const auto found = metadata.extra.find(name);
  if (found == metadata.extra.end() || !found->is_number_integer())
    return wrong("reading the metadata of", metadata.uid, "\"" + name + "\" is missing or no whole number");
  const bool is_huge =
      found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  const std::int64_t count = is_huge ? most : found->get<std::int64_t>();
  if (is_huge || count < least || count > most)
    return wrong("reading the metadata of", metadata.uid,
                 "\"" + name + "\" is " + found->dump() + ", not from " + std::to_string(least) + " to " +
                     std::to_string(most));
  return count;
}

Result<std::vector<Path>> data_files(const Path& folder) {
  const auto names = list_folder(folder);
  if (!names) return wrong("reading the model", folder.string(), "there is no such folder");
  std::vector<Path> files;
  std::error_code problem;
  for (const std::string& name : *names)
    if (is_data_name(name) && std::filesystem::is_regular_file(folder / name, problem))
      files.push_back(folder / name);
  if (files.empty()) return wrong("reading the model", folder.string(), "there is no data file in it");
  return files;
}

Result<Path> new_data_file(const Path& stage, const std::string& name, std::string_view content) {
  const Path folder = stage / name;
  CHURNSTREAM_TRY(make_folders(folder));
  CHURNSTREAM_TRY(put_file(folder / "_SUCCESS", ""));
  // As Spark's names look, but the same for the same content.
  std::string digits = sha256_hex(std::string(content) + "/" + name).substr(0, 32);
  for (const std::size_t dash : {20, 16, 12, 8}) digits.insert(dash, "-");
  return folder / ("part-00000-" + digits + "-c000.snappy.parquet");
}

std::map<std::string, std::string> spark_footer(const std::string& schema_fields) {
  return {
      {"org.apache.spark.version", kSparkVersionWritten},
      {"org.apache.spark.sql.parquet.row.metadata", R"({"type":"struct","fields":[)" + schema_fields + "]}"}};
}

}  // namespace churnstream
