#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "command/scene.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

// The first word, taken off the front of `text`.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

std::string csv_field(const Json& value) {
  if (value.is_null()) return "";
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + '"';
}

tl::unexpected<Error> problem_at(const Path& file, std::size_t line, const std::string& what) {
  return wrong("reading the scene", fmt::format("{}:{}", file.string(), line), what,
               "docs/formats/scenes.md shows how a scene is written");
}

// The rows of a scene as CSV records, under one header line.
class CsvRows {
 public:
  Result<void> add(const SceneRecord& record, const Path& file, std::vector<std::string>& lines) {
    const Json row = Json::parse(record.text);
    if (names_.empty()) {
      for (const auto& [name, value] : row.items()) names_.push_back(name);
      std::string header;
      for (const std::string& name : names_) header += (header.empty() ? "" : ",") + csv_field(name);
      lines.push_back(header);
    }
    std::string line;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (i > 0) line += ',';
      if (row.contains(names_[i])) line += csv_field(row[names_[i]]);
    }
    for (const auto& [name, value] : row.items())
      if (std::find(names_.begin(), names_.end(), name) == names_.end())
        return problem_at(file, record.line, fmt::format("the first row has no column \"{}\"", name));
    lines.push_back(line);
    return {};
  }

 private:
  std::vector<std::string> names_;
};

// Reads one scene line by line; each word at the beginning of a line has a method of its own.
class SceneText {
 public:
  SceneText(std::string_view text, const Path& file) : text_(text) { scene_.file = file; }

  Result<Scene> read() {
    while (!text_.empty()) {
      ++line_;
      const std::size_t end = std::min(text_.find('\n'), text_.size());
      const std::string_view line = text_.substr(0, end);
      text_.remove_prefix(std::min(end + 1, text_.size()));
      CHURNSTREAM_TRY(read_line(line));
    }
    if (scene_.model.empty() == scene_.pipeline.empty())
      return problem("a scene names either a model or a pipeline");
    if (scene_.expectations.empty()) return problem("a scene expects something");
    if (scene_.batches.empty()) scene_.batches.push_back(4'096);
    return std::move(scene_);
  }

 private:
  tl::unexpected<Error> problem(const std::string& what) const {
    return problem_at(scene_.file, line_, what);
  }

  Result<void> read_line(std::string_view line) {
    std::string_view rest = trimmed(line);
    if (rest.empty()) return {};
    if (rest.front() == '#') {
      if (scene_.title.empty()) scene_.title = trimmed(rest.substr(1));
      return {};
    }
    const std::string_view word = take_word(rest);
    if (word == "model") return read_path(rest, scene_.model);
    if (word == "pipeline") return read_path(rest, scene_.pipeline);
    if (word == "batches") return read_batches(rest);
    if (word == "row") return read_row(rest);
    if (word == "line") return add_line(rest);
    if (word == "expect") return read_expectation(rest);
    return problem(
        fmt::format("a line begins with model, pipeline, batches, row, line or expect, not \"{}\"", word));
  }

  Result<void> read_path(std::string_view rest, Path& path) {
    if (rest.empty()) return problem("a path is missing");
    path = scene_.file.parent_path() / Path(rest);
    return {};
  }

  Result<void> read_batches(std::string_view rest) {
    while (!rest.empty()) {
      const std::string_view word = take_word(rest);
      std::size_t rows = 0;
      const auto [end, failure] = std::from_chars(word.data(), word.data() + word.size(), rows);
      if (failure != std::errc() || end != word.data() + word.size() || rows == 0 || rows > 65'536)
        return problem("a batch size is a number from 1 to 65536");
      scene_.batches.push_back(rows);
    }
    return {};
  }

  Result<void> read_row(std::string_view rest) {
    if (!Json::parse(rest, nullptr, false).is_object())
      return problem("a row is a JSON object of its columns");
    scene_.records.push_back({std::string(rest), true, line_});
    return {};
  }

  // A record as it would come, byte for byte behind the word and one space.
  Result<void> add_line(std::string_view rest) {
    scene_.records.push_back({std::string(rest), false, line_});
    return {};
  }

  Result<void> read_expectation(std::string_view rest) {
    Expectation expectation;
    expectation.line = line_;
    std::string_view after = rest;
    const std::string_view first = take_word(after);
    if (first == "counter") {
      // The name may have a label with spaces in quotes: the number is the last word.
      const std::size_t space = after.find_last_of(" \t");
      if (space == std::string_view::npos) return problem("expect counter NAME NUMBER");
      expectation.kind = Expectation::Kind::counter;
      expectation.subject = trimmed(after.substr(0, space));
      expectation.value = after.substr(space + 1);
    } else if (first == "refused") {
      expectation.kind = Expectation::Kind::refused;
      expectation.subject = after;
    } else if (first == "nowhere") {
      expectation.kind = Expectation::Kind::nowhere;
      expectation.subject = after;
    } else {
      const std::size_t space = rest.find_last_of(" \t");
      if (space == std::string_view::npos) return problem("expect CUSTOMER PROBABILITY");
      expectation.subject = trimmed(rest.substr(0, space));
      expectation.value = rest.substr(space + 1);
    }
    if (expectation.subject.empty()) return problem("what is expected?");
    scene_.expectations.push_back(std::move(expectation));
    return {};
  }

  std::string_view text_;
  Scene scene_;
  std::size_t line_ = 0;
};

}  // namespace

Result<Scene> parse_scene(std::string_view text, const Path& file) { return SceneText(text, file).read(); }

Result<std::vector<std::string>> lines_of(const Scene& scene, std::string_view format) {
  std::vector<std::string> lines;
  CsvRows rows;
  for (const SceneRecord& record : scene.records) {
    if (record.is_row && format == "csv")
      CHURNSTREAM_TRY(rows.add(record, scene.file, lines));
    else
      lines.push_back(record.text);
  }
  return lines;
}

}  // namespace churnstream
