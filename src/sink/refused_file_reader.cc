#include "sink/refused_file_reader.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "data/record_headers.h"

namespace churnstream {
namespace {

using Json = nlohmann::json;

Path note_of(const Path& path) { return path.string() + ".sent"; }

std::optional<std::string> bytes_in(const Json& json, const char* name) {
  if (!json.contains(name) || !json[name].is_string()) return std::nullopt;
  return bytes_of_base64(json[name].get_ref<const std::string&>());
}

// Nothing where the line is none of ours.
std::optional<RefusedRow> row_of(const Json& json) {
  const auto text = [&json](const char* name) {
    return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string();
  };
  const auto number = [&json](const char* name) -> std::int64_t {
    return json.contains(name) && json[name].is_number_integer() ? json[name].get<std::int64_t>() : -1;
  };
  if (!json.is_object() || number("source_offset") < 0 || !json.contains("stage")) return std::nullopt;
  const std::optional<std::string> raw = bytes_in(json, "raw_base64");
  if (!raw) return std::nullopt;
  RefusedRow row;
  row.stage = text("stage");
  row.reason = text("reason");
  row.key = text("key");
  row.raw = *raw;
  row.partition = {text("source_topic"), static_cast<std::int32_t>(number("source_partition"))};
  row.offset = Offset{number("source_offset")};
  row.time_us = parse_rfc3339(text("event_time")).value_or(0);
  row.record_key = bytes_in(json, "record_key_base64").value_or("");
  if (!json.contains("headers") || !json["headers"].is_array()) return row;
  for (const Json& header : json["headers"])
    if (header.is_object() && header.contains("name") && header["name"].is_string())
      append_header(row.headers, header["name"].get<std::string>(), bytes_in(header, "value_base64"));
  return row;
}

}  // namespace

std::optional<RefusedRow> refused_row_in(const std::string& line) {
  return row_of(Json::parse(line, nullptr, false));
}

Result<std::uint64_t> bytes_sent_again(const Path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(note_of(path), ignored)) return 0;
  CHURNSTREAM_TRY_ASSIGN(const std::string text, read_file(note_of(path)));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("bytes") || !json["bytes"].is_number_unsigned())
    return wrong("reading", note_of(path).string(), "this is no note of what was sent again", "delete it");
  const std::uint64_t bytes = json["bytes"];
  if (bytes > std::filesystem::file_size(path, ignored))
    return wrong("reading", path.string(),
                 "it is shorter than what was sent again of it; is it another file?",
                 "--all reads it from its beginning");
  return bytes;
}

Result<void> note_bytes_sent_again(const Path& path, std::uint64_t bytes) {
  return write_file_atomically(note_of(path), fmt::format("{{\"bytes\":{}}}\n", bytes), true);
}

Result<std::unique_ptr<RefusedFileReader>> RefusedFileReader::open(const Path& path, bool from_start) {
  std::uint64_t place = 0;
  if (!from_start) {
    CHURNSTREAM_TRY_ASSIGN(place, bytes_sent_again(path));
  }
  std::unique_ptr<RefusedFileReader> reader(new RefusedFileReader(path, place));
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return reader;
  reader->lines_.open(path, std::ios::binary);
  if (!reader->lines_) return wrong("reading", path.string(), errno_text());
  reader->lines_.seekg(static_cast<std::streamoff>(place));
  return reader;
}

// A last line without its end is still being written, and no row yet.
Result<bool> RefusedFileReader::next(RefusedRow& out) {
  for (std::string line; lines_.is_open() && std::getline(lines_, line) && !lines_.eof();) {
    place_ += line.size() + 1;
    if (std::optional<RefusedRow> row = refused_row_in(line)) {
      out = *std::move(row);
      return true;
    }
    if (!line.empty())
      return wrong("reading", fmt::format("{}, before byte {}", path_.string(), place_),
                   "this line is no refused row");
  }
  return false;
}

Result<void> RefusedFileReader::note_sent() const { return note_bytes_sent_again(path_, place_); }

}  // namespace churnstream
